"""Messages, therapists and duty for the tests; everyone is invented."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlmodel import select

from accounts.api import actor_of, add_staff, staff_views
from advice_line import service, voice_files
from advice_line.models import AdviceDuty, AdviceMessage
from advice_line.service import Desk
from advice_line.voice_words import CameBy, Spoken
from advice_line.words import Caller, Left, Topic
from app.demo.sounds import hum
from core.domain.identity import Actor, Discipline, Role
from core.domain.ids import new_id
from core.domain.profile import Profile, load_profile
from core.storage.session import Session
from core.web.house import House
from tests.support.house import ADDRESS, ROOT

profile = load_profile(ROOT / "profiles" / "hertfordshire.toml")

ANSWERS: Mapping[str, Any] = {
    "who": "parent",
    "therapy": "slt",
    "signs": ["none"],
    "topic": "talking",
    "message": "He has stopped saying new words.",
    "known": "yes",
    "child_first": "Remy",
    "child_last": "Invented",
    "child_born": "2022-03-15",
    "name": "Robin Invented",
    "phone": "+447700900123",
    "email": "robin@example.org",
    "postcode": "SG13 7AA",
    "good_times": ["any"],
    "language": "en",
    "safe": "yes",
    "~contact": "1",
    "~times": "1",
}


def desk(now: datetime, of: Profile = profile) -> Desk:
    return Desk(of, ADDRESS, now)


def a_message(**changed: Any) -> Left:
    """A parent's routine message to speech and language therapy, changed as asked."""
    plain: dict[str, Any] = {
        "caller": Caller.PARENT,
        "name": "Robin Invented",
        "phone": "+447700900123",
        "email": "robin@example.org",
        "topic": Topic.TALKING,
        "text": "He has stopped saying new words.",
        "discipline": Discipline.SLT,
        "safe_to_leave_message": True,
    }
    return Left(**(plain | changed))


async def leave(session: Session, now: datetime, **changed: Any) -> AdviceMessage:
    """A message that was left now."""
    message, _ = await service.leave_message(session, desk(now), a_message(**changed), draft_id=new_id())
    return message


async def leave_spoken(house: House, now: datetime, **changed: Any) -> AdviceMessage:
    """A message with a recording that was left now, in a transaction of its own."""
    draft = new_id()
    file = await voice_files.keep(house.db, house.files, house.scanner, draft, hum(), now)
    voice = Spoken(file.id, 1, CameBy.PHONE, provider_id=f"CA-{draft}")
    async with house.db.transaction() as session:
        left = a_message(text="", voice=voice, **changed)
        message, _ = await service.leave_message(session, desk(now), left, draft_id=draft)
        await voice_files.give_to(session, draft, message.id, voice, now)
    return message


async def a_therapist(
    session: Session,
    now: datetime,
    name: str = "Amira",
    *disciplines: Discipline,
    role: Role = Role.THERAPIST,
    **more: Any,
) -> Actor:
    """A colleague; speech and language therapist unless said otherwise."""
    staff_id = await add_staff(
        session,
        name=f"{name} Invented",
        email=f"{name.lower()}@example.org",
        password="correct horse battery staple",
        roles={role},
        disciplines=set(disciplines or (Discipline.SLT,)),
        now=now,
        **more,
    )
    return actor_of((await staff_views(session, {staff_id}))[staff_id])


async def on_duty_all_week(
    session: Session,
    who: Actor,
    *,
    slots: int = 8,
    starts: time = time(9),
    ends: time = time(17),
    competences: tuple[str, ...] = (),
) -> None:
    """Monday to Friday, in all their disciplines."""
    assert who.id
    for weekday in range(5):
        session.add(
            AdviceDuty(
                staff_id=who.id,
                weekday=weekday,
                starts=starts,
                ends=ends,
                slots=slots,
                disciplines=sorted(who.disciplines),
                competences=list(competences),
                valid_from=date(2026, 1, 1),
            )
        )
    await session.flush()


async def again(session: Session, message_id: UUID) -> AdviceMessage:
    """The message as the database has it now."""
    found = select(AdviceMessage).where(AdviceMessage.id == message_id).execution_options(populate_existing=True)
    return (await session.exec(found)).one()
