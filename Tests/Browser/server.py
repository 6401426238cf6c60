"""Starts a mongod and the real binary on free loopback ports, and ends both."""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared" / "data" / "cdnow_orders.csv"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Service:
    """One running service on a database of its own; `restart()` and `kill()` are for the fault tests."""

    def __init__(self, omnify, mongod, settings=None, wrapper=()):
        """`wrapper` is a command that the server is started through, as somebody else or on another disk."""
        self.omnify, self.mongod, self.wrapper = omnify, mongod, wrapper
        self.folder = Path(tempfile.mkdtemp(prefix="omnify-browser-"))
        self.mongo_port, self.port = free_port(), free_port()
        self.base = f"http://localhost:{self.port}"
        key = base64.b64encode(os.urandom(32)).decode()
        self.env = dict(
            os.environ,
            OMNIFY_MONGO_URL=f"mongodb://127.0.0.1:{self.mongo_port}/?replicaSet=rs0",
            OMNIFY_MONGO_DB="browser", OMNIFY_PORT=str(self.port), OMNIFY_PUBLIC_URL=self.base,
            OMNIFY_DATA_DIR=str(self.folder / "data"), OMNIFY_MASTER_KEYS=f"test:{key}", OMNIFY_ENV="test",
            OMNIFY_HOME=str(ROOT), OMNIFY_AUTH_PER_MINUTE="1000", OMNIFY_AUTH_PER_HOUR="10000",
            OMNIFY_USER_PER_MINUTE="0", OMNIFY_LOG_LEVEL="info", MONGOC_DISABLE_SHM="1",
        )
        self.env.update(settings or {})
        for name in ("OMNIFY_MONGOD", "OMNIFY_BINARY", "OMNIFY_KEEP", "OMNIFY_BROWSER"):
            self.env.pop(name, None)
        self.server = self.database = None

    def start(self, demo=False):
        self.prepare()
        if demo:
            self.run("seed", "demo")
        self.start_server()
        return self

    def prepare(self):
        """A migrated database."""
        self.start_database()
        self.run("database", "init", "--url", f"mongodb://127.0.0.1:{self.mongo_port}/?directConnection=true",
                 "--host", f"127.0.0.1:{self.mongo_port}")
        self.run("migrate", "up")
        return self

    def run(self, *arguments):
        done = subprocess.run([self.omnify, *arguments], env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"omnify {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start_database(self):
        (self.folder / "db").mkdir(exist_ok=True)
        self.database = subprocess.Popen(
            ["bash", ROOT / "scripts" / "mongod.sh", "run", self.folder, str(self.mongo_port)],
            env=dict({"OMNIFY_MONGO_CACHE_GB": "0.5"}, **dict(os.environ, OMNIFY_MONGOD=self.mongod)),
            stdout=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: self.answers(self.mongo_port), 180, "mongod listens")

    def start_server(self):
        log = open(self.folder / "server.log", "a")
        self.server = subprocess.Popen([*self.wrapper, self.omnify, "serve"], env=self.env, cwd=ROOT, stdout=log, stderr=log)
        wait_until(self.ready, 180, f"server ready, see {self.folder}/server.log")

    @staticmethod
    def answers(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def ready(self):
        assert self.server.poll() is None, (self.folder / "server.log").read_text()[-2000:]
        try:
            return urllib.request.urlopen(self.base + "/health/ready", timeout=2).status == 200
        except OSError:
            return False

    def kill_server(self, how=signal.SIGKILL):
        self.server.send_signal(how)
        self.server.wait(30)

    def restart(self):
        """Ends in good order and comes back, with the settings of now."""
        self.kill_server(signal.SIGTERM)
        self.start_server()

    def stop_database(self):
        self.database.send_signal(signal.SIGTERM)
        self.database.wait(30)

    def stop(self):
        for process in (self.server, self.database):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
        if not os.environ.get("OMNIFY_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def api(self, method, path, body=None, token=None, headers=None, raw=None):
        """(status, decoded body) of one API call."""
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, method=method)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        kind = answer.headers.get("content-type", "")
        return answer.status, json.loads(text) if "json" in kind and "jsonl" not in kind and text else text.decode(errors="replace")
