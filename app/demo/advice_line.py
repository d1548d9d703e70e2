"""The demo's call-back desk. Every person, number and address here is invented."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from accounts.api import actor_of, staff_views
from advice_line import snippet_service
from advice_line.calls import record_call
from advice_line.models import AdviceDuty, AdviceMessage
from advice_line.record_words import CallNotes
from advice_line.service import Desk, leave_message
from advice_line.snippet_words import Text
from advice_line.words import Caller, Child, Left, Outcome, Part, Sign, Topic
from app.demo import voices
from core.domain.clock import LONDON, london_day
from core.domain.identity import Discipline
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Session

_SLOTS = 8
_ON_DUTY = {
    "amira": (time(9), time(15), ("eating-and-drinking", "signing")),
    "ben": (time(9), time(13), ("stammering", "communication-aids")),
    "chloe": (time(10), time(16), ("sensory-needs",)),
    "dan": (time(13), time(17), ("after-an-operation",)),
}
_REMY = Child("Remy", "Example", date(2024, 3, 15))
_ROBIN: dict[str, Any] = {
    "name": "Robin Example",
    "phone": "+447700900123",
    "email": "robin@example.org",
    "child": _REMY,
}


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """Duty from Monday to Friday; an earlier talk, so that continuity shows; messages that are urgent, overdue, left
    on a Saturday night, in Polish, and spoken."""
    await _put_on_duty(session, bench, staff)
    today = london_day(bench.clock.now())
    await _earlier_talk(session, bench, staff["amira"], _evening(today - timedelta(days=20)))
    saturday = today - timedelta(days=(today.weekday() - 5) % 7 or 7)
    for left, at in (
        (_again_about_remy(), _evening(saturday, 23, 40)),
        (_urgent(today - timedelta(weeks=20)), _evening(today - timedelta(days=1))),
        (_overdue(), _evening(today - timedelta(days=8))),
        (_in_polish(), _evening(today - timedelta(days=1), 20)),
        (_from_school(today - timedelta(days=3)), _evening(today - timedelta(days=1), 16)),
    ):
        await _leave(session, bench, left, at)
    await _spoken(session, bench, staff["amira"], today - timedelta(days=1))
    await _write_texts(session, bench, staff["grace"])


async def _spoken(session: Session, bench: Workbench, therapist: UUID, day: date) -> None:
    """One said in the browser, which a therapist wrote down; two from the phone line, one of them without a number."""
    said = await voices.say(session, bench, _about_stammering(), _evening(day, 21))
    words = "Noor, 5, repeats the first sounds of words since September. Her teacher noticed it, too."
    await voices.write_down(session, said, therapist, words, _evening(day, 21, 30))
    await voices.ring(session, bench, "demo-1", "+447700900567", _evening(day, 22))
    await voices.ring(session, bench, "demo-2", "", _evening(day, 22, 15))


def _about_stammering() -> Left:
    return _message(
        Topic.TALKING,
        "",
        name="Alex Example",
        phone="+447700900678",
        email=None,
        good_times=frozenset({Part.MORNING}),
    )


_TEXTS = (
    (
        Discipline.SLT,
        "Copy and add one word",
        "Say what your child says, and add one word: “car”, “red car”.",
    ),
    (
        Discipline.SLT,
        "Share books every day",
        "Look at a book together for ten minutes. Talk about it.",
    ),
    (Discipline.SLT, "Safer drinking", "Sit your child upright. Give small sips and wait. Stop if they cough."),
    (
        Discipline.OT,
        "Getting dressed",
        "Begin at the end: let your child do the last part alone.",
    ),
    (Discipline.PHYSIO, "Tummy time", "A few minutes on the tummy, several times a day, while you watch and play."),
    (None, "When to call us again", "Call us again if it gets worse, or if nothing has changed after six weeks."),
)


async def _write_texts(session: Session, bench: Workbench, lead: UUID) -> None:
    """Advice for families, one of it in a second version."""
    actor, now = actor_of((await staff_views(session, {lead}))[lead]), bench.clock.now()
    for therapy, title, body in _TEXTS:
        text = Text(title, body, "https://www.nhs.uk/baby/" if therapy else None)
        first = await snippet_service.write(session, actor, text, therapy, now - timedelta(days=30), new_id())
        if title == "Safer drinking":
            newer = Text(title, f"{body} Then call us.", text.link)
            await snippet_service.rewrite(session, actor, first, 1, newer, therapy, now - timedelta(days=3))


async def _put_on_duty(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    views = await staff_views(session, {staff[name] for name in _ON_DUTY})
    since = london_day(bench.clock.now()) - timedelta(days=60)
    for name, (starts, ends, competences) in _ON_DUTY.items():
        for weekday in range(5):
            duty = AdviceDuty(
                staff_id=staff[name],
                weekday=weekday,
                starts=starts,
                ends=ends,
                slots=_SLOTS,
                disciplines=sorted(views[staff[name]].disciplines),
                competences=list(competences),
                valid_from=since,
            )
            session.add(duty)


def _evening(day: date, hour: int = 19, minute: int = 10) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)


async def _leave(session: Session, bench: Workbench, left: Left, at: datetime) -> AdviceMessage:
    message, _ = await leave_message(session, Desk(bench.profile, bench.address, at), left, draft_id=new_id())
    return message


async def _earlier_talk(session: Session, bench: Workbench, therapist: UUID, at: datetime) -> None:
    text = "Remy says about ten words. Should I be worried?"
    message = await _leave(session, bench, _message(Topic.TALKING, text, **_ROBIN), at)
    caller = actor_of((await staff_views(session, {therapist}))[therapist])
    notes = CallNotes(
        Outcome.REACHED,
        "Talked about copying and adding one word, and sharing books every day. Will call again if it does not help.",
        close=True,
    )
    await record_call(session, caller, Desk(bench.profile, bench.address, at), message.id, new_id(), notes)


def _message(topic: Topic, text: str, **more: Any) -> Left:
    plain: dict[str, Any] = {
        "caller": Caller.PARENT,
        "topic": topic,
        "text": text,
        "discipline": Discipline.SLT,
        "safe_to_leave_message": True,
    }
    return Left(**(plain | more))


def _again_about_remy() -> Left:
    text = "We did what you said for three weeks. Remy has no new words and gets cross when we do not understand."
    return _message(Topic.TALKING, text, postcode="SG13 7AA", good_times=frozenset({Part.MORNING}), **_ROBIN)


def _urgent(born: date) -> Left:
    return _message(
        Topic.EATING,
        "Ava coughs at every bottle and it takes nearly an hour. The health visitor says she has lost weight.",
        name="Sam Example",
        phone="+447700900234",
        email=None,
        child=Child("Ava", "Example", born),
        signs=frozenset({Sign.CHOKING, Sign.WEIGHT}),
    )


def _overdue() -> Left:
    return _message(
        Topic.EQUIPMENT,
        "The bath seat is too small now and I cannot lift Jo safely for much longer.",
        name="Kim Example",
        phone="+447700900345",
        email="kim@example.org",
        discipline=Discipline.OT,
        not_times="Not between 3pm and 4pm",
        not_told="My neighbour sometimes answers this phone. Tell them nothing.",
        safe_to_leave_message=False,
    )


def _in_polish() -> Left:
    return _message(
        Topic.TALKING,
        "Syn ma trzy lata i mówi tylko po polsku. Czy to normalne?",
        name="Ola Example",
        phone="+447700900456",
        email="ola@example.org",
        language="pl",
        good_times=frozenset({Part.AFTERNOON}),
    )


def _from_school(referred_on: date) -> Left:
    """About the child of whom a referral of that day says who must not be told (`app.demo.referral`)."""
    return _message(
        Topic.MOVING,
        "Zofia falls several times a day in the playground. What should we look out for?",
        child=Child("Zofia", "Sample", date(referred_on.year - 6, 3, 7)),
        caller=Caller.PROFESSIONAL,
        name="Pat Example, SENCO",
        phone="+441632960777",
        email="senco@example.org",
        discipline=None,
        good_times=frozenset({Part.LUNCH}),
    )
