"""Keys for machines and references for people."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

# Letters and digits that cannot be taken for one another on the phone or in handwriting: no 0/O, 1/I/L,
# 2/Z, 5/S, 8/B, U/V. Twenty-three signs: a prime, so the check below finds every single wrong sign and
# every swap of two, neighbours or not.
SPOKEN = "34679ACDEFGHJKMNPQRTWXY"
_BODY = 7


def new_id() -> UUID:
    """A key that sorts by the time it was made (UUID version 7, RFC 9562)."""
    return uuid7()


def new_token() -> str:
    """A secret for a link: 256 bits from the system's generator, safe in an address."""
    return secrets.token_urlsafe(32)


def new_reference() -> str:
    """A reference to read out, such as `K7MA-4QXA`: 3.4 × 10⁹ of them."""
    return spell("".join(secrets.choice(SPOKEN) for _ in range(_BODY)))


def spell(body: str) -> str:
    """Adds the check sign to seven signs and groups them in fours."""
    signs = body + _check_sign(body)
    return f"{signs[:4]}-{signs[4:]}"


def parse_reference(typed: str) -> str:
    """The reference as it is stored, from however it was typed. ValueError when it cannot be one of ours."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    if len(signs) != _BODY + 1 or any(sign not in SPOKEN for sign in signs):
        raise ValueError("not a reference")
    if _check_sign(signs[:-1]) != signs[-1]:
        raise ValueError("mistyped reference")
    return f"{signs[:4]}-{signs[4:]}"


def _check_sign(body: str) -> str:
    # Weights 2..8 are distinct and never 0 modulo 23.
    total = sum(weight * SPOKEN.index(sign) for weight, sign in enumerate(body, start=2))
    return SPOKEN[-total % len(SPOKEN)]
