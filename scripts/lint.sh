#!/usr/bin/env bash
# Formatting of Swift, shell scripts, and the house rules that a text search can check.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
mapfile -t swift_files < <(git ls-files -co --exclude-standard '*.swift')
say "swift-format: ${#swift_files[@]} files"
swift format lint --strict --parallel "${swift_files[@]}" || die "formatting: 'make format' mends most of it."
if command -v shellcheck >/dev/null 2>&1; then
    say "shellcheck"
    shellcheck -x -S warning -e SC1091,SC2164 scripts/*.sh .ci/run
fi
