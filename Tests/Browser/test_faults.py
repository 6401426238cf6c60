"""What happens when the process or the database goes away in the middle: nothing lost, nothing double, and a sentence."""
import os
import time

import pytest

from server import REFERENCE, Service, wait_until


@pytest.fixture
def fragile():
    """A service of its own, because it is going to be hurt."""
    service = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"], {"OMNIFY_WORKERS": "1"})
    try:
        yield service.start()
    finally:
        service.stop()


def register(service, name):
    status, body = service.api("POST", "/auth/register", {
        "email": f"owner@{name}.test", "password": "a long sentence of ours", "name": "Owner", "organization_name": name})
    assert status == 201, body
    return body["access_token"]


def start_import(service, token):
    status, body = service.api("POST", "/api/v1/imports?file_name=cdnow.csv", raw=REFERENCE.read_bytes(), token=token,
                               headers={"Content-Type": "text/csv"})
    assert status == 201, body
    status, run = service.api("POST", f"/api/v1/imports/{body['id']}/run", {
        "consent": {"purpose": "marketing_analytics", "wording_version": "import-2026-11"}}, token=token)
    assert status == 202, run
    return body["id"], run["job_id"]


def job(service, token, identifier):
    return service.api("GET", f"/api/v1/jobs/{identifier}", token=token)[1]


def totals(service, token):
    status, body = service.api("GET", "/api/v1/customers?limit=1", token=token)
    assert status == 200, body
    return body["page"]["total"]


def test_killed_in_the_middle_of_an_import_and_of_a_run(fragile):
    token = register(fragile, "killed")
    identifier, running = start_import(fragile, token)
    wait_until(lambda: (job(fragile, token, running).get("rows_done") or 0) > 3000, 180, "the import is under way")
    fragile.kill_server()
    fragile.start_server()
    wait_until(lambda: job(fragile, token, running).get("state") == "succeeded", 240, "another worker finishes the import")
    record = fragile.api("GET", f"/api/v1/imports/{identifier}", token=token)[1]
    assert record["state"] == "finished", record
    assert totals(fragile, token) == 23570
    orders = fragile.api("GET", "/api/v1/eyes/runs", token=token)
    assert orders[0] == 200
    fragile.kill_server()
    fragile.start_server()
    wait_until(lambda: fragile.api("GET", "/api/v1/eyes/segments", token=token)[1].get("state") == "published", 300,
               "the killed run is done by another worker")


def test_the_database_is_away_for_a_while(fragile):
    token = register(fragile, "away")
    _, running = start_import(fragile, token)
    wait_until(lambda: (job(fragile, token, running).get("rows_done") or 0) > 1000, 180, "the import is under way")
    fragile.stop_database()
    wait_until(lambda: not fragile.ready(), 180, "the service says that it is not ready")
    status, body = fragile.api("GET", "/api/v1/customers", token=token)
    assert status == 503 and body["title"], body
    status, page = fragile.api("GET", "/", headers={"Accept": "text/html"})
    assert status == 503 and "<html" in page
    away = time.monotonic()
    wait_until(lambda: time.monotonic() - away > 30, 40, "thirty seconds without a database")
    fragile.start_database()
    wait_until(fragile.ready, 180, "the service is ready again without a restart")
    wait_until(lambda: job(fragile, token, running).get("state") == "succeeded", 240, "the import goes on and ends")
    assert totals(fragile, token) == 23570
