"""Words for where somebody is signed in."""

import pytest

from accounts.devices import device_words, place_words


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("", "A browser we do not know"),
        ("<script>alert(1)</script>", "A browser we do not know"),
    ],
)  # fmt: skip
def test_a_browser_is_named_coarsely(agent: str, words: str) -> None:
    assert device_words(agent) == words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("2001:db8:1234:5678::1", "2001:0db8:1234:x"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_no_whole_address_is_kept(address: str, words: str) -> None:
    assert place_words(address) == words
