"""The stand-ins of the vendors beside the service, and what a person does with connections."""
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

NAMES = {
    "bigcommerce": "BigCommerce", "gohighlevel": "GoHighLevel", "google_ads": "Google Ads", "hubspot": "HubSpot",
    "klaviyo": "Klaviyo", "linkedin_ads": "LinkedIn Ads", "magento": "Magento", "meta_ads": "Meta Ads", "paypal": "PayPal",
    "shopify": "Shopify", "square": "Square", "stripe": "Stripe", "tiktok_ads": "TikTok Ads", "triplewhale": "Triple Whale",
    "woocommerce": "WooCommerce", "youtube": "YouTube",
}
# Platforms by name, or `all`. All sixteen take a quarter of an hour, because the connectors keep to their vendors' limits.
WANTED = [name for name in os.environ.get("OMNIFY_BROWSER", "").split(",") if name]
ALL = WANTED != []
USUAL = sorted(NAMES if WANTED == ["all"] else WANTED) if ALL else ["hubspot", "square", "stripe"]
assert set(USUAL) <= set(NAMES), f"OMNIFY_BROWSER names platforms that are not known: {WANTED}"
# The titles of a connection that is well: the last ones while its vendor lets it have only so much a minute.
WELL = ("is up to date", "is being read", "is being rebuilt", "is waiting its turn", "asks us to wait")
AXE = Axe()


class Vendors:
    """`omnify vendor-servers` beside the service, and the settings that lead there."""

    def __init__(self, omnify, company="small"):
        self.process = subprocess.Popen(
            [omnify, "vendor-servers", *([] if company == "small" else ["--company", company]),
             "--port", "0"],
            stdout=subprocess.PIPE, text=True,
            env={key: value for key, value in os.environ.items() if not key.startswith("OMNIFY_")})
        self.settings, self.fields = {}, {}
        for line in self.process.stdout:
            setting = re.match(r"export (\w+)='(.*)'", line)
            opening = re.match(r"# (\w+) at \S+: (.*)", line)
            if setting:
                self.settings[setting[1]] = setting[2]
            elif opening:
                self.fields[opening[1]] = dict(part.split(" ", 1) for part in opening[2].split(", ") if part)
            elif line.startswith("# Give"):
                break
        assert self.settings and len(self.fields) == 16, "no settings were printed"
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def bench(self, platform, what):
        """Breaks or mends a vendor."""
        address = self.base(platform) + "/_bench/" + what
        assert urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=10).status == 204

    def base(self, platform):
        """Where its stand-in listens."""
        address = self.settings.get(f"OMNIFY_PLATFORM_{platform.upper()}_API_URL") or self.fields[platform]["store_url"]
        return "/".join(address.split("/")[:3])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def violations(page):
    result = AXE.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    return [(rule["id"], node["target"]) for rule in result.response["violations"] for node in rule["nodes"]]


def wait_for_title(page, words, seconds=120):
    page.wait_for_function("words => document.querySelector('h1').innerText.includes(words)", arg=words, timeout=seconds * 1000)


def connect_by_sign_in(page, prefix, platform):
    page.goto(f"{prefix}/connections/new/{platform}")
    page.locator("form", has=page.locator("input[name=method][value=oauth]")).locator("button").click()
    page.wait_for_url("**/connections/con_*")
    assert NAMES[platform] in page.inner_text("main")
    return page.url


def fill_in(page, vendors, platform):
    """Sends the first form with what opens the stand-in, and comes back from the vendor's page if there is one."""
    form = page.locator("main form.form").first
    for name, value in vendors.fields[platform].items():
        field = form.locator(f"input[name$='.{name}']")
        if field.count():
            field.fill(value)
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/connections/con_*")
    return page.url


class Shop:
    """An organization, the cookie of its owner, and the addresses of its connections by platform."""

    def __init__(self, prefix, state, vendors):
        self.prefix, self.state, self.vendors, self.connections = prefix, state, vendors, {}

    def connect(self, page, platform):
        """From the gallery."""
        go(page, self.prefix + "/connections")
        page.locator(f"#platforms a[href$='/new/{platform}']").click()
        assert page.inner_text("h1") == f"Connect {NAMES[platform]}"
        assert violations(page) == []
        self.connections[platform] = fill_in(page, self.vendors, platform)

    def open(self, page, platform):
        """The connection's page, once it is read to its end."""
        if platform not in self.connections:
            self.connect(page, platform)
        wait_until_up_to_date(page, [self.connections[platform]], 900 if ALL else 300)


def wait_for_first_data(page, seconds=120):
    """Until records are stored; from its first moment on the page says nothing but what is so."""
    page.wait_for_function(
        """() => document.querySelector('h1').innerText.includes('is up to date')
            || /[1-9][\\d,]* record/.test(document.querySelector('#connection-progress')?.innerText ?? '')""",
        timeout=seconds * 1000)
    page.reload()
    title, status = page.inner_text("h1"), page.inner_text("#connection-status")
    assert title.endswith(WELL), title + ": " + status
    if title.endswith("is being read"):
        assert "Running" in status and page.locator("#connection-progress").count() == 1, status
    elif title.endswith("asks us to wait"):
        assert "goes on by itself" in status, status
    assert any(stored(line) > 0 for line in page.locator("#streams tbody tr").all_inner_texts()), title


def stored(line):
    """The records that a line of the streams' table counts."""
    return int(re.split(r"\t+", line)[2].strip().replace(",", ""))


def go(page, address):
    """Opens a page from one that loads itself anew when its work ends, which may be at this moment."""
    for _ in range(20):
        try:
            answer = page.goto(address)
        except Error as error:
            if "interrupted by another navigation" not in str(error) and "ERR_ABORTED" not in str(error):
                raise
            continue
        # Where the old page was faster it is the one that is shown.
        if page.url.endswith(address):
            return answer
    return page.goto(address)


def wait_until_up_to_date(page, addresses, seconds, among=WELL):
    """Opens each connection until all are read to their end; seconds that it took."""
    begun, left = time.monotonic(), list(addresses)
    while left:
        go(page, left[0])
        title = page.inner_text("h1")
        if title.endswith("is up to date"):
            left.pop(0)
            continue
        assert title.endswith(among), title + ": " + page.inner_text("#connection-status")
        assert time.monotonic() - begun < seconds, f"{title} after {seconds} s: {page.inner_text('main')}"
        page.wait_for_timeout(1000)
    return time.monotonic() - begun
