"""What a run reads of a day: the calls, everybody who could make them, and who knows whom."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import select

from accounts.api import StaffView, therapists
from advice_line import fairness, rules
from advice_line.models import AdviceRun
from advice_line.problem import Able, Lately, Met, Problem, Wanted
from advice_line.rota import on_duty, slots_left
from advice_line.rota_queries import Stretch, stretch
from advice_line.words import OnDuty, Part
from core.domain.calendar import ServiceCalendar
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.storage.session import Session

SCOPE = "all"
MEMORY = timedelta(days=365)

# Somebody is on the phone about the others: they stay where they are.
_DUE = """
    closed_at is null and state <> 'review' and call_from < :tomorrow
        and (calling_until is null or calling_until <= clock_timestamp())
"""
# What is read thousands of times is made ready by the database: names as text, days as London counts them.
_DAY = "(({} at time zone 'Europe/London')::date)"


def calls_due(some: str = "true") -> sa.TextClause:
    """The calls of a day that nobody is making; `some` says which of them."""
    return sa.text(f"""
    select id::text as id, revision, owner_id::text as owner_id, exception_reason, pinned, discipline, urgency,
        {_DAY.format("received_at")} as received_on, needs, areas, good_times, language, interpreter_ok
    from advice_message where {_DUE} and {some}
""")  # noqa: S608 - whoever calls this has written it


def talks_about(some: str = "true") -> sa.TextClause:
    """Who spoke with the families of these calls before, by telephone or about the same child, and on which days."""
    return sa.text(f"""
    with due as (select id, phone_key, child_key from advice_message where {_DUE} and {some}), talks as (
        select due.id, call.staff_id, call.at
        from due join advice_message earlier on earlier.phone_key = due.phone_key
            join advice_call call on call.message_id = earlier.id
        where call.outcome in ('reached', 'asked-later') and call.at > :since
        union
        select due.id, call.staff_id, call.at
        from due join advice_message earlier on earlier.child_key = due.child_key
            join advice_call call on call.message_id = earlier.id
        where call.outcome in ('reached', 'asked-later') and call.at > :since
    )
    select id::text, staff_id::text, {_DAY.format("at")} from talks
""")  # noqa: S608 - as above


_READ_DUE, _READ_MET = calls_due(), talks_about()
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
        where closed_at is null and calling_by is not null and calling_until > clock_timestamp() group by calling_by
    ) spoken_for group by staff_id
""")
_READ_LATELY = sa.text("""
    select staff_id, count(*) as calls from advice_call
    where staff_id = any(:staff) and at >= :since and at < :today and outcome <> 'reviewed' group by staff_id
""").bindparams(sa.bindparam("staff", type_=ARRAY(PG_UUID(as_uuid=True))))


@dataclass(frozen=True)
class Day:
    """What was read: the problem, and for each message its revision and where it stood. `version` is the last run's."""

    day: date
    version: int
    problem: Problem
    revisions: Mapping[str, int]
    stood: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Here:
    """Everybody on duty on a day who is a therapist and has not left, and what they had of the calls of late."""

    day: date
    duties: tuple[tuple[OnDuty, StaffView], ...]
    lately: Mapping[UUID, Lately]

    def able(self, used: Counter[UUID], profile: Profile, now: datetime) -> tuple[Able, ...]:
        """With the slots they have left at this moment."""
        every_area, minutes = frozenset(area.id for area in profile.areas), profile.advice.call_minutes
        return tuple(
            self._able(duty, view, used[view.id], slots_left(duty, self.day, now, minutes, used[view.id]), every_area)
            for duty, view in self.duties
        )

    def _able(self, duty: OnDuty, view: StaffView, calls: int, left: int, every_area: frozenset[str]) -> Able:
        return Able(
            key=str(view.id),
            disciplines=duty.disciplines & view.disciplines,
            slots=duty.slots,
            used=duty.slots - left,
            competences=duty.competences,
            languages=view.languages,
            areas=view.areas or every_area,
            times=duty.parts,
            lately=self.lately.get(view.id),
            past=max(0, duty.slots - left - calls),
        )

    def in_time(self, profile: Profile, now: datetime) -> frozenset[str]:
        """Those whose sessions have time for one more call."""
        minutes = profile.advice.call_minutes
        return frozenset(str(view.id) for duty, view in self.duties if slots_left(duty, self.day, now, minutes, 0))


async def somebody_waits(session: Session, now: datetime) -> bool:
    """Whether a call of today is nobody's that a run may place."""
    return bool((await (await session.connection()).execute(_READ_WAITS, {"tomorrow": rules.end_of_day(now)})).scalar())


