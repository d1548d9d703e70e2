"""Who must not be contacted or told is on every page about a child, and no message about the child goes to them."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar import Litestar

from advice_line import calls, record_concerns
from advice_line.record_words import CallNotes
from advice_line.words import Child, Outcome
from app.rights import routes_of
from core.domain.clock import MovedClock
from core.domain.identity import Actor, ActorKind, Discipline, Role
from core.domain.ids import new_id
from core.storage.guards import ChildGuard
from core.storage.session import Session
from core.web.house import House
from core.web.questions import Value
from notifications.api import DeliveryState, messages_about
from notifications.words import MessageView
from tests.advice_line.support import desk, leave
from tests.booking.support import FAMILY, TUESDAY_9AM, booked, screening, sitting_of
from tests.conftest import new_client
from tests.house.test_rights import Somebody, everybody, filled, told_about
from tests.referral.outcome_support import NOT_ACCEPTED, decide, letters_of
from tests.referral.support import PARENT, receive
from tests.support.house import ROOT

LAST = str(PARENT["child_last"])
WORDS = "An invented uncle must not be told"
# One phone for somebody else, and the email that the family writes from elsewhere: nobody may use either here.
GUARDED: dict[str, Value] = {
    "not_tell": "yes",
    "not_tell_who": WORDS,
    "not_tell_what": ["address"],
    "not_tell_email": "uncle@example.org",
    "not_tell_phone": "+447700900666",
}
# Pages with a record's id in their address that show nobody, and why.
NOT_ABOUT_A_CHILD = {
    "GET /staff/clinics/sittings/{sitting_id:uuid}/cancel": "what a change does, counted",
    "GET /staff/clinics/sittings/{sitting_id:uuid}/host": "which therapist",
    "GET /staff/callbacks/{message_id:uuid}/voice": "a sound",
}
# Lists of calls on which the child is one of many; of these addresses the walk would know nothing by itself.
LISTS = ("/staff/callbacks?show=all", "/staff/callbacks?show=mine", "/staff/callbacks/board")
# Messages that are about no child, and why.
ABOUT_NO_CHILD = {
    "notifications/staff_letters.py": "to colleagues, about signing in",
    "notifications/desk_pages.py": "a test with invented words",
    "advice_line/record_telling.py": "to the safeguarding lead, who must hear of it; it names nobody",
    "app/demo/messages.py": "invented, about no referral",
}


def calls_of(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        called = getattr(node, "func", None)
        if isinstance(node, ast.Call) and name in (getattr(called, "attr", ""), getattr(called, "id", "")):
            yield node


def senders() -> Iterator[tuple[str, dict[str, str]]]:
    """(the module, its arguments) of every place that writes a message."""
    for path in sorted(ROOT.glob("*/**/*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where.startswith((".", "tests/", "benchmarks/")) or "send_message" not in (text := path.read_text()):
            continue
        for call in calls_of("send_message", ast.parse(text)):
            yield where, {one.arg or "": ast.unparse(one.value) for one in call.keywords}


def test_every_message_says_which_child_it_is_about_or_why_none() -> None:
    found = list(senders())
    assert len(found) > 10
    assert all("child" in given for _, given in found)
    assert {where for where, given in found if given["child"] == "NO_CHILD"} == set(ABOUT_NO_CHILD)


def test_only_one_place_writes_messages_down() -> None:
    """What `send_message` and its copies ask nobody else could pass by."""
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in Path(ROOT).glob("*/*.py")
        if path.parent.name not in ("tests", "benchmarks") and re.search(r"insert\(Message[.)]", path.read_text())
    }
    assert writers == {"notifications/service.py", "notifications/dispatch.py"}


@pytest.fixture
async def known(house: House, clock: MovedClock) -> dict[str, UUID]:
    """The ids of one guarded child's records in every room, by what addresses call them."""
    async with house.db.transaction() as session:
        return await live(session, house, clock)


async def live(session: Session, house: House, clock: MovedClock) -> dict[str, UUID]:
    now, born = clock.now(), date.fromisoformat(str(PARENT["child_born"]))
    await receive(session, PARENT, now, **GUARDED)
    # The newest says nothing itself: the child's other referral speaks for it.
    referral_id = await receive(session, PARENT, now)
    await decide(session, referral_id, Discipline.OT, NOT_ACCEPTED, now)
    other_id = await receive(session, PARENT, now)
    sitting_id = await sitting_of(session, screening())
    child: dict[str, Any] = {
        "child_first": "Maya",
        "child_last": str(PARENT["child_last"]),
        "child_born": born.isoformat(),
    }
    booking = await booked(session, sitting_id, now, replace(FAMILY, **child))
    message = await leave(session, now, child=Child("Maya", LAST, born))
    return {
        "referral_id": referral_id,
        "other_id": other_id,
        "letter_id": (await letters_of(session, referral_id))[0].id,
        "sitting_id": sitting_id,
        "booking_id": booking.id,
        "message_id": message.id,
        "subject_id": referral_id,
        "sent_id": await told_about(session, referral_id, now),
    }


