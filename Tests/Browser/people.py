"""What a person does on the pages, in few words."""
import itertools

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple nine"


def open_demo(page):
    """Signs in to the demo organization by its one button; the path of its home page."""
    page.goto("/")
    page.locator("form[action='/demo'] button").first.click()
    page.wait_for_url("**/home")
    return page.url.split("/home")[0].split("//", 1)[1].split("/", 1)[1]


def sign_up(page, name="Ana Prado", organization=None):
    """Makes an account and its organization; (e-mail, path prefix such as /o/acme)."""
    number = next(_numbers)
    organization = organization or f"Shop {number}"
    email = f"ana{number}@shop.test"
    page.goto("/signup")
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=organization_name]", organization)
    page.check("input[name=terms]")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/o/*/**")
    prefix = "/" + "/".join(page.url.split("//", 1)[1].split("/")[1:3])
    return email, prefix


def links(page, prefix):
    """Paths of this organization's pages that the present page links to, in its order, without fragments."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    return list(dict.fromkeys(href.split("#")[0] for href in found if href.startswith(prefix)))


def import_file(page, prefix, path, seconds=180):
    """Uploads a file of orders, states consent, imports it and waits for the result page."""
    page.goto(prefix + "/imports")
    page.set_input_files("input[type=file]", str(path))
    page.locator("form[enctype='multipart/form-data'] button[type=submit]").click()
    page.wait_for_url("**/imports/imp_*")
    page.check("form[action$='/run'] input[name=consent]")
    page.locator("form[action$='/run'] button[type=submit]").click()
    page.wait_for_selector(f"main a.primary[href='{prefix}/home']", timeout=seconds * 1000)


def wait_for_run(page, prefix, seconds=180):
    """Reloads EYES until the run that an import started is published."""
    import time
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.goto(prefix + "/eyes")
        if page.locator("#segments, table").count() and page.locator("[data-stream]").count() == 0:
            return
        page.wait_for_timeout(500)
    raise AssertionError("no run was published in time")
