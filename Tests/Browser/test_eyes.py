"""What an analyst does with the churn table: cut it where it pays, take exactly that list, draft a campaign, agree to it, and
ask the same over the API. Without scripts, as far as pages go."""
import csv
import datetime
import io
import math
import random
import re

import pytest

from people import PASSWORD, import_file, open_demo, sign_up, wait_for_run
from server import REFERENCE, wait_until

ANSWERS = [
    "segments", "segments/30d", "churn-risk", "cross-platform-patterns", "learning-insights", "integration-feeds",
    "model-performance", "runs",
]


def number(text):
    return int(re.sub(r"[^\d]", "", text))


@pytest.fixture
def demo(plain_page):
    prefix = "/" + open_demo(plain_page)
    wait_for_run(plain_page, prefix, 240)
    return plain_page, prefix


def test_the_slider_marks_the_best_cut_and_the_file_holds_exactly_the_list(demo):
    page, prefix = demo
    page.goto(prefix + "/eyes?tab=churn&horizon=90d")
    best = number(re.search(r"Writing to ([\d,]+) of", page.inner_text("#profit h2")).group(1))
    assert page.input_value("#profit input[name=cut]") == str(best)
    page.fill("#profit input[name=cost]", "2")
    page.fill("#profit input[name=cut]", "37")
    page.locator("#profit form button").first.click()
    assert "cut=37" in page.url
    figures = page.inner_text("#profit .tiles")
    assert "37" in figures and "in the tested window" in figures
    assert page.locator("#profit-chart table tbody tr").count() > 10
    with page.expect_download() as download:
        page.locator("#profit a[href*='format=csv']").click()
    text = open(download.value.path(), encoding="utf-8", newline="").read()
    head, rest = text.split("\r\n", 1)
    assert "cut=37" in head and "rows=37" in head and "run_id=eyr_" in head
    rows = list(csv.DictReader(io.StringIO(rest)))
    assert len(rows) == 37
    shown = page.locator("#churn tbody tr").count()
    names = [page.locator("#churn tbody tr a").nth(i).get_attribute("href").rsplit("/", 1)[1] for i in range(min(shown, 37))]
    assert [row["user_id"] for row in rows][:len(names)] == names


def test_what_the_slider_cannot_use_stays_and_is_marked(demo):
    page, prefix = demo
    page.goto(prefix + "/eyes?tab=churn&horizon=90d&cost=-5&success=10")
    wrong, right = page.locator("#profit input[name=cost]"), page.locator("#profit input[name=success]")
    assert (wrong.input_value(), wrong.get_attribute("aria-invalid")) == ("-5", "true")
    frames = [field.evaluate("field => getComputedStyle(field).borderTopColor") for field in (wrong, right)]
    assert frames[0] != frames[1], frames


def test_a_campaign_is_drafted_agreed_to_and_released_without_scripts(demo):
    page, prefix = demo
    page.goto(prefix + "/eyes?tab=churn&horizon=90d&cut=60")
    page.locator("#profit a[href*='/eyes/campaigns/new']").click()
    page.fill("input[name=name]", "Win back")
    page.fill("input[name=holdout]", "80")
    page.locator("main form[action$='/eyes/campaigns'] button").click()
    assert "between 0 and 50" in page.inner_text(".error-summary")
    page.fill("input[name=holdout]", "20")
    page.locator("main form[action$='/eyes/campaigns'] button").click()
    page.wait_for_url("**/eyes/campaigns/rcm_*")
    lines = page.locator("#audience tbody tr").all_inner_texts()
    chosen, without, reviewed, capped, budget, held, treated = [number(line.split("\t")[-1]) for line in lines]
    assert chosen == 60 and chosen == without + reviewed + capped + budget + held + treated and held > 0
    page.locator("form[action$='/approve'] button").click()
    page.locator("form[action$='/execute'] button").click()
    with page.expect_download() as download:
        page.locator("a[href$='/file']").click()
    rows = list(csv.DictReader(open(download.value.path(), encoding="utf-8", newline="")))
    assert len(rows) == treated
    page.goto(prefix + "/eyes/campaigns")
    assert "Win back" in page.inner_text("#campaigns")


def test_tabs_of_channels_and_learning_answer_without_scripts(demo):
    page, prefix = demo
    wait_until(lambda: page.goto(prefix + "/eyes?tab=cross") and page.locator("#channels").count(), 180, "channels are counted")
    assert page.locator("#journeys tbody tr").count() > 0
    page.goto(prefix + "/eyes?tab=learning")
    assert "1 of 2 runs" in page.inner_text("h1")


