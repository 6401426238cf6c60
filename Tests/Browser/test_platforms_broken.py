"""Connections that break: every kind of fault shows a sentence of its own with what to do, and heals as it says.

Usually each fault meets one platform; with OMNIFY_BROWSER=all each meets all sixteen at the same time."""
import socket
import time

import pytest
from playwright.sync_api import Error

from breaking import AT_THE_VENDOR, ELSEWHERE, TOO_SLOW, failing
from vendors import ALL, NAMES, USUAL, fill_in, go, violations

# How long somebody may have to wait for a state; a debug build on a busy machine is slow.
PATIENCE = 600 if ALL else 180
QUOTA = "429-for-long"
# The quota first in the usual run, because it heals while the others are tried.
ONE_EACH = {
    QUOTA: "stripe", "vendor-down": "square", "cut-always": "square", "html-in-200": "square",
    "schema-change": "hubspot", "access-revoked": "hubspot",
}
FAULTS = [fault for fault in AT_THE_VENDOR if fault != QUOTA] if ALL else list(ONE_EACH)
# What these say about their quota holds for minutes, or until the day ends.
LONG_QUOTA = {"linkedin_ads", "tiktok_ads", "youtube"}
seen = set()


@pytest.fixture(scope="module")
def service(platforms):
    return platforms


def chosen(fault):
    """The platforms that a fault is tried on."""
    return [platform for platform in USUAL if AT_THE_VENDOR[fault].applies(platform)] if ALL else [ONE_EACH[fault]]


def look(page, address):
    """Title, text and buttons of a connection's page as they are now; a page loads itself anew when its work ends."""
    for _ in range(20):
        go(page, address)
        try:
            return page.evaluate(LOOK)
        except Error as error:
            if "context was destroyed" not in str(error):
                raise
    return page.evaluate(LOOK)


# Where there is no such part, as on a page that says that something went wrong, the whole page is its text.
LOOK = """() => [document.querySelector('h1')?.innerText ?? '',
            (document.querySelector('#connection-status') ?? document.body).innerText,
            [...document.querySelectorAll('#connection-status button, #connection-status a.button')].map(b => b.innerText)]"""


def await_words(page, shop, says):
    """Opens connections until each says one of what it may say; what is lacking of those that never do."""
    end, lacks, problems = time.monotonic() + PATIENCE, dict.fromkeys(says, []), []
    while lacks and time.monotonic() < end:
        for platform in list(lacks):
            title, text, buttons = look(page, shop.connections[platform])
            lacking = [choice.problems(platform, title, text, buttons) for choice in says[platform]]
            lacks[platform] = lacking[0]
            if [] in lacking:
                del lacks[platform]
                print(f"{platform}: {title} | {' | '.join(text.split(chr(10)))}")
                problems += looks_wrong(page, platform, says[platform][lacking.index([])].state)
        page.wait_for_timeout(300)
    return problems + [lack for found in lacks.values() for lack in found]


def looks_wrong(page, platform, state):
    """What the rules of accessibility find on the first page that is in a state."""
    if state in seen:
        return []
    seen.add(state)
    return [f"{NAMES[platform]}: {found}" for found in violations(page)]


def await_well(page, shop, platforms):
    """Opens connections until all are read to their end; what is left then."""
    end, left = time.monotonic() + PATIENCE, list(platforms)
    while left and time.monotonic() < end:
        if look(page, shop.connections[left[0]])[0].endswith("is up to date"):
            left.pop(0)
        else:
            page.wait_for_timeout(500)
    return [f"{NAMES[platform]} does not heal" for platform in left]


def open_all(page, shop, platforms):
    for platform in platforms:
        if platform not in shop.connections:
            shop.connect(page, platform)
    assert await_well(page, shop, platforms) == []


def read_now(page, shop, platforms):
    """By the button of the one, or of the list where they are many."""
    if len(platforms) == 1:
        go(page, shop.connections[platforms[0]])
        page.locator("#connection-status button", has_text="Read now").click()
    else:
        go(page, shop.prefix + "/connections")
        page.locator("form[action$='/sync-all'] button").click()
    page.wait_for_load_state()


def press(page, shop, vendors, platform):
    """Does what the one button is for; nothing where the page says that nothing has to be done."""
    go(page, shop.connections[platform])
    if page.locator("#connection-status a.button").count():
        page.locator("#connection-status a.button").click()
        fill_in(page, vendors, platform)
    elif page.locator("#connection-status button").count():
        page.locator("#connection-status button").click()
        page.wait_for_load_state()


