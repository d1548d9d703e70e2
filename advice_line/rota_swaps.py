"""Swaps: one colleague asks, the other answers; nobody is left double-booked or without the skill."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from accounts.api import StaffView, staff_views
from advice_line import rota
from advice_line.rota_history import Concerns, Touched, changed, keep, picture, share_out_again
from advice_line.rota_models import AdviceRotaChange, AdviceSwap
from advice_line.rota_queries import Stretch, competences_of, stretch
from advice_line.rota_sessions import lock_rota
from advice_line.rota_words import Asked, CannotSwap, RotaAct, Swap, SwapStep
from core.domain.clock import london_day
from core.domain.errors import NotAllowed, NotFound
from core.domain.identity import Actor, Right
from core.domain.profile import Profile
from core.storage import audit
from core.storage.session import Session


async def ask(session: Session, actor: Actor, asked: Asked, profile: Profile, now: datetime) -> AdviceSwap:
    """Asks a colleague; nothing changes until they accept. CannotSwap with the reason when it would not go now."""
    if actor.id != asked.giver:
        raise NotAllowed("not their day")
    await lock_rota(session)
    await _check(session, asked.swap(), profile, london_day(now))
    row = AdviceSwap(
        giver_id=asked.giver, taker_id=asked.taker, day=asked.day, back_day=asked.back_day, asked_at=now
    )  # fmt: skip
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise CannotSwap(CannotSwap.ASKED, "day") from None
    audit.record(session, actor, "rota.swap-asked", "swap", row.id, now, day=asked.day.isoformat())
    return row


async def answer(
    session: Session, actor: Actor, swap_id: UUID, step: SwapStep, profile: Profile, now: datetime
) -> AdviceRotaChange | None:
    """One step of a swap, by whom it is for; the change when the rota is another after it. Everything is checked
    again before it is agreed. NotPossible when it was answered before."""
    await lock_rota(session)
    row = await session.get(AdviceSwap, swap_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("no such swap")
    _check_may(actor, row, step)
    before = picture(row)
    state = rota.swap_moved(row.state, step)
    if step is SwapStep.ACCEPT:
        await _check(session, _swap(row), profile, london_day(now))
    elif step is SwapStep.TAKE_BACK:
        await _check_undone(session, _swap(row), london_day(now))
    row.state, row.answered_at, row.answered_by = state, now, actor.audit_name
    audit.record(session, actor, f"rota.swap-{state}", "swap", row.id, now)
    if step not in (SwapStep.ACCEPT, SwapStep.TAKE_BACK):
        return None
    return await _kept(session, actor, row, changed(row, before), now)


async def swap_of(session: Session, swap_id: UUID, actor: Actor) -> AdviceSwap:
    """A swap, for the two it is between and for managers. NotFound for others."""
    row = await session.get(AdviceSwap, swap_id)
    if row is None or not (actor.may(Right.CHANGE_ROTA) or actor.id in (row.giver_id, row.taker_id)):
        raise NotFound("no such swap")
    return row


def may(actor: Actor, row: AdviceSwap, step: SwapStep) -> bool:
    """Who takes which step: the colleague answers, whoever asked withdraws, and both or a manager take it back."""
    who = {
        SwapStep.ACCEPT: (row.taker_id,),
        SwapStep.DECLINE: (row.taker_id,),
        SwapStep.WITHDRAW: (row.giver_id,),
        SwapStep.TAKE_BACK: (row.giver_id, row.taker_id),
    }[step]
    return actor.id in who or (step is SwapStep.TAKE_BACK and actor.may(Right.CHANGE_ROTA))


def _check_may(actor: Actor, row: AdviceSwap, step: SwapStep) -> None:
    if not may(actor, row, step):
        raise NotAllowed("not theirs to answer")


async def _kept(session: Session, actor: Actor, row: AdviceSwap, touched: Touched, now: datetime) -> AdviceRotaChange:
    for day in filter(None, (row.day, row.back_day)):
        await share_out_again(session, Concerns(row.giver_id, day, day), now)
    return keep(session, actor, RotaAct.SWAPPED, Concerns(row.giver_id, row.day, row.day), [touched], now)


async def _check(session: Session, swap: Swap, profile: Profile, today: date) -> None:
    """CannotSwap unless both can hold what they take."""
    views = await staff_views(session, {swap.giver, swap.taker})
    await _check_day(session, swap, swap.day, swap.giver, views[swap.taker], "day", profile, today)
    if swap.back_day:
        await _check_day(session, swap, swap.back_day, swap.taker, views[swap.giver], "back", profile, today)


async def _check_day(
    session: Session, swap: Swap, day: date, giver: UUID, taker: StaffView, field: str,
    profile: Profile, today: date,
) -> None:  # fmt: skip
    if day < today:
        raise CannotSwap(CannotSwap.PAST, field)
    if not profile.calendar.is_open_on(day):
        raise CannotSwap(CannotSwap.CLOSED, field)
    found = await stretch(session, day, day)
    given = [one for one in Stretch(found.patterns, (), ()).on(day) if one.staff_id == giver]
    if not given or any(giver == gone for gone in _gave_away(found, day)):
        raise CannotSwap(CannotSwap.NO_DUTY, field)
    competences = await competences_of(session, taker.id, day)
    therapies, skills = rota.skills_missing(given, taker.disciplines, competences)
    # What only some may do must stay with them; of the rest, whoever stands in has their own.
    if missing := therapies | skills & {one.id for one in profile.advice.competences if one.required}:
        raise CannotSwap(CannotSwap.SKILL, field, missing)
    _check_taker(found, swap, day, taker, field)


def _check_taker(found: Stretch, swap: Swap, day: date, taker: StaffView, field: str) -> None:
    if any(one.staff_id == taker.id and one.day == day for one in found.absences):
        raise CannotSwap(CannotSwap.AWAY, field)
    after = Stretch(found.patterns, (), (*found.swaps, swap)).on(day)
    if not taker.active or taker.id in rota.double_booked(after):
        raise CannotSwap(CannotSwap.BUSY, field)


async def _check_undone(session: Session, swap: Swap, today: date) -> None:
    """CannotSwap when the days are over, or somebody would be double-booked without it."""
    if min(filter(None, (swap.day, swap.back_day))) < today:
        raise CannotSwap(CannotSwap.PAST, "day")
    for day in filter(None, (swap.day, swap.back_day)):
        found = await stretch(session, day, day)
        without = tuple(one for one in found.swaps if one != swap)
        if rota.double_booked(Stretch(found.patterns, (), without).on(day)):
            raise CannotSwap(CannotSwap.BUSY, "day")


def _gave_away(found: Stretch, day: date) -> list[UUID]:
    """Everybody whose day is another's already."""
    there = [one.giver for one in found.swaps if one.day == day]
    return there + [one.taker for one in found.swaps if one.back_day == day]


def _swap(row: AdviceSwap) -> Swap:
    return Swap(row.giver_id, row.taker_id, row.day, row.back_day)
