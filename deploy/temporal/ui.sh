#!/bin/sh
# Starts the web UI: it wants the authority as base64, and has the PEM in TLS_CA.
set -eu

TEMPORAL_TLS_CA_DATA=$(printf '%s\n' "$TLS_CA" | base64 | tr -d '\n')
export TEMPORAL_TLS_CA_DATA
exec ./start-ui-server.sh
