#!/bin/sh
# findOne by _id with 32 callers: Kit/Mongo against a plain C loop on libmongoc, in one sitting, best of three each.
# usage: run.sh <url> [seconds]   (the server must be a replica set; the database omnify_bench is made and removed)
set -eu
url=${1:?"usage: run.sh <url> [seconds]"}
seconds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
bench=${BENCH_MONGO:-$here/../../.build/release/bench-mongo}
trap '"$bench" drop "$url" omnify_bench >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
cc -O2 -o "$work/baseline" "$here/baseline.c" $(pkg-config --cflags --libs libmongoc-1.0) -lpthread
"$bench" fill "$url" omnify_bench 10000
best_c=0
best_swift=0
for round in 1 2 3; do
    c=$("$work/baseline" "$url" omnify_bench 32 "$seconds" 10000)
    line=$("$bench" run "$url" omnify_bench 32 "$seconds" 10000)
    swift=${line%% *}
    echo "round $round: C $c finds/s, Kit/Mongo $line"
    [ "$c" -gt "$best_c" ] && best_c=$c
    [ "$swift" -gt "$best_swift" ] && best_swift=$swift
done
echo "$best_c $best_swift" | awk '{ printf "best: C %d/s, Kit/Mongo %d/s, ratio %.2f (aim 0.75)\n", $1, $2, $2 / $1 }'
