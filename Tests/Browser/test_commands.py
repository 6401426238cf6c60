"""The commands of the binary, each run for real beside a service that only serves."""
import json
import signal
import subprocess
from pathlib import Path

import pytest

from people import PASSWORD, open_demo
from server import ROOT, Service, wait_until

CSV = "customer_id,date,amount\n" + "".join(f"C{n % 40},2026-{n % 9 + 1:02d}-{n % 27 + 1:02d},{n % 50 + 5}.00\n" for n in range(300))


@pytest.fixture(scope="module")
def serving(service):
    """A service told not to run jobs, on a database of its own."""
    alone = Service(service.omnify, service.mongod, {"OMNIFY_WORKER": "false"})
    try:
        yield alone.start()
    finally:
        alone.stop()


def command(service, *arguments):
    done = subprocess.run([service.omnify, *arguments], env=service.env, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


class Worker:
    """A worker process for the length of a block."""

    def __init__(self, service):
        self.service = service

    def __enter__(self):
        log = open(self.service.folder / "worker.log", "a")
        self.process = subprocess.Popen([self.service.omnify, "worker"], env=self.service.env, stdout=log, stderr=log)
        return self.process

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


def test_a_worker_process_does_what_the_server_queued(serving):
    status, signed_up = serving.api("POST", "/auth/register", {
        "email": "wes@worker.test", "password": PASSWORD, "name": "Wes", "organization_name": "Worker", "slug": "worker"})
    assert status == 201, signed_up
    token = signed_up["access_token"]
    status, upload = serving.api("POST", "/api/v1/imports?file_name=orders.csv", token=token, raw=CSV.encode(),
                                 headers={"Content-Type": "text/csv"})
    assert status == 201, upload
    status, run = serving.api("POST", f"/api/v1/imports/{upload['id']}/run", {}, token=token)
    assert status == 202, run
    job = lambda: serving.api("GET", f"/api/v1/jobs/{run['job_id']}", token=token)[1]["state"]
    assert job() == "queued"
    with Worker(serving) as worker:
        wait_until(lambda: job() == "succeeded", 180, "the worker finishes the import")
        status, customers = serving.api("GET", "/api/v1/customers", token=token)
        assert status == 200 and len(customers["data"]) > 0
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def test_a_command_says_nothing_of_a_killed_process_that_had_its_number(serving):
    stale = 'touch "/dev/shm/mongoc-$$" && exec "$0" config print'
    started = subprocess.Popen(["sh", "-c", stale, serving.omnify], env=serving.env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    said = started.communicate(timeout=60)[1]
    Path(f"/dev/shm/mongoc-{started.pid}").unlink(missing_ok=True)
    assert (started.returncode, said) == (0, "")


def test_health_and_readiness_answer(serving):
    assert serving.api("GET", "/health")[1]["checks"]["database"] == "ok"
    assert serving.api("GET", "/health/ready")[1] == {"ready": True}


def test_the_log_is_checked_and_exported_and_an_edit_is_found(serving, tmp_path):
    code, said = command(serving, "audit", "verify", "--org", "worker")
    assert code == 0 and "worker: whole" in said, said
    code, export = command(serving, "audit", "export", "--org", "worker")
    assert code == 0 and json.loads(export.splitlines()[0])["format"] == "omnify-audit-1"
    whole = tmp_path / "whole.jsonl"
    whole.write_text(export)
    code, said = command(serving, "audit", "verify", "--file", str(whole))
    assert code == 0 and "whole" in said, said
    lines = export.splitlines(keepends=True)
    for name, broken in {
        "missing": lines[:2] + lines[3:],
        "edited": [lines[0], lines[1].replace("organization.create", "organization.created"), *lines[2:]],
    }.items():
        file = tmp_path / f"{name}.jsonl"
        file.write_text("".join(broken))
        code, said = command(serving, "audit", "verify", "--file", str(file))
        assert code == 1 and "BROKEN" in said, (name, said)
    code, said = command(serving, "audit", "verify", "--org", "nowhere")
    assert code == 1 and "no organization" in said


def test_the_api_exports_the_same_log(serving):
    token = serving.api("POST", "/auth/login", {"email": "wes@worker.test", "password": PASSWORD})[1]["access_token"]
    status, verdict = serving.api("POST", "/api/v1/audit/verify", {}, token=token)
    assert status == 200 and verdict["intact"] is True, verdict
    status, export = serving.api("POST", "/api/v1/audit/export", {}, token=token)
    assert status == 200 and json.loads(export.splitlines()[0])["format"] == "omnify-audit-1"


def test_the_demo_is_made_once_and_removed_by_command_and_by_click(serving, chromium):
    code, said = command(serving, "unseed", "demo")
    assert code == 0 and "no demo" in said, said
    code, said = command(serving, "seed", "demo")
    assert code == 0 and "Made" in said, said
    assert "already" in command(serving, "seed", "demo")[1]
    assert command(serving, "seed", "demo", "--if-missing") == (0, "")
    context = chromium.new_context(base_url=serving.base, locale="es-ES")
    context.set_default_timeout(120_000)
    page = context.new_page()
    prefix = "/" + open_demo(page)
    assert page.locator("html").get_attribute("lang") == "es", "a visitor's language holds in the demo"
    with Worker(serving):
        wait_until(lambda: "AUC" in (page.goto(prefix + "/eyes?tab=churn"), page.content())[1], 120, "the demo is analysed")
    page.goto("/")
    figure = page.inner_text(".landing-figure b").strip()
    page.goto(prefix + "/eyes?tab=churn")
    assert figure.replace(".", "") in page.inner_text("h1").replace(".", ""), "the front door shows what the demo shows"
    assert "Tienda de demostración" in page.inner_text("main")
    page.goto(prefix + "/home")
    page.locator(f"form[action='{prefix}/demo/remove'] button").click()
    page.wait_for_url(serving.base + "/")
    assert page.locator("form[action='/demo']").count() == 0
    assert page.goto(prefix + "/home").status in (200, 404) and "demo" not in page.url
    context.close()
    code, said = command(serving, "unseed", "demo")
    assert code == 0 and "no demo" in said, said
    folders = list((serving.folder / "data" / "imports").iterdir())
    assert len(folders) == 1, "no file of the demo is left"


def test_make_demo_reset_makes_the_demo_anew_beside_the_running_service(serving):
    command(serving, "unseed", "demo")
    for expected in ("no demo organization", "Removed the demo organization"):
        done = subprocess.run(["make", "-s", "demo-reset"], cwd=ROOT, env={**serving.env, "OMNIFY_BINARY": serving.omnify},
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        assert expected in done.stdout and "Made" in done.stdout, done.stdout
    assert "juniper-lane: whole" in command(serving, "audit", "verify")[1]
    assert command(serving, "unseed", "demo")[0] == 0
