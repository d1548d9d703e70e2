"""What may stand in a message."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from notifications.words import Channel

# A subject is read on locked screens and in other people's inboxes.
SUBJECT_MAY_HOLD = frozenset({"reference", "service"})
LONGEST_TEXT = 918  # signs GOV.UK Notify sends as one text
_LONGEST_WORD = 500

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# What e-mail programs and phones turn into a link by themselves: a scheme, or a dot between words.
_OPENS_AN_ACCOUNT = re.compile(r"(/staff/sign-in/(?:invitation|new-password)/)[\w-]+")
_SCHEME = re.compile(r"://")
_DOTTED = re.compile(r"(?<=[^\s.])\.(?=[^\W\d_]{2})")
# Signs that begin a heading, list or quotation where a provider reads Markdown.
_FORMATTING = re.compile(r"^[#*>^+\-\s]+")


class WordsDoNotFit(ValueError):
    """The words given are not the ones the template asks for, or not of their kind. Never holds the words."""


def check_names(asked: Collection[str], given: Collection[str]) -> None:
    """Raises WordsDoNotFit unless every placeholder has a word and every word a placeholder."""
    missing, unused = sorted(set(asked) - set(given)), sorted(set(given) - set(asked))
    if missing or unused:
        raise WordsDoNotFit(f"missing: {missing}; unused: {unused}")


def check_subject(asked: Collection[str]) -> None:
    """Raises WordsDoNotFit when a subject would show more than a reference."""
    if private := sorted(set(asked) - SUBJECT_MAY_HOLD):
        raise WordsDoNotFit(f"not in a subject: {private}")


def fit(name: str, word: str) -> str:
    """The word as it may stand in a message. The end of a placeholder's name tells its kind: `…link` is an address of
    ours, `…links` several that colleagues chose, `…email` an e-mail address, `…lines` several lines; every other may
    have been typed by anyone, and so is one line that no program turns into a link or a heading."""
    match name.rsplit("_", 1)[-1]:
        case "link":
            return _link(name, word)
        case "links":
            return "\n".join(_link(name, line) for line in word.splitlines())
        case "email":
            return _one_line(word)
        case "lines":
            return "\n".join(plain(line) for line in word.splitlines())
    return plain(word)


def plain(typed: str) -> str:
    """One line without links or formatting, whatever was typed."""
    line = _FORMATTING.sub("", _one_line(typed))[:_LONGEST_WORD]
    return _DOTTED.sub(". ", _SCHEME.sub(": //", line)).strip()


def _one_line(typed: str) -> str:
    return " ".join(_UNSEEN.sub(" ", typed).split())


def _link(name: str, word: str) -> str:
    parts = urlsplit(word)
    if parts.scheme not in ("http", "https") or not parts.netloc or word != _one_line(word) or " " in word:
        raise WordsDoNotFit(f"not a link: {name}")
    return word


def without_keys(words: str) -> str:
    """A message as others than its reader may see it: the links that open a colleague's account lose what opens it.

    >>> without_keys("Go to https://x.example/staff/sign-in/new-password/s3cr-et_ now")
    'Go to https://x.example/staff/sign-in/new-password/… now'
    """
    return _OPENS_AN_ACCOUNT.sub(r"\1…", words)


def masked(channel: Channel, address: str) -> str:
    """Enough of an address for a list to tell two apart, not enough to use."""
    match channel:
        case Channel.EMAIL:
            name, _, host = address.partition("@")
            return f"{name[:1]}…@{host}"
        case Channel.TEXT:
            return f"…{address[-3:]}"
    return "postal address"
