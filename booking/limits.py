"""How much one visitor, one address and one child may take, so that no script can hold every place. They are set wide
enough that a school's shared address, with a whole staff room behind it, does not notice them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.domain.errors import Conflict
from core.storage.session import Session

HOLDS_PER_VISITOR = 2
BOOKINGS_PER_CHILD = 2
# One address may hold half of what an offer has left, and this many however little that is.
ALWAYS_HELD = 3
_COUNTED = 200

# One after the other for the same key, until the transaction ends: what is counted after it stays true.
LOCK = sa.text("select pg_advisory_xact_lock(:key)")
_LIVE = "ended_at is null and until > :now"
_HELD = sa.text(f"""
    select (select count(*) from place_hold where visitor = :visitor and offer_id <> :offer_id and {_LIVE}) as mine,
        (select count(*) from place_hold
         where came_from = :address and offer_id = :offer_id and visitor <> :visitor and {_LIVE}) as near,
        (select count(*) from (
            select 1 from place where offer_id = :offer_id and starts_at > :now
              and (state = 'free' or state = 'held' or state = 'offered') limit {_COUNTED}) unbooked) as unbooked
""")  # noqa: S608 - only our own words
_SLOTS = sa.text("""
    select child_slot from booking
    where offer_id = :offer_id and same_child = :same_child and state = 'booked'
""")


class TooManyHolds(Conflict):
    """This visitor keeps two other times already."""


class AddressBusy(Conflict):
    """So many places of this offer are held from one address that others would find none."""


class TwiceAlready(Conflict):
    """This child has two bookings of this offer."""


async def check_holds(session: Session, visitor: bytes, offer_id: UUID, address: bytes | None, now: datetime) -> None:
    """Raises TooManyHolds or AddressBusy when one more hold would be too many. An `address` is a keyed hash; without
    one only the visitor's own holds count."""
    await take_turns(session, visitor)
    given = {"visitor": visitor, "offer_id": offer_id, "address": address, "now": now}
    found = (await (await session.connection()).execute(_HELD, given)).one()
    if found.mine >= HOLDS_PER_VISITOR:
        raise TooManyHolds("two other times are held")
    if address and found.near >= max(ALWAYS_HELD, found.unbooked // 2):
        raise AddressBusy("many places are held from this address")


async def child_slot(session: Session, offer_id: UUID, same_child: bytes) -> int:
    """Which of a child's live bookings of an offer the next one is, 1 or 2; a unique index holds it. TwiceAlready when
    there are two."""
    await take_turns(session, same_child)
    found = await (await session.connection()).execute(_SLOTS, {"offer_id": offer_id, "same_child": same_child})
    taken = set(found.scalars())
    free = [slot for slot in range(1, BOOKINGS_PER_CHILD + 1) if slot not in taken]
    if not free:
        raise TwiceAlready("two live bookings of this offer")
    return free[0]


async def take_turns(session: Session, key: bytes) -> None:
    """Waits for every other transaction that asked for the same key."""
    await (await session.connection()).execute(LOCK, {"key": int.from_bytes(key[:8], "big", signed=True)})
