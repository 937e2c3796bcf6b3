#!/bin/sh
# Registers the namespace or brings its retention up to date, and adds the search attributes that it lacks. Runs after the servers are up.
# TEMPORAL_ADDRESS and TEMPORAL_TLS_* as every Temporal tool reads them; SEARCH_ATTRIBUTES is a list of NAME=TYPE.
set -eu

tries=0
until temporal operator cluster health --command-timeout 5s; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "Temporal did not answer at $TEMPORAL_ADDRESS in five minutes" >&2
    exit 1
  fi
  sleep 5
done

if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
fi

# A new namespace reaches the caches of all servers within ten seconds.
tries=0
for attribute in $SEARCH_ATTRIBUTES; do
  set -- "$@" --name "${attribute%%=*}" --type "${attribute#*=}"
done
until temporal operator search-attribute create --namespace "$NAMESPACE" "$@"; do
  tries=$((tries + 1))
  [ "$tries" -lt 12 ] || exit 1
  sleep 5
done
