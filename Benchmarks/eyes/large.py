"""EYES on a large shop: what each stage of a run takes from the database to the stored run, then how fast answers come.

    bench.py --only eyes-large        BENCH_SHARE=0.1 does a tenth of it, 10 ten times as much, in files of a million rows
"""
import os
import re
import tempfile
import threading
import time

import shop

TICK = os.sysconf("SC_CLK_TCK")
FILE_ROWS = 1_000_000


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Peak:
    """The largest resident size of a process since this was made, as the kernel counts it."""

    def __init__(self, pid):
        self.pid = pid
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")

    @property
    def mib(self):
        with open(f"/proc/{self.pid}/status") as status:
            return round(int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024, 1)


class Stages:
    """Follows a job: when each of its stages began, and what service and database had used until then."""

    def __init__(self, service, tenant, job):
        self.service, self.tenant, self.job = service, tenant, job
        self.marks = []

    def follow(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status, body = self.tenant.call("GET", f"/jobs/{self.job}")
            if status == 503:
                continue
            assert status == 200, body
            stage = body["stage"]
            if not self.marks or self.marks[-1][0] != stage:
                self.mark(stage)
            if body["state"] in ("succeeded", "failed", "cancelled"):
                assert body["state"] == "succeeded", body
                self.mark(None)
                return
            time.sleep(0.05)
        raise AssertionError(f"job {self.job} took over {seconds} s")

    def mark(self, stage):
        self.marks.append((stage, time.monotonic(), processor_seconds(self.service.server.pid),
                           processor_seconds(self.service.database.pid)))

    def figures(self):
        for (stage, *before), (_, *after) in zip(self.marks, self.marks[1:]):
            wall, own, database = (round(b - a, 2) for a, b in zip(before, after))
            yield dict(stage=stage or "queued", wall_seconds=wall, cpu_seconds=own, database_cpu_seconds=database)


def large_run(service, make_tenant, report):
    share = float(os.environ.get("BENCH_SHARE", "1"))
    tenant = make_tenant("bench-large")
    orders, rows, took = shop.orders(share), 0, 0
    for start in range(0, len(orders), FILE_ROWS):
        part = orders[start:start + FILE_ROWS]
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            shop.write(file, part)
            file.flush()
            took += tenant.upload(file.name)
        rows += len(part)
    del orders
    report("eyes-large", case="import", rows=rows, seconds=round(took, 1), rows_per_s=round(rows / took))
    published(tenant)
    # A process that has done nothing else, and another seed, so that there is something to compute.
    service.restart()
    _, setup = tenant.call("GET", "/eyes/config")
    changed = dict(version=setup["version"], config=dict(setup["config"], seed=43))
    status, body = tenant.call("PUT", "/eyes/config", changed)
    assert status == 200, body
    idle, peak = Peak(service.server.pid).mib, Peak(service.server.pid)
    begun = time.monotonic()
    status, body = tenant.call("POST", "/eyes/analyze-segments")
    while status == 409:
        # The last file's own run, or what the restart made begin again.
        time.sleep(0.5)
        begun = time.monotonic()
        status, body = tenant.call("POST", "/eyes/analyze-segments")
    assert status == 202, body
    stages = Stages(service, tenant, body["job_id"])
    stages.mark(None)
    stages.follow(900)
    wall = time.monotonic() - begun
    for figures in stages.figures():
        report("eyes-large", case="stage", **figures)
    first, last = stages.marks[0], stages.marks[-1]
    run = tenant.call("GET", "/eyes/runs?limit=1")[1]["data"][0]
    report("eyes-large", case="database to stored run", customers=round(shop.CUSTOMERS * share), orders=rows, wall_seconds=round(wall, 2),
           cpu_seconds=round(last[2] - first[2], 2), database_cpu_seconds=round(last[3] - first[3], 2), idle_rss_mib=idle,
           peak_rss_mib=peak.mib, goal="15 min, 4 GiB" if share >= 10 else "20 s, 500 MiB", run=run)
    return tenant


def published(tenant):
    end = time.monotonic() + 600
    while True:
        status, answer = tenant.call("GET", "/eyes/segments")
        if status == 200 and answer["state"] == "published":
            return answer
        assert time.monotonic() < end, "no run was published"
        time.sleep(0.5)


def answers(service, tenant, wrk, seconds, report, peer):
    """Reads at 64 connections, another customer with each request. Beside them what the FastAPI peer did in the same run: its
    list of fifty beside the API, its page beside the pages."""
    cookie = tenant.cookie()
    people, cursor = [], ""
    # Far more than the service remembers, so that first looks find nobody in memory.
    while len(people) < 30_000:
        status, body = tenant.call("GET", f"/eyes/churn-risk?limit=100{cursor}")
        assert status == 200, body
        people += [row["user_id"] for row in body["data"]]
        if not body["page"]["next_cursor"]:
            break
        cursor = "&cursor=" + body["page"]["next_cursor"]
    segments = [row["segment_id"] for row in tenant.call("GET", "/eyes/segments")[1]["data"]]
    web = f"/o/{tenant.slug}/eyes"
    cases = [
        ("score and reasons of a customer", 20, [f"/api/v1/eyes/churn-risk/{one}?timeframe=30d" for one in people[:5_000]], dict(token=tenant.token)),
        ("score and reasons, first looks", 20, [f"/api/v1/eyes/churn-risk/{one}?timeframe=30d" for one in people], dict(token=tenant.token)),
        ("segment, page", 50, [f"{web}/segments/{one}" for one in segments], dict(cookie=cookie)),
        ("segment", 100, [f"/api/v1/eyes/segments/by-id/{one}" for one in segments], dict(token=tenant.token)),
        ("members of a segment", 100, [f"/api/v1/eyes/segments/by-id/{one}/members?limit=50" for one in segments], dict(token=tenant.token)),
        ("segments", 100, ["/api/v1/eyes/segments"], dict(token=tenant.token)),
        ("customers at risk", 100, [f"/api/v1/eyes/churn-risk?horizon={h}&limit=50" for h in ("30d", "60d", "90d")], dict(token=tenant.token)),
        ("customers at risk of one segment", 100, [f"/api/v1/eyes/churn-risk?segment={one}&limit=50" for one in segments], dict(token=tenant.token)),
        ("models", 100, ["/api/v1/eyes/model-performance"], dict(token=tenant.token)),
        ("learning", 100, ["/api/v1/eyes/learning-insights"], dict(token=tenant.token)),
        ("cross-platform", 100, ["/api/v1/eyes/cross-platform-patterns"], dict(token=tenant.token)),
        ("feeds", 100, ["/api/v1/eyes/integration-feeds"], dict(token=tenant.token)),
        ("EYES, page", 100, [web], dict(cookie=cookie)),
        ("churn, page", 100, [f"{web}?tab=churn"], dict(cookie=cookie)),
    ]
    for name, limit, paths, how in cases:
        wrk(service.base, paths, 2, 8, **how)
        mine = wrk(service.base, paths, seconds, **how)
        theirs = peer.get("GET /dashboard" if "cookie" in how else "GET /api/v1/contacts?limit=50")
        ratio = round(mine["per_s"] / theirs["per_s"], 2) if theirs and "per_s" in mine else None
        report("eyes-large", case=name, fastapi_per_s=theirs and theirs["per_s"], ratio=ratio, goal_p95_ms=limit, met=mine.get("per_s", 0) > 0 and mine["p95_ms"] < limit and not mine["non_2xx"], **mine)
