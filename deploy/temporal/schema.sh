#!/bin/sh
# Creates both databases and brings their schema to the version of the tools; changes nothing when they have it. Runs before the servers of
# that version: Temporal's servers refuse an older schema, and work with a newer one until they are replaced.
set -eu

FILES=$(cd "$(dirname "$0")" && pwd)
: "${DATABASE_CA_FILE:=$FILES/database-ca.pem}"
export SQL_PLUGIN=postgres12_pgx
export SQL_HOST="$DATABASE_HOST" SQL_PORT="${DATABASE_PORT:-5432}" SQL_USER="$DATABASE_USER" SQL_PASSWORD="$DATABASE_PASSWORD"
export SQL_TLS=true SQL_TLS_CA_FILE="$DATABASE_CA_FILE"

upgrade() {
  database=$1
  schema=$2
  temporal-sql-tool --database "$database" create-database --defaultdb postgres
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$schema"
}

upgrade temporal temporal
upgrade temporal_visibility visibility

if [ -n "${OPENSEARCH_HOST:-}" ]; then
  export ES_SERVER="https://$OPENSEARCH_HOST:443" AWS_CREDENTIALS=aws-sdk-default
  # The template first, so that the index is made by it; an index that was there gets what is new.
  temporal-elasticsearch-tool update-schema
  temporal-elasticsearch-tool create-index --index temporal_visibility_v1
  temporal-elasticsearch-tool update-schema --index temporal_visibility_v1
fi
