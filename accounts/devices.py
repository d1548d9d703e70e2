"""Where a session is held, in words its owner recognises and that tell others little."""

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address

from accounts.words import Seen

# The first that fits; browsers claim to be their ancestors, so the youngest stand first.
_BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("crios", "Chrome"),
    ("chrome", "Chrome"),
    ("chromium", "Chrome"),
    ("safari", "Safari"),
)
_SYSTEMS = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("mac os", "Mac"),
    ("cros", "Chromebook"),
    ("linux", "Linux"),
)


def device_words(user_agent: str) -> str:
    """The browser and the kind of machine: "Chrome on Windows"."""
    signs = user_agent.lower()
    browser, system = _first(signs, _BROWSERS), _first(signs, _SYSTEMS)
    if not (browser or system):
        return "A browser we do not know"
    return f"{browser or 'A browser'} on {system}" if system else browser


def place_words(address: str) -> str:
    """The network, never the whole address: "203.0.113.x"; empty when there is none to tell."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, IPv4Address):
        return address.rpartition(".")[0] + ".x"
    return ":".join(known.exploded.split(":")[:3]) + ":x"


def seen(user_agent: str, address: str) -> Seen:
    """From where somebody signs in."""
    return Seen(device_words(user_agent[:400]), place_words(address))


def _first(signs: str, known: Sequence[tuple[str, str]]) -> str:
    return next((words for sign, words in known if sign in signs), "")