@pytest.fixture(scope="module")
def analyst(chromium, service):
    """A new organization and its token, before it has any data."""
    context = chromium.new_context(base_url=service.base, locale="en-US")
    context.set_default_timeout(120_000)
    page = context.new_page()
    email, prefix = sign_up(page)
    status, body = service.api("POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD})
    assert status == 200, body
    yield page, prefix, body["access_token"]
    context.close()


def test_every_answer_carries_run_gates_and_consent_from_the_first_day_on(service, analyst):
    page, prefix, token = analyst
    for name in ANSWERS:
        status, body = service.api("GET", f"/api/v1/eyes/{name}", token=token)
        assert status == 200 and body["state"] == "never_ran" and body["run_id"] is None, (name, body)
    status, body = service.api("POST", "/api/v1/eyes/profit", {}, token=token)
    assert status == 200 and body["data"] is None
    status, body = service.api(
        "POST", "/api/v1/eyes/trigger-retention-campaign", {"campaign_type": "email"}, token=token)
    assert status == 409 and body["code"] == "campaign_never_ran"
    import_file(page, prefix, REFERENCE)
    wait_for_run(page, prefix)
    for name in ANSWERS:
        status, body = service.api("GET", f"/api/v1/eyes/{name}", token=token)
        assert status == 200 and body["state"] == "published", (name, body)
        assert body["run_id"].startswith("eyr_") and body["as_of"] and body["consent"]["used"] > 20_000
        assert set(body["churn"]) == {"d30", "d60", "d90"} and body["clustering"]["state"]
    run = body["run_id"]
    status, body = service.api("POST", "/api/v1/eyes/profit", {"n": 500, "contact_cost_minor": 10}, token=token)
    assert status == 200, body
    curve = [point["profit"]["amount_minor"] for point in body["data"]["curve"]]
    assert body["data"]["chosen"]["n"] == 500
    assert body["data"]["best"]["profit"]["amount_minor"] >= max(curve)
    held = body["data"]["chosen"]["held_out"]["profit_minor"]
    assert held["lower"] <= held["estimate"] <= held["upper"]
    status, body = service.api("POST", "/api/v1/eyes/profit", {"success_rate": 2}, token=token)
    assert status == 422
    status, text = service.api(
        "GET", "/api/v1/eyes/churn-risk?horizon=90d&cut=25", token=token, headers={"Accept": "text/csv"})
    lines = text.splitlines()
    assert status == 200 and len(lines) == 27 and run in lines[0] and lines[1].startswith("user_id,"), text[:300]
    status, body = service.api(
        "POST", "/api/v1/eyes/trigger-retention-campaign",
        {"campaign_type": "email", "cut": 100, "confirm_provisional": True}, token=token)
    assert status == 409 and body["code"] == "campaign_nobody", body
    status, body = service.api("POST", f"/api/v1/eyes/runs/{run}/repeat", {}, token=token)
    assert status == 202, body
    job = body["job_id"]

    def state():
        return service.api("GET", f"/api/v1/jobs/{job}", token=token)[1]["state"]

    wait_until(lambda: state() in ("succeeded", "failed"), 240, "the repetition ends")
    assert state() == "succeeded"
    status, body = service.api("POST", "/api/v1/webhooks", {"url": "https://127.0.0.1/x", "events": ["eyes.published"]}, token=token)
    assert status == 422, body


@pytest.fixture
def told_orders(tmp_path):
    """Orders of a shop where some buy weekly and some twice a year, so that a model can tell who will stay away."""
    chance = random.Random(7)
    path = tmp_path / "orders.csv"
    today = datetime.date.today()
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["customer_id", "date", "amount", "consent_purpose"])
        for customer in range(420):
            gap, age = math.exp(1.8 + 2.9 * chance.random()), 520 * (0.5 + 0.5 * chance.random())
            while age >= 1:
                day = today - datetime.timedelta(days=int(age))
                rows.writerow([f"{customer:05}", day.isoformat(), f"{10 + 90 * chance.random():.2f}", "email_marketing"])
                age -= chance.expovariate(1 / gap)
    return path


