#!/usr/bin/env bash
# Installs what building and running needs; with "test" also what the tests need. Does nothing where all is there.
source "$(dirname "$0")/lib.sh"

need_swift
apt_install ca-certificates git make pkg-config libmongoc-dev libxgboost-dev zlib1g-dev python3 procps

if [ "${1:-}" = test ]; then
    apt_install chromium fonts-inter shellcheck python3-venv
    venv=$CACHE/venv-$(sha256sum "$ROOT/scripts/requirements-test.txt" | cut -c1-12)
    if [ ! -x "$venv/bin/playwright" ]; then
        say "installing the browser test tools"
        rm -rf "$venv"
        mkdir -p "$CACHE"
        python3 -m venv "$venv" || die "python3 could not make a virtual environment in $venv."
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$ROOT/scripts/requirements-test.txt" \
            || die "could not install the browser test tools: is the network there?"
    fi
    ln -sfn "$venv" "$CACHE/venv"
fi
