#!/usr/bin/env bash
# Starts the real binary on a fresh database and walks it in headless Chromium.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/scripts/install.sh" test
OMNIFY_BINARY=${OMNIFY_BINARY:-$("$ROOT/scripts/build.sh" path debug)}
[ -x "$OMNIFY_BINARY" ] || "$ROOT/scripts/build.sh" debug
OMNIFY_MONGOD=$("$ROOT/scripts/mongod.sh" path)
export OMNIFY_BINARY OMNIFY_MONGOD
say "browser tests"
# All of them: two files at a time, since a walk through pages mostly waits. Some of them: in order, as they were named.
[ "$#" -gt 0 ] || set -- --numprocesses 2 --dist loadfile
exec "$CACHE/venv/bin/python" -m pytest -q -p no:cacheprovider "$ROOT/Tests/Browser" "$@"
