"""Who is never written to about a child: held against every way a message may go, now and when it leaves."""

from dataclasses import replace

from core.domain.guard import Guard
from core.storage.children import ChildKeys, keys_of
from core.storage.columns import keys
from notifications.models import Message
from notifications.words import Channel, Recipient

WHY = "must not be told"
# For a message that is about no child: to a colleague, about a draft nobody has sent yet.
NO_CHILD = ChildKeys()


def may_reach(to: Recipient, guard: Guard) -> bool:
    """False for an address that is never used."""
    return _key(to) not in guard.barred


def without_barred(to: Recipient, guard: Guard) -> Recipient | None:
    """The recipient by the first way that may be used, with the others that may; None when there is none."""
    ways = [replace(way, alternatives=()) for way in (to, *to.alternatives)]
    allowed = [way for way in ways if may_reach(way, guard)]
    return replace(allowed[0], alternatives=tuple(allowed[1:])) if allowed else None


def child_of(row: Message) -> ChildKeys:
    """The child a message is about."""
    return keys_of(row.nhs_number_key, row.surname_born_key)


def columns_of(child: ChildKeys) -> dict[str, bytes | None]:
    """As a message keeps which child it is about."""
    return {
        "nhs_number_key": next(iter(sorted(child.nhs)), None),
        "surname_born_key": next(iter(sorted(child.named)), None),
    }


def _key(to: Recipient) -> bytes:
    if to.channel is Channel.EMAIL:
        return keys().fingerprint("email", to.address.casefold())
    return keys().fingerprint("phone", to.address) if to.channel is Channel.TEXT else b""
