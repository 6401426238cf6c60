"""Connecting a platform as a person does it, with a stand-in for the vendor: sign in there, watch the first reading, see
customers; then the vendor takes our access away, and the page says what to do."""
import os
import re
import signal
import subprocess
import threading
import urllib.request

import pytest

from people import sign_up
from server import Service, free_port


class Vendors:
    """`omnify vendor-servers` beside the service, and the settings that lead there."""

    def __init__(self, omnify):
        self.process = subprocess.Popen(
            [omnify, "vendor-servers", "--port", str(20_000 + free_port() % 20_000)], stdout=subprocess.PIPE, text=True,
            env={key: value for key, value in os.environ.items() if not key.startswith("OMNIFY_")})
        self.settings = {}
        for line in self.process.stdout:
            found = re.match(r"export (\w+)='(.*)'", line)
            if found:
                self.settings[found[1]] = found[2]
            elif line.startswith("#"):
                break
        assert self.settings, "no settings were printed"
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def bench(self, platform, what):
        """Breaks or mends a vendor."""
        address = self.settings[f"OMNIFY_PLATFORM_{platform.upper()}_API_URL"] + "/_bench/" + what
        assert urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=10).status == 204

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


@pytest.fixture(scope="module")
def vendors():
    running = Vendors(os.environ["OMNIFY_BINARY"])
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


def wait_for_title(page, words, seconds=120):
    page.wait_for_function("words => document.querySelector('h1').innerText.includes(words)", arg=words, timeout=seconds * 1000)


def connect_by_sign_in(page, prefix, platform, name):
    page.goto(f"{prefix}/connections/new/{platform}")
    page.locator("form", has=page.locator("input[name=method][value=oauth]")).locator("button").click()
    page.wait_for_url("**/connections/con_*")
    assert name in page.inner_text("main")


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
    connect_by_sign_in(page, prefix, "hubspot", "HubSpot")
    wait_for_title(page, "is up to date")
    connection = page.url
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
    connect_by_sign_in(page, prefix, "hubspot", "HubSpot")
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
    connect_by_sign_in(page, prefix, "hubspot", "HubSpot")
    wait_for_title(page, "is up to date")
    connection = page.url
    page.locator("button", has_text="Pause").click()
    wait_for_title(page, "is paused")
    page.locator("#connection-status button", has_text="Resume").click()
    wait_for_title(page, "is up to date")

    page.goto(connection + "/preview")
    assert "Nothing is sent from here" in page.inner_text("main")
    options = page.eval_on_selector_all("select[name=action] option", "all => all.map(one => one.value)")
    if options:
        page.goto(f"{connection}/preview?action={options[0]}&id=42&value=7")
        assert "42" in page.inner_text("main pre")
    else:
        assert "has no such action" in page.inner_text("main")

    page.goto(connection + "/disconnect")
    page.check("input[name=data][value=erase]")
    page.locator("main form button").click()
    page.wait_for_url("**/connections")
    assert page.inner_text("h1") == "No platform is connected yet"
