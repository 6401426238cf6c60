#!/usr/bin/env bash
# build.sh debug|release        builds the omnify binary
# build.sh path debug|release   prints where it is
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
flags() {
    case "$1" in
        release) printf '%s' "-c release --product omnify --static-swift-stdlib" ;;
        debug) printf '%s' "--product omnify" ;;
        *) die "usage: build.sh [path] debug|release" ;;
    esac
}
if [ "${1:-}" = path ]; then
    # shellcheck disable=SC2046
    printf '%s/omnify\n' "$(swift build $(flags "$2") --show-bin-path)"
else
    # shellcheck disable=SC2046
    swift build $(flags "${1:-debug}")
fi
