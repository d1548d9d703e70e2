"""Every two things that can be done with a place, at the same moment, over HTTP and on real connections, 40 rounds.
Afterwards places are conserved, nobody has what another has, nobody was told twice, and whoever came too late was told
so on a page. Each pair has a control without protection, which must break one of these promises."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import combinations_with_replacement

import pytest
from litestar import Litestar
from redis.asyncio import Redis
from sqlmodel import col, select

from app.factory import build
from benchmarks.robot import Robot
from booking.api import audit_checks
from booking.models import Place
from booking.waiting_models import Turn
from booking.words import PlaceState
from core.domain.clock import MovedClock
from core.domain.ids import new_token
from core.storage.drafts import Draft
from core.storage.session import Database, make_engine
from tests.booking import race_scene as scene
from tests.booking import race_staff
from tests.booking.race_promises import what_is_broken
from tests.booking.race_scene import EARLY, LATE, Op, Presses, Round, Stage
from tests.booking.support import information, planned
from tests.support.house import make_house
from tests.support.servers import Servers, fresh_database
from tests.support.unprotected import drop_the_last_line, unprotected

PAIRS = list(combinations_with_replacement(Op, 2))
ROUNDS, AT_ONCE = 40, 6
# A page that says so, or the way to one.
PLAIN = {303, 404, 409}


@asynccontextmanager
async def _stage(template: Servers) -> AsyncIterator[Stage]:
    """Two applications that read different clocks, over one database of their own."""
    async with fresh_database(template) as url, Redis.from_url(template.redis) as redis:
        engine = make_engine(url, pool_size=20)
        apps = [build(make_house(Database(engine), MovedClock(at), redis), redis=redis) for at in (EARLY, LATE)]
        for app in apps:
            app.register(Presses)
        yield Stage(apps[0], apps[1], engine, await _filled_in(apps[0]))
        await engine.dispose()


@pytest.fixture(scope="module")
async def stage(template: Servers) -> AsyncIterator[Stage]:
    async with _stage(template) as one:
        yield one


@pytest.fixture(scope="module")
async def bare_stage(template: Servers) -> AsyncIterator[Stage]:
    """The same without the constraints that would stop a second owner."""
    async with _stage(template) as one:
        await drop_the_last_line(one.db)
        yield one


async def _filled_in(app: Litestar) -> Draft:
    """What a family has answered when it stands before the last button."""
    db: Database = app.state.house.db
    await planned(db, information())
    async with scene.browser(app) as browser:
        robot = Robot(browser, {"contact_by": "email", "role": "parent"})
        await robot.opens("/sessions")
        await robot.sends("hold")
        while robot.page and not robot.page.url.path.endswith("/check"):
            await robot.sends()
    async with db.transaction() as session:
        return (await session.exec(select(Draft))).one()


def arrange(stage: Stage, n: int, pair: tuple[Op, Op]) -> Round:
    """A round in which both can be done, and each spoils it for the other."""
    ops = set(pair)
    kept_for_somebody = bool(ops & {Op.ACCEPT, Op.EXPIRE})
    beside = kept_for_somebody and Op.CANCEL in ops
    it = scene.new_round(n, seats=2 if beside or Op.CUT in ops else 1)
    if Op.CUT in ops and not beside:
        _somebody_sits(it)
    turn = race_staff.add_turn(it) if kept_for_somebody else None
    if Op.CANCEL in ops:
        scene.add_cancel(stage, it, stage.early, it.places[1] if beside else it.place)
    for op in pair if pair[0] is not pair[1] or pair[0] in _SINGLE else pair[:1]:
        _ADD[op](stage, it, ops, turn)
    if ops == {Op.OFFER, Op.ACCEPT}:
        # The family taps first: a turn that was passed on before would leave it nothing to race for.
        it.presses.reverse()
    return it


def _confirm(stage: Stage, it: Round, ops: set[Op]) -> None:
    if ops == {Op.CONFIRM}:
        scene.add_confirm(stage, it, stage.late, keeps=False)
    keeps = not ops & {Op.ACCEPT, Op.EXPIRE, Op.CANCEL}
    scene.add_confirm(stage, it, stage.early if keeps else stage.late, keeps=keeps, twice=ops == {Op.CONFIRM})


def _offer(stage: Stage, it: Round, ops: set[Op], turn: Turn | None) -> None:
    if Op.ACCEPT in ops and turn:
        # A place kept for one is offered to another only when the turn of the first has run out.
        race_staff.add_waiting(it)
        race_staff.add_expire(stage, it, turn, twice=False)
    else:
        race_staff.add_offer(stage, it)


def _accept(stage: Stage, it: Round, _: set[Op], turn: Turn | None) -> None:
    if turn:
        race_staff.add_accept(stage, it, turn)


def _expire(stage: Stage, it: Round, _: set[Op], turn: Turn | None) -> None:
    if turn:
        race_staff.add_expire(stage, it, turn, twice=True)


# Pressed once by each of two people when both do the same; the others are pressed twice by one.
_SINGLE = (Op.HOLD, Op.MOVE, Op.OFFER)
_ADD: dict[Op, Callable[[Stage, Round, set[Op], Turn | None], None]] = {
    Op.HOLD: lambda stage, it, ops, turn: scene.add_hold(stage, it, stage.late),
    Op.MOVE: lambda stage, it, ops, turn: scene.add_move(stage, it, stage.late),
    Op.CONFIRM: lambda stage, it, ops, turn: _confirm(stage, it, ops),
    Op.OFFER: _offer,
    Op.ACCEPT: _accept,
    Op.EXPIRE: _expire,
    Op.CANCEL: lambda stage, it, ops, turn: None,
    Op.CUT: lambda stage, it, ops, turn: race_staff.add_cut(stage, it, LATE),
    Op.CANCEL_SITTING: lambda stage, it, ops, turn: race_staff.add_cancel_sitting(stage, it),
}


def _somebody_sits(it: Round) -> None:
    booking = scene.booking_on(it.sitting, new_token())
    it.places[-1].state, it.places[-1].booking_id = PlaceState.BOOKED, booking.id
    it.rows.append(booking)


async def run(stage: Stage, rounds: list[Round]) -> list[int]:
    """Everybody presses at once, round by round; the statuses of all answers."""
    async with stage.db.transaction() as session:
        await scene.store(session, rounds)
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(it: Round) -> list[int]:
        async with turn:
            return [reply.status_code for reply in await asyncio.gather(*(press() for press in it.presses))]

    return [status for statuses in await asyncio.gather(*map(one, rounds)) for status in statuses]


async def broken(stage: Stage, rounds: list[Round]) -> dict[str, int]:
    """Each promise that does not hold any more."""
    async with stage.db.transaction() as session:
        # As of the later clock: what ran out by then hangs nowhere.
        found = await what_is_broken(session, LATE)
        found |= {name: count for name, count in await audit_checks(session, LATE) if count}
        ids = [place.id for it in rounds for place in it.places]
        kept = (await session.exec(select(Place.id).where(col(Place.id).in_(ids)))).all()
    return found | ({} if len(kept) == len(ids) else {"a place that is gone": len(ids) - len(kept)})


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
async def test_two_at_once_leave_every_promise_whole(stage: Stage, pair: tuple[Op, Op]) -> None:
    rounds = [arrange(stage, n, pair) for n in range(ROUNDS)]
    statuses = await run(stage, rounds)
    assert set(statuses) <= PLAIN
    assert await broken(stage, rounds) == {}


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
async def test_control_without_protection_they_break_one(bare_stage: Stage, pair: tuple[Op, Op]) -> None:
    before = await broken(bare_stage, [])
    with unprotected(bare_stage.engine):
        # As often as it takes: it ends with the first promise broken.
        for batch in range(3 * ROUNDS // 8):
            rounds = [arrange(bare_stage, 8 * batch + n, pair) for n in range(8)]
            await run(bare_stage, rounds)
            if await broken(bare_stage, rounds) != before:
                return
    pytest.fail("nothing was raced for")
