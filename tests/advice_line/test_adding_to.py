"""A family says more about its message; what it ticks may make it urgent, and nothing makes it less so."""

from datetime import timedelta

import pytest

from advice_line import service, voice_service
from advice_line.voice_queries import additions_to
from advice_line.words import Reason, Sign, Urgency
from core.domain.clock import MovedClock, london
from core.domain.errors import NotPossible
from core.storage.session import Database, Session
from tests.advice_line.support import again, desk, leave
from tests.advice_line.test_family_pages import link_in, send, the_message
from tests.conftest import Drain
from tests.support.visit import Visit

NONE: frozenset[Sign] = frozenset()


async def test_what_is_added_stands_beside_the_message_and_the_promise_stays(
    session: Session, clock: MovedClock
) -> None:
    message = await leave(session, clock.now())
    before = (message.due_at, message.urgency, message.revision)
    await voice_service.add_to(session, desk(clock.now()), message.id, "He also stammers.", NONE)
    now = await again(session, message.id)
    assert (now.due_at, now.urgency, now.revision) == (*before[:2], before[2] + 1)
    assert [more.said for more in await additions_to(session, message.id)] == ["He also stammers."]
    assert now.said == "He has stopped saying new words."


async def test_a_sign_makes_it_urgent_and_due_sooner(session: Session) -> None:
    friday = london(2026, 11, 27, 10)
    message = await leave(session, friday)
    assert message.due_on.isoformat() == "2026-11-30"
    await voice_service.add_to(
        session, desk(friday + timedelta(hours=1)), message.id, "Chokes now.", frozenset({Sign.CHOKING})
    )
    now = await again(session, message.id)
    assert (now.urgency, now.due_on.isoformat()) == (Urgency.URGENT, "2026-11-27")
    assert now.needs == ["eating-and-drinking"]
    assert now.run_id is None
    assert now.next_action_at == now.due_at


async def test_an_urgent_message_stays_as_urgent_as_it_was(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now(), signs=frozenset({Sign.WEIGHT}))
    due = message.due_at
    later = desk(clock.now() + timedelta(days=2))
    await voice_service.add_to(session, later, message.id, "A bit better.", frozenset({Sign.CHOKING}))
    now = await again(session, message.id)
    assert (now.urgency, now.due_at, now.signs) == (Urgency.URGENT, due, ["choking", "weight"])


async def test_what_is_over_takes_nothing_more(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    await service.withdraw(session, message.id, clock.now())
    with pytest.raises(NotPossible):
        await voice_service.add_to(session, desk(clock.now()), message.id, "More", NONE)


async def test_a_family_adds_on_its_page_and_is_told_so(visit: Visit, db: Database) -> None:
    link = link_in(await send(visit))
    page = await visit.get(link)
    assert "Add to your message" in page.text
    wrong = await visit.post(f"{link}/add", {"more": " "})
    assert wrong.status_code == 422
    assert "Enter what you would like to add" in wrong.text
    await visit.get(link)
    assert (await visit.post(f"{link}/add", {"more": "He also stammers."})).status_code == 303
    page = await visit.follow()
    assert "We have what you added" in page.text
    assert "You added something on" in page.text
    assert "stammers" not in page.text, "nobody else at this phone reads it"
    async with db.transaction() as session:
        assert len(await additions_to(session, (await the_message(db)).id)) == 1


async def test_behind_a_closed_door_nothing_is_added(visit: Visit, db: Database, clock: MovedClock) -> None:
    link = link_in(await send(visit))
    clock.move_to(clock.now() + timedelta(days=3))
    await visit.get(link)
    await visit.post(f"{link}/add", {"more": "x"})
    async with db.transaction() as session:
        assert await additions_to(session, (await the_message(db)).id) == []


async def test_an_addition_looks_for_somebody_at_once(visit: Visit, db: Database, drain: Drain) -> None:
    link = link_in(await send(visit))
    await drain()
    await visit.get(link)
    await visit.post(f"{link}/add", {"more": "Coughs at every meal.", "signs": ["choking"]})
    assert await drain() > 0
    message = await the_message(db)
    assert message.urgency is Urgency.URGENT
    assert message.exception_reason in (Reason.NOBODY_ON_DUTY, Reason.NO_COMPETENCE)
