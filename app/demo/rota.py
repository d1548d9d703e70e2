"""The demo's rota ahead, and twelve weeks of calls behind it for figures and forecasts. All invented."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from accounts.api import actor_of, staff_views
from advice_line import rota_absence, rota_sessions, rules
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.rota_models import AdviceSwap
from advice_line.rota_words import Away, SessionDetails
from advice_line.words import Caller, Outcome, State, Topic, Urgency
from core.domain.clock import LONDON, london_day
from core.domain.identity import Discipline
from core.domain.ids import new_id, new_reference
from core.storage.columns import keys
from core.storage.jobs import Workbench
from core.storage.session import Session

_WEEKS = 12
# Messages of an ordinary day by weekday, therapy by therapy: Mondays bring the weekend's.
_USUAL: dict[Discipline | None, tuple[int, ...]] = {
    Discipline.SLT: (5, 4, 3, 4, 3),
    Discipline.OT: (3, 2, 2, 2, 2),
    Discipline.PHYSIO: (2, 1, 1, 1, 1),
    None: (1, 1, 1, 0, 1),
}
_CALLERS = {Discipline.SLT: "amira", Discipline.OT: "ben", Discipline.PHYSIO: "chloe", None: "dan"}
_CALLER = {"name": "A parent, invented", "phone": "+447700900999", "email": None}


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """An extra session, a session every second week, absences that leave a gap, a swap that waits for its answer."""
    await _twelve_weeks(session, bench, staff)
    views = await staff_views(session, set(staff.values()))
    now, today = bench.clock.now(), london_day(bench.clock.now())
    grace = actor_of(views[staff["grace"]])
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=2)
    every_second = SessionDetails(
        staff["dan"], (1,), time(9), time(11), 4, views[staff["dan"]].disciplines, frozenset(), monday, None, 2
    )  # fmt: skip
    await rota_sessions.add(session, grace, every_second, now)
    ben, wednesday = actor_of(views[staff["ben"]]), monday + timedelta(days=2)
    await rota_absence.enter(session, ben, Away(ben.id or new_id(), monday, monday + timedelta(days=4)), now)
    await rota_absence.enter(session, grace, Away(staff["dan"], wednesday, wednesday), now)
    afternoon = Away(staff["chloe"], wednesday, wednesday, (time(13), time(16)))
    await rota_absence.enter(session, grace, afternoon, now)
    session.add(
        AdviceSwap(giver_id=staff["ben"], taker_id=staff["dan"], day=monday + timedelta(days=7), asked_at=now)
    )  # fmt: skip


async def _twelve_weeks(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """Messages that were called back and closed before today: real rows, written in two statements."""
    chance, today = Random(12), london_day(bench.clock.now())  # noqa: S311 - the same demo every time
    messages: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for day in (today - timedelta(days=n) for n in range(_WEEKS * 7, 1, -1)):
        if not bench.profile.calendar.is_open_on(day):
            continue
        for therapy, usual in _USUAL.items():
            for _ in range(max(0, usual[day.weekday()] + chance.choice((-1, 0, 0, 1)))):
                message = _message(bench, chance, therapy, day)
                if message["due_on"] < today:
                    made = _calls(chance, bench, message, staff[_CALLERS[therapy]], today)
                    calls += made
                    messages.append(message | _closed(made))
    connection = await session.connection()
    await connection.execute(sa.insert(AdviceMessage), messages)
    await connection.execute(sa.insert(AdviceCall), calls)


def _message(bench: Workbench, chance: Random, therapy: Discipline | None, day: date) -> dict[str, Any]:
    received = _at(day, 9 + chance.randrange(7), chance.randrange(60))
    promised = rules.promise(bench.profile.calendar, bench.profile.advice.due_days, received, Urgency.ROUTINE)
    areas = bench.profile.areas
    return {
        "id": new_id(), "reference": new_reference(), "draft_id": new_id(), "caller_kind": Caller.PARENT,
        "caller": _CALLER, "phone_key": keys().fingerprint("phone", f"demo {new_id()}"), "said": "Invented.",
        "discipline": therapy, "topic": Topic.OTHER, "urgency": Urgency.ROUTINE, "signs": [], "needs": [],
        "areas": [areas[chance.randrange(len(areas))].id], "good_times": [], "interpreter_ok": True,
        "received_at": received, "clock_start": promised.clock_start, "due_on": promised.due_on,
        "due_at": promised.due_at, "calendar_version": promised.calendar_version, "call_from": promised.clock_start,
        "state": State.CLOSED,
    }  # fmt: skip


def _calls(
    chance: Random, bench: Workbench, message: dict[str, Any], caller: UUID, today: date
) -> list[dict[str, Any]]:  # fmt: skip
    """One call in most cases, a try in vain before it in some; now and then a day late."""
    following = next(bench.profile.calendar.days_from(message["due_on"] + timedelta(days=1)))
    late = following < today and chance.random() < 0.08
    first = _at(following if late else message["due_on"], 10 + chance.randrange(4), chance.randrange(60))
    tries = 2 if chance.random() < 0.2 else 1
    outcomes = [Outcome.NO_ANSWER] * (tries - 1) + [Outcome.REACHED]
    return [
        {
            "id": new_id(), "message_id": message["id"], "staff_id": caller, "at": first + timedelta(hours=n),
            "outcome": outcome, "notes": "Advice given. Invented.",
            "state_after": State.CLOSED if outcome is Outcome.REACHED else State.TRIED,
        }
        for n, outcome in enumerate(outcomes)
    ]  # fmt: skip


def _closed(calls: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "owner_id": calls[-1]["staff_id"],
        "first_called_at": calls[0]["at"],
        "closed_at": calls[-1]["at"],
        "next_action_at": None,
    }


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)
