"""A place held for a family that is known: its pages begin with the answers we have, and only who began sees them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from booking import forms, known, on_behalf, presenters, queries, service
from booking.known_models import KnownBooking
from booking.known_words import STILL_KEPT, FamilyOver, TypedAlready
from booking.models import PlaceHold
from booking.words import Attendee, ContactBy, HoldView
from core.domain.errors import NotFound, SignInNeeded
from core.domain.identity import Actor, ActorKind
from core.storage import drafts
from core.storage.session import Session
from core.web import journey as walk
from core.web.journey import Journey

_KEPT = "booking-for-family"


async def hold_for(
    session: Session,
    visitor: bytes,
    sitting_id: UUID,
    minutes: int,
    now: datetime,
    *,
    family: KnownBooking | None = None,
    instead: bool = False,
    address: bytes | None = None,
) -> UUID:
    """As `service.hold_place`; with a `family` its questions are answered as far as we know. What was typed for
    somebody else never comes along: TypedAlready when it was typed by hand, unless it may go (`instead`)."""
    hold = await service.hold_for_visitor(session, visitor, sitting_id, minutes, now, address=address)
    if hold.known_id == (family.id if family else None):
        return hold.id
    if hold.known_id is not None or await _is_typed_in(session, hold):
        if hold.known_id is None and not instead:
            raise TypedAlready(hold.id)
        await known.end_hold(session, hold, now)
        hold = await service.hold_for_visitor(session, visitor, sitting_id, minutes, now, address=address)
    if family:
        await _fill_in(session, hold, family, now)
    return hold.id


async def _is_typed_in(session: Session, hold: PlaceHold) -> bool:
    journey = await _journey_of(session, hold)
    draft = await drafts.open_draft(session, hold.visitor, journey.name, hold.id)
    return draft is not None and bool(draft.answers or draft.unfinished)


async def _journey_of(session: Session, hold: PlaceHold) -> Journey:
    offer = await queries.offer_of(session, hold.sitting_id)
    if offer is None:
        raise NotFound("no such offer")
    return forms.SCREENING if presenters.room(offer) == "/clinics" else forms.SESSION


async def _fill_in(session: Session, hold: PlaceHold, family: KnownBooking, now: datetime) -> None:
    """What is known, as far as this journey asks it; and long enough to book it."""
    journey, told = await _journey_of(session, hold), await known.draft_of(session, family)
    draft = await drafts.start_draft(session, hold.visitor, journey.name, journey.version, now, hold.id)
    answers = told.answers if told else {}
    drafts.save_answers(draft, walk.still_applies(journey, answers), journey.version, now)
    # Asked only of who wants to be told; then it stands there already.
    own = {name: value for name, value in answers.items() if name == on_behalf.OWN_EMAIL.id}
    drafts.keep_unfinished(draft, "your-email", own or None, now)
    hold.known_id, hold.known_by = family.id, family.staff_id
    family.until = max(family.until, now + STILL_KEPT)


async def family_of(session: Session, hold: HoldView | PlaceHold, actor: Actor, now: datetime) -> KnownBooking | None:
    """For whom this is held; None where it is nobody we know. NotFound for everyone but the colleague who began it,
    SignInNeeded when nobody is signed in (any more), FamilyOver once it was stopped or ran out."""
    if hold.known_id is None:
        return None
    if not actor.is_staff:
        raise SignInNeeded("a colleague books for a family")
    if hold.known_by != actor.id:
        raise NotFound("a colleague books for a family")
    found = await session.get(KnownBooking, hold.known_id)
    if found is None or (found.booking_id is None and found.until <= now):
        raise FamilyOver("no longer kept")
    return found


async def still_for(session: Session, hold: PlaceHold | None, actor: Actor, now: datetime) -> None:
    """Keeps for whom this is held until the transaction ends, for `kept_for`; raises what `family_of` does."""
    if hold is None or hold.known_id is None:
        return
    family = await family_of(session, hold, actor, now)
    locked = select(KnownBooking).where(KnownBooking.id == hold.known_id, col(KnownBooking.booking_id).is_(None))
    row = (await session.exec(locked.with_for_update())).one_or_none()
    if family is None or row is None:
        raise FamilyOver("booked already")
    session.info[_KEPT] = row


def kept_for(session: Session) -> KnownBooking | None:
    """For whom this transaction books, when `still_for` found somebody."""
    found: KnownBooking | None = session.info.pop(_KEPT, None)
    return found


def on_behalf_of(family: KnownBooking, attendee: Attendee) -> Attendee:
    """No text goes to a phone that may not be texted, unless that was chosen in so many words."""
    if family.texts or attendee.contact_by is ContactBy.TEXT:
        return attendee
    attendee.answers["no_texts"] = "yes"
    return attendee


def who_books(family: KnownBooking) -> Actor:
    """The colleague, as the history of the booking and the audit trail name them."""
    return Actor(ActorKind.STAFF, id=family.staff_id)
