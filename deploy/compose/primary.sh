#!/bin/sh
# On a new primary, once: the roles with their passwords, the database, and who may replicate.
# What each role may do is in the migrations.
set -eu
run() { psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"; }
for role in migrator web drain closer notifier public; do
    name=$(echo "$role" | tr '[:lower:]' '[:upper:]')
    eval "word=\$DATABASE_PASSWORD_$name"
    run -v word="$word" <<SQL
CREATE ROLE luochui_$role LOGIN PASSWORD :'word';
SQL
done
run <<SQL
CREATE DATABASE luochui OWNER luochui_migrator;
SQL
run -d luochui <<SQL
ALTER SCHEMA public OWNER TO luochui_migrator;
SQL
run -v word="$REPLICATION_PASSWORD" <<SQL
CREATE ROLE luochui_replication LOGIN REPLICATION PASSWORD :'word';
SELECT pg_create_physical_replication_slot('replica');
SQL
echo "host replication luochui_replication samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
