"""The main job as a new person does it: sign up, import real orders, see segments and churn, read why, check the log."""
import re
import subprocess

import pytest

from people import PASSWORD, import_file, sign_up, wait_for_run
from server import REFERENCE


@pytest.fixture(scope="module")
def shop(chromium, service):
    """A new organization with the reference file imported and analysed; its page, prefix and e-mail."""
    context = chromium.new_context(base_url=service.base, locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    email, prefix = sign_up(page)
    assert "no orders yet" in page.inner_text("h1")
    import_file(page, prefix, REFERENCE)
    result = page.inner_text("main")
    assert "69,659" in result and "23,570" in result, result
    wait_for_run(page, prefix)
    yield page, prefix, email
    context.close()


def test_segments_show_their_quality(shop):
    page, prefix, _ = shop
    page.goto(prefix + "/eyes")
    text = page.inner_text("main")
    assert re.search(r"natural groups among 23,5\d\d buyers", page.inner_text("h1"))
    assert "Silhouette" in text and "Shuffled data" in text
    assert "projection" in text
    assert page.locator("table").count() >= 2


def test_churn_shows_probability_reasons_and_horizons(shop):
    page, prefix, _ = shop
    for horizon in ("30", "60", "90"):
        page.goto(f"{prefix}/eyes?tab=churn&horizon={horizon}d")
        text = page.inner_text("main")
        assert f"within the next {horizon} days" in text
        assert "AUC" in text and "last order" in text
    page.get_by_role("link", name="All figures of this model").click()
    card = page.inner_text("main")
    assert "Brier" in card and "alibration" in card


def test_a_customer_is_opened_and_says_why(shop):
    page, prefix, _ = shop
    page.goto(f"{prefix}/eyes?tab=churn&horizon=90d")
    page.locator("table tbody tr a").first.click()
    text = page.inner_text("main")
    assert "last order" in text


def test_the_api_gives_the_same(shop, service):
    page, prefix, email = shop
    status, signed_in = service.api("POST", "/auth/login", {"email": email, "password": PASSWORD})
    assert status == 200, signed_in
    status, body = service.api("GET", "/eyes/segments", token=signed_in["access_token"])
    assert status == 200 and body["state"] == "published"
    assert body["clustering"]["state"] == "accepted" and body["clustering"]["k"] == 3
    for horizon in ("d30", "d60", "d90"):
        assert body["churn"][horizon]["state"] in ("accepted", "provisional")
    page.goto(prefix + "/eyes")
    for segment in body["data"]:
        assert f"{segment['size']:,}" in page.inner_text("main")


def test_the_same_file_again_changes_nothing(shop):
    page, prefix, _ = shop
    import_file(page, prefix, REFERENCE)
    assert re.search(r"\b0 new orders|no new orders|nothing new", page.inner_text("body"), re.I)


def test_every_act_is_in_the_audit_log_and_the_chain_is_whole(shop, service):
    page, prefix, _ = shop
    page.goto(prefix + "/audit")
    text = page.inner_text("main")
    for act in ("analysis", "import", "organization"):
        assert act in text.lower(), act
    page.get_by_role("button", name="Check for tampering").click()
    page.wait_for_selector("text=Nothing was altered")
    out = subprocess.run([service.omnify, "audit", "verify", "--org", prefix.split("/")[-1]], env=service.env,
                         capture_output=True, text=True)
    assert out.returncode == 0 and "whole" in out.stdout, out.stdout + out.stderr


def test_it_all_works_without_scripts(plain_page, tmp_path):
    email, prefix = sign_up(plain_page)
    orders = tmp_path / "orders.csv"
    rows = [f"c{number % 30},2026-{number % 9 + 1:02d}-{number % 27 + 1:02d},{number % 50 + 5}.00" for number in range(200)]
    orders.write_text("customer,date,amount\n" + "\n".join(rows) + "\nbroken,not a date,5\n")
    plain_page.goto(prefix + "/imports")
    plain_page.set_input_files("input[type=file]", str(orders))
    plain_page.locator("form[enctype='multipart/form-data'] button[type=submit]").click()
    plain_page.check("form[action$='/run'] input[name=consent]")
    plain_page.locator("form[action$='/run'] button[type=submit]").click()
    address = plain_page.url
    for _ in range(120):
        plain_page.goto(address)
        if plain_page.locator(f"main a.primary[href='{prefix}/home']").count():
            break
        plain_page.wait_for_timeout(500)
    assert "not a date" in plain_page.inner_text("main")
    plain_page.goto(prefix + "/eyes")
    assert plain_page.locator("h1").count() == 1