def address_of(path: str, ids: Mapping[str, UUID]) -> str:
    given = {**ids, "message_id": ids["sent_id"]} if path.startswith("/staff/messages") else ids
    return filled(path.replace("{part:str}", "slt").replace("{slug:str}", "accept"), given)


async def test_every_staff_page_about_the_child_shows_it(app: Litestar, house: House, known: dict[str, UUID]) -> None:
    manager = next(one for one in await everybody(house) if one.who == Role.MANAGER)
    ids = known | await what_was_done(house, manager, known)
    missing, asked = await walked(app, manager, ids)
    assert not missing
    assert asked >= 18
    # The control: with nothing said about the child, not one of them is taken for a page that shows it
    async with house.db.transaction() as session:
        await session.exec(sa.delete(ChildGuard))
    missing, _ = await walked(app, manager, ids)
    assert len(missing) == asked


async def walked(app: Litestar, manager: Somebody, ids: Mapping[str, UUID]) -> tuple[list[str], int]:
    """(the pages about the child that do not show it, how many there are)."""
    missing, asked = [], 0
    people = f"/staff/callbacks/board/people/{manager.staff_id}"
    lists = {address: address for address in (*LISTS, people)}
    async with new_client(app) as browser:
        for name, address in (lists | dict(pages_about(app, ids))).items():
            asked += 1
            page = await manager.asks(browser, "GET", address)
            shows = WORDS in page.text or "Read first who must not be told" in page.text
            missing += [] if page.status_code == 200 and shows else [f"{page.status_code} {name}"]
    return missing, asked


def pages_about(app: Litestar, ids: Mapping[str, UUID]) -> Iterator[tuple[str, str]]:
    """(name, address) of every staff page with the id of one of these records in its address."""
    for route in routes_of(app):
        named = {part.split(":")[0] for part in route.path.split("{")[1:] if ":uuid}" in part}
        is_theirs = route.method == "GET" and route.path.startswith("/staff") and named and named <= set(ids)
        if is_theirs and route.name not in NOT_ABOUT_A_CHILD:
            yield route.name, address_of(route.path, ids)


async def what_was_done(house: House, manager: Somebody, known: dict[str, UUID]) -> dict[str, UUID]:
    """A worry and a recorded call about messages of the child, and one call that is the manager's to make."""
    actor = Actor(ActorKind.STAFF, manager.staff_id, "Invented", frozenset({Role.MANAGER}))
    now, child = house.clock.now(), Child("Maya", LAST, date.fromisoformat(str(PARENT["child_born"])))
    async with house.db.transaction() as session:
        theirs = await leave(session, now, child=child)
        theirs.owner_id, theirs.exception_reason, theirs.call_from = manager.staff_id, None, now
        spoken, call_id = await leave(session, now, child=child), new_id()
        await calls.record_call(
            session, actor, desk(now), spoken.id, call_id, CallNotes(Outcome.REACHED, "Done.", close=True)
        )
    return {"concern_id": await worry(house, manager, known), "call_id": call_id}


async def worry(house: House, manager: Somebody, known: dict[str, UUID]) -> UUID:
    """A worry somebody said about the child's call."""
    actor = Actor(ActorKind.STAFF, manager.staff_id, "Invented", frozenset({Role.MANAGER}))
    async with house.db.transaction() as session:
        now = house.clock.now()
        return await record_concerns.raise_concern(session, actor, known["message_id"], new_id(), now)


async def test_no_room_writes_to_who_must_not_be_told(house: House, clock: MovedClock) -> None:
    """A booking with their email, and a message on the advice line with their phone alone."""
    born = date.fromisoformat(str(PARENT["child_born"]))
    child: dict[str, Any] = {
        "child_first": "Maya",
        "child_last": str(PARENT["child_last"]),
        "child_born": born.isoformat(),
    }
    uncle = replace(FAMILY, email="Uncle@example.org", phone="+447700900666", **child)
    async with house.db.transaction() as session:
        await receive(session, PARENT, clock.now(), **GUARDED)
        sitting_id = await sitting_of(session, screening(), TUESDAY_9AM)
        booking = await booked(session, sitting_id, clock.now(), uncle)
        named = Child("Maya", LAST, born)
        call = await leave(session, clock.now(), child=named, email=None, phone="+447700900666")
        said = [*await messages_about(session, booking.id), *await messages_about(session, call.id)]
    assert len(said) == 2
    assert all(is_kept_from_them(one) for one in said)


def is_kept_from_them(message: MessageView) -> bool:
    """Never leaves, and a person hears of it."""
    return message.state is DeliveryState.DROPPED and message.needs_person
