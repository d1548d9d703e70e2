"""Random families, a random clock, a real database: places are conserved and have one owner each, whatever happens."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import create_async_engine

from booking import service
from booking.api import audit_checks
from booking.rules import PLACE_STEPS
from booking.words import PlaceState
from core.domain.clock import london
from core.domain.errors import PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.session import Database
from tests.booking.support import PARENT, TUESDAY_9AM, head, information, planned, somebody
from tests.support.servers import Servers, fresh_database

CAPACITY = 2
SITTINGS = 3
_ALLOWED = {(before, after) for (before, _), after in PLACE_STEPS.items()}
_NEVER = london(2020, 1, 1)
Result = TypeVar("Result")


@dataclass
class Family:
    """What the model knows of one visitor: the sitting held, until when, and the sittings booked."""

    visitor: bytes = field(default_factory=somebody)
    hold: UUID | None = None
    sitting: int = -1
    until: datetime = _NEVER
    bookings: dict[UUID, int] = field(default_factory=dict)


class Bookings(RuleBasedStateMachine):
    """The model says beforehand whether a step must succeed; the database must agree, each time."""

    runner: ClassVar[asyncio.Runner]
    db: ClassVar[Database]

    def does(self, what: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(what)

    @initialize()
    def begin(self) -> None:
        starts = [TUESDAY_9AM + timedelta(hours=n) for n in range(SITTINGS)]
        self.now = london(2026, 11, 23, 10)
        self.sittings = self.does(planned(self.db, information(capacity=CAPACITY), *starts))
        self.families = [Family() for _ in range(4)]
        self.places: dict[UUID, str] = self.does(self._places())

    def free(self, sitting: int) -> int:
        held = sum(f.hold is not None and f.sitting == sitting and f.until > self.now for f in self.families)
        booked = sum(where == sitting for f in self.families for where in f.bookings.values())
        return CAPACITY - held - booked

    @rule(who=some.integers(0, 3), sitting=some.integers(0, SITTINGS - 1))
    def holds(self, who: int, sitting: int) -> None:
        family = self.families[who]
        live = family.hold is not None and family.sitting == sitting and family.until > self.now
        expected = live or self.free(sitting) > 0
        try:
            hold = self.does(self._hold(family, sitting))
        except PlaceGone:
            assert not expected
            return
        assert expected
        if not live:
            family.hold, family.sitting, family.until = hold, sitting, self.now + timedelta(minutes=15)
        assert family.hold == hold

    @rule(who=some.integers(0, 3))
    def confirms(self, who: int) -> None:
        family = self.families[who]
        if family.hold is None:
            return
        expected = family.until > self.now or self.free(family.sitting) > 0
        try:
            booking = self.does(self._confirm(family, family.hold))
        except PlaceGone:
            assert not expected
            return
        assert expected
        family.bookings[booking] = family.sitting
        family.hold = None

    @rule(who=some.integers(0, 3))
    def lets_go(self, who: int) -> None:
        family = self.families[who]
        if family.hold is not None:
            self.does(self._let_go(family, family.hold))
            family.until = min(family.until, self.now)

    @precondition(lambda self: any(f.bookings for f in self.families))
    @rule(data=some.data(), sitting=some.integers(0, SITTINGS - 1))
    def moves(self, data: Any, sitting: int) -> None:
        family, booking = self._one_of_the_bookings(data)
        expected = family.bookings[booking] == sitting or self.free(sitting) > 0
        try:
            self.does(self._move(booking, sitting))
        except PlaceGone:
            assert not expected
            return
        assert expected
        family.bookings[booking] = sitting

    @precondition(lambda self: any(f.bookings for f in self.families))
    @rule(data=some.data())
    def cancels(self, data: Any) -> None:
        family, booking = self._one_of_the_bookings(data)
        self.does(self._cancel(booking))
        del family.bookings[booking]

    @rule(minutes=some.sampled_from([1, 7, 14, 15, 16]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def places_are_conserved_and_change_only_by_the_table(self) -> None:
        if not hasattr(self, "places"):
            return
        before, self.places = self.places, self.does(self._places())
        assert self.places.keys() == before.keys()
        changed = {(before[p], state) for p, state in self.places.items() if state != before[p]}
        assert {(PlaceState(one), PlaceState(other)) for one, other in changed} <= _ALLOWED

    @invariant()
    def every_booking_has_its_own_place(self) -> None:
        if not hasattr(self, "places"):
            return
        wanted = {booking: self.sittings[where] for f in self.families for booking, where in f.bookings.items()}
        found = self.does(self._booked())
        assert dict(found) == wanted
        assert max(Counter(sitting for _, sitting in found).values(), default=0) <= CAPACITY
        assert not any(count for _, count in self.does(self._audit()))

    def _one_of_the_bookings(self, data: Any) -> tuple[Family, UUID]:
        all_of_them = [(f, booking) for f in self.families for booking in f.bookings]
        place: int = data.draw(some.integers(0, len(all_of_them) - 1))
        return all_of_them[place]

    async def _hold(self, family: Family, sitting: int) -> UUID:
        async with self.db.transaction() as session:
            return await service.hold_place(session, family.visitor, self.sittings[sitting], 15, self.now)

    async def _confirm(self, family: Family, hold: UUID) -> UUID:
        async with self.db.transaction() as session:
            booking = await service.confirm(session, PUBLIC, family.visitor, hold, new_id(), PARENT, head(), self.now)
        return booking.id

    async def _let_go(self, family: Family, hold: UUID) -> None:
        async with self.db.transaction() as session:
            await service.let_go(session, family.visitor, hold, self.now)

    async def _move(self, booking: UUID, sitting: int) -> None:
        async with self.db.transaction() as session:
            await service.move(session, PUBLIC, booking, self.sittings[sitting], head(), self.now)

    async def _cancel(self, booking: UUID) -> None:
        async with self.db.transaction() as session:
            await service.cancel(session, PUBLIC, booking, None, head(), self.now)

    async def _places(self) -> dict[UUID, str]:
        return dict(await self._rows("select id, state from place where sitting_id = any(:sittings)"))

    async def _booked(self) -> list[tuple[UUID, UUID]]:
        query = "select booking_id, sitting_id from place where sitting_id = any(:sittings) and state = 'booked'"
        return await self._rows(query)

    async def _rows(self, query: str) -> list[tuple[Any, Any]]:
        async with self.db.transaction() as session:
            rows = (await (await session.connection()).execute(sa.text(query), {"sittings": self.sittings})).all()
        return [(row[0], row[1]) for row in rows]

    async def _audit(self) -> list[tuple[str, int]]:
        async with self.db.transaction() as session:
            return await audit_checks(session, self.now)


@pytest.mark.usefixtures("house")
def test_places_are_conserved_whatever_families_do(template: Servers) -> None:
    # A loop of its own, because Hypothesis drives the steps from outside of any.
    with asyncio.Runner() as runner:
        database = fresh_database(template)
        url = runner.run(database.__aenter__())
        engine = create_async_engine(url)
        try:
            Bookings.runner, Bookings.db = runner, Database(engine)
            run_state_machine_as_test(
                Bookings,
                settings=settings(
                    max_examples=20,
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(engine.dispose())
            runner.run(database.__aexit__(None, None, None))
