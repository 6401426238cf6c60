"""Connections that break: every kind of fault shows a sentence of its own with what to do, and heals as it says."""
import pytest

from vendors import ALL, NAMES, USUAL, WELL, fill_in, violations, wait_for_title, wait_until_up_to_date

# What happens at the vendor, and what the page then says: title, cause, what to do, button.
PASSING = [
    ("down", "does not answer as it should", "has a fault on its side", "goes on by itself", "Read now"),
    ("cut", "does not answer as it should", "broke off in the middle of an answer", "goes on by itself", "Read now"),
    ("page", "does not answer as it should", "answered with a web page", "goes on by itself", "Read now"),
]
# After several failures a vendor is left alone for some minutes, whoever asks.
HEALING = (*WELL, "does not answer as it should")
BREAKABLE = USUAL if ALL else ["square"]


@pytest.fixture(scope="module")
def service(platforms):
    return platforms


@pytest.fixture(autouse=True)
def mended(vendors):
    yield
    for platform in vendors.broken:
        vendors.bench(platform, "heal")
        vendors.bench(platform, "renew")
    vendors.broken.clear()


# What is said instead of a second fault in a row where a vendor is left alone early, as Google Ads is.
LEFT_ALONE = "failed several times in a row"


def says(page, title, cause, step, button, instead=None):
    """The page names the fault, what to do, and has one button for it, or none where nothing can be done."""
    wait_for_title(page, title)
    status = page.locator("#connection-status")
    text = status.inner_text()
    assert (cause in text or instead is not None and instead in text) and step in text, text
    assert status.locator("button, a.button").all_inner_texts() == ([button] if button else []), text
    assert violations(page) == []


def read_now(page):
    page.locator("#connection-status button", has_text="Read now").click()


@pytest.mark.parametrize("platform", BREAKABLE)
def test_what_passes_by_itself_says_so_and_heals(owner, shop, vendors, platform):
    shop.open(owner, platform)
    for place, (what, *words) in enumerate(PASSING):
        vendors.bench(platform, what)
        read_now(owner)
        says(owner, *words, instead=LEFT_ALONE if place > 0 else None)
        vendors.bench(platform, "heal")
        read_now(owner)
        wait_until_up_to_date(owner, [shop.connections[platform]], 400, among=HEALING)


@pytest.mark.parametrize("platform", BREAKABLE)
def test_a_withdrawn_access_asks_to_sign_in_again(owner, shop, vendors, platform):
    shop.open(owner, platform)
    vendors.bench(platform, "revoke")
    read_now(owner)
    name = NAMES[platform]
    says(owner, "needs you", "no longer accepts our sign-in", f"Sign in to {name} again. Nothing that is stored is lost.",
         "Sign in again")
    vendors.bench(platform, "renew")
    owner.locator("#connection-status a", has_text="Sign in again").click()
    fill_in(owner, vendors, platform)
    wait_for_title(owner, "is up to date", seconds=300)


@pytest.mark.parametrize("platform", BREAKABLE)
def test_a_used_up_quota_shows_a_countdown(owner, shop, vendors, platform):
    shop.open(owner, platform)
    vendors.bench(platform, "tired")
    read_now(owner)
    says(owner, "asks us to wait", "allows only so many requests", "It goes on by itself in", None)


def test_a_vendor_that_is_too_slow(owner, shop, vendors):
    shop.open(owner, "gohighlevel")
    vendors.bench("gohighlevel", "slow")
    read_now(owner)
    says(owner, "does not answer as it should", "took too long to answer", "goes on by itself", "Read now")


def test_a_field_that_is_gone_holds_the_stream(owner, shop, vendors):
    shop.open(owner, "hubspot")
    vendors.bench("hubspot", "rename/updatedAt")
    read_now(owner)
    says(owner, "needs you", "have changed their shape", "Report it with the reference", "Try again")
    assert "updatedAt" in owner.inner_text("#connection-status")
    vendors.bench("hubspot", "heal")
    owner.locator("#connection-status button", has_text="Try again").click()
    wait_for_title(owner, "is up to date", seconds=300)


def test_an_address_that_is_gone_a_line_without_lock_and_a_closed_door(owner, shop, vendors, platforms):
    """The service is led elsewhere: to a name that is not there, to a port without TLS, to a port where nobody listens."""
    elsewhere = {"hubspot": ("http://vendor.invalid", "address of HubSpot could not be found"),
                 "square": ("https://127.0.0.1:", "secure connection to Square could not be made"),
                 "stripe": ("http://127.0.0.1:9", "Stripe cannot be reached")}
    for platform in elsewhere:
        shop.open(owner, platform)
    before = dict(platforms.env)
    for platform, (address, _) in elsewhere.items():
        for name, value in before.items():
            if name.startswith(f"OMNIFY_PLATFORM_{platform.upper()}_") and value.startswith("http://127.0.0.1:"):
                port, _, path = value.removeprefix("http://127.0.0.1:").partition("/")
                platforms.env[name] = address + (port if address.endswith(":") else "") + "/" + path
    try:
        platforms.restart()
        for platform, (_, cause) in elsewhere.items():
            owner.goto(shop.connections[platform])
            read_now(owner)
            says(owner, "does not answer as it should", cause, "goes on by itself", "Read now")
    finally:
        platforms.env.update(before)
        platforms.restart()
