#!/usr/bin/env python3
"""Prints speed and size of the service, each figure beside its baseline measured in the same run.

  bench.py [--only web,db,import,eyes,eyes-large,sync,schedule,learning,start] [--seconds 10]

Needs a release build. Baselines: a C loop on libmongoc, the FastAPI peer and scikit-learn under ../shared/peers where they
are there. All traffic stays on loopback. The load generator shares the machine's cores with what it measures, so only
ratios of one run mean something.
"""
import argparse
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "Tests" / "Browser"), str(Path(__file__).resolve().parent / "eyes")]
import large  # noqa: E402
from server import REFERENCE, ROOT, Service  # noqa: E402

# As much as `make run` gives, unless told otherwise.
os.environ.setdefault("OMNIFY_MONGO_CACHE_GB", "")
PEERS = ROOT.parent / "shared" / "peers"
CACHE = Path(os.environ.get("OMNIFY_CACHE", Path.home() / ".cache" / "omnify"))
# The version of the statement that the import page shows.
CONSENT = "import-2026-11"
FAST = dict(OMNIFY_LOG_LEVEL="warning", OMNIFY_AUTH_PER_MINUTE="100000", OMNIFY_AUTH_PER_HOUR="100000", OMNIFY_USER_PER_MINUTE="0")


def report(section, **figures):
    print(json.dumps({"section": section, **figures}), flush=True)


def rss_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return round(int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024, 1)


class PeakMemory:
    """The largest resident size of a process while the block runs."""

    def __init__(self, pid):
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.wait(0.1):
            self.peak = max(self.peak, rss_mib(self.pid))

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def wrk(base, path, seconds, connections=64, token="", cookie="", fresh=False):
    """`fresh` asks for another filter each time, so that no answer can come from memory and every list is counted. Of a
    list of paths another one is asked for with each request."""
    paths, path = (path, path[0]) if isinstance(path, list) else ([], path)
    script = ('local n = math.random(1, 1000000000) request = function() n = n + 1 return wrk.format(nil, wrk.path ..'
              ' (wrk.path:find("?", 1, true) and "&" or "?") .. "spent_to=" .. 1000000000 + n) end\n') if fresh else ""
    if len(paths) > 1:
        script += ("local paths = {" + ", ".join(json.dumps(one) for one in paths) + "} local n = math.random(1, #paths)"
                   " request = function() n = n % #paths + 1 return wrk.format(nil, paths[n]) end\n")
    script += f'wrk.headers["Authorization"] = "Bearer {token}"\n' if token else ""
    script += f'wrk.headers["Cookie"] = "{cookie}"\n' if cookie else ""
    script += ('done = function(s, l, r) io.write(string.format("JSON {\\"per_s\\": %.1f, \\"p50_ms\\": %.3f, \\"p95_ms\\": %.3f,'
               ' \\"p99_ms\\": %.3f, \\"non_2xx\\": %d, \\"socket_errors\\": %d}\\n", s.requests / s.duration * 1e6,'
               ' l:percentile(50) / 1e3, l:percentile(95) / 1e3, l:percentile(99) / 1e3, s.errors.status,'
               ' s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout)) end\n')
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        out = subprocess.run(["wrk", "-t", "2", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s", "-s", file.name,
                              base + path], capture_output=True, text=True).stdout
    found = re.search(r"JSON (\{.*\})", out)
    return json.loads(found[1]) if found else {"failed": out[-300:]}


