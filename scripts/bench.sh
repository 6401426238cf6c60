#!/usr/bin/env bash
# Prints speed and size figures of a release build, each beside its baseline of the same run.
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/scripts/install.sh"
apt_install wrk gcc python3-venv
say "building"
"$ROOT/scripts/build.sh" release >"$ROOT/.build/bench-build.log" 2>&1 || die "the build failed: see .build/bench-build.log."
swift build -c release --product bench-mongo --static-swift-stdlib >>"$ROOT/.build/bench-build.log" 2>&1 || die "the build failed: see .build/bench-build.log."
swift build -c release --product bench-sync --static-swift-stdlib >>"$ROOT/.build/bench-build.log" 2>&1 || die "the build failed: see .build/bench-build.log."
OMNIFY_BINARY=$("$ROOT/scripts/build.sh" path release)
OMNIFY_MONGOD=$("$ROOT/scripts/mongod.sh" path)
export OMNIFY_BINARY OMNIFY_MONGOD
exec python3 "$ROOT/Benchmarks/bench.py" "$@"
