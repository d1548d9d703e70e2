"""Changing the rota: nobody double-booked, nobody without the skill, nothing saved over, everything undone."""

from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from advice_line import rota_absence, rota_effects, rota_history, rota_queries, rota_sessions, rota_swaps
from advice_line.models import AdviceAbsence, AdviceDuty
from advice_line.rota_models import AdviceRotaChange
from advice_line.rota_words import Asked, Away, CannotSwap, DoubleBooked, SessionDetails, SwapStep
from advice_line.words import Reason
from core.domain.clock import MovedClock
from core.domain.errors import NotAllowed, NotFound, NotPossible, Stale
from core.domain.identity import Actor, Discipline, Role
from core.storage.outbox import OutboxFact
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, again, leave, on_duty_all_week, profile

SLT, OT = Discipline.SLT, Discipline.OT
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
CALENDAR = profile.calendar


def details(who: Actor, **changed: object) -> SessionDetails:
    assert who.id
    plain = SessionDetails(who.id, (1,), time(9), time(12), 6, who.disciplines, frozenset(), TUESDAY, None, 1)
    return replace(plain, **changed)  # type: ignore[arg-type]


async def slots(session: Session, day: date) -> dict[object, int]:
    return {duty.staff_id: duty.slots for duty in await rota_queries.duties_on(session, day)}


async def facts(session: Session) -> list[str]:
    return list(await session.exec(select(OutboxFact.name)))


@pytest.fixture
async def amira(session: Session, clock: MovedClock) -> Actor:
    return await a_therapist(session, clock.now(), "Amira")


@pytest.fixture
async def ben(session: Session, clock: MovedClock) -> Actor:
    return await a_therapist(session, clock.now(), "Ben", SLT, OT)


@pytest.fixture
async def grace(session: Session, clock: MovedClock) -> Actor:
    return await a_therapist(session, clock.now(), "Grace", role=Role.MANAGER)


