"""The life of a call-back desk as a simulation: invented families at any hour, a rota with leave and sickness, snow,
and workers that are killed at random. Seeded: who rings when, who is away and who dies are the same every time; whom
a call goes to is not, because ids are new."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line import calls, changes, rota_absence, service
from advice_line.api import audit_checks
from advice_line.calls import BeingCalled
from advice_line.models import AdviceMessage
from advice_line.record_words import CallNotes
from advice_line.rota_words import Away
from advice_line.service import Desk
from advice_line.words import Outcome, Part, Sign, State, Topic
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON, MovedClock, london_day
from core.domain.identity import Actor, Discipline, Role
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import APP_ROLE, Database, Session, make_engine
from tests.advice_line.support import a_message, a_therapist, on_duty_all_week
from tests.support.dying import dies
from workers.beats import BEATS
from workers.jobs import all_jobs
from workers.queue import Queue
from workers.schedule import plan_due_beats

OURS = tuple(beat for beat in BEATS if beat.kind.startswith("advice."))
_EATING = ("eating-and-drinking",)
_TEAM: tuple[tuple[str, Discipline, tuple[str, ...]], ...] = (
    ("Amira", Discipline.SLT, _EATING), ("Ben", Discipline.SLT, ()), ("Chloe", Discipline.SLT, _EATING),
    ("Dan", Discipline.OT, ()), ("Eve", Discipline.OT, ()), ("Femi", Discipline.PHYSIO, ()),
    ("Gwen", Discipline.PHYSIO, ()),
)  # fmt: skip
# When something is done on a service day; between them families leave messages.
_WORK = (time(7, 30), time(9, 5), time(11), time(13, 30), time(15, 45))
_CALLING = (time(11), time(13, 30), time(15, 45))
_END_LEASES = sa.text(
    "update task set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null"
)


@dataclass
class Life:
    """One desk. `deaths` is how likely a worker is killed at a moment, `ill` a therapist on a day; `killed`, `absent`
    and `refused` count what happened."""

    bench: Workbench
    clock: MovedClock
    first: date
    days: int
    messages: int
    seed: int = 1
    deaths: float = 0.1
    ill: float = 0.03
    killed: int = 0
    absent: int = 0
    refused: int = 0
    left: list[UUID] = field(default_factory=list)
    team: list[Actor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice, self._fate = random.Random(self.seed), random.Random(self.seed + 1)
        self._arrivals = sorted(self._instant() for _ in range(self.messages))
        self._snow = self.first + timedelta(days=self.dice.randrange(3, max(4, self.days)))

    async def begins(self) -> None:
        """A team with a rota, and the leave that is known."""
        async with self.bench.db.transaction() as session:
            now = self.clock.now()
            self.manager = await a_therapist(session, now, "Grace", role=Role.MANAGER)
            for name, discipline, competences in _TEAM:
                one = await a_therapist(session, now, name, discipline)
                await on_duty_all_week(session, one, slots=12, competences=competences)
                self.team.append(one)
                for _ in range(max(1, self.days // 45)):
                    start = self.first + timedelta(days=self.dice.randrange(self.days))
                    away = Away(_id(one), start, start + timedelta(days=self.dice.randrange(5)))
                    await rota_absence.enter(session, self.manager, away, now)

    async def is_lived(self) -> None:
        """Day after day, and on until nothing is open; a promise broken in between raises."""
        day, last = self.first, self.first + timedelta(days=self.days)
        while day < last or (await self._open() and day < last + timedelta(days=60)):
            await self._day(day)
            day += timedelta(days=1)

    async def _day(self, day: date) -> None:
        calendar = self.bench.profile.calendar
        if day == self._snow:
            self._it_snows(day + timedelta(days=1))
        if not calendar.is_open_on(day):
            await self._moment(_at(day, time(12)))
            return
        for wall in _WORK:
            await self._moment(_at(day, wall))
            if wall == time(9, 5):
                await self._some_are_ill(day)
            if wall in _CALLING:
                await self._therapists_call()
        await self._moment(calendar.opening(day)[1] - timedelta(minutes=1))
        await self._therapists_call()
        await self._a_person_looks_again()
        await self._work()
        async with self.bench.db.transaction() as session:
            broken = {name: count for name, count in await audit_checks(session, self.clock.now()) if count}
        assert not broken, (day, broken)

    async def _moment(self, at: datetime) -> None:
        """Everybody who rang the bell since the last moment, and the workers after them."""
        async with self.bench.db.transaction() as session:
            while self._arrivals and self._arrivals[0] <= at:
                await self._somebody_writes(session, self._arrivals.pop(0))
        self.clock.move_to(at)
        async with self.bench.db.transaction() as session:
            await plan_due_beats(session, self.bench.profile, OURS, at)
        await self._work()

    async def _work(self) -> None:
        """All that is due; some workers are killed on the way, and the next takes over what they held."""
        if self._fate.random() < self.deaths:
            self.killed += dies(self._elsewhere, self._fate.randrange(1, 120))
            async with self.bench.db.transaction() as session:
                await (await session.connection()).execute(_END_LEASES)
        await Queue(self.bench, all_jobs()).drain()

    async def _elsewhere(self) -> None:
        url = self.bench.db.engine.url.render_as_string(hide_password=False)
        other = replace(self.bench, db=Database(make_engine(url, role=APP_ROLE)))
        await Queue(other, all_jobs()).drain()

    async def _somebody_writes(self, session: Session, at: datetime) -> None:
        message, _ = await service.leave_message(session, self._desk(at), self._message(), draft_id=new_id())
        self.left.append(message.id)

    def _message(self) -> Any:
        dice, number = self.dice, f"+4477009{self.dice.randrange(self.messages):05d}"
        therapy = dice.choice([*Discipline, *Discipline, None])
        return a_message(
            phone=number,
            email="family@example.org" if dice.random() < 0.1 else None,
            safe_to_leave_message=False,
            discipline=therapy,
            topic=Topic.EATING if dice.random() < 0.1 else Topic.TALKING,
            signs=frozenset({Sign.LOST_SKILLS}) if dice.random() < 0.06 else frozenset(),
            good_times=frozenset(dice.sample(list(Part), dice.choice((0, 0, 1, 2)))),
        )

    async def _some_are_ill(self, day: date) -> None:
        """At five past nine; at six past nobody's call is theirs, and each says whose it is or why not."""
        ill = [one for one in self.team if self.dice.random() < self.ill]
        for one in ill:
            async with self.bench.db.transaction() as session:
                await changes.enter_absence(session, self.manager, _id(one), day, self.clock.now())
        self.absent += len(ill)
        self.clock.move_on(minutes=1)
        await self._work()
        for one in ill:
            async with self.bench.db.transaction() as session:
                assert not [m for m in await self._to_call(session, one) if m.owner_id == one.id]

    async def _therapists_call(self) -> None:
        for one in self.team:
            async with self.bench.db.transaction() as session:
                for message in await self._to_call(session, one):
                    await self._call(session, one, message.id)

    async def _call(self, session: Session, one: Actor, message_id: UUID) -> None:
        desk, call_id, notes = self._desk(self.clock.now()), new_id(), self._outcome()
        await calls.start_calling(session, one, desk, message_id)
        if self.dice.random() < 0.05:
            await self._a_colleague_tries(session, one, desk, message_id)
        for _ in range(2 if self.dice.random() < 0.1 else 1):
            # Pressed twice it is one call.
            await calls.record_call(session, one, desk, message_id, call_id, notes)

    async def _a_colleague_tries(self, session: Session, one: Actor, desk: Desk, message_id: UUID) -> None:
        try:
            other = next(who for who in self.team if who.disciplines == one.disciplines and who.id != one.id)
            await calls.start_calling(session, other, desk, message_id)
        except BeingCalled:
            self.refused += 1
        else:
            raise AssertionError("two have the phone")

    def _outcome(self) -> CallNotes:
        chance = self.dice.random()
        if chance < 0.2:
            return CallNotes(Outcome.NO_ANSWER, "")
        if chance < 0.23:
            return CallNotes(Outcome.WRONG_NUMBER, "")
        if chance < 0.3:
            later = london_day(self.clock.now()) + timedelta(days=self.dice.randrange(1, 6))
            return CallNotes(Outcome.ASKED_LATER, "", again_on=later)
        return CallNotes(Outcome.REACHED, "Invented.", close=True)

    async def _to_call(self, session: Session, one: Actor) -> list[AdviceMessage]:
        found = select(AdviceMessage).where(
            AdviceMessage.owner_id == one.id, col(AdviceMessage.closed_at).is_(None),
            AdviceMessage.call_from <= self.clock.now(), AdviceMessage.state != State.REVIEW,
        )  # fmt: skip
        return list((await session.exec(found.order_by(col(AdviceMessage.due_at), col(AdviceMessage.id)))).all())

    async def _a_person_looks_again(self) -> None:
        """At the end of the day: some of whom nobody reached are closed, some families have put their number right,
        and some no longer want a call."""
        async with self.bench.db.transaction() as session:
            found = select(AdviceMessage).where(col(AdviceMessage.closed_at).is_(None))
            for message in (await session.exec(found.order_by(col(AdviceMessage.id)))).all():
                await self._perhaps(session, message)

    async def _perhaps(self, session: Session, message: AdviceMessage) -> None:
        desk, chance = self._desk(self.clock.now()), self.dice.random()
        if message.state is State.REVIEW and chance < 0.6:
            await calls.close_after_review(session, self.manager, message.id, new_id(), "Invented.", desk.now)
        elif message.state is State.REVIEW and chance < 0.7:
            await service.correct_number(session, desk, message.id, "+447700900999")
        elif chance < 0.01:
            await service.withdraw(session, message.id, desk.now)

    def _it_snows(self, day: date) -> None:
        old = self.bench.profile.calendar
        profile = self.bench.profile.model_copy()
        profile.__dict__["calendar"] = ServiceCalendar(old.hours, {**old.closed, day: "snow"})
        self.bench = replace(self.bench, profile=profile)

    async def _open(self) -> int:
        async with self.bench.db.transaction() as session:
            found = select(sa.func.count()).select_from(AdviceMessage).where(col(AdviceMessage.closed_at).is_(None))
            return (await session.exec(found)).one()

    def _desk(self, now: datetime) -> Desk:
        return Desk(self.bench.profile, self.bench.address, now)

    def _instant(self) -> datetime:
        """Two of three in the day time, the others at any hour."""
        hour = self.dice.randrange(9, 17) if self.dice.random() < 0.67 else self.dice.randrange(24)
        day = self.first + timedelta(days=self.dice.randrange(self.days))
        return _at(day, time(hour, self.dice.randrange(60)))


