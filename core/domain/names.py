"""Names of people, as far as they can be found again."""

import unicodedata
from datetime import date


def plain_name(name: str) -> str:
    """A name to find again: no case, accents, spaces or hyphens. "O’Brien-Núñez" is "obriennunez"."""
    split = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in unicodedata.normalize("NFKD", split) if sign.isalnum())


def surname_and_birth(last: str, born: date) -> str:
    """What the look-up of a child by surname and date of birth is made of; the same in every room."""
    return f"{plain_name(last)}\0{born.isoformat()}"
