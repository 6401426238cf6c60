#!/usr/bin/env bash
# Removes and rebuilds the demo organization of the database under .data. The service may be running.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
DATA=${OMNIFY_DATA_DIR:-$ROOT/.data}
omnify=${OMNIFY_BINARY:-$("$ROOT/scripts/build.sh" path release)}
[ -x "$omnify" ] || die "nothing is built yet: start with 'make run'."
export OMNIFY_DATA_DIR=$DATA
[ -n "${OMNIFY_MASTER_KEYS:-}" ] || export OMNIFY_MASTER_KEYS_FILE=${OMNIFY_MASTER_KEYS_FILE:-$DATA/master.key}
if [ -z "${OMNIFY_MONGO_URL:-}" ]; then
    [ -f "$DATA/mongo.port" ] || die "there is no database yet: start with 'make run'."
    port=$(cat "$DATA/mongo.port")
    if ! port_taken "$port"; then
        "$ROOT/scripts/mongod.sh" start "$DATA" "$port" >/dev/null
        trap '"$ROOT/scripts/mongod.sh" stop "$DATA"' EXIT
    fi
    export OMNIFY_MONGO_URL="mongodb://127.0.0.1:$port/?replicaSet=rs0"
fi
"$omnify" unseed demo
"$omnify" seed demo
