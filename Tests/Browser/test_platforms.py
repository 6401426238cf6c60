"""Connecting a platform as a person does it, with a stand-in for the vendor: sign in there, watch the first reading, see
customers; then the vendor takes our access away, and the page says what to do."""
import pytest

from people import sign_up
from vendors import (
    ALL, NAMES, USUAL, connect_by_sign_in, violations, wait_for_first_data, wait_for_title, wait_until_up_to_date)


# A campaign of the stand-in.
CAMPAIGN = "7000"


@pytest.fixture(scope="module")
def service(platforms):
    """People who come anew come to the service that has stand-ins."""
    return platforms


def test_an_empty_organization_is_shown_every_platform(page):
    _, prefix = sign_up(page)
    page.goto(prefix + "/home")
    page.locator("nav a", has_text="Connections").click()
    assert page.inner_text("h1") == "No platform is connected yet"
    text = page.inner_text("main")
    assert "HubSpot" in text and "Files (CSV)" in text and "Available" in text
    page.locator("#platforms a", has_text="HubSpot").click()
    assert page.inner_text("h1") == "Connect HubSpot"


def test_a_wrong_key_is_refused_at_connect_and_stays_out(page):
    _, prefix = sign_up(page)
    page.goto(prefix + "/connections/new/hubspot")
    page.fill("input[name$=access_token]", "pat-wrong")
    page.locator("form", has=page.locator("input[name$=access_token]")).locator("button").click()
    page.wait_for_selector(".alert.bad")
    text = page.inner_text("main")
    assert "HubSpot did not let us in" in text and "Check what you filled in" in text
    assert "pat-wrong" not in page.content()
    page.goto(prefix + "/connections")
    assert page.inner_text("h1") == "No platform is connected yet"


def test_hubspot_from_sign_in_to_customers_and_back_after_the_access_is_withdrawn(page, vendors):
    _, prefix = sign_up(page)
    connection = connect_by_sign_in(page, prefix, "hubspot")
    wait_for_title(page, "is up to date")
    rows = page.inner_text("#streams")
    assert "Customers" in rows and "Healthy" in rows
    assert "first load" in page.inner_text("#runs")

    page.goto(prefix + "/customers")
    assert page.locator("table tbody tr").count() > 10

    vendors.bench("hubspot", "revoke")
    page.goto(connection)
    page.locator("#connection-status button", has_text="Read now").click()
    wait_for_title(page, "needs you")
    status = page.inner_text("#connection-status")
    assert "Action required" in status
    assert "HubSpot no longer accepts our sign-in" in status
    assert "Sign in to HubSpot again. Nothing that is stored is lost." in status

    page.locator("#connection-status a", has_text="Sign in again").click()
    page.locator("main form button").click()
    page.wait_for_url("**/connections/con_*")
    wait_for_title(page, "is up to date")
    assert page.url == connection


def test_a_vendor_that_is_down_is_told_and_what_is_here_stays(page, vendors):
    _, prefix = sign_up(page)
    connect_by_sign_in(page, prefix, "hubspot")
    wait_for_title(page, "is up to date")
    vendors.bench("hubspot", "down")
    try:
        page.locator("#connection-status button", has_text="Read now").click()
        wait_for_title(page, "does not answer as it should")
        assert "has a fault on its side" in page.inner_text("#connection-status")
    finally:
        vendors.bench("hubspot", "heal")
    page.goto(prefix + "/customers")
    assert page.locator("table tbody tr").count() > 10


def test_pause_preview_and_disconnect(page):
    _, prefix = sign_up(page)
    connection = connect_by_sign_in(page, prefix, "hubspot")
    wait_for_title(page, "is up to date")
    page.locator("button", has_text="Pause").click()
    wait_for_title(page, "is paused")
    page.locator("#connection-status button", has_text="Resume").click()
    wait_for_title(page, "is up to date")

    page.goto(connection + "/preview")
    assert "Shows the exact request" in page.inner_text("main")
    page.locator("main form button", has_text="Choose").click()
    assert page.locator("main form input[name=type]").get_attribute("value")

    page.goto(connection + "/disconnect")
    page.check("input[name=data][value=erase]")
    page.locator("main form button").click()
    page.wait_for_url("**/connections")
    assert page.inner_text("h1") == "No platform is connected yet"


@pytest.mark.parametrize("platform", USUAL)
def test_each_platform_connects_from_the_gallery_and_brings_rows(owner, shop, platform):
    shop.connect(owner, platform)
    wait_for_first_data(owner)


def test_the_first_loads_come_to_their_end(owner, shop):
    """They are read beside each other; the slowest vendor's limit is what all of them take."""
    wait_until_up_to_date(owner, shop.connections.values(), seconds=1200 if ALL else 300)
    for platform, address in shop.connections.items():
        owner.goto(address)
        rows = owner.locator("#streams tbody tr")
        assert rows.count() >= 2, platform
        for line in rows.all_inner_texts():
            assert "Healthy" in line, (platform, line)
        assert "first load" in owner.inner_text("#runs"), platform
        assert violations(owner) == [], platform


def test_the_platforms_stand_side_by_side(owner, shop):
    owner.goto(shop.prefix + "/connections")
    text = owner.inner_text("main")
    for platform in shop.connections:
        assert NAMES[platform] in text
    assert violations(owner) == []
    owner.goto(shop.prefix + "/customers")
    assert owner.locator("table tbody tr").count() > 10


@pytest.mark.parametrize("page", ["data-health", "reconciliation", "alerts", "customers/merges", "home"])
def test_pages_about_sources_keep_the_rules_when_there_are_some(owner, shop, page):
    """The demo, on which all pages are checked, has no platform connected."""
    owner.goto(f"{shop.prefix}/{page}")
    assert violations(owner) == []
    assert owner.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_a_proposal_is_read_before_it_is_approved(owner, shop):
    shop.open(owner, "google_ads")
    owner.goto(shop.connections["google_ads"] + "/preview")
    owner.locator("main form button", has_text="Choose").click()
    owner.fill("input[name=id]", CAMPAIGN)
    owner.locator("main form button", has_text="Show the request").click()
    owner.locator("main form button", has_text="Propose it").click()
    owner.wait_for_url("**/approvals/apr_*")
    text = owner.inner_text("main")
    assert text.index("PAUSED") < text.index("Approve this plan"), text
    assert violations(owner) == []
    assert owner.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
