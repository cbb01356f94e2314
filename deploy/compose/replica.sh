#!/bin/sh
# A streaming replica: copied from the primary on its first start, kept up to date ever after.
set -eu
PGDATA=${PGDATA:-/var/lib/postgresql/18/docker}
until [ -s "$PGDATA/PG_VERSION" ]; do
    rm -rf "${PGDATA:?}"
    mkdir -p "$PGDATA"
    chmod 0700 "$PGDATA"
    pg_basebackup -h "$PRIMARY" -U luochui_replication -D "$PGDATA" -R -X stream -c fast -S replica \
        || { rm -rf "${PGDATA:?}"; sleep 2; }
done
exec postgres -D "$PGDATA" -c hot_standby=on -c max_connections=400 -c hot_standby_feedback=on
