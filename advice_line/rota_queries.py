"""What is asked about the rota. A stretch of days costs the same few queries however long it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line.models import AdviceAbsence, AdviceDuty
from advice_line.rota import on_duty, sessions_on
from advice_line.rota_models import AdviceRotaChange, AdviceSwap
from advice_line.rota_words import Session as Held
from advice_line.rota_words import Swap, SwapState
from advice_line.words import Absence, OnDuty, Pattern
from core.domain.calendar import ServiceCalendar
from core.domain.identity import Discipline
from core.storage.session import Session

SHOWN = 50


@dataclass(frozen=True)
class Stretch:
    """All that decides who is on duty on some days that follow each other."""

    patterns: tuple[Pattern, ...]
    absences: tuple[Absence, ...]
    swaps: tuple[Swap, ...]

    def on(self, day: date, calendar: ServiceCalendar | None = None) -> tuple[Held, ...]:
        return sessions_on(self.patterns, self.absences, self.swaps, calendar, day)


async def duties_on(session: Session, day: date) -> tuple[OnDuty, ...]:
    """Who is on duty on a day. Three queries."""
    found = await stretch(session, day, day)
    return on_duty(found.patterns, found.absences, day, found.swaps)


async def stretch(session: Session, first: date, last: date) -> Stretch:
    """What decides about these days. Three queries."""
    patterns = select(AdviceDuty).where(
        AdviceDuty.valid_from <= last,
        sa.or_(col(AdviceDuty.valid_until).is_(None), col(AdviceDuty.valid_until) >= first),
    )
    absences = select(AdviceAbsence).where(AdviceAbsence.day >= first, AdviceAbsence.day <= last)
    return Stretch(
        tuple(map(pattern_of, (await session.exec(patterns)).all())),
        tuple(map(absence_of, (await session.exec(absences)).all())),
        tuple(map(swap_of, await _agreed(session, first, last))),
    )


async def _agreed(session: Session, first: date, last: date) -> Sequence[AdviceSwap]:
    days = sa.or_(col(AdviceSwap.day).between(first, last), col(AdviceSwap.back_day).between(first, last))
    found = select(AdviceSwap).where(col(AdviceSwap.state) == sa.literal_column("'agreed'"), days)
    return (await session.exec(found)).all()


def pattern_of(row: AdviceDuty) -> Pattern:
    return Pattern(
        row.staff_id, row.weekday, row.starts, row.ends, row.slots, frozenset(map(Discipline, row.disciplines)),
        frozenset(row.competences), row.valid_from, row.valid_until, row.every,
    )  # fmt: skip


def absence_of(row: AdviceAbsence) -> Absence:
    return Absence(row.staff_id, row.day, (row.starts, row.ends) if row.starts and row.ends else None)


def swap_of(row: AdviceSwap) -> Swap:
    return Swap(row.giver_id, row.taker_id, row.day, row.back_day)


async def duties(session: Session, today: date) -> Sequence[AdviceDuty]:
    """Every session that is or will be, in the order of the week. One query."""
    found = select(AdviceDuty).where(
        sa.or_(col(AdviceDuty.valid_until).is_(None), col(AdviceDuty.valid_until) >= today)
    )
    ordered = found.order_by(col(AdviceDuty.weekday), col(AdviceDuty.starts), col(AdviceDuty.id))
    return (await session.exec(ordered)).all()


async def competences_of(session: Session, staff_id: UUID, day: date) -> frozenset[str]:
    """What somebody may advise about beside their therapies, as their own sessions around a day say."""
    found = select(AdviceDuty.competences).where(
        AdviceDuty.staff_id == staff_id,
        sa.or_(col(AdviceDuty.valid_until).is_(None), col(AdviceDuty.valid_until) >= day),
    )
    return frozenset(one for row in await session.exec(found) for one in row)


@dataclass(frozen=True, slots=True)
class AwayDays:
    """One absence as it was entered, with its days from today on."""

    entry_id: UUID
    staff_id: UUID
    first: date
    last: date
    part: tuple[time, time] | None
    entered_at: datetime
    entered_by: str


async def absences_ahead(session: Session, today: date, staff_id: UUID | None = None) -> list[AwayDays]:
    """Absences that are not over, soonest first; of one person or of everybody. One query."""
    found = select(AdviceAbsence).where(AdviceAbsence.day >= today).order_by(col(AdviceAbsence.day))
    if staff_id:
        found = found.where(AdviceAbsence.staff_id == staff_id)
    entries: dict[tuple[UUID, UUID], list[AdviceAbsence]] = {}
    for row in (await session.exec(found)).all():
        entries.setdefault((row.entry_id, row.staff_id), []).append(row)
    return [_entry(rows) for rows in entries.values()]


def _entry(rows: list[AdviceAbsence]) -> AwayDays:
    one, last = rows[0], rows[-1]
    part = absence_of(one).part
    return AwayDays(one.entry_id, one.staff_id, one.day, last.day, part, one.entered_at, one.entered_by)


async def swaps_ahead(session: Session, today: date, staff_id: UUID | None = None) -> Sequence[AdviceSwap]:
    """Swaps asked for or agreed whose days are not over; of one person or of everybody. One query."""
    ahead = sa.or_(col(AdviceSwap.day) >= today, col(AdviceSwap.back_day) >= today)
    found = select(AdviceSwap).where(col(AdviceSwap.state).in_([SwapState.ASKED, SwapState.AGREED]), ahead)
    if staff_id:
        found = found.where(sa.or_(col(AdviceSwap.giver_id) == staff_id, col(AdviceSwap.taker_id) == staff_id))
    return (await session.exec(found.order_by(col(AdviceSwap.day), col(AdviceSwap.id)).limit(SHOWN))).all()


async def swaps_asked_of(session: Session, staff_id: UUID, today: date) -> int:
    """How many colleagues wait for this person's answer."""
    found = (
        select(sa.func.count())
        .select_from(AdviceSwap)
        .where(AdviceSwap.taker_id == staff_id, AdviceSwap.state == SwapState.ASKED, AdviceSwap.day >= today)
    )
    return (await session.exec(found)).one()


