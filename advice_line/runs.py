"""One sharing-out of a day's calls: what is read before the solver runs, and what is written after it.

Between the two nothing is locked. A run is stored only when no other was stored meanwhile (its version would be
taken), and leaves alone every message that changed meanwhile (its revision grew).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from json import JSONEncoder
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import select

from accounts.api import StaffView, therapists
from advice_line import rules
from advice_line.models import AdviceRun
from advice_line.problem import Able, Met, Placed, Problem, Shared, Wanted
from advice_line.rota import slots_left
from advice_line.rota_queries import duties_on
from advice_line.words import LIST_TOPIC, MessagesAssigned, OnDuty, Part, Urgency
from core.domain.clock import london_day
from core.domain.identity import Discipline, system
from core.domain.profile import Profile
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session, note_change

SCOPE = "all"
MEMORY = timedelta(days=365)
_BY = system("advice.assign")

# Somebody is on the phone about the others: they stay where they are.
DUE = """
    select id, revision, owner_id, exception_reason, pinned, discipline, urgency, received_at, needs, areas,
        good_times, language, interpreter_ok, phone_key, child_key
    from advice_message
    where closed_at is null and state <> 'review' and call_from < :tomorrow
      and (calling_until is null or calling_until <= clock_timestamp())
"""


def talks_about(due: str) -> sa.TextClause:
    """Who spoke with the families of these messages before, by telephone or about the same child."""
    return sa.text(f"""
    with due as ({due})
    select due.id, call.staff_id, call.at
    from due join advice_message earlier on earlier.phone_key = due.phone_key
        join advice_call call on call.message_id = earlier.id
    where call.outcome in ('reached', 'asked-later') and call.at > :since
    union
    select due.id, call.staff_id, call.at
    from due join advice_message earlier on earlier.child_key = due.child_key
        join advice_call call on call.message_id = earlier.id
    where call.outcome in ('reached', 'asked-later') and call.at > :since
""")  # noqa: S608 - whoever calls this has written it


_READ_DUE, _READ_MET = sa.text(DUE), talks_about(DUE)
_READ_WAITS = sa.text("""
    select exists(
        select 1 from advice_message
        where closed_at is null and owner_id is null and state <> 'review' and call_from < :tomorrow
    )
""")
_READ_USED = sa.text("""
    select staff_id, sum(calls) as calls from (
        select staff_id, count(*) as calls from advice_call
        where at >= :today and outcome <> 'reviewed' group by staff_id
        union all
        select calling_by, count(*) from advice_message
        where closed_at is null and calling_until > clock_timestamp() group by calling_by
    ) spoken_for group by staff_id
""")
_STORE = sa.text("""
    with share as (
        select * from unnest(:ids, :revisions, :staff, :reasons, :costs, :parts)
            as share(id, revision, staff_id, reason, cost, parts)
    ), moved as (
        update advice_message message
        set owner_id = share.staff_id, exception_reason = share.reason, run_id = :run, pinned = false,
            revision = message.revision + 1
        from share
        where message.id = share.id and message.revision = share.revision and message.closed_at is null
        returning message.id, share.staff_id, share.reason, share.cost, share.parts
    ), history as (
        insert into advice_event (id, message_id, at, by, happened, staff_id, reason, run_id)
        select gen_random_uuid(), id, :now, :by, case when staff_id is null then 'not-placed' else 'assigned' end,
            staff_id, reason, :run
        from moved
    )
    insert into advice_assignment (run_id, message_id, staff_id, reason, cost, parts)
    select :run, id, staff_id, reason, cost, parts::jsonb from moved
    returning staff_id
""").bindparams(
    sa.bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=False))),
    sa.bindparam("revisions", type_=ARRAY(sa.Integer)),
    sa.bindparam("staff", type_=ARRAY(PG_UUID(as_uuid=False))),
    sa.bindparam("reasons", type_=ARRAY(sa.Text)),
    sa.bindparam("costs", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("parts", type_=ARRAY(sa.Text)),
    sa.bindparam("run", type_=PG_UUID(as_uuid=True)),
)


# One for all rows: `json.dumps` would make one for each.
_AS_JSON = JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Day:
    """What was read: the problem, and for each message its revision and where it stood. `version` is the last run's."""

    day: date
    version: int
    problem: Problem
    revisions: Mapping[str, int]
    stood: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Told:
    """Why a run is made. `whole` writes every message anew, else only those that go elsewhere; a `quiet` one that moves
    nothing leaves no trace."""

    cause: str
    whole: bool = False
    quiet: bool = False


async def somebody_waits(session: Session, now: datetime) -> bool:
    """Whether a call of today is nobody's that a run may place."""
    return bool((await (await session.connection()).execute(_READ_WAITS, {"tomorrow": rules.end_of_day(now)})).scalar())


async def has_run(session: Session, day: date, cause: str) -> bool:
    """True when this cause has led to a run on this day."""
    found = select(AdviceRun.id).where(AdviceRun.day == day, AdviceRun.scope == SCOPE, AdviceRun.cause == cause)
    return (await session.exec(found)).one_or_none() is not None


