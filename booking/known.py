"""For which family a member of staff books in this browser: one at a time, never two mixed, and not for long.

Only the colleague who began it sees it, and only while they are signed in: a browser may be shared.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import service
from booking.known_forms import answers_of
from booking.known_models import KnownBooking
from booking.known_words import KEPT_FOR, BookedForFamily, Booker, FamilyInset, KnownFamily
from booking.limits import take_turns
from booking.models import Booking, PlaceHold
from core.domain.identity import Actor
from core.storage import audit, drafts, outbox
from core.storage.children import ChildKeys
from core.storage.drafts import Draft
from core.storage.guards import guard_about
from core.storage.session import Session

JOURNEY = "known-family"
VERSION = "1"
_NOT_TOLD = "not_told"


async def begin(
    session: Session,
    owner: bytes,
    family: KnownFamily,
    booker: Booker,
    child: ChildKeys,
    now: datetime,
    *,
    instead: bool = False,
) -> str:
    """From now on `booker` books for this family in the browser of `owner`. The same family again goes on, with what is
    known of it now; what was held for it keeps its answers.

    When they are booking for another there, that one goes on and its reference is returned; with `instead` it is given
    up, with the places that were kept for it."""
    await take_turns(session, owner)
    if (other := await _of_browser(session, owner)) is not None:
        theirs = other.staff_id == booker.staff_id and other.until > now
        if theirs and other.subject_id == family.subject_id:
            other.occasion_id, other.way_back, other.until = family.occasion_id, family.way_back, now + KEPT_FOR
            other.texts = family.texts
            await _tell(session, other, family, booker, child, now)
            return ""
        if theirs and not instead:
            return other.reference
        await end(session, other, now)
    row = _row(owner, family, booker, now)
    session.add(row)
    await session.flush()
    await _tell(session, row, family, booker, child, now)
    return ""


async def _tell(
    session: Session, row: KnownBooking, family: KnownFamily, booker: Booker, child: ChildKeys, now: datetime
) -> None:
    """Keeps what is known of the family at this moment."""
    draft = await drafts.start_draft(session, row.owner, JOURNEY, VERSION, now, row.id)
    guard = await guard_about(session, child)
    not_told = "\n".join(filter(None, (family.not_told, *guard.words)))
    drafts.save_answers(draft, answers_of(family, booker, guard) | {_NOT_TOLD: not_told}, VERSION, now)


def _row(owner: bytes, family: KnownFamily, booker: Booker, now: datetime) -> KnownBooking:
    return KnownBooking(
        owner=owner,
        staff_id=booker.staff_id,
        subject_id=family.subject_id,
        occasion_id=family.occasion_id,
        reference=family.reference,
        way_back=family.way_back,
        texts=family.texts,
        begun_at=now,
        until=now + KEPT_FOR,
    )


async def _of_browser(session: Session, owner: bytes) -> KnownBooking | None:
    """What is under way in a browser, whoever began it and however long ago."""
    found = select(KnownBooking).where(KnownBooking.owner == owner, col(KnownBooking.booking_id).is_(None))
    return (await session.exec(found)).one_or_none()


async def under_way(session: Session, owner: bytes, actor: Actor, now: datetime) -> KnownBooking | None:
    """What this member of staff has under way in this browser. No query for whoever is no staff."""
    if actor.id is None:
        return None
    found = select(KnownBooking).where(
        KnownBooking.owner == owner,
        KnownBooking.staff_id == actor.id,
        KnownBooking.until > now,
        col(KnownBooking.booking_id).is_(None),
    )
    return (await session.exec(found)).one_or_none()


async def draft_of(session: Session, known: KnownBooking) -> Draft | None:
    return await drafts.open_draft(session, known.owner, JOURNEY, known.id)


async def inset_of(session: Session, known: KnownBooking) -> FamilyInset:
    """What its pages say."""
    draft = await draft_of(session, known)
    return FamilyInset(
        id=known.id,
        reference=known.reference,
        way_back=known.way_back,
        until=known.until,
        not_told=str(draft.answers.get(_NOT_TOLD, "")) if draft else "",
        texts=known.texts,
    )


async def stop(session: Session, owner: bytes, actor: Actor, known_id: UUID, now: datetime) -> None:
    """They do not book for this family any more: nothing of it is left in this browser. Again changes nothing; another
    family that was begun meanwhile stays."""
    await take_turns(session, owner)
    known = await _of_browser(session, owner)
    if known is not None and (known.id, known.staff_id) == (known_id, actor.id):
        await end(session, known, now)


async def end(session: Session, known: KnownBooking, now: datetime) -> None:
    """Gives back the places kept for the family and deletes what was typed about it. Nothing when it was booked in the
    same moment: then it is done."""
    held = select(PlaceHold).where(
        PlaceHold.visitor == known.owner, PlaceHold.known_id == known.id, col(PlaceHold.ended_at).is_(None)
    )
    # Locked in the order in which a booking locks them (answers, hold, family), so that neither waits for the other.
    about = [hold.id for hold in (await session.exec(held)).all()]
    typed = select(Draft.id).where(col(Draft.owner) == known.owner, col(Draft.about).in_(about))
    await session.exec(typed.order_by(col(Draft.id)).with_for_update())
    holds = (await session.exec(held.with_for_update().execution_options(populate_existing=True))).all()
    row = select(KnownBooking).where(KnownBooking.id == known.id, col(KnownBooking.booking_id).is_(None))
    if (await session.exec(row.with_for_update())).one_or_none() is None:
        return
    for hold in holds:
        await end_hold(session, hold, now)
    await _forget_answers(session, known.owner, known.id)
    await session.delete(known)
    await session.flush()


async def end_hold(session: Session, hold: PlaceHold, now: datetime) -> None:
    """Another hold of this offer is another row from now on, and what was typed into this one is gone."""
    await service.let_go(session, hold.visitor, hold.id, now)
    hold.ended_at = now
    await session.flush()
    await _forget_answers(session, hold.visitor, hold.id)


async def _forget_answers(session: Session, owner: bytes, about: UUID) -> None:
    typed = sa.delete(Draft).where(col(Draft.owner) == owner, col(Draft.about) == about, col(Draft.sent_at).is_(None))
    await (await session.connection()).execute(typed)


async def booked(session: Session, known: KnownBooking, booking: Booking, actor: Actor, now: datetime) -> None:
    """Its one booking is made: whoever knows the family is told, and nothing more is booked with these answers."""
    known.booking_id = booking.id
    await _forget_answers(session, known.owner, known.id)
    audit.record(session, actor, "booking.made-for-family", "booking", booking.id, now, family=str(known.subject_id))
    await outbox.tell(session, BookedForFamily(booking.id, known.subject_id, known.occasion_id, known.staff_id), now)


async def forget_over(session: Session, now: datetime) -> int:
    """Ends what ran out, and what else was held for families that are booked by now; how many families ran out."""
    over = select(KnownBooking).where(KnownBooking.until <= now, col(KnownBooking.booking_id).is_(None))
    rows = (await session.exec(over)).all()
    for known in rows:
        await end(session, known, now)
    is_under_way = sa.exists().where(
        col(KnownBooking.id) == col(PlaceHold.known_id), col(KnownBooking.booking_id).is_(None)
    )
    left = select(PlaceHold).where(col(PlaceHold.known_id).is_not(None), col(PlaceHold.ended_at).is_(None))
    # Whoever has one in hand is passed by: the next time it is looked at again.
    for hold in (await session.exec(left.where(~is_under_way).with_for_update(skip_locked=True))).all():
        await end_hold(session, hold, now)
    return len(rows)
