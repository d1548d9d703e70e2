"""Offers, one-off sittings and capacity, as staff run them."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import clinic_rules, timetable
from booking.clinic_changes import note_sitting
from booking.clinic_letters import Desk
from booking.clinic_rules import released_at
from booking.clinic_words import OfferDetails, Question, SittingHappened
from booking.models import Offer, Place, Sitting
from booking.timetable import lock_rota, release_of
from booking.words import OfferKind, PlaceReleased, PlaceState, SittingState
from core.domain.errors import NotFound, NotPossible, Stale
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit, outbox
from core.storage.session import Session

_PLAIN = ("discipline", "title", "about", "audience", "audience_kind", "topic", "language", "minutes", "capacity",
          "link_pattern", "venue")  # fmt: skip


async def bare_offers(session: Session) -> list[Offer]:
    """Every offer, by title."""
    return list((await session.exec(select(Offer).order_by(col(Offer.title), col(Offer.id)))).all())


async def all_offers(session: Session, now: datetime) -> list[tuple[Offer, int]]:
    """Every offer with how many sittings it has ahead; those the public may book first."""
    ahead = sa.func.count(col(Sitting.id)).filter(
        col(Sitting.state) == SittingState.PLANNED, col(Sitting.starts_at) > now
    )
    found = (
        select(Offer, ahead)
        .outerjoin(Sitting, col(Sitting.offer_id) == Offer.id)
        .group_by(col(Offer.id))
        .order_by(col(Offer.is_public).desc(), col(Offer.title), col(Offer.id))
    )
    return [(offer, count) for offer, count in (await session.exec(found)).all()]


async def offer(session: Session, offer_id: UUID) -> Offer:
    """NotFound."""
    found = await session.get(Offer, offer_id)
    if found is None:
        raise NotFound("no such offer")
    return found


def details_of(row: Offer) -> OfferDetails:
    """An offer as staff wrote it."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    return OfferDetails(
        kind=row.kind, **plain, questions=tuple(Question(**q) for q in row.questions), release=release_of(row)
    )


async def make_offer(session: Session, actor: Actor, details: OfferDetails, now: datetime) -> Offer:
    """A new offer that nobody sees yet: it is published once its times are right."""
    row = Offer(kind=details.kind, asks_child=details.kind is OfferKind.SCREENING, is_public=False, **_columns(details))
    session.add(row)
    await session.flush()
    audit.record(session, actor, "offer.made", "offer", row.id, now)
    return row


async def edit_offer(session: Session, actor: Actor, offer_id: UUID, details: OfferDetails, now: datetime) -> None:
    """New words and rules; what people booked stays. Its kind stays what it is: families were asked for it. Sittings
    that are not released yet follow a new release rule."""
    row = await _locked(session, offer_id)
    if row.kind is not details.kind:
        raise NotPossible("an offer keeps its kind")
    before = release_of(row)
    for name, value in _columns(details).items():
        setattr(row, name, value)
    await session.flush()
    if before != details.release:
        await _release_anew(session, row, now)
    audit.record(session, actor, "offer.edited", "offer", row.id, now)


async def _release_anew(session: Session, row: Offer, now: datetime) -> None:
    ahead = select(Sitting).where(Sitting.offer_id == row.id, col(Sitting.starts_at) > now)
    for sitting in (await session.exec(ahead)).all():
        if sitting.released_at is None or sitting.released_at > now:
            sitting.released_at = released_at(release_of(row), sitting.starts_at)


async def publish(session: Session, actor: Actor, offer_id: UUID, *, public: bool, now: datetime) -> None:
    """Shows an offer to the public or takes it away again. Whoever has booked keeps their booking."""
    row = await _locked(session, offer_id)
    if row.is_public is not public:
        row.is_public = public
        audit.record(session, actor, "offer.published" if public else "offer.unpublished", "offer", row.id, now)


