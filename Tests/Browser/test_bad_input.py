"""Files that nobody should send, through the real service: each gets a sentence, and nothing wrong gets in."""
import io
import zipfile

import pytest

from test_faults import register

HEADER = "customer,date,amount\n"


def archive():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("orders.csv", HEADER + "a,2026-01-01,5\n")
    return packed.getvalue()


REFUSED = {
    "empty file": (b"", "empty", "The file is empty."),
    "header only": (HEADER.encode(), "header_only", "header line and no rows"),
    "zip renamed csv": (archive(), "file_kind_zip", "Unpack it"),
    "one line of 100 MB": (b"a" * (100 << 20), "line_too_long", "Line 1 is longer than 8 MiB"),
    "a quote that is never closed": (b'a,b,c\n"' + b"a" * (9 << 20), "quote_too_long", "opened on line 2"),
    "no text at all": (bytes(range(256)) * 64, "file_kind_binary", "not text"),
}


@pytest.fixture(scope="module")
def token(service):
    return register(service, "bad-input")


def upload(service, token, body):
    return service.api("POST", "/api/v1/imports?file_name=orders.csv", raw=body, token=token,
                       headers={"Content-Type": "text/csv"})


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason(service, token, name):
    body, code, words = REFUSED[name]
    known = service.api("GET", "/api/v1/imports", token=token)[1]["data"]
    status, problem = upload(service, token, body)
    assert status == 422 and problem["code"] == code and words in problem["detail"], problem
    assert service.api("GET", "/api/v1/imports", token=token)[1]["data"] == known


def taken(service, token, text, encoding="utf-8"):
    status, record = upload(service, token, text.encode(encoding))
    assert status == 201, record
    return record


def trial(service, token, record):
    status, found = service.api("POST", f"/api/v1/imports/{record['id']}/dry-run", {}, token=token)
    assert status == 200, found
    return found, {row["line"]: row["code"] for row in found["problems"]}


BAD_ROWS = {
    "mixed date formats": ("a,2026-01-01,5\nb,2026-01-02,5\nc,31.01.2026,5\n", {4: "bad_date"}),
    "negative and huge amounts": ("a,2026-01-01,5\nb,2026-01-01,-5\nc,2026-01-01,99999999999.99\n",
                                  {3: "negative_amount", 4: "huge_amount"}),
    "NUL bytes": ("a,2026-01-01,5\nb\0,2026-01-01,5\n", {3: "nul_byte"}),
    "a formula for an amount": ("a,2026-01-01,5\nb,2026-01-01,=1+1\n", {3: "bad_amount"}),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_rows_are_named_and_the_others_go_in(service, token, name):
    rows, problems = BAD_ROWS[name]
    found, named = trial(service, token, taken(service, token, HEADER + rows))
    assert named == problems and found["orders"] == len(rows.splitlines()) - len(problems)


def test_utf_16(service, token):
    record = taken(service, token, HEADER + "José,2026-01-01,5\n", "utf-16")
    assert record["detected"]["encoding"].startswith("utf-16") and trial(service, token, record)[0]["orders"] == 1


def test_duplicate_columns_are_named(service, token):
    record = taken(service, token, "customer,date,amount,amount\na,2026-01-01,5,6\n")
    assert record["detected"]["duplicate_names"] == ["amount"]


@pytest.mark.parametrize("text, missing", [
    ("date,amount\n2026-01-01,5\n", ["customer"]),
    ("customer~date~amount\na~2026-01-01~5\n", ["customer", "date", "amount"]),
], ids=["missing required column", "wrong delimiter"])
def test_what_is_missing_is_named_and_keeps_the_import_from_starting(service, token, text, missing):
    record = taken(service, token, text)
    assert set(record["missing"]) == set(missing)
    status, problem = service.api("POST", f"/api/v1/imports/{record['id']}/run", {}, token=token)
    assert status == 422, problem
    fields = [error["field"] for error in problem["errors"]]
    assert fields == [f"columns.{name}" for name in record["missing"]], problem
