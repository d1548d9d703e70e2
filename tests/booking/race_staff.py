"""What the worker and the desk press, and what the waiting list answers: they have no page of their own here."""

from datetime import datetime, timedelta
from typing import Any

from booking import clinic_changes, clinic_offers, clinic_rules, turns, waiting
from booking.clinic_changes import Desk
from booking.clinic_words import Change, ChangeKind, Choice
from booking.waiting_models import Turn, Waiting
from booking.waiting_words import TurnState, WaitingState, Wish
from booking.words import PlaceState
from core.domain.identity import PUBLIC, Actor, system
from core.domain.ids import new_id
from core.web.house import House
from tests.booking.race_scene import EARLY, LATE, TURN_ENDS, Round, Stage
from tests.booking.support import PARENT, head

DESK = system("desk of the tests")


def add_waiting(it: Round) -> Waiting:
    """Somebody at the end of this offer's list."""
    n = sum(isinstance(row, Waiting) for row in it.rows)
    row: dict[str, Any] = waiting._row(it.offer, new_id(), Wish(it.offer.id), PARENT, EARLY + timedelta(seconds=n))
    entry = Waiting(**(row | {"person": new_id().bytes * 2}))
    it.rows.append(entry)
    return entry


def add_turn(it: Round) -> Turn:
    """The place is kept for somebody until TURN_ENDS."""
    entry = add_waiting(it)
    entry.state = WaitingState.OFFERED
    turn = Turn(
        id=new_id(), waiting_id=entry.id, place_id=it.place.id, sitting_id=it.sitting.id,
        state=TurnState.OPEN, made_at=EARLY, until=TURN_ENDS,
    )  # fmt: skip
    it.place.state, it.place.held_by, it.place.held_until = PlaceState.OFFERED, turn.id, TURN_ENDS
    it.rows.append(turn)
    return turn


def add_accept(stage: Stage, it: Round, turn: Turn) -> None:
    """Two taps on "take this place", before the turn has run out."""

    async def work() -> None:
        async with stage.house(stage.early).db.transaction() as session:
            await waiting.accept(session, PUBLIC, turn.id, head(), EARLY)

    it.presses += [stage.later(work), stage.later(work)]


def add_expire(stage: Stage, it: Round, turn: Turn, *, twice: bool) -> None:
    """The worker finds a turn that ran out; a job may run twice."""

    async def work() -> None:
        async with stage.house(stage.late).db.transaction() as session:
            await waiting.expire(session, turn.id, head(), LATE)

    it.presses += [stage.later(work)] * (2 if twice else 1)


def add_offer(stage: Stage, it: Round) -> None:
    """The worker offers the place to whoever waits."""
    add_waiting(it)
    place_id = it.place.id

    async def work() -> None:
        async with stage.house(stage.late).db.transaction() as session:
            await turns.offer_place(session, place_id, head(), LATE)

    it.presses.append(stage.later(work))


def _desk(house: House, now: datetime) -> Desk:
    return Desk(house.profile, house.address, now)


def add_cut(stage: Stage, it: Round, now: datetime) -> None:
    """The desk takes one place away, as the page showed it, and presses twice."""
    house, sitting_id, wanted = stage.house(stage.early), it.sitting.id, len(it.places) - 1

    async def work() -> None:
        async with house.db.transaction() as session:
            seen = await clinic_offers.capacity_of(session, sitting_id, now)
        async with house.db.transaction() as session:
            await clinic_offers.set_capacity(session, DESK, sitting_id, wanted, seen, _desk(house, now))

    it.presses += [stage.later(work), stage.later(work)]


def add_cancel_sitting(stage: Stage, it: Round, actor: Actor = DESK) -> None:
    """The desk cancels the sitting, as the page showed it, and presses twice."""
    house, change = stage.house(stage.early), Change(ChangeKind.CANCEL_SITTING, sitting_id=it.sitting.id)
    somebody = Actor(**{**vars_of(actor), "id": new_id()})

    async def work() -> None:
        desk = _desk(house, EARLY)
        async with house.db.transaction() as session:
            effect = await clinic_changes.preview(session, change, desk)
        seen = clinic_rules.print_of(effect, Choice.CANCEL)
        async with house.db.transaction() as session:
            await clinic_changes.apply(session, somebody, change, Choice.CANCEL, seen, desk)

    it.presses += [stage.later(work), stage.later(work)]


def vars_of(actor: Actor) -> dict[str, Any]:
    return {name: getattr(actor, name) for name in actor.__dataclass_fields__}
