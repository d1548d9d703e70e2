"""Sessions of duty as managers write them: added, changed from a day on, ended. Nobody is ever double-booked."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line import rota, rota_history
from advice_line.models import AdviceDuty
from advice_line.rota_history import Concerns, Touched, added, changed, keep, picture, removed, share_out_again
from advice_line.rota_models import AdviceRotaChange
from advice_line.rota_queries import pattern_of, stretch
from advice_line.rota_words import DoubleBooked, RotaAct, SessionDetails
from advice_line.words import Pattern
from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible, Stale
from core.domain.identity import Actor
from core.storage.session import Session

_DAY = timedelta(days=1)


async def lock_rota(session: Session) -> None:
    """One writer of sessions and swaps at a time: whether somebody is double-booked depends on all of them."""
    await (await session.connection()).execute(sa.text("select pg_advisory_xact_lock(hashtextextended('rota', 0))"))


async def add(session: Session, actor: Actor, details: SessionDetails, now: datetime) -> AdviceRotaChange:
    """New sessions, one on each weekday. DoubleBooked when one overlaps another of that person."""
    await lock_rota(session)
    rows = [_row(pattern) for pattern in details.patterns()]
    session.add_all(rows)
    await session.flush()
    await _check(session, details.staff_id, rows)
    about = Concerns(details.staff_id, details.first, details.last)
    await share_out_again(session, about, now)
    return keep(session, actor, RotaAct.ADDED, about, [added(row) for row in rows], now)


async def change(
    session: Session, actor: Actor, duty_id: UUID, revision: int, details: SessionDetails, now: datetime
) -> AdviceRotaChange:
    """Another session instead of this one, from the first day of `details` on; what was before stays as it was. Stale
    when somebody saved first; DoubleBooked; NotPossible for a day before today, because that is history."""
    await lock_rota(session)
    row = await _as_shown(session, duty_id, revision)
    first = max(details.first, row.valid_from)
    if first < london_day(now):
        raise NotPossible("from a day that is over")
    touched = _instead(session, row, details, first)
    await session.flush()
    await _check(session, details.staff_id, [one for one in touched if isinstance(one, AdviceDuty)])
    about = Concerns(row.staff_id, first, details.last)
    await share_out_again(session, about, now)
    return keep(session, actor, RotaAct.CHANGED, about, [one for one in touched if isinstance(one, Touched)], now)


async def end(
    session: Session, actor: Actor, duty_id: UUID, revision: int, first_without: date, now: datetime
) -> AdviceRotaChange:
    """No more of this session from a day on. Stale when somebody saved first; NotPossible for a day before today."""
    await lock_rota(session)
    row = await _as_shown(session, duty_id, revision)
    if first_without < london_day(now):
        raise NotPossible("from a day that is over")
    touched = await _cut(session, row, first_without)
    about = Concerns(row.staff_id, max(first_without, row.valid_from))
    await share_out_again(session, about, now)
    return keep(session, actor, RotaAct.ENDED, about, [touched], now)


async def duty(session: Session, duty_id: UUID) -> AdviceDuty:
    """NotFound."""
    row = await session.get(AdviceDuty, duty_id)
    if row is None:
        raise NotFound("no such session")
    return row


async def check_swaps(session: Session, staff_id: UUID, first: date) -> None:
    """DoubleBooked when a day that was swapped does not go together with the sessions as they are now."""
    found = await stretch(session, first, date.max)
    mine = [one for one in found.swaps if staff_id in (one.giver, one.taker)]
    for day in sorted({one for swap in mine for one in (swap.day, swap.back_day) if one and one >= first}):
        if twice := rota.double_booked(rota.sessions_on(found.patterns, (), found.swaps, None, day)):
            raise DoubleBooked(min(twice), day)


def _row(pattern: Pattern) -> AdviceDuty:
    return AdviceDuty(
        staff_id=pattern.staff_id, weekday=pattern.weekday, starts=pattern.starts, ends=pattern.ends,
        slots=pattern.slots, disciplines=sorted(pattern.disciplines), competences=sorted(pattern.competences),
        valid_from=pattern.valid_from, valid_until=pattern.valid_until, every=pattern.every,
    )  # fmt: skip


async def _as_shown(session: Session, duty_id: UUID, revision: int) -> AdviceDuty:
    row = await session.get(AdviceDuty, duty_id, with_for_update=True, populate_existing=True)
    if row is None or row.revision != revision:
        raise Stale("somebody saved first")
    return row


def _instead(session: Session, row: AdviceDuty, details: SessionDetails, first: date) -> list[Touched | AdviceDuty]:
    """Writes the new session, and ends the old one the day before; a session that has not begun is changed itself."""
    (pattern,) = details.patterns()
    new = _row(pattern)
    before = picture(row)
    if first == row.valid_from:
        for name in ("staff_id", "weekday", "starts", "ends", "slots", "disciplines", "competences", "every"):
            setattr(row, name, getattr(new, name))
        row.valid_until = details.last
        row.revision += 1
        return [row, changed(row, before)]
    row.valid_until = min(first - _DAY, row.valid_until or date.max)
    row.revision += 1
    new.valid_from = first
    session.add(new)
    return [new, changed(row, before), added(new)]


async def _cut(session: Session, row: AdviceDuty, first_without: date) -> Touched:
    if first_without <= row.valid_from:
        gone = removed(row)
        await session.delete(row)
        return gone
    before = picture(row)
    row.valid_until = min(first_without - _DAY, row.valid_until or date.max)
    row.revision += 1
    return changed(row, before)


async def _check(session: Session, staff_id: UUID, rows: Iterable[AdviceDuty]) -> None:
    written: Sequence[AdviceDuty] = list(rows)
    patterns = await _patterns_of(session, staff_id)
    for one in written:
        for other_id, other in patterns.items():
            if other_id != one.id and (day := rota.first_clash(pattern_of(one), other)):
                raise DoubleBooked(staff_id, day)
    await check_swaps(session, staff_id, min(one.valid_from for one in written))


async def _patterns_of(session: Session, staff_id: UUID) -> dict[UUID, Pattern]:
    theirs = select(AdviceDuty).where(AdviceDuty.staff_id == staff_id).order_by(col(AdviceDuty.id))
    return {row.id: pattern_of(row) for row in (await session.exec(theirs)).all()}


async def undo(session: Session, actor: Actor, change_id: UUID, now: datetime) -> AdviceRotaChange:
    """Undoes a change as `rota_history.undo` says, and is DoubleBooked when somebody would be in two sessions at once
    afterwards. The caller's transaction must then be rolled back."""
    await lock_rota(session)
    change = await rota_history.undo(session, actor, change_id, now)
    await session.flush()
    ahead = [one for one in (await _patterns_of(session, change.staff_id)).values() if _is_ahead(one, london_day(now))]
    for one, other in combinations(ahead, 2):
        if day := rota.first_clash(one, other):
            raise DoubleBooked(change.staff_id, day)
    await check_swaps(session, change.staff_id, london_day(now))
    return change


def _is_ahead(pattern: Pattern, today: date) -> bool:
    return pattern.valid_until is None or pattern.valid_until >= today
