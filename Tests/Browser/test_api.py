"""The JSON API as its own description has it."""
import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest
from openapi_spec_validator import validate


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
