#!/usr/bin/env bash
# Everything that must be green: lint, every Swift test on a real mongod, and the browser tests.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
need_disk 4 "a build with its tests"
"$ROOT/scripts/install.sh" test
OMNIFY_MONGOD=$("$ROOT/scripts/mongod.sh" path)
export OMNIFY_MONGOD
"$ROOT/scripts/lint.sh"
say "building"
swift build --build-tests 2>&1 | grep -E 'error|warning: |Compiling|Build complete' | grep -vE '^\[[0-9]+/' | tail -n 40
[ "${PIPESTATUS[0]}" = 0 ] || die "the build failed."
say "tests"
swift test --skip-build 2>&1 | tee "$ROOT/.build/test.log" | grep -vE '^(◇|↳)|started\.$|^✔ Test (case|")' | tail -n 200
[ "${PIPESTATUS[0]}" = 0 ] || { grep -E '✘|error:' "$ROOT/.build/test.log" | head -n 60 >&2; die "tests failed."; }
"$ROOT/scripts/browser-test.sh"
