"""The board: what stands where, who could take a call, moving it by hand, and what is told of it afterwards."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import select

from accounts.api import actor_of, therapists
from advice_line import board_choices, board_problem, board_queries, board_service
from advice_line.assignment import solve
from advice_line.board_choices import Asked, choices
from advice_line.board_models import AdviceMove
from advice_line.board_service import Wish
from advice_line.board_words import Cannot, CannotTake, NotToday
from advice_line.models import AdviceEvent, AdviceMessage
from advice_line.problem import Able, Met, Problem, Wanted
from advice_line.words import Happened, Reason, Sign, Topic
from core.domain.clock import MovedClock
from core.domain.errors import NotAllowed, NotPossible, Stale
from core.domain.identity import Actor, Discipline, Role
from core.domain.ids import new_id
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, again, leave, on_duty_all_week, profile
from tests.conftest import Drain, StaffVisit

BOARD = "/staff/callbacks/board"
SLT, OT = Discipline.SLT, Discipline.OT
_A, _B, _C, _D = (str(UUID(int=n)) for n in range(1, 5))
_CALL = str(UUID(int=99))


def able(key: str, *disciplines: Discipline, slots: int = 8, used: int = 0, languages: str = "") -> Able:
    return Able(key, frozenset(disciplines or (SLT,)), slots, used, languages=frozenset(languages.split()))


def asked(wanted: Wanted, *here: Able, met: tuple[Met, ...] = (), owned: dict[str, int] | None = None) -> Asked:
    return Asked(Problem((wanted,), here, met), owned or {}, frozenset(one.key for one in here if one.key != _D))


def test_everybody_on_duty_is_named_with_why_they_cannot() -> None:
    wanted = Wanted(_CALL, 1, SLT, must_speak="pl", holder=_C)
    here = (able(_A, OT, languages="pl"), able(_B), able(_C, languages="pl"), able(_D, languages="pl"))
    found = {str(one.staff_id): one.cannot for one in choices(asked(wanted, *here))[UUID(_CALL)]}
    assert found == {_A: Cannot.DISCIPLINE, _B: Cannot.LANGUAGE, _C: Cannot.HAS_IT, _D: Cannot.NO_TIME}


@pytest.mark.parametrize("full", [0, 3, 6])
def test_the_first_choice_is_whom_the_solver_would_take(full: int) -> None:
    wanted = Wanted(_CALL, 1, SLT, would_speak="pl")
    here = (able(_A, used=full), able(_B, languages="pl", used=full), able(_C, OT, languages="pl"))
    met = (Met(_CALL, _A, 30, "2026-11-03"),)
    [placed] = solve(Problem((wanted,), here, met)).placed
    first = board_choices.best(choices(asked(wanted, *here, met=met))[UUID(_CALL)])
    assert first
    assert str(first.staff_id) == placed.able == _B
    assert first.parts["calls"] == [full + 1, 8]


def test_nobody_is_offered_at_one_tap_beyond_their_slots_but_may_be_chosen() -> None:
    found = choices(asked(Wanted(_CALL, 1, SLT), able(_A, slots=2, used=1), owned={_A: 1}))[UUID(_CALL)]
    assert board_choices.best(found) is None
    assert (found[0].cannot, found[0].is_over, found[0].calls) == (None, True, 3)


async def a_desk(session: Session, clock: MovedClock) -> tuple[Actor, Actor, Actor]:
    """A manager, and two therapists on duty all week."""
    grace = await a_therapist(session, clock.now(), "Grace", role=Role.MANAGER)
    amira, ben = await a_therapist(session, clock.now()), await a_therapist(session, clock.now(), "Ben", SLT, OT)
    for one in (amira, ben):
        await on_duty_all_week(session, one, slots=2)
    return grace, amira, ben


async def owned_by(session: Session, who: Actor, clock: MovedClock, **more: object) -> AdviceMessage:
    message = await leave(session, clock.now() - timedelta(days=3), **more)
    message.owner_id, message.exception_reason = who.id, None
    await session.flush()
    return message


def wish(message: AdviceMessage, to: Actor) -> Wish:
    assert to.id
    return Wish(message.id, to.id, message.revision)


async def test_a_moved_call_is_theirs_with_why_and_can_be_moved_back(session: Session, clock: MovedClock) -> None:
    grace, amira, ben = await a_desk(session, clock)
    message = await owned_by(session, amira, clock)
    row = await board_service.move(session, grace, profile, wish(message, ben), clock.now())
    assert (message.owner_id, message.pinned, message.exception_reason) == (ben.id, True, None)
    assert row.parts["calls"] == [1, 2]
    assert row.from_staff_id == amira.id
    events = (await session.exec(select(AdviceEvent).where(AdviceEvent.message_id == message.id))).all()
    assert [one.staff_id for one in events if one.happened is Happened.MOVED] == [ben.id]
    await board_service.undo(session, grace, row.id, clock.now())
    assert (message.owner_id, message.pinned, row.undone_by) == (amira.id, False, grace.audit_name)
    with pytest.raises(NotPossible):
        await board_service.undo(session, grace, row.id, clock.now())


async def test_the_second_of_two_managers_is_told_and_without_the_check_the_first_is_overwritten(
    session: Session, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace, amira, ben = await a_desk(session, clock)
    message = await owned_by(session, amira, clock)
    shown = wish(message, ben)
    await board_service.move(session, grace, profile, shown, clock.now())
    late = Wish(message.id, amira.id or new_id(), shown.revision)
    with pytest.raises(Stale):
        await board_service.move(session, grace, profile, late, clock.now())
    assert message.owner_id == ben.id
    # Control: a page that knew the newest revision would have moved it away from Ben.
    await board_service.move(session, grace, profile, wish(message, amira), clock.now())
    assert message.owner_id == amira.id


async def test_a_call_goes_to_nobody_who_may_not_take_it_and_only_managers_move(
    session: Session, clock: MovedClock
) -> None:
    grace, amira, ben = await a_desk(session, clock)
    message = await owned_by(session, ben, clock, discipline=OT)
    with pytest.raises(CannotTake) as problem:
        await board_service.move(session, grace, profile, wish(message, amira), clock.now())
    assert problem.value.why is Cannot.DISCIPLINE
    with pytest.raises(NotAllowed):
        await board_service.move(session, amira, profile, wish(message, ben), clock.now())
    message.call_from = clock.now() + timedelta(days=3)
    await session.flush()
    with pytest.raises(NotToday):
        await board_service.move(session, grace, profile, wish(message, ben), clock.now())
    assert (await session.exec(select(AdviceMove))).all() == []


async def test_loads_are_counted_by_person_and_by_therapy(session: Session, clock: MovedClock) -> None:
    _, amira, _ = await a_desk(session, clock)
    # Given a call that is overdue, an urgent one of today, one of Thursday, and one that nobody has
    overdue = await owned_by(session, amira, clock)
    overdue.next_action_at = clock.now() - timedelta(hours=1)
    await owned_by(session, amira, clock, topic=Topic.EATING, signs=frozenset({Sign.CHOKING}))
    later = await owned_by(session, amira, clock)
    later.call_from = later.next_action_at = clock.now() + timedelta(days=3)
    await leave(session, clock.now(), discipline=OT)
    await session.flush()
    load = (await board_queries.open_work(session, clock.now())).people[amira.id or new_id()]
    assert (load.today, load.urgent, load.week, load.nobodys) == (2, 1, 3, 0)
    assert load.overdue >= 1
    by_therapy = (await board_queries.open_work(session, clock.now())).therapies
    assert (by_therapy[OT].nobodys, by_therapy[SLT].today) == (1, 2)
    by_team = (await board_queries.open_work(session, clock.now())).areas
    assert (by_team[None].nobodys, by_team[None].today) == (1, 3)
    later.areas = ["east", "north"]
    await session.flush()
    by_team = (await board_queries.open_work(session, clock.now())).areas
    assert {name: one.week for name, one in by_team.items()} == {None: 3, "east": 1, "north": 1}
    planned = (await board_queries.open_work(session, clock.now())).planned
    assert sum(planned.values()) == 4
    assert min(planned) == clock.now().date()


async def test_who_could_take_calls_costs_the_same_queries_for_one_as_for_many(
    session: Session, clock: MovedClock
) -> None:
    _, amira, _ = await a_desk(session, clock)
    ids = [(await owned_by(session, amira, clock)).id for _ in range(6)]
    connection, counted = (await session.connection()).sync_connection, [0]

    def count(*_: object) -> None:
        counted[0] += 1

    event.listen(connection, "before_cursor_execute", count)
    costs = []
    for some in (ids[:1], ids):
        counted[0] = 0
        assert len(choices(await board_problem.about(session, profile, some, clock.now()))) == len(some)
        costs.append(counted[0])
    event.remove(connection, "before_cursor_execute", count)
    assert costs[0] == costs[1] <= 9


async def test_a_manager_sees_moves_shares_out_and_reads_what_happened(
    db: Database, clock: MovedClock, staff_visit: StaffVisit, drain: Drain
) -> None:
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    amira = await staff_visit(Role.THERAPIST, disciplines=(SLT,), name="Amira Invented")
    await staff_visit(Role.THERAPIST, disciplines=(SLT,), name="Ben Invented")
    async with db.transaction() as session:
        views = {view.name.split()[0]: view for view in await therapists(session)}
        for name in ("Amira", "Ben"):
            await on_duty_all_week(session, actor_of(views[name]), slots=4)
        message = await owned_by(session, actor_of(views["Amira"]), clock)
    # The board names no family, and only managers see it
    page = (await grace.get(BOARD)).text
    assert "1 of 4" in page
    assert "Robin" not in page
    assert (await amira.get(BOARD)).status_code == 403
    # One tap moves a call
    shown = (await grace.get(f"{BOARD}/people/{views['Amira'].id}")).text
    assert "Give to Ben Invented" in shown
    revision = re.search(r'name="revision" value="(\d+)"', shown)
    assert revision
    sent = {"to": str(views["Ben"].id), "revision": revision[1], "back": f"{BOARD}/people/{views['Amira'].id}"}
    await grace.post(f"{BOARD}/move/{message.id}", sent)
    done = (await grace.follow()).text
    assert "Grace Invented moved it from Amira Invented to Ben Invented" in done
    assert "has no calls to make today" in done
    # Whoever comes second is told
    second = await grace.post(f"{BOARD}/move/{message.id}", sent)
    assert second.status_code == 409
    assert "changed while you looked at it" in second.text
    # The run that follows leaves it where it is, and another is asked for
    await drain()
    async with db.transaction() as session:
        now_stands = await again(session, message.id)
        assert (now_stands.owner_id, now_stands.pinned) == (views["Ben"].id, True)
    await grace.get(BOARD)
    await grace.post(f"{BOARD}/run", {})
    assert "being shared out again" in (await grace.follow()).text
    here = str(grace.last.url) if grace.last else BOARD
    await drain()
    assert "The calls are shared out again" in (await grace.get(here)).text
    history = (await grace.get(f"{BOARD}/history")).text
    assert "moved it from Amira Invented to Ben Invented" in history
    assert "Asked for" in history
    run = re.search(rf"{BOARD}/history/[0-9a-f-]{{36}}", history)
    assert run
    assert (await grace.get(run[0])).status_code == 200


async def test_a_person_who_must_decide_is_not_spared_by_moving(session: Session, clock: MovedClock) -> None:
    grace, amira, ben = await a_desk(session, clock)
    message = await owned_by(session, amira, clock)
    message.state, message.exception_reason = message.state.REVIEW, Reason.REVIEW
    await session.flush()
    with pytest.raises(NotToday):
        await board_service.move(session, grace, profile, wish(message, ben), clock.now())
