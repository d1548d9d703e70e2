"""A morning of the advice line for a benchmark: invented messages and therapists, the same every time."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.models import StaffAccount
from advice_line.models import AdviceCall, AdviceDuty, AdviceMessage
from advice_line.words import Caller, Outcome, Part, Reason, State, Topic, Urgency
from core.domain.clock import london
from core.domain.identity import Discipline, Role
from core.storage.session import Database

MORNING = london(2026, 11, 23, 7, 30)
_AREAS = ("east", "north", "west", "south")
_LANGUAGES = ("pl", "ur", "ro", "bn")
_EATING = "eating-and-drinking"
_OPEN_AGAIN = """
    update advice_message set owner_id = null, exception_reason = 'waiting-for-run', run_id = null, revision = 1
    where closed_at is null
"""


@dataclass(frozen=True)
class Size:
    """So many messages for so many therapists; `load` is the calls wanted for each there is a slot for."""

    messages: int
    therapists: int
    load: float


async def fill(db: Database, connection: asyncpg.Connection, size: Size) -> None:
    """A rota for Monday, messages of the days before, and talks with a third of their families."""
    dice = random.Random(size.messages)
    people = [_therapist(dice, n) for n in range(size.therapists)]
    async with db.transaction() as session:
        session.add_all(people)
        await session.flush()
        session.add_all(_duty(dice, one, slots) for one, slots in zip(people, _slots(size), strict=True))
    rows = [_message(dice, n) for n in range(size.messages)]
    talks = [_talk(dice, row, people) for row in dice.sample(rows, size.messages // 3)]
    await _copy(connection, AdviceMessage, rows + [before for before, _ in talks])
    await _copy(connection, AdviceCall, [call for _, call in talks])
    await connection.execute("vacuum analyze")


async def as_before(connection: asyncpg.Connection) -> None:
    """Forgets every run, so that the next finds what the first found."""
    await connection.execute("truncate advice_assignment, advice_event, outbox_fact, task")
    await connection.execute(_OPEN_AGAIN)
    await connection.execute("delete from advice_run")
    await connection.execute("vacuum analyze advice_message")


def _slots(size: Size) -> list[int]:
    """As even as whole numbers are."""
    total, few = round(size.messages / size.load), size.therapists
    return [total // few + (n < total % few) for n in range(few)]


def _therapist(dice: random.Random, n: int) -> StaffAccount:
    return StaffAccount(
        id=_uuid(dice),
        name=f"Invented {n}",
        email=f"invented{n}@example.org",
        email_fingerprint=b"invented %d" % n,
        password_hash="none",
        roles=[Role.THERAPIST],
        disciplines=dice.sample([str(one) for one in Discipline], dice.choice((1, 1, 2))),
        languages=dice.sample(_LANGUAGES, dice.choice((0, 0, 0, 1, 2))),
        areas=dice.sample(_AREAS, dice.choice((1, 2))),
        active=True,
        added_at=MORNING,
    )


def _duty(dice: random.Random, one: StaffAccount, slots: int) -> AdviceDuty:
    return AdviceDuty(
        staff_id=one.id,
        weekday=MORNING.weekday(),
        starts=time(7, 30),
        ends=time(20),
        slots=slots,
        disciplines=list(one.disciplines),
        competences=[_EATING] if dice.random() < 0.6 else [],
        valid_from=date(2026, 1, 1),
    )


def _message(dice: random.Random, n: int) -> dict[str, Any]:
    speaks = dice.choice(_LANGUAGES) if dice.random() < 0.1 else None
    therapy = dice.choice([*Discipline, *Discipline, None])
    eats = therapy is Discipline.SLT and dice.random() < 0.15
    received = MORNING - timedelta(minutes=dice.randrange(60, 5 * 24 * 60))
    more = {
        "topic": Topic.EATING if eats else Topic.TALKING,
        "needs": [_EATING] if eats else [],
        "urgency": Urgency.URGENT if dice.random() < 0.05 else Urgency.ROUTINE,
        "areas": dice.sample(_AREAS, 1) if dice.random() < 0.9 else [],
        "good_times": dice.sample([str(part) for part in Part], dice.choice((0, 0, 1, 2))),
        "language": speaks,
        "interpreter_ok": speaks is None or dice.random() < 0.8,
    }
    return _plain(dice, n, received) | more | {"discipline": therapy}


def _talk(dice: random.Random, about: dict[str, Any], people: list[StaffAccount]) -> tuple[dict[str, Any], Any]:
    """(an earlier message of the same family, the call that closed it)."""
    at = MORNING - timedelta(days=dice.randrange(6, 200))
    who = dice.choice(people).id
    closed = {"state": State.CLOSED, "closed_at": at, "owner_id": who, "exception_reason": None}
    before = _plain(dice, dice.getrandbits(40), at) | closed | {"phone_key": about["phone_key"]}
    call = {
        "id": _uuid(dice),
        "message_id": before["id"],
        "staff_id": who,
        "at": at,
        "outcome": Outcome.REACHED,
        "notes": b"invented",
        "state_after": State.CLOSED,
    }
    return before, call


def _plain(dice: random.Random, n: int, received: datetime) -> dict[str, Any]:
    """A routine message. What is sealed is never opened by a run: any bytes do."""
    due = MORNING + timedelta(hours=10)
    return {
        "id": _uuid(dice),
        "reference": f"A{n % 10**8:08d}"[:9],
        "draft_id": _uuid(dice),
        "caller_kind": Caller.PARENT,
        "caller": b"invented",
        "phone_key": b"phone %d" % n,
        "said": b"invented",
        "discipline": Discipline.SLT,
        "topic": Topic.TALKING,
        "signs": [],
        "urgency": Urgency.ROUTINE,
        "needs": [],
        "areas": [],
        "good_times": [],
        "language": None,
        "interpreter_ok": True,
        "safe_to_leave_message": False,
        "received_at": received,
        "clock_start": received,
        "due_on": due.date(),
        "due_at": due,
        "calendar_version": "bench",
        "state": State.NEW,
        "exception_reason": Reason.WAITING_FOR_RUN,
        "owner_id": None,
        "call_from": received,
        "next_action_at": due,
        "closed_at": None,
        "revision": 1,
        "pinned": False,
    }


async def _copy(connection: asyncpg.Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    names = list(rows[0])
    records = [tuple(row[name] for name in names) for row in rows]
    await connection.copy_records_to_table(table.__tablename__, records=records, columns=names)


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)
