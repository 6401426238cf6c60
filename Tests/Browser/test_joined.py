"""One company, several platforms: people are joined, bring what they agreed to, and EYES reads them. What was kept gives
the same figures again."""
import os
import re

import pytest

from people import sign_up
from server import Service, wait_until
from vendors import ALL, NAMES, Shop, Vendors, go, wait_for_title, wait_until_up_to_date

# A small company in every run; on demand one that is large enough for EYES to say something.
TOGETHER = ["shopify", "klaviyo", "stripe", "hubspot"] if ALL else ["stripe", "hubspot"]


@pytest.fixture(scope="module")
def vendors():
    running = Vendors(os.environ["OMNIFY_BINARY"], company="large" if ALL else "small")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def service(vendors):
    running = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"], settings=vendors.settings)
    try:
        yield running.start(demo=False)
    finally:
        running.stop()


@pytest.fixture(scope="module")
def joined(chromium, service, vendors):
    """A page of somebody who has connected the platforms and waited for their first loads, and the shop."""
    context = chromium.new_context(base_url=service.base, locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    _, prefix = sign_up(page)
    shop = Shop(prefix, context.storage_state(), vendors)
    for platform in TOGETHER:
        shop.connect(page, platform)
    wait_until_up_to_date(page, shop.connections.values(), 1800 if ALL else 300)
    for address in shop.connections.values():
        allow_analysis(page, address)
    wait_until_up_to_date(page, shop.connections.values(), 1800 if ALL else 300)
    yield page, shop
    context.close()


def allow_analysis(page, address):
    """Decides that whoever said yes to e-mail there may be analysed here."""
    go(page, address)
    page.locator("#consent-change summary").click()
    page.check("#consent-change input[name='email.marketing_analytics']")
    with page.expect_navigation():
        page.locator("#consent-change button[type=submit]").click()
    assert "Analysis for marketing" in page.inner_text("section[aria-labelledby=consent-heading] dl")


def open_somebody(page, shop):
    page.goto(shop.prefix + "/customers")
    page.locator("table tbody tr a").first.click()
    page.wait_for_selector("#identities")


def test_a_person_is_one_customer_with_all_their_sources(joined):
    page, shop = joined
    open_somebody(page, shop)
    known = page.locator("#identities tbody tr").all_inner_texts()
    for platform in TOGETHER:
        assert any(NAMES[platform] in line for line in known), (platform, known)
    assert all("@" not in line or "\u2026" in line or "*" in line for line in known), "addresses are masked"


def test_consent_came_from_the_source(joined):
    page, shop = joined
    page.goto(shop.prefix + "/customers?consent=granted")
    page.locator("table tbody tr a").first.click()
    ledger = page.inner_text("section[aria-labelledby=consent]")
    assert "Granted" in ledger and any(NAMES[platform] in ledger for platform in TOGETHER), ledger


def wait_for_analysis(page, shop, seconds=300):
    """A run of its own follows each change of the consents; it is begun here where it was over before."""
    def used():
        go(page, shop.prefix + "/eyes")
        start = page.locator("form[action$='/eyes/run'] button")
        if re.search(r"\b[1-9][\d,]* of [\d,]+ used", page.inner_text("main")):
            return True
        if start.count() and page.locator("[data-stream]").count() == 0:
            start.first.click()
        return False
    wait_until(used, seconds, "customers who consented are analysed")


def test_eyes_reads_the_joined_customers(joined):
    page, shop = joined
    wait_for_analysis(page, shop)
    page.goto(shop.prefix + "/eyes?tab=churn&horizon=30d")
    text = page.inner_text("main")
    if ALL:
        assert "AUC" in text, text
    else:
        assert "Not enough" in text, text


def figures(page, shop):
    """What the pages say of customers, orders and revenue."""
    go(page, shop.prefix + "/home")
    tiles = [line.split("\n")[:2] for line in page.locator("section[aria-labelledby=money-title] .tile").all_inner_texts()]
    page.goto(shop.prefix + "/customers")
    return tiles, page.inner_text("h1"), page.inner_text("table tbody")


def test_rebuilding_from_what_was_kept_gives_the_same_figures(joined):
    page, shop = joined
    before = figures(page, shop)
    for platform, address in shop.connections.items():
        go(page, address)
        with page.expect_navigation():
            page.locator("button", has_text="Rebuild from raw records").click()
        wait_for_title(page, "is up to date", seconds=600)
    assert figures(page, shop) == before