async def read_day(session: Session, profile: Profile, now: datetime) -> Day:
    """All calls of today that nobody is making right now, and everybody who could make them. What was given to
    somebody by hand is theirs while they still have time today. Nine queries."""
    day, connection = london_day(now), await session.connection()
    moment = {"tomorrow": rules.end_of_day(now)}
    rows = (await connection.execute(_READ_DUE, moment)).all()
    talks = (await connection.execute(_READ_MET, moment | {"since": now - MEMORY})).all()
    here = await those_here(session, day)
    in_time = {duty.staff_id for duty, _ in here if slots_left(duty, day, now, profile.advice.call_minutes, 0)}
    by_hand = [row for row in rows if row.pinned and row.owner_id in in_time]
    used = Counter(row.owner_id for row in by_hand) + await used_today(session, now)
    rows = [row for row in rows if not (row.pinned and row.owner_id in in_time)]
    return Day(
        day,
        await _last_version(session, day),
        Problem(tuple(wanted_of(row, day) for row in rows), able_today(here, used, profile, now), met_of(talks, day)),
        {str(row.id): row.revision for row in rows},
        {str(row.id): (str(row.owner_id) if row.owner_id else None, row.exception_reason) for row in rows},
    )


async def those_here(session: Session, day: date) -> list[tuple[OnDuty, StaffView]]:
    """Everybody on duty who is a therapist, and has not left."""
    staff = {view.id: view for view in await therapists(session)}
    return [(duty, staff[duty.staff_id]) for duty in await duties_on(session, day) if duty.staff_id in staff]


async def used_today(session: Session, now: datetime) -> Counter[UUID]:
    """Calls of today that are made or being made, person by person."""
    counted = await (await session.connection()).execute(_READ_USED, {"today": rules.start_of_day(now)})
    return Counter({row.staff_id: int(row.calls) for row in counted})


def able_today(
    here: Iterable[tuple[OnDuty, StaffView]], used: Counter[UUID], profile: Profile, now: datetime
) -> tuple[Able, ...]:
    """With the slots they have left."""
    day, minutes = london_day(now), profile.advice.call_minutes
    every_area = frozenset(area.id for area in profile.areas)
    return tuple(
        _able(duty, view, slots_left(duty, day, now, minutes, used[view.id]), every_area) for duty, view in here
    )


def _able(duty: OnDuty, view: StaffView, left: int, every_area: frozenset[str]) -> Able:
    return Able(
        key=str(view.id),
        disciplines=duty.disciplines & view.disciplines,
        slots=duty.slots,
        used=duty.slots - left,
        competences=duty.competences,
        languages=view.languages,
        areas=view.areas or every_area,
        times=duty.parts,
    )


def wanted_of(row: Any, day: date) -> Wanted:
    return Wanted(
        key=str(row.id),
        priority=rules.priority(Urgency(row.urgency), row.received_at, day),
        discipline=Discipline(row.discipline) if row.discipline else None,
        needs=_words(*row.needs),
        must_speak=None if row.interpreter_ok else row.language,
        would_speak=row.language if row.interpreter_ok else None,
        areas=_words(*row.areas),
        times=_parts(*row.good_times),
        holder=str(row.owner_id) if row.owner_id else None,
    )


# Few are different, and what is one object is sent to the solver's process once.
@lru_cache(maxsize=1024)
def _words(*words: str) -> frozenset[str]:
    return frozenset(words)


@lru_cache(maxsize=64)
def _parts(*words: str) -> frozenset[Part]:
    return frozenset(map(Part, words))


def met_of(talks: Iterable[Any], day: date) -> tuple[Met, ...]:
    days: defaultdict[tuple[str, str], list[date]] = defaultdict(list)
    for message_id, staff_id, at in talks:
        days[str(message_id), str(staff_id)].append(london_day(at))
    return tuple(
        Met(wanted, able, rules.continuity((day - one).days for one in seen), max(seen).isoformat())
        for (wanted, able), seen in days.items()
    )


async def _last_version(session: Session, day: date) -> int:
    found = select(sa.func.max(AdviceRun.version)).where(AdviceRun.day == day, AdviceRun.scope == SCOPE)
    return (await session.exec(found)).one() or 0


async def store(session: Session, day: Day, shared: Shared, told: Told, now: datetime) -> int:
    """Writes the share and its explanations; returns how many messages it moved. IntegrityError when another run was
    stored since the day was read."""
    placed = [one for one in shared.placed if told.whole or _stands_elsewhere(one, day)]
    if told.quiet and not placed:
        return 0
    run = AdviceRun(
        day=day.day,
        scope=SCOPE,
        version=day.version + 1,
        cause=told.cause,
        solver=shared.solver,
        ran_at=now,
        placed=sum(one.able is not None for one in shared.placed),
        left_out=sum(one.able is None for one in shared.placed),
        objective=shared.objective,
    )
    session.add(run)
    await session.flush()
    moved = await _write(session, run.id, day, placed, now) if placed else 0
    audit.record(session, _BY, "advice.assigned", "advice-run", run.id, now, cause=told.cause, moved=moved)
    note_change(session, LIST_TOPIC)
    await tell(session, MessagesAssigned(run.id), now)
    return moved


def _stands_elsewhere(one: Placed, day: Day) -> bool:
    return day.stood[one.wanted] != (one.able, one.reason)


async def _write(session: Session, run_id: UUID, day: Day, placed: Sequence[Placed], now: datetime) -> int:
    given = {
        "run": run_id,
        "now": now,
        "by": _BY.audit_name,
        "ids": [one.wanted for one in placed],
        "revisions": [day.revisions[one.wanted] for one in placed],
        "staff": [one.able for one in placed],
        "reasons": [one.reason for one in placed],
        "costs": [one.cost for one in placed],
        "parts": [_AS_JSON(one.parts) for one in placed],
    }
    return len((await (await session.connection()).execute(_STORE, given)).all())
