"""The program itself where something is in the way: it says what and how to mend it, takes nothing in, and goes on."""
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from server import REFERENCE, Service, free_port, wait_until
from test_faults import register
from wrappers import as_nobody, with_small_disk

ORDERS = b"customer,date,amount\n" + b"".join(b"c%d,2026-01-%02d,5.00\n" % (n % 30, n % 27 + 1) for n in range(200))


@pytest.fixture
def folder():
    """A folder that everybody may enter."""
    path = Path(tempfile.mkdtemp(prefix="omnify-obstacle-"))
    path.chmod(0o755)
    yield path
    subprocess.run(["chmod", "-R", "u+rwx", str(path)], check=True)
    shutil.rmtree(path)


@pytest.fixture
def installation():
    """A migrated database with the settings of a service that was not started."""
    service = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"])
    service.folder.chmod(0o755)
    try:
        yield service.prepare()
    finally:
        service.stop()


def command(service, *arguments, settings=None, wrapper=()):
    """(exit status, all it said) of one command."""
    done = subprocess.run([*wrapper, service.omnify, *arguments], env={**service.env, **(settings or {})},
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def refuses(service, *words, settings=None, wrapper=()):
    """Neither `serve` starts nor is the doctor content, and both say these words and a remedy."""
    status, text = command(service, "serve", settings=settings, wrapper=wrapper)
    assert status == 1 and len(text.strip().splitlines()) == 1, text
    finding = diagnosis(service, settings, wrapper)
    for word in words:
        assert word in text, text
        assert word in finding, finding


def diagnosis(service, settings=None, wrapper=()):
    status, report = command(service, "doctor", settings=settings, wrapper=wrapper)
    assert status == 1, report
    lines = report.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith("WRONG")]
    assert len(wrong) == 1 and lines[wrong[0] + 1].strip().startswith("\u2192"), report
    return lines[wrong[0]] + lines[wrong[0] + 1]


def test_the_port_is_taken(installation):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refuses(installation, f"ort {port} is taken by another program", "OMNIFY_PORT", settings={"OMNIFY_PORT": port})


def test_no_right_to_the_data_folder(installation, folder):
    (folder / "data").mkdir(mode=0o555)
    refuses(installation, f"o right to write to {folder}/data", "OMNIFY_DATA_DIR", wrapper=as_nobody(),
            settings={"OMNIFY_DATA_DIR": str(folder / "data")})


def test_no_database(installation):
    gone = {"OMNIFY_MONGO_URL": f"mongodb://127.0.0.1:{free_port()}/?replicaSet=rs0"}
    status, text = command(installation, "serve", settings=gone)
    assert status == 1 and "database does not answer" in text and "OMNIFY_MONGO_URL" in text, text
    assert "OMNIFY_MONGO_URL" in diagnosis(installation, gone)


def test_the_doctor_sees_a_full_disk(installation, folder):
    finding = diagnosis(installation, {"OMNIFY_DATA_DIR": str(folder)}, with_small_disk(folder, "20m"))
    assert "disk: 0.0 GB free" in finding and "Free some space" in finding


def test_a_sound_installation(installation):
    status, report = command(installation, "doctor")
    assert status == 0 and "schema" in report and "WRONG" not in report, report
    assert "Nothing to mend" in command(installation, "migrate", "repair")[1]


@pytest.fixture
def service(request, folder):
    """A service whose data folder is `folder`, started through a wrapper that the test names."""
    wrapper = request.param(folder)
    running = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"], {"OMNIFY_DATA_DIR": str(folder)}, wrapper)
    running.folder.chmod(0o755)
    try:
        yield running.start()
    finally:
        running.stop()


def upload(service, token, body):
    return service.api("POST", "/api/v1/imports?file_name=orders.csv", raw=body, token=token,
                       headers={"Content-Type": "text/csv"})


def imports(service, token):
    return service.api("GET", "/api/v1/imports", token=token)[1]["data"]


def files(service, folder):
    """What lies in the data folder as the server sees it."""
    root = Path(f"/proc/{service.server.pid}/root{folder}")
    return [path.name for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("service", [lambda folder: with_small_disk(folder, "1m")], indirect=True)
def test_an_upload_on_a_full_disk(service, folder):
    token = register(service, "full")
    status, body = upload(service, token, REFERENCE.read_bytes())
    assert status == 503 and "no room left" in body["detail"] and "Nothing was taken in" in body["detail"], body
    assert imports(service, token) == [] and files(service, folder) == []
    status, body = upload(service, token, ORDERS)
    assert status == 201, body


def everybodys(folder):
    """The server is nobody, in a folder that everybody may write to."""
    folder.chmod(0o777)
    return as_nobody()


@pytest.mark.parametrize("service", [everybodys], indirect=True)
def test_an_upload_when_the_right_to_write_was_taken_away(service, folder):
    token = register(service, "rights")
    folder.chmod(0o555)
    status, body = upload(service, token, ORDERS)
    assert status == 503 and "may not write" in body["detail"], body
    assert imports(service, token) == []
    folder.chmod(0o777)
    status, body = upload(service, token, ORDERS)
    assert status == 201, body


@pytest.mark.parametrize("service", [lambda folder: ()], indirect=True)
def test_an_upload_cut_off_half_way(service, folder):
    token = register(service, "cut")
    half = REFERENCE.read_bytes()[:1_500_000]
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(
            f"POST /api/v1/imports?file_name=a.csv HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: text/csv\r\nContent-Length: {2 * len(half)}\r\n\r\n".encode() + half)
        wait_until(lambda: files(service, folder) != [], 180, "the upload is under way")
    wait_until(lambda: files(service, folder) == [], 180, "nothing is left of it")
    assert imports(service, token) == []
