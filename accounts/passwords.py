"""Which passwords are too easy to guess: those on the lists that attackers begin with, and what is close to them."""

import re
from collections.abc import Iterable
from functools import lru_cache

from zxcvbn import zxcvbn  # type: ignore[import-untyped]
from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

from accounts.rules import check_new_password

COMMON = "This password is on lists of passwords that attackers try first. Choose a longer one, such as three words"
EASY = "This password is too easy to guess. Choose a longer one, such as three words that do not belong together"
OWN = "Password must not be your name, your email address or the name of the service"

# A hundred million guesses: what our hash and the slow-down of sign-in put out of reach many times over (NIST SP
# 800-63B asks for a list only). The estimate looks at the start: it takes long for long passwords, which are good.
_FEWEST_GUESSES = 10**8
_LOOKED_AT = 24
_WORD = re.compile(r"[^\W\d_]{3,}|\d{4,}")


def check_password(password: str, own: Iterable[str] = ()) -> str:
    """The password, when it is long enough and hard to guess. `own` is what is known of the person and the service.
    ValueError with words for the person. Takes up to 0.1 s."""
    check_new_password(password)
    own = [words.lower() for words in own if words]
    if _plain(password) in {_plain(words) for words in own}:
        raise ValueError(OWN)
    if is_common(password):
        raise ValueError(COMMON)
    known = [word for words in own for word in (words, words.split("@")[0], *_WORD.findall(words))]
    if zxcvbn(password[:_LOOKED_AT], user_inputs=known)["guesses"] < _FEWEST_GUESSES:
        raise ValueError(OWN if _is_mostly(password, known) else EASY)
    return password


def is_common(password: str) -> bool:
    """Whether it stands on a list of common passwords, in whatever case, with or without what surrounds it."""
    plain = password.lower().strip()
    return not {plain, plain.strip("0123456789!?.*# "), plain.replace(" ", "")}.isdisjoint(_common())


def _is_mostly(password: str, known: list[str]) -> bool:
    rest = password.lower()
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) <= len(password) // 2


def _plain(words: str) -> str:
    return "".join(sign for sign in words.lower() if sign.isalnum())


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """The 30,000 most common passwords of the breaches that zxcvbn's authors collected."""
    return frozenset(FREQUENCY_LISTS["passwords"])
