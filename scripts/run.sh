#!/usr/bin/env bash
# From a fresh machine to a logged-in demo: installs, starts a database, builds, migrates, seeds, serves.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

PORT=${OMNIFY_PORT:-8080}
DATA=${OMNIFY_DATA_DIR:-$ROOT/.data}
export OMNIFY_PORT=$PORT OMNIFY_DATA_DIR=$DATA OMNIFY_PUBLIC_URL=${OMNIFY_PUBLIC_URL:-http://localhost:$PORT}

port_taken "$PORT" \
    && die "port $PORT is taken by another program: end it, or choose another with 'OMNIFY_PORT=8081 make run'."
need_folder "$DATA" OMNIFY_DATA_DIR
mkdir -p "$ROOT/.build" 2>/dev/null && [ -w "$ROOT/.build" ] \
    || die "no right to write to $ROOT/.build, where the build goes: make this folder yours, or clone it anew."
need_disk 4 "a build"
need_disk 1 "the data" "$DATA"
"$ROOT/scripts/install.sh"

say "building (the first time takes 10 to 15 minutes, later seconds)"
log=$DATA/build.log
if ! "$ROOT/scripts/build.sh" release >"$log" 2>&1; then
    grep -E 'error:|No space left' "$log" | head -n 5 >&2 || tail -n 5 "$log" >&2
    grep -q 'No space left' "$log" && die "the disk is full: free some space and run this again."
    grep -qE 'Failed to clone|unable to access|Could not resolve' "$log" && die "the Swift packages could not be fetched: is the network there?"
    die "the build failed; all of it is in $log."
fi
omnify=$("$ROOT/scripts/build.sh" path release)

if [ ! -f "$DATA/master.key" ]; then
    (umask 077 && printf 'dev:%s\n' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')" >"$DATA/master.key")
fi
export OMNIFY_MASTER_KEYS_FILE=${OMNIFY_MASTER_KEYS_FILE:-$DATA/master.key}

stop() {
    trap - EXIT INT TERM
    [ -n "${server:-}" ] && kill -TERM "$server" 2>/dev/null && wait "$server" 2>/dev/null
    [ -n "${own_database:-}" ] && "$ROOT/scripts/mongod.sh" stop "$DATA"
    say "stopped"
}
if [ -z "${OMNIFY_MONGO_URL:-}" ]; then
    mongo_port=$(free_port "${OMNIFY_MONGO_PORT:-27018}")
    # The replica set keeps the port of its first run in its configuration.
    [ -f "$DATA/mongo.port" ] && mongo_port=$(cat "$DATA/mongo.port")
    port_taken "$mongo_port" && die "port $mongo_port, which the database under $DATA uses, is taken: end the program that has it."
    "$ROOT/scripts/mongod.sh" start "$DATA" "$mongo_port" >/dev/null
    echo "$mongo_port" >"$DATA/mongo.port"
    own_database=yes
    export OMNIFY_MONGO_URL="mongodb://127.0.0.1:$mongo_port/?replicaSet=rs0"
    trap stop EXIT INT TERM
    "$omnify" database init --url "mongodb://127.0.0.1:$mongo_port/?directConnection=true" --host "127.0.0.1:$mongo_port"
else
    trap stop EXIT INT TERM
fi

"$omnify" migrate up
"$omnify" seed demo --if-missing
"$omnify" serve &
server=$!
wait "$server" && status=0 || status=$?
server=
exit "$status"