def press(page, selector, most=250):
    """Walks to an element with the tabulator key and presses Enter on it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(selector).and_(page.locator(":focus")).count():
            return page.keyboard.press("Enter")
    raise AssertionError(f"the keyboard does not reach {selector} on {page.url}")


def test_from_sign_up_to_a_draft_by_keyboard_and_without_scripts(plain_page, told_orders):
    page = plain_page
    _, prefix = sign_up(page)
    import_file(page, prefix, told_orders)
    wait_for_run(page, prefix)
    press(page, "#segments a[href*='/eyes/segments/']")
    page.wait_for_url("**/eyes/segments/seg_*")
    press(page, "#members a[href*='/eyes/customers/'], main table a[href*='/eyes/customers/']")
    page.wait_for_url("**/eyes/customers/cus_*")
    page.goto(prefix + "/eyes?tab=churn&horizon=30d&cut=60")
    assert page.locator("#churn tbody tr").count() == 50 and "1–50 of 60" in page.inner_text("#churn")
    press(page, "#churn tbody a")
    page.wait_for_url("**/eyes/customers/cus_*")
    share = re.search(r": (\d+)%", page.inner_text("h1")).group(1)
    assert f"add up to a score of {share}%" in page.inner_text("main")
    assert "Sum" in page.inner_text("#sums") and page.locator("#history tbody tr").count() == 1
    page.go_back()
    press(page, "#profit a[href*='/eyes/campaigns/new']")
    page.wait_for_url("**/eyes/campaigns/new*")
    page.focus("input[name=name]")
    page.keyboard.type("Spring")
    if page.locator("input[name=confirm]").count():
        page.focus("input[name=confirm]")
        page.keyboard.press("Space")
    press(page, "main form[action$='/eyes/campaigns'] button[type=submit]")
    page.wait_for_url("**/eyes/campaigns/rcm_*")
    assert "Spring" in page.inner_text("h1") and page.locator("#audience tbody tr").count() == 7


def test_a_run_of_the_past_is_repeated_to_the_byte_from_its_page(demo):
    page, prefix = demo
    page.goto(prefix + "/eyes/runs")
    page.locator("#runs tbody a").first.click()
    page.locator("form[action$='/repeat'] button").click()
    page.wait_for_url("**/repeats/job_*")
    wait_until(lambda: page.goto(page.url) and "under way" not in page.inner_text("h1"), 240, "the repetition ends")
    assert "equal to the byte" in page.inner_text("h1")
    assert page.locator("#comparison tbody tr").count() == 3 and "differs" not in page.inner_text("#comparison")


def test_a_segment_by_rule_is_built_estimated_kept_and_explained_without_scripts(demo):
    page, prefix = demo
    page.goto(prefix + "/eyes/rules/new")
    page.fill("input[name=name]", "Loyal spenders")
    page.select_option("select[name=new]", "orders_count")
    page.locator("button[value='add.']").click()
    page.fill("input[name='c0.value']", "3")
    page.select_option("select[name='group.new']", "total_spent")
    page.locator("button[value=group]").click()
    page.fill("input[name='g0.c0.value']", "100")
    page.select_option("select[name='g0.new']", "days_since_order")
    page.locator("button[value='add.g0']").click()
    page.select_option("select[name='g0.c1.comparison']", "at_most")
    page.fill("input[name='g0.c1.value']", "30")
    page.locator(".button-row button[value=estimate]").click()
    assert page.input_value("input[name='c0.value']") == "3" and page.input_value("input[name='g0.c1.value']") == "30"
    assert number(page.inner_text("#rule-estimate h2").split("(")[0]) > 0
    assert page.locator("#rule-estimate li").count() == 5
    page.locator("button[value=save]").click()
    page.wait_for_url("**/eyes/rules/rul_*")
    wait_until(lambda: page.goto(page.url) and page.locator("#rule-sample tbody tr").count(), 120, "the segment is built")
    assert "Loyal spenders" in page.inner_text("h1") and number(page.inner_text("h1")) > 0
    for reason in page.locator("#rule-sample tbody tr td:nth-child(2)").all_inner_texts():
        assert re.search(r"orders", reason, re.I) and re.search(r"spen|day", reason, re.I), reason
    page.locator("#rule-sample tbody a").first.click()
    page.wait_for_url("**/eyes/customers/cus_*")


def test_an_address_that_is_not_safe_is_refused_beside_what_was_entered(demo):
    page, prefix = demo
    page.goto(prefix + "/settings/webhooks")
    page.fill("#new input[name=url]", "http://example.com/in")
    page.locator("#new button[type=submit]").click()
    assert "https" in page.inner_text(".error-summary")
    assert page.input_value("#new input[name=url]") == "http://example.com/in"
