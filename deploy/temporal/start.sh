#!/bin/sh
# Starts one service of the cluster: SERVICE is frontend, history, matching or worker. The environment is described in server.yaml.
set -eu

FILES=$(cd "$(dirname "$0")" && pwd)
: "${DATABASE_CA_FILE:=$FILES/database-ca.pem}"
# In a task of its own the host's name stands for the one address that others reach it at.
: "${BROADCAST_IP:=$(getent hosts "$(hostname)" | awk '{ print $1; exit }')}"
export FILES DATABASE_CA_FILE BROADCAST_IP

# No authorizer: who reaches the frontend is decided by the security groups.
exec temporal-server --config-file "$FILES/server.yaml" --allow-no-auth start --service "$SERVICE"
