#!/usr/bin/env bash
# Starts the real binary on a fresh database and walks it in headless Chromium.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
omnify=$("$ROOT/scripts/build.sh" path debug)
[ -x "$omnify" ] || "$ROOT/scripts/build.sh" debug
exec "$CACHE/venv/bin/python" "$ROOT/Tests/Browser/run.py" --omnify "$omnify" --mongod "$("$ROOT/scripts/mongod.sh" path)" "$@"
