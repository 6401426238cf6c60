"""The JSON API as its own description has it."""
import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from server import wait_until


@pytest.fixture(scope="module")
def document(service):
    return json.load(urllib.request.urlopen(service.base + "/api/openapi.json"))


def test_the_description_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_founding_paths_are_there(document):
    for path in ("/auth/register", "/auth/login", "/auth/refresh", "/platforms/connect", "/eyes/segments", "/api/v1/eyes/segments"):
        assert path in document["paths"], path


def test_every_operation_declares_its_permission(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                assert "x-permission" in operation, f"{method} {path}"


def test_schemathesis_finds_no_server_error_and_no_undocumented_answer(service, tmp_path):
    status, body = service.api("POST", "/auth/register", {
        "email": "api@check.test", "password": "a long sentence of ours", "name": "Api", "organization_name": "Api check"})
    assert status == 201, body
    tool = Path(os.sys.executable).parent / "schemathesis"
    done = subprocess.run(
        [tool, "run", service.base + "/api/openapi.json", "--url", service.base, "-H", f"Authorization: Bearer {body['access_token']}",
         "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance", "--max-examples", "12", "--seed", "1",
         "--phases", "examples,fuzzing", "--exclude-path-regex", "logout|refresh|login|register|sessions|change-password|switch"],
        capture_output=True, text=True, cwd=tmp_path, timeout=600)
    assert done.returncode == 0, done.stdout[-6000:]


def test_a_consent_entered_shows_in_a_list_that_was_just_read(service, tmp_path):
    status, body = service.api("POST", "/auth/register", {
        "email": "fresh@check.test", "password": "a long sentence of ours", "name": "Fresh", "organization_name": "Fresh check"})
    assert status == 201, body
    token = body["access_token"]
    raw = b"customer_id,date,amount\nc1,2026-01-05,10.00\nc2,2026-01-06,20.00\n"
    status, imported = service.api("POST", "/api/v1/imports?file_name=two.csv", token=token, raw=raw, headers={"Content-Type": "text/csv"})
    assert status == 201, imported
    path = f"/api/v1/imports/{imported['id']}"
    assert service.api("PUT", path + "/mapping", {"currency": "EUR"}, token=token)[0] == 200
    status, run = service.api("POST", path + "/run", {}, token=token)
    assert status == 202, run
    wait_until(lambda: service.api("GET", f"/api/v1/jobs/{run['job_id']}", token=token)[1]["state"] == "succeeded", 180, "the import")
    lists = [service.api("GET", "/api/v1/customers?limit=50", token=token)[1]["data"] for _ in range(3)]
    assert lists[0] == lists[1] == lists[2] and len(lists[0]) == 2
    assert {row["consent"]["state"] for row in lists[0]} == {"missing"}
    chosen = lists[0][0]["id"]
    status, entry = service.api("POST", "/api/v1/consents", {
        "customer_id": chosen, "purpose": "marketing_analytics", "state": "granted"}, token=token)
    assert status == 201, entry
    after = service.api("GET", "/api/v1/customers?limit=50", token=token)[1]["data"]
    assert [row["consent"]["state"] for row in after if row["id"] == chosen] == ["granted"]