QUESTIONS = {
    "messages that are still open": "select count(*) from advice_message where closed_at is null",
    "messages called after they were closed": """
        select count(*) from advice_call call join advice_message m on m.id = call.message_id
        where call.at > m.closed_at""",
    "messages that two calls closed": """
        select count(*) from (select message_id from advice_call where state_after = 'closed'
            group by message_id having count(*) > 1) twice""",
    "families called by two people at the same moment": """
        select count(*) from (select 1 from advice_call where outcome <> 'reviewed'
            group by message_id, at having count(*) > 1) twice""",
    "promises broken without a reason on record": """
        select count(*) from advice_message m
        where coalesce(m.first_called_at, m.closed_at, 'infinity') > m.due_at and not exists (
            select 1 from advice_event e where e.message_id = m.id and e.at <= m.due_at
                and (e.happened = 'not-placed' or e.happened = 'released'))""",
    "runs told twice, or not at all": """
        select abs((select count(*) from advice_run)
            - (select count(*) from outbox_fact where name = 'MessagesAssigned'))""",
    "messages said twice": """
        select count(*) from (select 1 from message
            group by purpose, subject_id, occasion, recipient having count(*) > 1) twice""",
    "tasks that were given up": "select count(*) from task where dead_at is not null",
}


async def what_went_wrong(life: Life) -> dict[str, int]:
    """What a life left behind that it should not have; and how many messages were lost."""
    async with life.bench.db.transaction() as session:
        connection = await session.connection()
        found = {name: int((await connection.execute(sa.text(sql))).scalar_one()) for name, sql in QUESTIONS.items()}
        kept = set((await session.exec(select(AdviceMessage.id))).all())
    lost = len(set(life.left) - kept) + abs(life.messages - len(life.left))
    return {name: count for name, count in {**found, "messages that are lost": lost}.items() if count}


async def late(life: Life) -> int:
    """How many families were called after the promised day; each for a reason on record."""
    async with life.bench.db.transaction() as session:
        found = select(sa.func.count()).select_from(AdviceMessage)
        called = sa.func.coalesce(AdviceMessage.first_called_at, AdviceMessage.closed_at)
        return (await session.exec(found.where(called > col(AdviceMessage.due_at)))).one()


def _id(one: Actor) -> UUID:
    assert one.id
    return one.id


def _at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=LONDON)