def walk(owner, shop, vendors, fault):
    """Breaks, reads, looks, heals."""
    breakage, platforms = AT_THE_VENDOR[fault], chosen(fault)
    open_all(owner, shop, platforms)
    try:
        for platform in platforms:
            for words in breakage.words(platform, vendors):
                vendors.bench(platform, words)
        read_now(owner, shop, platforms)
        problems = await_words(owner, shop, {platform: breakage.choices(platform) for platform in platforms})
    finally:
        for platform in platforms:
            vendors.bench(platform, "heal")
            vendors.bench(platform, "renew")
    if fault == QUOTA:
        # It goes on by itself; where that takes a minute it is waited for, and in the usual run by who comes next.
        platforms = [platform for platform in platforms if platform not in LONG_QUOTA] if ALL else []
    for platform in platforms:
        press(owner, shop, vendors, platform)
    problems += await_well(owner, shop, platforms)
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_the_vendor_says_so_and_heals(owner, shop, vendors, fault):
    walk(owner, shop, vendors, fault)


def lead(platforms, vendors, addresses):
    """The settings that lead platforms elsewhere."""
    for platform, address in addresses.items():
        base, prefix = vendors.base(platform), f"OMNIFY_PLATFORM_{platform.upper()}_"
        address = address.format(port=base.rsplit(":", 1)[-1])
        # Two have no address of their own: it is the shop's.
        platforms.env.setdefault(prefix + "API_URL", base)
        for name, value in platforms.env.items():
            if name.startswith(prefix) and value.startswith(base):
                platforms.env[name] = address + value.removeprefix(base)


def try_elsewhere(owner, shop, says):
    """Reads all and returns what their pages lack."""
    for platform in [] if ALL else says:
        read_now(owner, shop, [platform])
    if ALL:
        read_now(owner, shop, list(says))
    return await_words(owner, shop, {platform: [words] for platform, words in says.items()})


@pytest.mark.skipif(ALL, reason="all sixteen are tried in each way below")
def test_an_address_that_is_gone_a_line_without_lock_a_closed_door_and_silence(owner, shop, vendors, platforms):
    """The service is led elsewhere: to a name that is not there, to a port without TLS, to a port where nobody listens,
    and then somebody does and never says a word."""
    ways = {"hubspot": "dns", "square": "tls"}
    open_all(owner, shop, [*ways, "stripe"])
    before = dict(platforms.env)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        lead(platforms, vendors, {platform: ELSEWHERE[way][0] for platform, way in ways.items()})
        lead(platforms, vendors, {"stripe": f"http://127.0.0.1:{door.getsockname()[1]}"})
        platforms.env["OMNIFY_PLATFORM_STRIPE_CALL_TIMEOUT"] = "1"
        try:
            platforms.restart()
            says = {platform: ELSEWHERE[way][1] for platform, way in ways.items()}
            problems = try_elsewhere(owner, shop, says | {"stripe": ELSEWHERE["closed-port"][1]})
            door.listen()
            problems += try_elsewhere(owner, shop, {"stripe": failing("timeout")})
        finally:
            platforms.env.clear()
            platforms.env.update(before)
            platforms.restart()
    assert problems == [], "\n".join(problems)


@pytest.mark.skipif(not ALL, reason="takes minutes")
def test_all_of_them_slow_and_led_elsewhere_say_so_and_heal(owner, shop, vendors, platforms):
    everybody = USUAL
    open_all(owner, shop, everybody)
    before = dict(platforms.env)
    problems = []
    try:
        for platform in everybody:
            platforms.env[f"OMNIFY_PLATFORM_{platform.upper()}_CALL_TIMEOUT"] = "2"
        platforms.restart()
        for fault, breakage in TOO_SLOW.items():
            for platform in everybody:
                for words in ("heal", *breakage.bench):
                    vendors.bench(platform, words)
            found = try_elsewhere(owner, shop, dict.fromkeys(everybody, breakage.says[0]))
            problems += [f"{fault}: {problem}" for problem in found]
        for way, (address, words) in ELSEWHERE.items():
            platforms.env.clear()
            platforms.env.update(before)
            lead(platforms, vendors, dict.fromkeys(everybody, address))
            platforms.restart()
            problems += [f"{way}: {problem}" for problem in try_elsewhere(owner, shop, dict.fromkeys(everybody, words))]
    finally:
        for platform in everybody:
            vendors.bench(platform, "heal")
        platforms.env.clear()
        platforms.env.update(before)
        platforms.restart()
    read_now(owner, shop, everybody)
    problems += await_well(owner, shop, everybody)
    assert problems == [], "\n".join(problems)


@pytest.mark.skipif(not ALL, reason="one of them is tried above")
def test_a_quota_that_is_used_up_for_long_counts_down_everywhere(owner, shop, vendors):
    """The last, because what two of them say about it holds for long."""
    walk(owner, shop, vendors, QUOTA)
