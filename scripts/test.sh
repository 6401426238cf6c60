#!/usr/bin/env bash
# Everything that must be green: lint, every Swift test on a real mongod, and the browser tests.
# A room's tests run in a process of their own: heavy rooms would starve the others of their two threads.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
need_disk 4 "a build with its tests"
"$ROOT/scripts/install.sh" test
OMNIFY_MONGOD=$("$ROOT/scripts/mongod.sh" path)
export OMNIFY_MONGOD
"$ROOT/scripts/lint.sh"

say "building"
swift build --build-tests >"$ROOT/.build-tests.log" 2>&1 || {
    grep -E 'error:' "$ROOT/.build-tests.log" | sort -u | head -n 40 >&2
    die "the build failed; all of it is in .build-tests.log."
}

# Started directly: `swift test` would look through the whole package again for each room.
tests=$(swift build --show-bin-path)/omnifyPackageTests.xctest
passed=0
failed=0
for folder in Tests/*Tests; do
    room=$(basename "$folder")
    log=$ROOT/.build/$room.log
    if "$tests" --testing-library swift-testing --filter "^$room\\." >"$log" 2>&1; then verdict=ok; else verdict=FAILED; fi
    count=$(grep -oE 'Test run with [0-9]+ test' "$log" | tail -n 1 | grep -oE '[0-9]+' || echo 0)
    printf '%-18s %4s tests  %s\n' "$room" "$count" "$verdict"
    if [ "$verdict" = ok ] && [ "$count" -gt 0 ]; then
        passed=$((passed + count))
    else
        failed=$((failed + 1))
        grep -E '✘|error:|Fatal' "$log" | head -n 20 >&2 || tail -n 5 "$log" >&2
    fi
done
"$ROOT/scripts/browser-test.sh" || failed=$((failed + 1))
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
