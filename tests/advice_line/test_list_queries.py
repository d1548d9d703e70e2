"""The day's list: its order, its pages, whose it shows, and how the database finds it."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from advice_line import list_queries
from advice_line.list_words import Place, Wanted, Whose, place_from
from advice_line.models import AdviceMessage
from advice_line.words import Part, Sign
from core.domain.clock import MovedClock, london
from core.domain.identity import Actor, Discipline, Role
from core.storage.session import Session
from tests.advice_line.support import a_therapist, leave

MINE, ALL = Wanted(Whose.MINE), Wanted(Whose.ALL)


@pytest.fixture
async def amira(session: Session, clock: MovedClock) -> Actor:
    return await a_therapist(session, clock.now())


@pytest.fixture
async def grace(session: Session, clock: MovedClock) -> Actor:
    return await a_therapist(session, clock.now(), "Grace", role=Role.MANAGER)


async def names(session: Session, actor: Actor, wanted: Wanted, clock: MovedClock) -> list[str]:
    page = await list_queries.page_of_calls(session, actor, wanted, clock.now())
    return [line.message.caller["name"].split()[0] for line in page.lines]


async def left(session: Session, clock: MovedClock, name: str, **changed: object) -> AdviceMessage:
    message = await leave(session, clock.now(), name=f"{name} Invented", **changed)
    await session.flush()
    return message


async def test_urgent_then_due_then_a_good_time_now_then_the_oldest_and_what_is_for_later_last(
    session: Session, clock: MovedClock, grace: Actor
) -> None:
    await left(session, clock, "Oldest", good_times=frozenset({Part.AFTERNOON}))
    clock.move_on(minutes=1)
    await left(session, clock, "Morning", good_times=frozenset({Part.MORNING}))
    clock.move_on(minutes=1)
    await left(session, clock, "Any")
    later = await left(session, clock, "Later", signs=frozenset({Sign.CHOKING}))
    later.call_from = clock.now() + timedelta(hours=3)
    await left(session, clock, "Urgent", signs=frozenset({Sign.LOST_SKILLS}))
    due = await left(session, clock, "Due")
    due.next_action_at = clock.now() + timedelta(hours=1)
    tomorrow = await left(session, clock, "Tomorrow")
    tomorrow.call_from = clock.now() + timedelta(days=1)
    await session.flush()
    assert await names(session, grace, ALL, clock) == ["Urgent", "Due", "Morning", "Any", "Oldest", "Later"]
    clock.move_to(london(2026, 11, 23, 15))
    assert await names(session, grace, ALL, clock) == ["Later", "Urgent", "Due", "Oldest", "Any", "Morning"]


async def test_pages_hold_every_call_once_even_when_a_good_time_begins_between_them(
    session: Session, clock: MovedClock, grace: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_queries, "MOST", 3)
    for n in range(10):
        part = frozenset({Part.MORNING if n % 2 else Part.LUNCH})
        message = await left(session, clock, f"N{n}", good_times=part, phone=f"+4477009005{n:02}")
        if n > 7:
            message.call_from = clock.now() + timedelta(hours=1)
    await session.flush()
    after, found = None, list[UUID]()
    for _ in range(5):
        page = await list_queries.page_of_calls(session, grace, ALL, clock.now(), after)
        found += [line.message.id for line in page.lines]
        clock.move_to(london(2026, 11, 23, 12, 30))
        if page.after is None:
            break
        after = place_from(str(page.after))
    assert len(found) == len(set(found)) == 10


async def test_everybody_is_those_one_may_see(session: Session, clock: MovedClock, amira: Actor, grace: Actor) -> None:
    await left(session, clock, "Slt")
    await left(session, clock, "Unsure", discipline=None)
    mine = await left(session, clock, "Mine", discipline=Discipline.PHYSIO)
    mine.owner_id, mine.exception_reason = amira.id, None
    await left(session, clock, "Ot", discipline=Discipline.OT)
    await session.flush()
    assert await names(session, amira, MINE, clock) == ["Mine"]
    assert set(await names(session, amira, ALL, clock)) == {"Slt", "Unsure", "Mine"}
    assert await names(session, amira, Wanted(Whose.ALL, Discipline.OT), clock) == []
    assert await names(session, grace, Wanted(Whose.ALL, Discipline.OT), clock) == ["Ot"]
    assert len(await names(session, grace, ALL, clock)) == 4


def test_a_place_is_read_as_it_was_written() -> None:
    at = london(2026, 11, 23, 10)
    place = Place(at, False, True, at + timedelta(hours=7), True, at - timedelta(microseconds=1), UUID(int=7))
    assert place_from(str(place)) == place


@pytest.mark.parametrize("text", ["nonsense", "1_2_3", "1_0_1_1_0_1_x", f"{10**30}_0_1_1_0_1_{UUID(int=7)}"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        place_from(text)


async def test_the_index_of_the_list_leads_to_the_first_page(session: Session, clock: MovedClock, grace: Actor) -> None:
    """Closed messages are not read, and open ones only as far as the page goes."""
    connection = await session.connection()
    await connection.execute(sa.text("set local enable_seqscan = off"))
    # Sorting a handful costs nothing, whichever index found them: among many it is what must not be.
    await connection.execute(sa.text("set local enable_sort = off"))
    half = list_queries._places(grace, ALL, clock.now(), later=False, after=None)
    text = str(half.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    plan = "\n".join(row[0] for row in await connection.execute(sa.text(f"explain {text}".replace(":", r"\:"))))
    assert "ix_advice_message_list" in plan, plan