async def has_run(session: Session, day: date, cause: str) -> bool:
    """True when this cause has led to a run on this day."""
    found = select(AdviceRun.id).where(AdviceRun.day == day, AdviceRun.scope == SCOPE, AdviceRun.cause == cause)
    return (await session.exec(found)).one_or_none() is not None


async def _last_version(session: Session, day: date) -> int:
    found = select(sa.func.max(AdviceRun.version)).where(AdviceRun.day == day, AdviceRun.scope == SCOPE)
    return (await session.exec(found)).one() or 0


async def read_day(session: Session, profile: Profile, now: datetime) -> Day:
    """All calls of today that nobody is making right now, and everybody who could make them. What was given to
    somebody by hand is theirs while they still have time today. Nine queries."""
    day, connection = london_day(now), await session.connection()
    moment = {"tomorrow": rules.end_of_day(now)}
    rows = (await connection.execute(_READ_DUE, moment)).all()
    talks = (await connection.execute(_READ_MET, moment | {"since": now - MEMORY})).all()
    here = await those_here(session, profile.calendar, now)
    in_time = here.in_time(profile, now)
    by_hand = [row for row in rows if row.pinned and row.owner_id in in_time]
    used = Counter(UUID(row.owner_id) for row in by_hand) + await used_today(session, now)
    better = better_known(profile)
    if by_hand:
        rows = [row for row in rows if not (row.pinned and row.owner_id in in_time)]
    return Day(
        day,
        await _last_version(session, day),
        Problem(tuple(wanted_of(row, day, better) for row in rows), here.able(used, profile, now), met_of(talks, day)),
        {row.id: row.revision for row in rows},
        {row.id: (row.owner_id, row.exception_reason) for row in rows},
    )


async def those_here(session: Session, calendar: ServiceCalendar, now: datetime) -> Here:
    """Everybody who could call today. Five queries."""
    day = london_day(now)
    staff = {view.id: view for view in await therapists(session)}
    rota = await stretch(session, day - fairness.WEEKS, day)
    duties = on_duty(rota.patterns, rota.absences, day, rota.swaps)
    here = tuple((duty, staff[duty.staff_id]) for duty in duties if duty.staff_id in staff)
    ids = [view.id for _, view in here]
    given = {"staff": ids, "since": rules.start_of_day(now) - fairness.WEEKS, "today": rules.start_of_day(now)}
    made = (await (await session.connection()).execute(_READ_LATELY, given)).all()
    calls = {row.staff_id: int(row.calls) for row in made}
    return Here(day, here, fairness.lately(calls, _slots_lately(rota, calendar, day), ids))


def _slots_lately(rota: Stretch, calendar: ServiceCalendar, today: date) -> Counter[UUID]:
    slots: Counter[UUID] = Counter()
    for n in range(fairness.WEEKS.days):
        for held in rota.on(today - timedelta(days=n + 1), calendar):
            slots[held.staff_id] += held.slots
    return slots


async def used_today(session: Session, now: datetime) -> Counter[UUID]:
    """Calls of today that are made or being made, person by person."""
    counted = await (await session.connection()).execute(_READ_USED, {"today": rules.start_of_day(now)})
    return Counter({row.staff_id: int(row.calls) for row in counted})


# Of words few are different, and what is one object is sent to the solver's process once.
_DISCIPLINES: Mapping[str | None, Discipline | None] = {None: None} | {one.value: one for one in Discipline}


def wanted_of(row: Any, day: date, better: frozenset[str]) -> Wanted:
    """A row of `calls_due` as a call to be shared out on this day; `better` are the competences it can go without."""
    language = row.language
    return Wanted(
        row.id,
        rules.priority(row.urgency, row.received_on, day),
        _DISCIPLINES[row.discipline],
        _words(*row.needs) - better,
        _words(*row.needs) & better,
        None if row.interpreter_ok else language,
        language if row.interpreter_ok else None,
        _words(*row.areas),
        _parts(*row.good_times),
        row.owner_id,
    )


def better_known(profile: Profile) -> frozenset[str]:
    """What a family is better served by, though anybody of the therapy may call."""
    return frozenset(one.id for one in profile.advice.competences if not one.required)


@lru_cache(maxsize=1024)
def _words(*words: str) -> frozenset[str]:
    return frozenset(words)


@lru_cache(maxsize=64)
def _parts(*words: str) -> frozenset[Part]:
    return frozenset(map(Part, words))


def met_of(talks: Iterable[Any], day: date) -> tuple[Met, ...]:
    """Who knows whom, from rows of `talks_about`."""
    days: defaultdict[tuple[str, str], list[date]] = defaultdict(list)
    for message_id, staff_id, on in talks:
        days[message_id, staff_id].append(on)
    return tuple(
        Met(wanted, able, rules.continuity((day - one).days for one in seen), max(seen).isoformat())
        for (wanted, able), seen in days.items()
    )
