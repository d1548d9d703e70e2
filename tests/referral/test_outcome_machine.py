"""Whatever staff, a family and the clock do with a referral, in any order: nothing that was decided is lost, a letter
leaves at most once, the queue has what is open, and no rule lowers urgency."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import select

from core.domain.clock import london
from core.domain.errors import FrontDoorError
from core.domain.identity import Discipline
from core.domain.ids import new_id
from core.storage.session import Database, Session
from core.web.house import House
from referral import letters_service, outcome_rules, rules, status_service
from referral.api import audit_checks
from referral.letters import Letterhead
from referral.models import RequestEvent
from referral.outcome_models import ReferralLetter, RequestOutcome
from referral.outcome_words import LetterState, Outcome
from referral.words import RequestState, Urgency
from tests.referral.outcome_support import CLOSED, REOPENED, decide, joined, letters_of, referral_of, request_of
from tests.referral.support import EVE, OT, PARENT, PROFILE, SLT, receive
from tests.support.servers import Servers, fresh_database

HEAD = Letterhead("An invented service", "01632 960000", "https://example.org")
Result = TypeVar("Result")
Work = Callable[[Session], Awaitable[Result]]
therapies = some.sampled_from([SLT, OT])
referrals = some.sampled_from([0, 1])
_SENT_TWICE = sa.text("select count(*) from (select occasion from message group by occasion having count(*) > 1) twice")


class Referrals(RuleBasedStateMachine):
    """Two referrals of one child. `lowest` is what a clinician last chose for each therapy: no rule goes below it."""

    runner: ClassVar[asyncio.Runner]
    db: ClassVar[Database]

    @initialize()
    def begin(self) -> None:
        self.now = london(2026, 11, 23, 10)
        self.lowest: dict[tuple[int, Discipline], Urgency] = {}
        self.decided: set[UUID] = set()
        self.sent: set[UUID] = set()
        self.ids = [self.tries(lambda s: receive(s, PARENT, self.now)) for _ in range(2)]

    def tries(self, work: Work[Result]) -> Result | None:
        """The result, or None when a rule said no; then nothing has happened."""

        async def attempt() -> Result:
            async with self.db.transaction() as session:
                return await work(session)

        try:
            return self.runner.run(attempt())
        except FrontDoorError:
            return None

    @rule(which=referrals, therapy=therapies, outcome=some.sampled_from([*CLOSED, REOPENED]))
    def staff_decide(self, which: int, therapy: Discipline, outcome: Outcome) -> None:
        done = self.tries(lambda s: decide(s, self._id(which), therapy, outcome, self.now))
        if done and outcome.urgency:
            self.lowest[which, therapy] = outcome.urgency

    @rule(which=referrals, therapy=therapies)
    def staff_join(self, which: int, therapy: Discipline) -> None:
        async def join(session: Session) -> UUID:
            other = await referral_of(session, self._id(1 - which))
            return await decide(session, self._id(which), therapy, joined(other.reference), self.now)

        self.tries(join)

    @rule(which=referrals, therapy=therapies)
    def the_family_withdraws(self, which: int, therapy: Discipline) -> None:
        self.tries(lambda s: status_service.withdraw(s, self._id(which), [therapy], new_id(), PROFILE, self.now))

    @rule(which=referrals, therapy=therapies)
    def the_family_comes_back(self, which: int, therapy: Discipline) -> None:
        self.tries(lambda s: status_service.come_back(s, self._id(which), therapy, PROFILE, self.now))

    @rule(which=referrals, words=some.sampled_from(["All is well.", "She was choking on Monday."]))
    def the_family_adds(self, which: int, words: str) -> None:
        self.tries(lambda s: status_service.add(s, self._id(which), new_id(), words, PROFILE, self.now))

    @rule(which=referrals, act=some.sampled_from([letters_service.send, letters_service.stop]))
    def staff_press_on_a_letter(self, which: int, act: Callable[..., Awaitable[None]]) -> None:
        async def press(session: Session) -> None:
            for letter in await letters_of(session, self._id(which)):
                if letter.state is LetterState.DRAFT:
                    await act(session, EVE, self._id(which), letter.id, letter.version, self.now)

        self.tries(press)

    @rule(minutes=some.sampled_from([5, 11, 121]))
    def time_passes_and_the_worker_sees_to_every_letter(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

        async def work(session: Session) -> None:
            for letter_id in (await session.exec(select(ReferralLetter.id))).all():
                await letters_service.leave(session, letter_id, HEAD, self.now)

        self.tries(work)

    @invariant()
    def every_promise_holds(self) -> None:
        if hasattr(self, "ids"):
            self.runner.run(self._every_promise())

    async def _every_promise(self) -> None:
        async with self.db.transaction() as session:
            kept = set((await session.exec(select(RequestOutcome.id))).all())
            sent = set((await session.exec(select(ReferralLetter.id).where(ReferralLetter.state == "sent"))).all())
            assert self.decided <= kept
            assert self.sent <= sent
            self.decided, self.sent = kept, sent
            assert await (await session.connection()).scalar(_SENT_TWICE) == 0
            assert {
                name: count for name, count in await audit_checks(session, self.now) if count and "nobody" not in name
            } == {}
            for which in (0, 1):
                for therapy in (SLT, OT):
                    await self._request_is_whole(session, which, therapy)

    async def _request_is_whole(self, session: Session, which: int, therapy: Discipline) -> None:
        request = await request_of(session, self._id(which), therapy)
        steps = (await session.exec(select(RequestEvent).where(RequestEvent.request_id == request.id))).all()
        for before, after in zip(sorted(steps, key=_order), sorted(steps, key=_order)[1:], strict=False):
            assert (before.after, after.after) in {(was, to) for (was, _), to in rules.STEPS.items()}
        lowest = self.lowest.get((which, therapy), Urgency.ROUTINE)
        assert outcome_rules.higher(request.urgency, lowest) is request.urgency
        if request.state is RequestState.DUPLICATE:
            other = await request_of(session, self._id(1 - which), therapy)
            assert other.state is not RequestState.DUPLICATE

    def _id(self, which: int) -> UUID:
        found = self.ids[which]
        assert found
        return found


def _order(step: RequestEvent) -> UUID:
    return step.id


@pytest.mark.usefixtures("house")
def test_every_promise_holds_whatever_staff_and_families_do(template: Servers, house: House) -> None:
    with asyncio.Runner() as runner:
        database = fresh_database(template)
        url = runner.run(database.__aenter__())
        engine = create_async_engine(url)
        try:
            Referrals.runner, Referrals.db = runner, Database(engine)
            run_state_machine_as_test(
                Referrals,
                settings=settings(
                    max_examples=4, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            runner.run(engine.dispose())
            runner.run(database.__aexit__(None, None, None))