class Tenant:
    """An organization of its own, signed in over the API and as a browser session."""

    def __init__(self, service, name):
        self.service = service
        status, body = service.api("POST", "/auth/register", {
            "email": f"bench@{name}.test", "password": "a long bench password", "name": "Bench", "organization_name": name})
        assert status == 201, body
        self.token, self.slug = body["access_token"], body["organization"]["slug"]
        self.email = f"bench@{name}.test"

    def call(self, method, path, body=None, **more):
        status, answer = self.service.api(method, "/api/v1" + path, body, token=self.token, **more)
        if status == 401:
            # A token holds for a quarter of an hour, a large import longer.
            _, session = self.service.api("POST", "/auth/login", {"email": self.email, "password": "a long bench password"})
            self.token = session["access_token"]
            status, answer = self.service.api(method, "/api/v1" + path, body, token=self.token, **more)
        return status, answer

    def cookie(self):
        """The session cookie of a browser sign-in."""
        import http.client
        import urllib.parse
        connection = http.client.HTTPConnection("localhost", self.service.port)
        form = urllib.parse.urlencode({"email": self.email, "password": "a long bench password"})
        connection.request("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded",
                                                    "Origin": self.service.base, "Sec-Fetch-Site": "same-origin"})
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and "sid" in value:
                return value.split(";")[0]
        raise AssertionError(f"no session: {answer.status}")

    def wait(self, job, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status, body = self.call("GET", f"/jobs/{job}")
            assert status == 200, body
            if body["state"] in ("succeeded", "failed", "cancelled"):
                assert body["state"] == "succeeded", body
                return body
            time.sleep(0.2)
        raise AssertionError(f"job {job} took over {seconds} s")

    def upload(self, path, currency="USD"):
        """Registers a file, maps its columns, runs the import; seconds from the start of the job to its end."""
        status, body = self.call("POST", f"/imports?file_name={Path(path).name}", raw=Path(path).read_bytes(),
                                 headers={"Content-Type": "text/csv"})
        assert status == 201, body
        identifier = body["id"]
        status, body = self.call("PUT", f"/imports/{identifier}/mapping", {"currency": currency})
        assert status == 200, body
        started = time.monotonic()
        status, body = self.call("POST", f"/imports/{identifier}/run", {"consent": {"purpose": "marketing_analytics", "wording_version": CONSENT}})
        assert status == 202, body
        self.wait(body["job_id"], 900)
        return time.monotonic() - started


@functools.cache
def fastapi_peer(seconds):
    """Figures of the FastAPI peer with two workers, or None where it cannot be had."""
    if not (PEERS / "fastapi").is_dir():
        return None
    venv = CACHE / "venv-peer"
    if not (venv / "bin/uvicorn").exists():
        subprocess.check_call([sys.executable, "-m", "venv", venv])
        subprocess.check_call([venv / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", PEERS / "fastapi/requirements.txt"])
    env = dict(os.environ, PYTHON=str(venv / "bin/python"))
    env.pop("OMNIFY_MONGOD", None)
    subprocess.check_call(["bash", PEERS / "mongo/mongod.sh", "start"], env=env, stdout=subprocess.DEVNULL)
    try:
        done = subprocess.run([venv / "bin/python", "measure.py", "--workers", "2", "--conns", "64", "--seconds", str(seconds)],
                              cwd=PEERS / "fastapi", env=env, capture_output=True, text=True, timeout=600)
        cases = json.loads(done.stdout[done.stdout.index("{"):])["uvicorn x2"]["cases"]
        return {c["case"]: c for c in cases}
    finally:
        subprocess.call(["bash", PEERS / "mongo/mongod.sh", "stop"], env=env)


def web(service, tenant, seconds):
    cookie = tenant.cookie()
    cases = {
        "list": ("/api/v1/customers?limit=50", dict(token=tenant.token)),
        "page": (f"/o/{tenant.slug}/customers", dict(cookie=cookie)),
        "list, filtered, each another": ("/api/v1/customers?limit=50", dict(token=tenant.token, fresh=True)),
        "page, filtered, each another": (f"/o/{tenant.slug}/customers", dict(cookie=cookie, fresh=True)),
        "home": (f"/o/{tenant.slug}/home", dict(cookie=cookie)),
        "eyes": (f"/o/{tenant.slug}/eyes", dict(cookie=cookie)),
        "health": ("/health", {}),
    }
    peer = fastapi_peer(seconds) or {}
    baseline = {"list": peer.get("GET /api/v1/contacts?limit=50"), "page": peer.get("GET /dashboard"), "health": peer.get("GET /health")}
    for name, (path, how) in cases.items():
        wrk(service.base, path, 3, 8, **how)
        mine = wrk(service.base, path, seconds, **how)
        theirs = baseline.get(name)
        ratio = round(mine["per_s"] / theirs["per_s"], 2) if theirs and "per_s" in mine else None
        report("web", case=name, **mine, rss_mib=rss_mib(service.server.pid), fastapi_per_s=theirs and theirs["per_s"],
               fastapi_rss_mib=theirs and theirs["rss_mb"], ratio=ratio)


def imports(service):
    tenant = Tenant(service, "bench-import")
    with PeakMemory(service.server.pid) as memory:
        took = tenant.upload(REFERENCE)
    report("import", case="reference", rows=69659, seconds=round(took, 2), rows_per_s=round(69659 / took), peak_rss_mib=memory.peak)
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("customer_id,date,quantity,amount\n")
        for row in range(1_000_000):
            file.write(f"{row % 100_000:06d},2025-{row % 12 + 1:02d}-{row % 28 + 1:02d},{row % 3 + 1},{row % 997}.{row % 100:02d}\n")
        file.flush()
        with PeakMemory(service.server.pid) as memory:
            took = Tenant(service, "bench-million").upload(file.name)
    report("import", case="million", rows=1_000_000, seconds=round(took, 2), rows_per_s=round(1_000_000 / took), peak_rss_mib=memory.peak)


def eyes(service, tenant):
    """The first run starts by itself after the import; its own record says how long it took."""
    started = time.monotonic()
    while tenant.call("GET", "/eyes/segments")[1].get("state") != "published":
        assert time.monotonic() - started < 300, "no run was published"
        time.sleep(0.2)
    run = tenant.call("GET", "/eyes/runs?limit=1")[1]["data"][0]
    report("eyes", case="reference, after the import", wall_seconds=round(time.monotonic() - started, 2), run=run,
           rss_mib=rss_mib(service.server.pid))


def database(service):
    env = dict(os.environ, BENCH_MONGO=str(Path(os.environ["OMNIFY_BINARY"]).parent / "bench-mongo"))
    out = subprocess.check_output(["sh", ROOT / "Benchmarks/mongo/run.sh", service.env["OMNIFY_MONGO_URL"], "5"], env=env, text=True)
    found = re.search(r"best: C (\d+)/s, Kit/Mongo (\d+)/s, ratio ([\d.]+)", out)
    report("db", case="findOne at 32 callers", per_s=int(found[2]), c_per_s=int(found[1]), ratio=float(found[3]))


class Platform:
    """A platform's side of the wire without limits, in a process of its own."""

    def __init__(self, *counts):
        self.tool = str(Path(os.environ["OMNIFY_BINARY"]).parent / "bench-sync")
        self.server = subprocess.Popen([self.tool, "serve", *map(str, counts)], stdout=subprocess.PIPE, text=True)
        self.base = "http://127.0.0.1:" + self.server.stdout.readline().split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(20)

    def run(self, mode, service, *arguments):
        command = [self.tool, mode, service.env["OMNIFY_MONGO_URL"], self.base, *map(str, arguments)]
        return json.loads(subprocess.check_output(command, text=True, timeout=3600))


def sync(service):
    """BENCH_SHARE=0.1 reads a tenth of it."""
    share = float(os.environ.get("BENCH_SHARE", "1"))
    with Platform(*(round(count * share) for count in (100_000, 300_000, 2_000_000))) as platform:
        report("sync", case="people, orders and events of one platform without limits", **platform.run("load", service))


def schedule(service):
    """Fifteen minutes pressed into as many seconds as BENCH_EVERY says."""
    every, rounds = int(os.environ.get("BENCH_EVERY", "120")), 2
    with Platform(5, 10, 20) as platform:
        report("schedule", case="one worker, 50 organizations, one of them with half the connections",
               **platform.run("schedule", service, 500, 50, every, rounds))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", default="start,db,import,eyes,eyes-large,web,sync,schedule,learning")
    arguments.add_argument("--seconds", type=int, default=10)
    chosen = arguments.parse_args()
    wanted = set(chosen.only.split(","))
    service = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"], FAST)
    try:
        started = time.monotonic()
        service.start(demo=True)
        report("start", case="database, migrations, demo, ready", seconds=round(time.monotonic() - started, 2))
        if "db" in wanted:
            database(service)
        if wanted & {"web", "eyes"}:
            tenant = Tenant(service, "bench-main")
            tenant.upload(REFERENCE)
            eyes(service, tenant)
            if "web" in wanted:
                web(service, tenant, chosen.seconds)
        if "import" in wanted:
            imports(service)
        if "eyes-large" in wanted:
            tenant = large.large_run(service, lambda name: Tenant(service, name), report)
            large.answers(service, tenant, wrk, chosen.seconds, report, fastapi_peer(chosen.seconds) or {})
        if "sync" in wanted:
            sync(service)
        if "schedule" in wanted:
            schedule(service)
    finally:
        service.stop()
    if "learning" in wanted:
        subprocess.check_call([sys.executable, ROOT / "Benchmarks/learning/compare.py", "--omnify", os.environ["OMNIFY_BINARY"]])


if __name__ == "__main__":
    main()
