"""The figures, counted in the database: one query whatever the number of messages."""

from datetime import date, datetime, time, timedelta
from itertools import accumulate

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from advice_line.figures import Measured, Open
from core.domain.calendar import ServiceCalendar, spoken_date
from core.domain.clock import LONDON, london_day
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.storage.session import Session

# A first call may come long after the message, a promise before it was counted again: both must be days we know.
_MARGIN = timedelta(days=60)

# Working time between two instants is the difference of two clocks that run in opening hours only.
_MEASURE = sa.text("""
    with calendar as (
        select * from unnest(:days, :opens, :seconds, :before) as calendar(day, opens, seconds, before)
    ), message as (
        select id, discipline, areas, due_on, due_at, clock_start, first_called_at from advice_message
        where due_on between :first and :last and state <> 'withdrawn'
    ), rung as (
        select call.message_id, count(*) as calls,
            count(*) filter (where call.outcome in ('reached', 'asked-later')) as talks
        from advice_call call join message on message.id = call.message_id
        where call.outcome <> 'reviewed' group by call.message_id
    ), timed as (
        select message.*, coalesce(rung.calls, 0) as calls, coalesce(rung.talks, 0) as talks,
            (called.before + least(greatest(extract(epoch from first_called_at) - called.opens, 0), called.seconds)
            - started.before - least(greatest(extract(epoch from clock_start) - started.opens, 0), started.seconds)
            ) / 3600 as hours
        from message left join rung on rung.message_id = message.id
            left join calendar called on called.day = (first_called_at at time zone 'Europe/London')::date
            left join calendar started on started.day = (clock_start at time zone 'Europe/London')::date
    ), grouped as (
        select 'all' as kind, '' as name, timed.* from timed
        union all select 'discipline', coalesce(discipline, ''), timed.* from timed
        union all select 'area', area, timed.* from timed
            cross join lateral unnest(case when cardinality(areas) > 0 then areas else array[''] end) as area
        union all select 'week', to_char(date_trunc('week', due_on), 'YYYY-MM-DD'), timed.* from timed
    )
    select kind, name, count(*) as messages,
        count(*) filter (where first_called_at is not null or due_at <= :now) as counted,
        count(*) filter (where first_called_at <= due_at) as in_time,
        percentile_cont(0.5) within group (order by greatest(hours, 0)) filter (where hours is not null) as hours,
        count(*) filter (where calls > 0) as called, count(*) filter (where talks > 0) as reached,
        coalesce(sum(calls), 0) as calls, coalesce(sum(talks), 0) as talks
    from grouped group by kind, name
""").bindparams(
    sa.bindparam("days", type_=ARRAY(sa.Date)),
    sa.bindparam("opens", type_=ARRAY(sa.Float)),
    sa.bindparam("seconds", type_=ARRAY(sa.Integer)),
    sa.bindparam("before", type_=ARRAY(sa.BigInteger)),
)


async def measured(
    session: Session, profile: Profile, first: date, last: date, now: datetime
) -> tuple[Measured, list[Measured], list[Measured], list[Measured]]:
    """(all, by therapy, by team, week by week) of the messages that were promised a call on these days. A message of
    two teams counts for both; a week begins on Monday. One query."""
    opened = open_days(profile.calendar, first - _MARGIN, max(last, london_day(now)))
    given = {
        "first": first, "last": last, "now": now, "days": list(opened.days), "opens": list(opened.opens),
        "seconds": list(opened.seconds), "before": list(opened.before),
    }  # fmt: skip
    rows = (await (await session.connection()).execute(_MEASURE, given)).all()
    found = {(row.kind, row.name): row for row in rows}
    therapies = [(str(one), profile.disciplines[one].name.capitalize()) for one in Discipline]
    teams = [(area.id, area.name) for area in profile.areas]
    return (
        _measured(found.get(("all", "")), "All messages"),
        [_measured(found.get(("discipline", key)), name) for key, name in [*therapies, ("", "Not sure which")]],
        [_measured(found.get(("area", key)), name) for key, name in [*teams, ("", "No team known")]],
        [_measured(found.get(("week", monday.isoformat())), spoken_date(monday)) for monday in _mondays(first, last)],
    )


def _measured(row: sa.Row[tuple[object, ...]] | None, name: str) -> Measured:
    if row is None:
        return Measured(name, 0, 0, 0, None, 0, 0, 0, 0)
    told = row._mapping
    hours = told["hours"]
    return Measured(
        name, told["messages"], told["counted"], told["in_time"], None if hours is None else float(hours),
        told["called"], told["reached"], int(told["calls"]), int(told["talks"]),
    )  # fmt: skip


def _mondays(first: date, last: date) -> list[date]:
    """The Monday of every week that these days touch."""
    monday = first - timedelta(days=first.weekday())
    return [monday + timedelta(weeks=n) for n in range((last - monday).days // 7 + 1)]


def open_days(calendar: ServiceCalendar, first: date, last: date) -> Open:
    """The working time of these days."""
    days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    hours = [_hours(calendar, day) for day in days]
    seconds = tuple(int(closes - opens) for opens, closes in hours)
    before = tuple(accumulate(seconds[:-1], initial=0))
    return Open(days, tuple(opens for opens, _ in hours), seconds, before)


def _hours(calendar: ServiceCalendar, day: date) -> tuple[float, float]:
    if calendar.is_open_on(day):
        opens, closes = calendar.opening(day)
        return opens.timestamp(), closes.timestamp()
    midnight = datetime.combine(day, time(), LONDON).timestamp()
    return midnight, midnight