async def test_a_new_session_is_on_the_rota_and_undone_with_one_press(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    change = await rota_sessions.add(session, grace, details(amira, weekdays=(1, 2)), clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 6}
    assert "RunAsked" not in await facts(session)  # tomorrow has a run of its own
    await rota_sessions.undo(session, grace, change.id, clock.now())
    assert await slots(session, TUESDAY) == {}
    with pytest.raises(NotPossible):
        await rota_sessions.undo(session, grace, change.id, clock.now())


async def test_a_session_more_today_is_shared_out_among_at_once(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    extra = details(amira, weekdays=(0,), first=MONDAY, last=MONDAY)
    await rota_sessions.add(session, grace, extra, clock.now())
    assert await slots(session, MONDAY) == {amira.id: 6}
    assert "RunAsked" in await facts(session)


async def test_a_session_that_overlaps_another_of_that_person_is_refused(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    await rota_sessions.add(session, grace, details(amira), clock.now())
    with pytest.raises(DoubleBooked) as clash:
        await rota_sessions.add(session, grace, details(amira, starts=time(11), ends=time(14)), clock.now())
    assert clash.value.day == TUESDAY


async def test_a_change_from_a_day_on_leaves_what_was_before_as_it_was(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    await rota_sessions.add(session, grace, details(amira), clock.now())
    (row,) = (await session.exec(select(AdviceDuty))).all()
    later = details(amira, slots=3, first=date(2026, 12, 8))
    change = await rota_sessions.change(session, grace, row.id, 1, later, clock.now())
    assert [(await slots(session, TUESDAY + timedelta(weeks=n)))[amira.id] for n in range(4)] == [6, 6, 3, 3]
    await rota_sessions.undo(session, grace, change.id, clock.now())
    assert [(await slots(session, TUESDAY + timedelta(weeks=n)))[amira.id] for n in range(4)] == [6, 6, 6, 6]


async def test_whoever_saves_second_is_refused_and_nothing_is_lost(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    await rota_sessions.add(session, grace, details(amira), clock.now())
    (row,) = (await session.exec(select(AdviceDuty))).all()
    await rota_sessions.change(session, grace, row.id, 1, details(amira, slots=7), clock.now())
    with pytest.raises(Stale):
        await rota_sessions.change(session, grace, row.id, 1, details(amira, slots=2), clock.now())
    with pytest.raises(Stale):
        await rota_sessions.end(session, grace, row.id, 1, TUESDAY, clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 7}


async def test_without_the_revision_the_second_would_overwrite_the_first(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""

    async def unchecked(opened: Session, duty_id: UUID, _: int) -> AdviceDuty:
        return await rota_sessions.duty(opened, duty_id)

    await rota_sessions.add(session, grace, details(amira), clock.now())
    (row,) = (await session.exec(select(AdviceDuty))).all()
    await rota_sessions.change(session, grace, row.id, 1, details(amira, slots=7), clock.now())
    monkeypatch.setattr(rota_sessions, "_as_shown", unchecked)
    await rota_sessions.change(session, grace, row.id, 1, details(amira, slots=2), clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 2}


async def test_what_was_changed_again_since_is_not_undone_over_it(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    await rota_sessions.add(session, grace, details(amira), clock.now())
    (row,) = (await session.exec(select(AdviceDuty))).all()
    first = await rota_sessions.change(session, grace, row.id, 1, details(amira, slots=7), clock.now())
    second = await rota_sessions.change(session, grace, row.id, 2, details(amira, slots=8), clock.now())
    with pytest.raises(Stale):
        await rota_history.undo(session, grace, first.id, clock.now())
    # Undone in their order it goes, and a page shown before that is stale
    await rota_sessions.undo(session, grace, second.id, clock.now())
    await rota_sessions.undo(session, grace, first.id, clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 6}
    with pytest.raises(Stale):
        await rota_sessions.change(session, grace, row.id, 1, details(amira), clock.now())


async def test_undoing_never_leaves_anybody_in_two_sessions_at_once(
    session: Session, clock: MovedClock, amira: Actor, grace: Actor
) -> None:
    await rota_sessions.add(session, grace, details(amira), clock.now())
    (row,) = (await session.exec(select(AdviceDuty))).all()
    ended = await rota_sessions.end(session, grace, row.id, 1, TUESDAY, clock.now())
    await rota_sessions.add(session, grace, details(amira, starts=time(10)), clock.now())
    with pytest.raises(DoubleBooked):
        await rota_sessions.undo(session, grace, ended.id, clock.now())


async def test_history_is_not_rewritten(session: Session, clock: MovedClock, amira: Actor, grace: Actor) -> None:
    await on_duty_all_week(session, amira)
    row = (await session.exec(select(AdviceDuty).where(AdviceDuty.weekday == 1))).one()
    with pytest.raises(NotPossible):
        await rota_sessions.change(session, grace, row.id, 1, details(amira, first=date(2026, 11, 17)), clock.now())
    with pytest.raises(NotPossible):
        await rota_sessions.end(session, grace, row.id, 1, date(2026, 11, 17), clock.now())


async def owned(session: Session, clock: MovedClock, who: Actor) -> object:
    message = await leave(session, clock.now())
    message.owner_id, message.exception_reason = who.id, None
    await session.flush()
    return message.id


async def test_who_falls_ill_leaves_no_call_behind_and_it_says_so_at_once(
    session: Session, clock: MovedClock, amira: Actor
) -> None:
    await on_duty_all_week(session, amira)
    message_id = await owned(session, clock, amira)
    assert amira.id
    change, released = await rota_absence.enter(session, amira, Away(amira.id, MONDAY, MONDAY), clock.now())
    assert released == 1
    message = await again(session, message_id)  # type: ignore[arg-type]
    assert (message.owner_id, message.exception_reason) == (None, Reason.OWNER_AWAY)
    assert await slots(session, MONDAY) == {}
    assert change
    # Entering it again changes nothing
    assert await rota_absence.enter(session, amira, Away(amira.id, MONDAY, MONDAY), clock.now()) == (None, 0)
    assert (await facts(session)).count("AbsenceEntered") == 1


async def test_being_away_for_some_days_is_taken_back_from_today_on(
    session: Session, clock: MovedClock, amira: Actor
) -> None:
    await on_duty_all_week(session, amira)
    assert amira.id
    await rota_absence.enter(session, amira, Away(amira.id, MONDAY, MONDAY + timedelta(days=3)), clock.now())
    clock.move_on(days=2)
    (entry,) = await rota_queries.absences_ahead(session, date(2026, 11, 25))
    assert (entry.first, entry.last, entry.entered_by) == (date(2026, 11, 25), date(2026, 11, 26), amira.audit_name)
    back = await rota_absence.take_back(session, amira, entry.entry_id, clock.now())
    days = {row.day for row in (await session.exec(select(AdviceAbsence))).all()}
    assert days == {MONDAY, TUESDAY}
    assert "RunAsked" in await facts(session)
    with pytest.raises(NotFound):
        await rota_absence.take_back(session, amira, entry.entry_id, clock.now())
    # Taking back is undone, too
    await rota_sessions.undo(session, amira, back.id, clock.now())
    assert len((await session.exec(select(AdviceAbsence))).all()) == 4


async def test_who_is_away_again_on_a_day_they_came_back_is_covered_again(
    session: Session, clock: MovedClock, amira: Actor
) -> None:
    assert amira.id
    change, _ = await rota_absence.enter(session, amira, Away(amira.id, MONDAY, MONDAY), clock.now())
    assert change
    await rota_sessions.undo(session, amira, change.id, clock.now())
    before = (await facts(session)).count("RunAsked")
    await rota_absence.enter(session, amira, Away(amira.id, MONDAY, MONDAY), clock.now())
    assert (await facts(session)).count("RunAsked") == before + 1


async def test_part_of_a_day_keeps_the_rest_and_two_parts_become_one(
    session: Session, clock: MovedClock, amira: Actor
) -> None:
    await on_duty_all_week(session, amira)
    assert amira.id
    part = Away(amira.id, TUESDAY, TUESDAY, (time(9), time(11)))
    await rota_absence.enter(session, amira, part, clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 6}
    await rota_absence.enter(session, amira, replace(part, part=(time(10), time(13))), clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 4}
    await rota_absence.enter(session, amira, replace(part, part=None), clock.now())
    assert await slots(session, TUESDAY) == {}


async def test_nobody_but_a_manager_enters_or_undoes_for_somebody_else(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor, grace: Actor
) -> None:
    assert amira.id
    away = Away(amira.id, TUESDAY, TUESDAY)
    with pytest.raises(NotAllowed):
        await rota_absence.enter(session, ben, away, clock.now())
    change, _ = await rota_absence.enter(session, grace, away, clock.now())
    assert change
    for colleague in (ben, amira):
        with pytest.raises(NotAllowed):
            await rota_sessions.undo(session, colleague, change.id, clock.now())


async def agreed(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor, back: date | None = None
) -> AdviceRotaChange:
    assert amira.id
    assert ben.id
    row = await rota_swaps.ask(session, amira, Asked(amira.id, ben.id, TUESDAY, back), profile, clock.now())
    change = await rota_swaps.answer(session, ben, row.id, SwapStep.ACCEPT, profile, clock.now())
    assert change
    return change


async def test_a_swap_counts_once_it_is_accepted_and_until_it_is_undone(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor
) -> None:
    await on_duty_all_week(session, amira)
    change = await agreed(session, clock, amira, ben)
    assert await slots(session, TUESDAY) == {ben.id: 8}
    row_id = change.rows[0]["id"]
    await rota_swaps.answer(session, amira, row_id, SwapStep.TAKE_BACK, profile, clock.now())
    assert await slots(session, TUESDAY) == {amira.id: 8}


async def test_a_day_in_return_is_checked_for_the_one_who_asked(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor, grace: Actor
) -> None:
    # Given Ben's Thursday is for both his therapies, and Amira gives one
    await rota_sessions.add(session, grace, details(amira), clock.now())
    thursday = details(ben, weekdays=(3,), first=MONDAY)
    await rota_sessions.add(session, grace, thursday, clock.now())
    with pytest.raises(CannotSwap) as problem:
        await agreed(session, clock, amira, ben, date(2026, 11, 26))
    assert (problem.value.why, problem.value.field) == (CannotSwap.SKILL, "back")
    assert problem.value.missing == frozenset({"ot"})


@pytest.mark.parametrize(
    ("case", "why"),
    [("busy", "busy"), ("away", "away"), ("no-duty", "no-duty"), ("closed", "closed"), ("past", "past")],
)
async def test_a_swap_that_would_not_go_is_refused_with_the_reason(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor, case: str, why: str
) -> None:
    assert amira.id
    assert ben.id
    await on_duty_all_week(session, amira)
    day = {"closed": date(2026, 12, 25), "past": date(2026, 11, 20)}.get(case, TUESDAY)
    asked = Asked(amira.id, ben.id, day)
    if case == "busy":
        await on_duty_all_week(session, ben)
    if case == "away":
        await rota_absence.enter(session, ben, Away(ben.id, TUESDAY, TUESDAY, (time(9), time(10))), clock.now())
    if case == "no-duty":
        await agreed(session, clock, amira, ben)
        clock.move_on(seconds=1)
    with pytest.raises(CannotSwap) as problem:
        await rota_swaps.ask(session, amira, asked, profile, clock.now())
    assert problem.value.why == why


@pytest.mark.parametrize(("knows", "hinders"), [("signing", set()), ("eating-and-drinking", {"eating-and-drinking"})])
async def test_what_only_some_may_do_hinders_a_swap_and_other_knowledge_does_not(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor, knows: str, hinders: set[str]
) -> None:
    assert amira.id
    assert ben.id
    await on_duty_all_week(session, amira, competences=(knows,))
    found: frozenset[str] = frozenset()
    try:
        await rota_swaps.ask(session, amira, Asked(amira.id, ben.id, TUESDAY), profile, clock.now())
    except CannotSwap as problem:
        found = problem.missing
    assert found == hinders


async def test_a_swap_is_checked_again_when_it_is_accepted(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor
) -> None:
    assert amira.id
    assert ben.id
    await on_duty_all_week(session, amira)
    row = await rota_swaps.ask(session, amira, Asked(amira.id, ben.id, TUESDAY), profile, clock.now())
    await on_duty_all_week(session, ben)
    with pytest.raises(CannotSwap):
        await rota_swaps.answer(session, ben, row.id, SwapStep.ACCEPT, profile, clock.now())
    with pytest.raises(NotAllowed):
        await rota_swaps.answer(session, amira, row.id, SwapStep.ACCEPT, profile, clock.now())


async def test_a_session_that_does_not_go_with_a_swap_is_refused(
    session: Session, clock: MovedClock, amira: Actor, ben: Actor, grace: Actor
) -> None:
    await on_duty_all_week(session, amira)
    await agreed(session, clock, amira, ben)
    with pytest.raises(DoubleBooked):
        await rota_sessions.add(session, grace, details(ben, first=MONDAY), clock.now())


async def test_what_a_change_would_do_is_known_before_it_is_done_and_nothing_stays_of_the_look(
    db: Database, clock: MovedClock
) -> None:
    async with db.transaction() as session:
        amira = await a_therapist(session, clock.now(), "Amira")
        await on_duty_all_week(session, amira)
        await owned(session, clock, amira)
        later = await leave(session, clock.now(), phone="+447700900124")
        later.owner_id, later.exception_reason, later.call_from = amira.id, None, clock.now() + timedelta(days=1)
        await session.flush()

    assert amira.id
    away = Away(amira.id, MONDAY, TUESDAY)

    async def act(session: Session) -> object:
        return await rota_absence.enter(session, amira, away, clock.now())

    found = await rota_effects.tried_out(db, act, CALENDAR, clock.now())
    assert [(one.day, one.slots, one.moving) for one in found] == [(MONDAY, (8, 0), 1), (TUESDAY, (8, 0), 1)]
    async with db.transaction() as session:
        assert (await session.exec(select(AdviceAbsence))).all() == []
        assert (await session.exec(select(AdviceRotaChange))).all() == []