async def _locked(session: Session, offer_id: UUID) -> Offer:
    row = await session.get(Offer, offer_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFound("no such offer")
    return row


def _columns(details: OfferDetails) -> dict[str, Any]:
    release = details.release
    return {
        **{name: getattr(details, name) for name in _PLAIN},
        "questions": [asdict(question) for question in details.questions],
        "release_weekday": release.weekday if release else None,
        "release_time": release.at if release else None,
        "release_weeks": release.weeks if release else None,
    }


@dataclass(frozen=True, slots=True)
class OneOff:
    """A sitting outside any pattern. `at_once` opens it to the public whatever the offer's rule says."""

    offer_id: UUID
    starts_at: datetime
    host_id: UUID | None = None
    places: int | None = None
    video_link: str | None = None
    at_once: bool = False


async def add_one_off(session: Session, actor: Actor, one: OneOff, desk: Desk) -> UUID | None:
    """The new sitting; None when its host is in another at that time."""
    await lock_rota(session)
    row = await offer(session, one.offer_id)
    sitting_id = await timetable.add_sitting(
        session, row, one.starts_at, host_id=one.host_id, capacity=one.places, video_link=one.video_link
    )
    if sitting_id is None:
        return None
    if one.at_once:
        (await session.get_one(Sitting, sitting_id)).released_at = None
    note_sitting(session, actor, sitting_id, SittingHappened.PLANNED, desk)
    return sitting_id


async def paste_link(session: Session, actor: Actor, sitting_id: UUID, link: str | None, desk: Desk) -> None:
    """A link of this sitting's own, or none again. Only who booked sees it."""
    sitting = await session.get(Sitting, sitting_id, with_for_update={"key_share": True})
    if sitting is None:
        raise NotFound("no such sitting")
    sitting.video_link = link
    audit.record(session, actor, "sitting.link", "sitting", sitting_id, desk.now)


@dataclass(frozen=True, slots=True)
class Capacity:
    """The places of a sitting: all, and those nobody else can have."""

    places: int
    booked: int
    held: int

    @property
    def taken(self) -> int:
        return self.booked + self.held


async def capacity_of(session: Session, sitting_id: UUID, now: datetime) -> Capacity:
    """How many places there are and how many are taken at this moment."""
    held = sa.and_(col(Place.held_until).is_not(None), col(Place.held_until) > now)
    found = select(
        sa.func.count(),
        sa.func.count().filter(col(Place.state) == PlaceState.BOOKED),
        sa.func.count().filter(held),
    ).where(col(Place.sitting_id) == sitting_id, col(Place.state) != PlaceState.WITHDRAWN)
    return Capacity(*(await session.exec(found)).one())


async def set_capacity(
    session: Session, actor: Actor, sitting_id: UUID, wanted: int, seen: Capacity, desk: Desk
) -> int:
    """Adds places, or withdraws ones that nobody has; returns how many more there are (0, and nothing is noted, when
    there are as many already). Never fewer than are booked or held. Stale when the places are not those shown."""
    sitting = await session.get(Sitting, sitting_id, with_for_update={"key_share": True}, populate_existing=True)
    if sitting is None or sitting.state is not SittingState.PLANNED:
        raise NotFound("no such sitting")
    rows = select(Place).where(Place.sitting_id == sitting_id).order_by(col(Place.id)).with_for_update()
    places = (await session.exec(rows, execution_options={"populate_existing": True})).all()
    stands = await capacity_of(session, sitting_id, desk.now)
    if replace(stands, held=0) != replace(seen, held=0):
        raise Stale("other places than were shown")
    more = clinic_rules.fewer_or_more(stands.places, stands.taken, wanted)
    if not more:
        return 0
    if more > 0:
        await _add(session, sitting, max((place.seat for place in places), default=0), more, desk.now)
    for place in sorted((p for p in places if _is_open(p, desk.now)), key=lambda p: -p.seat)[: max(-more, 0)]:
        place.state, place.held_by, place.held_until = PlaceState.WITHDRAWN, None, None
    note_sitting(session, actor, sitting_id, SittingHappened.CAPACITY, desk, places=wanted)
    return more


def _is_open(place: Place, now: datetime) -> bool:
    ran_out = place.held_until is not None and place.held_until <= now
    return place.state is PlaceState.FREE or ran_out


async def _add(session: Session, sitting: Sitting, last_seat: int, more: int, now: datetime) -> None:
    for seat in range(last_seat + 1, last_seat + more + 1):
        place = Place(
            id=new_id(), sitting_id=sitting.id, offer_id=sitting.offer_id, starts_at=sitting.starts_at, seat=seat
        )
        session.add(place)
        await session.flush()
        await outbox.tell(session, PlaceReleased(place.id, sitting.id), now)