async def changes(session: Session, since: datetime, staff_id: UUID | None = None) -> Sequence[AdviceRotaChange]:
    """What was done to the rota, newest first. One query."""
    found = select(AdviceRotaChange).where(AdviceRotaChange.at >= since)
    if staff_id:
        found = found.where(AdviceRotaChange.staff_id == staff_id)
    newest = found.order_by(col(AdviceRotaChange.at).desc(), col(AdviceRotaChange.id).desc())
    return (await session.exec(newest.limit(SHOWN))).all()


async def last_change_of(session: Session, row_id: UUID) -> AdviceRotaChange | None:
    """The newest change to one row of the rota, whatever table it stands in."""
    touched = col(AdviceRotaChange.rows).contains([{"id": str(row_id)}])
    newest = col(AdviceRotaChange.at).desc(), col(AdviceRotaChange.id).desc()
    return (await session.exec(select(AdviceRotaChange).where(touched).order_by(*newest).limit(1))).first()


_GIVEN_OUT = sa.text("""
    select owner_id, (greatest(call_from, :now) at time zone 'Europe/London')::date as day, count(*) as calls
    from advice_message
    where closed_at is null and owner_id is not null and state <> 'review' and call_from < :until
    group by 1, 2
""")


async def calls_given_out(session: Session, now: datetime, days: int) -> dict[tuple[UUID, date], int]:
    """(person, day) → open calls that are theirs to make on it, from today for so many days. One query."""
    given = {"now": now, "until": now + timedelta(days=days)}
    rows = await (await session.connection()).execute(_GIVEN_OUT, given)
    return {(row.owner_id, row.day): int(row.calls) for row in rows}
