"""What can go wrong at a vendor, how the stand-ins are told to do it, and what the page then has to say."""
import json
import re
from dataclasses import dataclass
from pathlib import Path

from vendors import NAMES

WORDS = json.loads((Path(__file__).resolve().parents[2] / "Locales" / "en" / "connections.json").read_text())

# A field that every record of a platform's first list must have.
FIELDS = {
    "bigcommerce": "date_modified", "gohighlevel": "id", "google_ads": "name", "hubspot": "updatedAt", "klaviyo": "updated",
    "linkedin_ads": "status", "magento": "email", "meta_ads": "updated_time", "paypal": "transaction_amount",
    "shopify": "updatedAt", "square": "updated_at", "stripe": "data", "tiktok_ads": "campaign_name",
    "triplewhale": "total_price", "woocommerce": "id", "youtube": "snippet",
}
# Whose access token is replaced without a person, when it is connected in the way that is offered first.
REFRESHING = {
    "gohighlevel", "google_ads", "hubspot", "klaviyo", "linkedin_ads", "paypal", "shopify", "square", "youtube",
}
READ, AGAIN, SIGN_IN = (WORDS["button"][key] for key in ("sync_now", "try_again", "reconnect"))


@dataclass(frozen=True)
class Says:
    """The title, the causes it may name, what to do, and the one button; none where nothing can be done."""
    state: str
    causes: tuple
    step: str
    button: str | None

    def problems(self, platform, title, text, buttons):
        """What the page lacks, as a list of sentences."""
        name = NAMES[platform]
        if self == HEALTHY:
            return [] if title.endswith("is up to date") else [f"{name}: the title is “{title}”: {text}"]
        named = [code for code in self.causes if fill(WORDS["cause"][code], name) in text]
        lacking = []
        if WORDS["title"][self.state].format(name="").strip() not in title:
            lacking.append(f"the title is “{title}”")
        if not named:
            lacking.append(f"no cause of {self.causes}")
        if fill(WORDS["step"][self.step], name) not in text:
            lacking.append(f"nothing of {self.step}")
        if buttons != ([fill(self.button, name)] if self.button else []):
            lacking.append(f"the buttons are {buttons}")
        return [f"{name}: {', '.join(lacking)}: {text}"] if lacking else []


def fill(sentence, name):
    return sentence.replace("{name}", name)


def failing(*causes):
    """It passes by itself, and can be tried now."""
    return Says("error", causes, "sync_now", READ)


HEALTHY = Says("healthy", (), "", READ)
SIGNED_OUT = Says("action_required", ("auth", "reconnect"), "reconnect", SIGN_IN)
REFUSED = Says("action_required", ("refused",), "report_to_us", AGAIN)
CHANGED = Says("action_required", ("schema",), "report_to_us", AGAIN)
LIMITED = Says("rate_limited", ("rate_limited",), "wait", None)
BLOCKED = Says("action_required", ("fix_at_vendor",), "fix_at_vendor", READ)


@dataclass(frozen=True)
class Breakage:
    """One way to break a platform: the words to its stand-in, and what the page may say."""
    bench: tuple
    says: tuple
    # What it says instead where the access token is replaced without a person.
    refreshed: tuple = ()

    def choices(self, platform):
        return self.refreshed if self.refreshed and platform in REFRESHING else self.says

    def applies(self, platform):
        return platform in REFRESHING or not any("{token}" in word for word in self.bench)

    def words(self, platform, vendors):
        """What the stand-in of a platform is told."""
        token = re.sub(r"^\w+://[^/]+", "", vendors.settings.get(f"OMNIFY_PLATFORM_{platform.upper()}_TOKEN_URL", ""))
        values = {"field": FIELDS[platform], "token": token.rsplit("}", 1)[-1].strip("/")}
        return [word.format(**values) for word in self.bench]


# By the names that `omnify fault-lab` has for them.
AT_THE_VENDOR = {
    "vendor-down": Breakage(("down",), (failing("vendor_down"),)),
    "cut-always": Breakage(("cut",), (failing("cut"),)),
    "html-in-200": Breakage(("page",), (failing("page", "vendor_down"), BLOCKED)),
    "error-in-200": Breakage(("quiet",), (failing("vendor_down"), BLOCKED, CHANGED, REFUSED, SIGNED_OUT)),
    "schema-change": Breakage(("change", "rename/{field}"), (CHANGED,)),
    "429-for-long": Breakage(("tired/40",), (LIMITED,)),
    "refresh-down": Breakage(("expire", "down/{token}"), (failing("vendor_down"),)),
    "token-expired": Breakage(("expire",), (SIGNED_OUT,), refreshed=(HEALTHY,)),
    "access-revoked": Breakage(("revoke",), (SIGNED_OUT,)),
}
TOO_SLOW = {
    "slow": Breakage(("slow",), (failing("timeout"),)),
    "slow-body": Breakage(("stall",), (failing("timeout"),)),
}
# Where the service is led instead of to the stand-ins.
ELSEWHERE = {
    "dns": ("http://vendor.invalid", failing("dns")),
    "tls": ("https://127.0.0.1:{port}", failing("tls")),
    "closed-port": ("http://127.0.0.1:9", failing("unreachable")),
}
