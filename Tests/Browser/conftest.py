"""Fixtures: a running service with the demo, and a headless Chromium."""
import os

import pytest
from playwright.sync_api import sync_playwright

from people import sign_up
from server import Service
from vendors import Shop, Vendors

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

# A debug build on a busy machine is slow; a page that never comes is still an error.
PATIENCE = 120_000


@pytest.fixture(scope="session")
def service():
    running = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"])
    try:
        yield running.start(demo=True)
    finally:
        running.stop()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, service):
    """A page of a person who has never been here; any script error on it fails the test."""
    context = chromium.new_context(base_url=service.base, locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" and "status of 4" not in message.text else None)
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def plain_page(chromium, service):
    """The same without scripts: every page must work."""
    context = chromium.new_context(base_url=service.base, locale="en-US", java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def vendors():
    """The stand-ins of all platforms."""
    running = Vendors(os.environ["OMNIFY_BINARY"])
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def platforms(vendors):
    """A service that is led to the stand-ins."""
    settings = dict(vendors.settings, OMNIFY_SYNCS="20")
    running = Service(os.environ["OMNIFY_BINARY"], os.environ["OMNIFY_MONGOD"], settings=settings)
    try:
        yield running.start(demo=False)
    finally:
        running.stop()


@pytest.fixture(scope="session")
def shop(chromium, platforms, vendors):
    """One organization that platforms are connected to."""
    context = chromium.new_context(base_url=platforms.base, locale="en-US")
    context.set_default_timeout(PATIENCE)
    _, prefix = sign_up(context.new_page())
    state = context.storage_state()
    context.close()
    return Shop(prefix, state, vendors)


@pytest.fixture
def owner(chromium, platforms, shop):
    """A page of the shop's owner; any script error on it fails the test."""
    context = chromium.new_context(
        base_url=platforms.base, storage_state=shop.state, locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
