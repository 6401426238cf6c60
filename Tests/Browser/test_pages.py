"""Rules that every page keeps, found by following links from the demo's home page."""
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from people import links, open_demo, wait_for_run

AXE = Axe()
PUBLIC = ["/", "/login", "/signup"]
# More kinds of pages than the product has: beyond these, `pattern` no longer knows two of a kind.
MOST_PAGES = 120


def pattern(path):
    """A path with ids and filters taken out, tab and format left, so that one page of each kind is visited."""
    path, _, query = path.partition("?")
    kept = [part for part in query.split("&") if part.startswith(("tab=", "format="))]
    return (re.sub(r"/([a-z]+)_[0-9A-Za-z]{16,}(?:_[0-9]+)?", r"/{\1}", path), *kept)


def opened(page, path):
    """The answer of a page, and nothing for a file, which a browser saves instead of showing it."""
    try:
        answer = page.goto(path)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return None
    return answer if "html" in answer.headers.get("content-type", "html") else None


@pytest.fixture(scope="session")
def demo_pages(chromium, service):
    """One address for each kind of page that can be reached from the demo's home page, with the cookie to see them."""
    context = chromium.new_context(base_url=service.base, locale="en-US")
    context.set_default_timeout(120_000)
    page = context.new_page()
    prefix = "/" + open_demo(page)
    wait_for_run(page, prefix)
    seen, files, waiting = {}, set(), [prefix + "/home"]
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if pattern(path) in seen or pattern(path) in files or "/stream" in path:
            continue
        answer = opened(page, path)
        if answer is None:
            files.add(pattern(path))
            continue
        assert answer.status == 200, f"{path} answers {answer.status}"
        seen[pattern(path)] = path
        waiting += links(page, prefix)
    state = context.storage_state()
    context.close()
    assert 8 <= len(seen) < MOST_PAGES, seen
    return list(seen.values()), state


def visit(chromium, service, state, **options):
    context = chromium.new_context(base_url=service.base, storage_state=state, **options)
    return context, context.new_page()


def violations(page):
    result = AXE.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    return [(rule["id"], node["target"], node.get("failureSummary", "")[:200])
            for rule in result.response["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize(("language", "scheme"), [("en-US", "light"), ("es-ES", "dark")])
def test_no_accessibility_violation(chromium, service, demo_pages, scheme, language):
    paths, state = demo_pages
    context, page = visit(chromium, service, state, color_scheme=scheme, locale=language, reduced_motion="reduce")
    context.add_cookies([{"name": "locale", "value": language[:2], "url": service.base}])
    found = {}
    for path in PUBLIC + paths:
        page.goto(path)
        wrong = violations(page)
        if wrong:
            found[path] = wrong
    context.close()
    assert found == {}


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_scrolls_sideways(chromium, service, demo_pages, width):
    paths, state = demo_pages
    context, page = visit(chromium, service, state, viewport={"width": width, "height": 900})
    wide = []
    for path in PUBLIC + paths:
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide.append((path, over))
    context.close()
    assert wide == []


def test_pages_are_complete_html_with_one_heading(chromium, service, demo_pages):
    paths, state = demo_pages
    context, page = visit(chromium, service, state)
    wrong = []
    for path in PUBLIC + paths:
        page.goto(path)
        if page.locator("h1").count() != 1:
            wrong.append((path, "h1", page.locator("h1").count()))
        text = page.inner_text("body")
        if "{{" in text or "{count}" in text or re.search(r"\b(nan|NaN|nil|Optional\(|null)\b", text):
            wrong.append((path, "raw value", text[:200]))
        if not page.title():
            wrong.append((path, "title", ""))
    context.close()
    assert wrong == []


def test_words_are_all_translated(chromium, service, demo_pages):
    """A key that shows instead of its words looks like `eyes.title`; an action's code in the log does too, and is meant."""
    paths, state = demo_pages
    wrong = []
    for language in ("en", "es"):
        context, page = visit(chromium, service, state)
        context.add_cookies([{"name": "locale", "value": language, "url": service.base}])
        for path in PUBLIC + paths:
            page.goto(path)
            page.eval_on_selector_all("code", "all => all.forEach(code => code.remove())")
            keys = re.findall(r"\b(?:accounts|audit|charts|customers|eyes|home|imports|shell|site|web)\.[a-z_]+(?:\.[a-z_]+)*\b",
                              page.inner_text("body"))
            if keys:
                wrong.append((language, path, keys[:5]))
        context.close()
    assert wrong == []


def test_pages_are_small(chromium, service, demo_pages):
    paths, state = demo_pages
    context, page = visit(chromium, service, state)
    large = []
    for path in PUBLIC + paths:
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes = []
        client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(path, wait_until="load")
        if sum(sizes) > 100 * 1024:
            large.append((path, sum(sizes)))
        client.detach()
    context.close()
    assert large == []


def test_no_foreign_host_is_asked(chromium, service, demo_pages):
    paths, state = demo_pages
    context, page = visit(chromium, service, state)
    foreign = []
    page.on("request", lambda request: None if request.url.startswith((service.base, "data:")) else foreign.append(request.url))
    for path in PUBLIC + paths:
        page.goto(path, wait_until="load")
    context.close()
    assert foreign == []
