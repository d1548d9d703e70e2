"""Two messages of one family within 14 days stand side by side; neither is merged nor dropped."""

from datetime import date, timedelta

from advice_line.linked import linked_counts, linked_to
from advice_line.words import Child, State
from core.domain.clock import MovedClock
from core.storage.session import Session
from tests.advice_line.support import again, leave

REMY, ROBIN = Child("Remy", "Invented", date(2022, 3, 15)), Child("Robin", "Invented", date(2020, 1, 2))
OTHER_PHONE = "+447700900999"


async def test_the_same_child_from_another_phone_is_linked_and_both_stay(session: Session, clock: MovedClock) -> None:
    one = await leave(session, clock.now(), child=REMY)
    other = await leave(session, clock.now() + timedelta(days=13), child=REMY, phone=OTHER_PHONE)
    found = await linked_to(session, other)
    assert [(link.id, link.same_child, link.same_phone, link.why) for link in found] == [
        (one.id, True, False, "same child")
    ]
    assert [link.id for link in await linked_to(session, one)] == [other.id], "both ways"
    assert {(await again(session, each.id)).state for each in (one, other)} == {State.NEW}
    assert one.reference != other.reference


async def test_the_same_phone_about_no_child_is_linked(session: Session, clock: MovedClock) -> None:
    one, other = await leave(session, clock.now()), await leave(session, clock.now())
    assert [(link.id, link.why) for link in await linked_to(session, other)] == [(one.id, "same phone")]


async def test_two_unnamed_children_are_not_the_same_child(session: Session, clock: MovedClock) -> None:
    await leave(session, clock.now())
    other = await leave(session, clock.now(), phone=OTHER_PHONE)
    assert await linked_to(session, other) == []


async def test_withheld_numbers_are_not_the_same_phone(session: Session, clock: MovedClock) -> None:
    await leave(session, clock.now(), phone="", email=None)
    assert await linked_to(session, await leave(session, clock.now(), phone="", email=None)) == []


async def test_after_14_days_they_stand_alone(session: Session, clock: MovedClock) -> None:
    await leave(session, clock.now(), child=REMY)
    later = await leave(session, clock.now() + timedelta(days=14, seconds=1), child=REMY)
    assert await linked_to(session, later) == []


async def test_a_list_counts_links_in_one_question(session: Session, clock: MovedClock) -> None:
    messages = [await leave(session, clock.now(), child=REMY) for _ in range(3)]
    alone = await leave(session, clock.now(), child=ROBIN, phone=OTHER_PHONE)
    counts = await linked_counts(session, [*messages, alone])
    assert counts == {message.id: 2 for message in messages}
    assert await linked_counts(session, []) == {}
