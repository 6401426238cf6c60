"""What a person does on the pages, in few words."""
import itertools

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple nine"


def open_demo(page):
    """Signs in to the demo organization by its one button; the path of its home page."""
    page.goto("/")
    page.locator("form[action='/demo'] button").click()
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
    terms = page.locator("input[name=accepted_terms]")
    if terms.count():
        terms.check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/o/*/**")
    prefix = "/" + "/".join(page.url.split("//", 1)[1].split("/")[1:3])
    return email, prefix


def links(page, prefix):
    """Paths of this organization's pages that the present page links to, without fragments."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    return sorted({href.split("#")[0] for href in found if href.startswith(prefix)})
