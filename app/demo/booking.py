"""The demo's clinics and sessions, laid out ahead, and a few invented families who booked. Nobody here exists."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select

from booking import service, timetable, waiting
from booking.letters import Letterhead
from booking.models import Availability, Offer, Sitting
from booking.waiting_words import DayPart, Wish
from booking.words import Attendee, ContactBy, OfferKind
from core.domain.clock import LONDON, london_day
from core.domain.identity import PUBLIC, Discipline
from core.domain.ids import new_id, new_token
from core.storage.jobs import Workbench
from core.storage.session import Session

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY = range(5)
_VIDEO = "https://video.example.org/{code}"

SLT_CLINIC = Offer(
    kind=OfferKind.SCREENING,
    discipline=Discipline.SLT,
    title="Virtual speech and language screening clinic",
    about="A 15-minute video call with a speech and language therapist about your child’s talking, understanding or "
    "speech sounds.\n\nAt the end you know what to do next: advice to try at home, an information session, or a "
    "referral.",
    audience="parents and carers of a child or young person",
    minutes=15,
    capacity=1,
    link_pattern=_VIDEO,
    asks_child=True,
)
OT_CLINIC = Offer(
    kind=OfferKind.SCREENING,
    discipline=Discipline.OT,
    title="Virtual occupational therapy screening clinic",
    about="A 15-minute video call with an occupational therapist about everyday tasks, like dressing, eating with "
    "cutlery, writing or joining in.\n\nAt the end you know what to do next: advice to try at home, an information "
    "session, or a referral.",
    audience="parents and carers of a child or young person",
    minutes=15,
    capacity=1,
    link_pattern=_VIDEO,
    asks_child=True,
)
SENSORY = Offer(
    kind=OfferKind.INFORMATION,
    discipline=Discipline.OT,
    title="Understanding sensory needs: an information session for parents and carers",
    about="How children take in sounds, touch and movement, why some find this hard, and what helps at home.\n\n"
    "You watch and listen. Nobody has to speak or be on camera. There is time for questions at the end.",
    audience="parents and carers",
    minutes=60,
    capacity=30,
    link_pattern=_VIDEO,
    topic="Sensory needs",
)
SCHOOLS = Offer(
    kind=OfferKind.WORKSHOP,
    discipline=Discipline.SLT,
    title="Helping children understand in class: a workshop for school staff",
    about="Practical ways to make spoken instructions easier to follow, for a whole class and for one child.",
    audience="teachers, teaching assistants and other school staff",
    minutes=90,
    capacity=20,
    link_pattern=_VIDEO,
    topic="Understanding in class",
    questions=[
        {
            "ask": "Do you work in a school, nursery or college?",
            "advice": "This workshop is about whole classes. Parents and carers often find our information sessions "
            "more useful.",
        }
    ],
)

_OFFERS = (SLT_CLINIC, OT_CLINIC, SENSORY, SCHOOLS)
# Offer, weekday, from, to, host.
_WEEK = (
    (SLT_CLINIC, _TUESDAY, time(9), time(12), "amira"),
    (SLT_CLINIC, _THURSDAY, time(9), time(12), "amira"),
    (OT_CLINIC, _TUESDAY, time(9), time(12), "ben"),
    (OT_CLINIC, _THURSDAY, time(9), time(12), "ben"),
    (SENSORY, _WEDNESDAY, time(18, 30), time(19, 30), "ben"),
    (SENSORY, _FRIDAY, time(13), time(14), "dan"),
)
_FAMILIES = (
    ("Robin", "Sample", "2021-03-14", "Alex Sample", "alex.sample@example.org"),
    ("Kit", "Madeup", "2019-11-02", "Jo Madeup", "jo.madeup@example.org"),
    ("Noor", "Pretend", "2022-06-20", "Lee Pretend", "lee.pretend@example.org"),
)
_WAITING = (
    ("Sasha", "Fictive", "2020-05-09", "Chris Fictive", "chris.fictive@example.org"),
    ("Remy", "Notreal", "2021-08-30", "Pat Notreal", "pat.notreal@example.org"),
)


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """Offers, a repeating week, two workshops, three families with an appointment and two on the waiting list."""
    now = bench.clock.now()
    # Copies: a row belongs to one session, and tests seed more than one database.
    offers = {offer.title: Offer(**offer.model_dump(exclude={"id"})) for offer in _OFFERS}
    session.add_all(offers.values())
    await session.flush()
    session.add_all(
        Availability(
            offer_id=offers[offer.title].id,
            host_id=staff[host],
            weekday=weekday,
            opens=opens,
            closes=closes,
            minutes=offer.minutes,
            first=london_day(now),
        )
        for offer, weekday, opens, closes, host in _WEEK
    )
    await session.flush()
    await timetable.lay_out_ahead(session, bench.profile, now)
    for weeks in (2, 4):
        await _add_workshop(session, offers[SCHOOLS.title], staff["dan"], now, weeks)
    await _book_families(session, bench, offers[SLT_CLINIC.title], now)
    await _wait_for_evenings(session, bench, offers[SLT_CLINIC.title], now)


async def _add_workshop(session: Session, offer: Offer, host: UUID, now: datetime, weeks: int) -> None:
    today = london_day(now)
    monday = today + timedelta(days=7 * weeks - today.weekday() + _MONDAY)
    await timetable.add_sitting(session, offer, datetime.combine(monday, time(15, 45), tzinfo=LONDON), host_id=host)


async def _book_families(session: Session, bench: Workbench, offer: Offer, now: datetime) -> None:
    soonest = select(Sitting).where(Sitting.offer_id == offer.id, col(Sitting.starts_at) > now)
    sittings = (await session.exec(soonest.order_by(col(Sitting.starts_at)).limit(2 * len(_FAMILIES)))).all()
    for family, sitting in zip(_FAMILIES, sittings[::2], strict=False):
        first, last, born, parent, email = family
        who = Attendee(parent, ContactBy.EMAIL, email, "+441632960456", first, last, born, {"known": "no"})
        visitor = new_id().bytes * 2
        head = Letterhead(bench.profile.service, bench.profile.phone, bench.address, new_token())
        hold_id = await service.hold_place(session, visitor, sitting.id, bench.profile.booking.hold_minutes, now)
        await service.confirm(session, PUBLIC, visitor, hold_id, new_id(), who, head, now)


async def _wait_for_evenings(session: Session, bench: Workbench, offer: Offer, now: datetime) -> None:
    """There are none in the demo's week, so they go on waiting."""
    wish = Wish(offer.id, parts=frozenset({DayPart.EVENING}))
    for n, (first, last, born, parent, email) in enumerate(_WAITING):
        who = Attendee(parent, ContactBy.EMAIL, email, "+441632960456", first, last, born)
        head = Letterhead(bench.profile.service, bench.profile.phone, bench.address, "")
        await waiting.join(session, PUBLIC, new_id(), wish, who, head, now + timedelta(seconds=n))
