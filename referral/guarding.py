"""Who must not be contacted about a child, or told where the child lives: asked on the form, kept encrypted, and looked
up by every page and message about the child, whichever room it belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from core.storage.children import ChildKeys
from core.storage.columns import keys
from core.storage.session import Session
from notifications.api import Channel, Recipient
from referral.models import Referral
from referral.words import Guarded


@dataclass(frozen=True, slots=True)
class Guard:
    """What staff read on every page about the child. `barred` are keyed hashes of the phones and emails never used."""

    words: tuple[str, ...] = field(default=(), repr=False)
    hides_address: bool = False
    barred: frozenset[bytes] = field(default=frozenset(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.words or self.barred or self.hides_address)


def kept(guarded: Guarded | None) -> dict[str, Any] | None:
    """As a referral keeps it."""
    return {"words": guarded.words, "address": guarded.hides_address} if guarded else None


def keys_of_ways(guarded: Guarded | None) -> list[bytes]:
    """The hashes of what is never used."""
    if guarded is None:
        return []
    phones = [keys().fingerprint("phone", phone) for phone in guarded.phones]
    return phones + [keys().fingerprint("email", email.casefold()) for email in guarded.emails]


async def guard_about(session: Session, child: ChildKeys) -> Guard:
    """Everything any referral of this child says about it, newest first. One query."""
    if not child:
        return Guard()
    about = sa.or_(col(Referral.nhs_number_key).in_(child.nhs), col(Referral.surname_born_key).in_(child.named))
    found = select(Referral.guarded, Referral.guarded_keys).where(about, col(Referral.guarded).is_not(None))
    return _together(await session.exec(found.order_by(col(Referral.id).desc())))


def _together(rows: Iterable[Any]) -> Guard:
    told = [(guarded, ways) for guarded, ways in rows]
    return Guard(
        words=tuple(dict.fromkeys(guarded["words"] for guarded, _ in told if guarded["words"])),
        hides_address=any(guarded["address"] for guarded, _ in told),
        barred=frozenset(bytes(way) for _, ways in told for way in ways),
    )


def may_reach(to: Recipient, guard: Guard) -> bool:
    """False for an address that is never used."""
    return _key(to) not in guard.barred


def without_barred(to: Recipient, guard: Guard) -> Recipient | None:
    """The recipient by the first way that may be used, with the others that may; None when there is none."""
    ways = [replace(way, alternatives=()) for way in (to, *to.alternatives)]
    allowed = [way for way in ways if may_reach(way, guard)]
    return replace(allowed[0], alternatives=tuple(allowed[1:])) if allowed else None


def _key(to: Recipient) -> bytes:
    if to.channel is Channel.EMAIL:
        return keys().fingerprint("email", to.address.casefold())
    return keys().fingerprint("phone", to.address) if to.channel is Channel.TEXT else b""
