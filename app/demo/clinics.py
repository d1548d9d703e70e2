"""What the demo's colleagues did with their clinics: attendance, a cancelled sitting, somebody to phone. Nobody here
exists."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import select

from booking import attendance, clinic_changes, clinic_offers, clinic_rules, service, timetable
from booking.attendance import Visit
from booking.clinic_changes import Desk
from booking.clinic_offers import OneOff
from booking.clinic_words import Attendance, Audience, Change, ChangeKind, Choice, Outcome
from booking.letters import Letterhead
from booking.models import Availability, Booking, Offer
from booking.words import Attendee, ContactBy, OfferKind
from core.domain.clock import LONDON, london_day
from core.domain.identity import PUBLIC, Actor, ActorKind, Discipline, Right, Role
from core.domain.ids import new_id, new_token
from core.storage.closed_days import ClosedDays
from core.storage.jobs import Workbench
from core.storage.session import Session

_PAST_FAMILIES = (
    ("Ola", "Sample", Attendance.CAME, Outcome.ADVICE),
    ("Bo", "Madeup", Attendance.LATE, Outcome.REFER),
    ("Max", "Pretend", Attendance.NOT_BROUGHT, None),
)


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """Last week's screenings with who came, a child not brought twice, a sitting that was cancelled, one booking left
    for a person, a closure ahead, patterns that clash, an offer nobody can see yet and one released on Mondays."""
    femi = _femi(staff["femi"])
    offers = {offer.title: offer for offer in (await session.exec(select(Offer))).all()}
    slt = next(o for o in offers.values() if o.kind is OfferKind.SCREENING and o.discipline is Discipline.SLT)
    await _words_on_offers(list(offers.values()))
    await _last_weeks(session, bench, slt, femi, staff["dan"])
    await _clash(session, bench, slt, staff["amira"])
    await _changes(session, bench, slt, femi, staff["dan"])
    session.add(_draft_offer())
    today = london_day(bench.clock.now())
    session.add(
        ClosedDays(
            first_day=today + timedelta(weeks=5), last_day=today + timedelta(weeks=5), why="Staff training day",
            whole_service=True,
            made_at=bench.clock.now(), made_by=femi.audit_name,
        )
    )  # fmt: skip
    await session.flush()


def _femi(staff_id: UUID) -> Actor:
    rights = frozenset({Right.SEE_CLINICS, Right.RUN_CLINICS})
    return Actor(ActorKind.STAFF, staff_id, "Femi Example", frozenset({Role.CLINIC_ADMIN}), rights=rights)


async def _words_on_offers(offers: list[Offer]) -> None:
    for offer in offers:
        if offer.kind is OfferKind.WORKSHOP:
            offer.audience_kind, offer.topic = Audience.SCHOOLS, "Talking and understanding"
        elif offer.kind is OfferKind.INFORMATION:
            offer.topic = "Sensory needs"
            offer.questions = [
                {
                    "ask": "Do you live in our area or go to school in it?",
                    "advice": "You can come to this session. For more help, ask the service where you live.",
                }
            ]


def _draft_offer() -> Offer:
    return Offer(
        kind=OfferKind.INFORMATION, title="Sensory needs, in Polish (invented draft)", audience="parents and carers",
        about="The same session with a therapist who speaks Polish.", minutes=60, capacity=20, language="pl",
        link_pattern="https://video.example.org/{code}", topic="Sensory needs", is_public=False,
        release_weekday=0, release_time=time(9), release_weeks=2,
    )  # fmt: skip


async def _last_weeks(session: Session, bench: Workbench, offer: Offer, femi: Actor, host: UUID) -> None:
    now = bench.clock.now()
    for weeks in (1, 2):
        day = london_day(now) - timedelta(weeks=weeks)
        for n, (first, last, came, outcome) in enumerate(_PAST_FAMILIES):
            if weeks == 2 and came is not Attendance.NOT_BROUGHT:
                continue
            start = _at(day, 9, 20 * n)
            booking = await _booked(session, bench, offer, start, host, first, last)
            note = "Invented note: talks more at home than at nursery." if outcome else None
            visit = Visit(came, outcome, note)
            await attendance.record_visit(session, femi, booking.id, visit, start + timedelta(hours=1))


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)


async def _booked(
    session: Session, bench: Workbench, offer: Offer, start: datetime, host: UUID, first: str, last: str
) -> Booking:
    """A sitting at this time and a family in it, booked a week before."""
    made = await timetable.add_sitting(session, offer, start, host_id=host)
    if made is None:
        raise RuntimeError("the demo's therapist is in two places")
    return await _book(session, bench, made, first, last, start - timedelta(weeks=1))


async def _book(session: Session, bench: Workbench, sitting: UUID, first: str, last: str, now: datetime) -> Booking:
    email = f"{first}.{last}@example.org".lower()
    born = "2021-05-04"
    who = Attendee(f"Jo {last}", ContactBy.EMAIL, email, "+441632960457", first, last, born, {"known": "no"})
    head = Letterhead(bench.profile.service, bench.profile.phone, bench.address, new_token())
    visitor = new_id().bytes * 2
    hold = await service.hold_place(session, visitor, sitting, bench.profile.booking.hold_minutes, now)
    return await service.confirm(session, PUBLIC, visitor, hold, new_id(), who, head, now)


async def _clash(session: Session, bench: Workbench, offer: Offer, host: UUID) -> None:
    """A second pattern of the same therapist half an hour into the first: shown on the timetable."""
    busy = (await session.exec(select(Availability).where(Availability.host_id == host).limit(1))).one()
    session.add(
        Availability(
            offer_id=offer.id, host_id=host, weekday=busy.weekday, opens=time(11, 30), closes=time(12, 30), minutes=30,
            first=busy.first,
        )
    )  # fmt: skip
    await session.flush()
    await timetable.lay_out_ahead(session, bench.profile, bench.clock.now())


async def _changes(session: Session, bench: Workbench, offer: Offer, femi: Actor, host: UUID) -> None:
    """Two sittings of next week taken away: one family told, one left for a person."""
    desk = Desk(bench.profile, bench.address, bench.clock.now())
    day = london_day(desk.now) + timedelta(weeks=1)
    for hour, name, choice in ((16, "Ari", Choice.CANCEL), (17, "Uma", Choice.LEAVE)):
        one = OneOff(offer.id, _at(day, hour), host, at_once=True)
        sitting = await clinic_offers.add_one_off(session, femi, one, desk)
        if sitting is None:
            continue
        await _book(session, bench, sitting, name, "Invented", desk.now)
        change = Change(ChangeKind.CANCEL_SITTING, why="The room is needed", sitting_id=sitting)
        seen = clinic_rules.print_of(await clinic_changes.preview(session, change, desk), choice)
        await clinic_changes.apply(session, femi, change, choice, seen, desk)
