"""Being away: entered for some days or for part of each, taken back, and whose calls it sets free."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line import rules
from advice_line.models import AdviceAbsence
from advice_line.rota_history import Concerns, Touched, added, changed, keep, picture, removed, share_out_again
from advice_line.rota_models import AdviceRotaChange
from advice_line.rota_words import Away, RotaAct
from advice_line.service import note
from advice_line.words import AbsenceEntered, Happened, Reason
from core.domain.clock import london_day
from core.domain.errors import NotAllowed, NotFound
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.storage.outbox import tell
from core.storage.session import Session

_RELEASE = sa.text("""
    update advice_message set owner_id = null, exception_reason = :away, revision = revision + 1
    where owner_id = :staff and closed_at is null and state <> 'review' and call_from < :tomorrow
    returning id
""")


def check_may_change(actor: Actor, staff_id: UUID) -> None:
    """NotAllowed: managers change everybody's days, others their own."""
    if not (actor.may(Right.CHANGE_ROTA) or actor.id == staff_id):
        raise NotAllowed("not their own rota")


async def enter(session: Session, actor: Actor, away: Away, now: datetime) -> tuple[AdviceRotaChange | None, int]:
    """Somebody is away: (the change, how many calls of today are nobody's from this moment and say so, until the run
    that follows has given them to others). On days with an absence already the longer one counts; None when nothing
    is new. Whoever is away for a part keeps what they can still do: the run decides."""
    check_may_change(actor, away.staff_id)
    touched = await _write_days(session, actor, away, now)
    if not touched:
        return None, 0
    today = london_day(now)
    is_today = away.first <= today <= away.last
    released = await release(session, actor, away.staff_id, now) if is_today and away.part is None else 0
    about = Concerns(away.staff_id, away.first, away.last)
    if await _was_away_today(session, away.staff_id, now):
        # Today's run for their absence has been.
        await share_out_again(session, about, now)
    change = keep(session, actor, RotaAct.AWAY, about, touched, now)
    await tell(session, AbsenceEntered(away.staff_id, (today if is_today else away.first).isoformat()), now)
    return change, released


async def enter_absence(session: Session, actor: Actor, staff_id: UUID, day: date, now: datetime) -> int:
    """The same for one whole day; returns how many calls were set free. Entering it twice changes nothing."""
    _, released = await enter(session, actor, Away(staff_id, day, day), now)
    return released


async def take_back(session: Session, actor: Actor, entry_id: UUID, now: datetime) -> AdviceRotaChange:
    """They are here after all, from today on; days that are over stay as they were. NotFound when it was taken back
    before."""
    found = select(AdviceAbsence).where(AdviceAbsence.entry_id == entry_id, AdviceAbsence.day >= london_day(now))
    rows = (await session.exec(found.order_by(col(AdviceAbsence.day)).with_for_update())).all()
    if not rows:
        raise NotFound("no such absence")
    check_may_change(actor, rows[0].staff_id)
    touched = [removed(row) for row in rows]
    for row in rows:
        await session.delete(row)
    about = Concerns(rows[0].staff_id, rows[0].day, rows[-1].day)
    await share_out_again(session, about, now)
    return keep(session, actor, RotaAct.BACK, about, touched, now)


async def release(session: Session, actor: Actor, staff_id: UUID, now: datetime, before: datetime | None = None) -> int:
    """The calls of somebody who cannot make them are nobody's, and say so; today's unless `before` says otherwise."""
    given = {"staff": staff_id, "away": Reason.OWNER_AWAY, "tomorrow": before or rules.end_of_day(now)}
    released = (await (await session.connection()).execute(_RELEASE, given)).scalars().all()
    for message_id in released:
        note(session, message_id, actor, Happened.RELEASED, now, staff_id=staff_id, reason=Reason.OWNER_AWAY)
    return len(released)


async def _was_away_today(session: Session, staff_id: UUID, now: datetime) -> bool:
    """Whether an absence of theirs was entered earlier today."""
    found = select(AdviceRotaChange.id).where(
        AdviceRotaChange.staff_id == staff_id, AdviceRotaChange.at >= rules.start_of_day(now),
        AdviceRotaChange.act == RotaAct.AWAY,
    )  # fmt: skip
    return (await session.exec(found.limit(1))).first() is not None


async def _write_days(session: Session, actor: Actor, away: Away, now: datetime) -> list[Touched]:
    # One writer of a person's absences at a time, so that two entries meet as rows and never as an error.
    lock = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"absence:{away.staff_id}", 0)))
    await (await session.connection()).execute(lock)
    found = select(AdviceAbsence).where(
        AdviceAbsence.staff_id == away.staff_id, AdviceAbsence.day >= away.first, AdviceAbsence.day <= away.last
    )
    known = {row.day: row for row in (await session.exec(found)).all()}
    entry, touched = new_id(), []
    for day in _days(away):
        if day not in known:
            row = _row(away, day, entry, actor, now)
            session.add(row)
            touched.append(added(row))
        elif _is_longer(away.part, known[day]):
            touched.append(_widen(known[day], away))
    await session.flush()
    return touched


def _row(away: Away, day: date, entry: UUID, actor: Actor, now: datetime) -> AdviceAbsence:
    starts, ends = away.part or (None, None)
    return AdviceAbsence(
        staff_id=away.staff_id, day=day, starts=starts, ends=ends, entry_id=entry, entered_at=now,
        entered_by=actor.audit_name,
    )  # fmt: skip


def _is_longer(part: tuple[time, time] | None, row: AdviceAbsence) -> bool:
    """Whether this says more than what stands there. Another part of the day makes the two one."""
    if row.starts is None or row.ends is None:
        return False
    return part is None or part[0] < row.starts or row.ends < part[1]


def _widen(row: AdviceAbsence, away: Away) -> Touched:
    before = picture(row)
    if away.part is None or row.starts is None or row.ends is None:
        row.starts = row.ends = None
    else:
        row.starts, row.ends = min(row.starts, away.part[0]), max(row.ends, away.part[1])
    return changed(row, before)


def _days(away: Away) -> Sequence[date]:
    return [away.first + timedelta(days=n) for n in range((away.last - away.first).days + 1)]
