#!/bin/sh
# Run once by the postgres image: a database a service, owned by its own role, closed to the others.
set -eu
for name in intake sla_clock escalation notifier; do
  password=$(printenv "$(echo "$name" | tr '[:lower:]' '[:upper:]')_PASSWORD")
  psql -v ON_ERROR_STOP=1 -v name="$name" -v password="$password" -U "$POSTGRES_USER" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
