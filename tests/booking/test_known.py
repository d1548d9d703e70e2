"""Booking for a family that is known: one family at a time in a browser, seen by who began it, and not for long."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from booking import forms, holds, known, known_holds, service
from booking.known_forms import answers_of
from booking.known_models import KnownBooking
from booking.known_words import KEPT_FOR, STILL_KEPT, Booker, FamilyOver, KnownFamily
from booking.letters import reach
from booking.models import Booking, PlaceHold
from core.domain.clock import MovedClock
from core.domain.guard import NO_GUARD, Guard
from core.domain.identity import Actor, ActorKind, Discipline, Role
from core.domain.ids import new_id
from core.storage import drafts
from core.storage.children import ChildKeys, keys_of
from core.storage.columns import keys
from core.storage.drafts import Draft
from core.storage.guards import ChildGuard
from core.storage.session import Database
from core.web.house import House
from core.web.visitors import cookie_name
from notifications.api import messages_about
from tests.advice_line.support import a_therapist
from tests.booking.support import FAMILY, TUESDAY_9AM, head, planned, press_book, screening, states
from tests.conftest import StaffVisit
from tests.support.visit import Visit

pytestmark = pytest.mark.usefixtures("house")

NOBODY = ChildKeys()
SLT = (Discipline.SLT,)

Begin = Callable[..., Awaitable[str]]


def a_family(name: str = "Robin", **changed: Any) -> KnownFamily:
    """A parent who asked for the booking, and Remy."""
    told: dict[str, Any] = {
        "subject_id": new_id(),
        "occasion_id": new_id(),
        "reference": f"{name[:3].upper()}-123",
        "way_back": f"/staff/callbacks/calls/{new_id()}",
        "child": {"child_first": "Remy", "child_last": "Invented", "child_born": "2022-03-15"},
        "parent_name": f"{name} Invented",
        "email": f"{name.lower()}@example.org",
        "phone": "+447700900123",
        "texts": True,
        "parent_knows": True,
        "not_told": "Do not tell Sam.",
    }
    return KnownFamily(**(told | changed))


def booker(staff_id: UUID) -> Booker:
    return Booker(staff_id, "Amira Invented", "Speech and language therapist, Invented Service")


@pytest.fixture
async def amira(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.THERAPIST, disciplines=SLT, name="Amira Invented")


def browser_of(house: House, visit: Visit) -> bytes:
    """How the database knows a browser."""
    return house.keys.fingerprint("visitor", visit.client.cookies[cookie_name("visitor", house)])


@pytest.fixture
def begins(db: Database, house: House, clock: MovedClock, amira: Visit) -> Begin:
    """Amira begins for a family in her browser."""

    async def once(family: KnownFamily, **more: Any) -> str:
        await amira.get("/clinics")
        async with db.transaction() as session:
            by = (await session.exec(sa.text("select id from staff_account where name is not null limit 1"))).scalar()  # type: ignore[call-overload]
            return await known.begin(session, browser_of(house, amira), family, booker(by), NOBODY, clock.now(), **more)

    return once


async def hold(visit: Visit, sitting: UUID) -> str:
    """Chooses this time on the list as it is."""
    found = re.search(r'name="for" value="([^"]+)"', (await visit.get("/clinics")).text)
    reply = await visit.post("/clinics/hold", {"sitting": str(sitting)} | ({"for": found[1]} if found else {}))
    assert reply.status_code == 303, reply.text
    return str(reply.headers["location"])


async def rows(db: Database, table: type) -> list[Any]:
    async with db.transaction() as session:
        return list((await session.exec(select(table))).all())


def test_what_is_known_answers_for_the_family_and_names_the_booker() -> None:
    told = answers_of(a_family(), booker(new_id()), NO_GUARD)
    assert told["on_behalf"] == ["yes"]
    assert (told["contact_name"], told["parent_name"]) == ("Amira Invented", "Robin Invented")
    assert (told["parent_by"], told["parent_email"]) == ("email", "robin@example.org")
    assert "pro_told" not in told, "that is for the booker to say"


def test_a_text_is_chosen_only_where_it_is_safe_and_reaches_a_mobile() -> None:
    by = booker(new_id())
    assert answers_of(a_family(email=""), by, NO_GUARD)["parent_by"] == "text"
    assert "parent_by" not in answers_of(a_family(email="", texts=False), by, NO_GUARD)
    assert "parent_by" not in answers_of(a_family(email="", phone="+441632960456"), by, NO_GUARD)


def test_an_address_that_is_never_used_for_the_child_is_not_filled_in() -> None:
    barred = Guard(barred=frozenset([keys().fingerprint("email", "robin@example.org")]))
    told = answers_of(a_family(email="Robin@example.org"), booker(new_id()), barred)
    assert "parent_email" not in told
    assert told["parent_mobile"] == "+447700900123"


def test_what_is_too_long_for_a_question_is_asked() -> None:
    told = answers_of(a_family(child={"child_first": "R" * 36}), booker(new_id()), NO_GUARD)
    assert "child_first" not in told


async def test_what_is_kept_of_a_family_is_encrypted(db: Database, begins: Begin) -> None:
    assert await begins(a_family()) == ""
    async with db.transaction() as session:
        drafts = await session.exec(sa.text("select d::text || k::text from draft d, booking_known k"))  # type: ignore[call-overload]
        told = str(drafts.all())
    for word in ("Robin", "Remy", "robin@example.org", "Sam"):
        assert word not in told
        assert word.encode().hex() not in told


async def test_who_must_not_be_contacted_is_said_and_never_filled_in(
    db: Database, house: House, clock: MovedClock
) -> None:
    child, email = b"c" * 32, house.keys.fingerprint("email", "robin@example.org")
    async with db.transaction() as session:
        amira = await a_therapist(session, clock.now())
        assert amira.id is not None
        guard = ChildGuard(record_id=new_id(), surname_born_key=child, words="Never write to Robin.", ways=[email])
        session.add(guard)
        await known.begin(session, b"b" * 32, a_family(), booker(amira.id), keys_of(named=child), clock.now())
        row = await known.under_way(session, b"b" * 32, amira, clock.now())
        assert row is not None
        assert (await known.inset_of(session, row)).not_told == "Do not tell Sam.\nNever write to Robin."
        draft = await known.draft_of(session, row)
    assert draft is not None
    assert "parent_email" not in draft.answers


async def test_the_list_says_for_whom_and_stopping_leaves_nothing(db: Database, amira: Visit, begins: Begin) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family())
    base = await hold(amira, sitting)
    page = (await amira.get("/clinics")).text
    assert "You are booking for the family of call ROB-123." in page
    assert "Do not tell Sam." in page
    assert "Remy" not in page
    known_id = re.findall(r'name="for" value="([^"]+)"', page)[0]
    await amira.post("/clinics/for-family/stop", {"for": known_id, "room": "/sessions"})
    assert amira.last is not None
    assert amira.last.headers["location"] == "/sessions"
    assert "for the family" not in (await amira.follow()).text
    assert await states(db) == {"free": 1}
    assert (await rows(db, Draft), await rows(db, KnownBooking)) == ([], [])
    assert (await amira.get(base)).headers["location"] == "/clinics"
    # Pressed twice it changes nothing, and a family begun meanwhile stays
    await begins(a_family("Kit"))
    await amira.get("/clinics")
    await amira.post("/clinics/for-family/stop", {"for": known_id, "room": "//elsewhere"})
    assert amira.last.headers["location"] == "/clinics"
    assert "KIT-123" in (await amira.follow()).text


async def test_booking_in_one_tab_after_stopping_in_another_says_what_happened(
    db: Database, amira: Visit, begins: Begin
) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family())
    base = await hold(amira, sitting)
    [row], drafts_then = await rows(db, KnownBooking), await rows(db, Draft)
    [draft] = [one for one in drafts_then if one.journey == forms.SCREENING.name]
    await amira.get("/clinics")
    await amira.post("/clinics/for-family/stop", {"for": str(row.id), "room": "/clinics"})
    reply = await amira.post(f"{base}/check", {"draft": str(draft.id), "stands_for": str(sitting)})
    assert (reply.status_code, "What was filled in for this family is gone" in reply.text) == (409, True)
    assert "Remy" not in reply.text
    assert await states(db) == {"free": 1}
    assert await rows(db, Booking) == []
    amira.client.cookies.clear()
    assert (await amira.post(f"{base}/check", {"draft": str(draft.id)})).status_code in (403, 404)


async def test_signed_out_or_another_colleague_in_the_same_browser_sees_nothing_of_it(
    db: Database, house: House, amira: Visit, begins: Begin, staff_visit: StaffVisit
) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family())
    base = await hold(amira, sitting)
    await amira.get(base)
    assert (await amira.follow()).status_code == 200
    own = dict(amira.client.cookies)
    dan = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Dan Invented")
    staff = cookie_name("staff", house)
    for token in (dan.client.cookies[staff], ""):
        amira.client.cookies.clear()
        for name, value in (own | {staff: token}).items():
            amira.client.cookies.set(name, value)
        assert "for the family" not in (await amira.get("/clinics")).text
        for page in ("", "/known", "/child", "/check", "/sent"):
            reply = await amira.get(f"{base}{page}")
            assert "Remy" not in reply.text
            assert reply.status_code in (303, 404)


async def test_nobody_else_in_this_browser_answers_for_the_family(
    db: Database, house: House, amira: Visit, begins: Begin, staff_visit: StaffVisit
) -> None:
    sitting, _ = await planned(db, screening(), TUESDAY_9AM, TUESDAY_9AM + timedelta(hours=1))
    await begins(a_family())
    base = await hold(amira, sitting)
    await amira.get(base)
    await amira.follow()
    await amira.post(f"{base}/known", {"known": "no"})
    dan = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Dan Invented")
    staff, led_to = cookie_name("staff", house), ""
    for token, status in ((dan.client.cookies[staff], 404), ("", 303)):
        amira.client.cookies.delete(staff)
        amira.client.cookies.set(staff, token)
        await amira.get("/clinics")
        for shown in ("", "an older page"):
            child = {"child_first": "Sam", "child_last": "Other", "shown": shown}
            born = {"child_born-day": "1", "child_born-month": "2", "child_born-year": "2023"}
            reply = await amira.post(f"{base}/child", child | born)
            assert "Remy" not in reply.text
            assert reply.status_code == status
            led_to = reply.headers.get("location", "")
    assert "/staff/sign-in" in led_to, "whose session ended midway signs in again"
    [held] = [draft for draft in await rows(db, Draft) if draft.journey == forms.SCREENING.name]
    assert held.answers["child_first"] == "Remy"


async def test_the_familys_link_stays_out_of_a_colleagues_browser_also_when_they_say_they_book_for_themselves(
    db: Database, amira: Visit, begins: Begin
) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family(seen="no"))
    base = await hold(amira, sitting)
    await amira.get(base)
    await amira.follow()
    await amira.post(f"{base}/name?change=1", {"contact_name": "Amira Invented"})
    for slug, typed in (
        ("contact", {"contact_by": "email"}),
        ("email", {"email": "amira@example.org"}),
        ("phone", {"phone": "07700 900123"}),
    ):
        await amira.post(f"{base}/{slug}?change=1", typed)
    await amira.get(f"{base}/check")
    await press_book(amira)
    text = (await amira.follow()).text
    assert "/bookings/" not in text
    [booking] = await rows(db, Booking)
    assert booking.contact_name == "Amira Invented"


async def test_a_time_chosen_by_somebody_else_in_this_browser_starts_with_nothing_typed(
    db: Database, house: House, amira: Visit, begins: Begin
) -> None:
    offer = screening()
    first, other = await planned(db, offer, TUESDAY_9AM, TUESDAY_9AM + timedelta(hours=1))
    await begins(a_family())
    base = await hold(amira, first)
    amira.client.cookies.delete(cookie_name("staff", house))
    own = await hold(amira, other)
    assert own != base
    assert (await amira.get(own)).headers["location"] == f"{own}/known"
    assert "Remy" not in (await amira.get(f"{own}/check")).text
    assert await states(db) == {"free": 1, "held": 1}


async def test_once_booked_another_time_that_was_held_for_the_family_goes_with_its_answers(
    db: Database, clock: MovedClock, amira: Visit, begins: Begin
) -> None:
    [one], [other] = await planned(db, screening()), await planned(db, screening())
    await begins(a_family(seen="no"))
    await hold(amira, other)
    base = await hold(amira, one)
    await amira.get(base)
    await amira.follow()
    await amira.post(f"{base}/tell-you?change=1", {"pro_told": "no"})
    await amira.follow()
    await press_book(amira)
    assert "The family is booked" in (await amira.follow()).text
    async with db.transaction() as session:
        await known.forget_over(session, clock.now())
    assert await states(db, other) == {"free": 1}
    assert [draft.answers for draft in await rows(db, Draft) if draft.answers] == []
    assert "The family is booked" in (await amira.get(f"{base}/sent")).text


async def test_begun_again_it_knows_what_was_mended_meanwhile(db: Database, amira: Visit, begins: Begin) -> None:
    family = a_family()
    await begins(family)
    await begins(replace(family, phone="+447700900555", email="new@example.org", not_told="Do not tell Kit."))
    [draft] = await rows(db, Draft)
    assert (draft.answers["parent_email"], draft.answers["parent_phone"]) == ("new@example.org", "+447700900555")
    assert "Do not tell Kit." in (await amira.get("/clinics")).text


async def test_more_time_leads_back_to_the_question_and_from_there_to_the_check(
    db: Database, amira: Visit, begins: Begin
) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family(seen="no"))
    base = await hold(amira, sitting)
    await amira.get(base)
    page = (await amira.follow()).text
    [back] = re.findall(r'name="back" value="([^"]+)"', page)
    reply = await amira.post(f"{base}/extend", {"back": back})
    assert reply.headers["location"] == f"{base}/tell-you?change=1"


async def test_what_was_typed_by_hand_is_never_mixed_with_a_family(db: Database, amira: Visit, begins: Begin) -> None:
    [sitting] = await planned(db, screening())
    by_hand = await hold(amira, sitting)
    await amira.get(by_hand)
    await amira.follow()
    await amira.post(f"{by_hand}/known", {"known": "yes"})
    await begins(a_family())
    page = (await amira.get("/clinics/" + str((await rows(db, PlaceHold))[0].offer_id))).text
    [family] = re.findall(r'name="for" value="([^"]+)"', page)[:1]
    chosen = {"sitting": str(sitting), "for": family}
    reply = await amira.post("/clinics/hold", chosen)
    assert reply.status_code == 409
    assert "You began to book this already" in reply.text
    assert by_hand in reply.text
    reply = await amira.post("/clinics/hold", chosen | {"instead": "yes"})
    assert reply.headers["location"] != by_hand
    assert [str(draft.answers.get("known", "")) for draft in await rows(db, Draft)] == ["", ""]


async def test_a_time_pressed_on_a_page_from_before_holds_nothing(db: Database, amira: Visit, begins: Begin) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family())
    reply = await amira.post("/clinics/hold", {"sitting": str(sitting)})
    assert (reply.status_code, "Look who you are booking for" in reply.text) == (409, True)
    reply = await amira.post("/clinics/hold", {"sitting": str(sitting), "for": str(new_id())})
    assert reply.status_code == 409
    assert await states(db) == {"free": 1}


async def test_it_runs_out_by_itself_with_the_place_and_the_answers(
    db: Database, clock: MovedClock, amira: Visit, begins: Begin, house: House
) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family())
    [row] = await rows(db, KnownBooking)
    begun, actor = clock.now(), Actor(ActorKind.STAFF, id=row.staff_id)
    late = begun + KEPT_FOR - timedelta(minutes=5)
    async with db.transaction() as session:
        assert await known.under_way(session, row.owner, actor, begun + KEPT_FOR) is None
        family = await known.under_way(session, row.owner, actor, late)
        hold_id = await known_holds.hold_for(session, row.owner, sitting, 15, late, family=family)
    async with db.transaction() as session:
        held = await session.get_one(PlaceHold, hold_id)
        assert await known_holds.family_of(session, held, actor, late + timedelta(minutes=30)), "a hold has its time"
        with pytest.raises(FamilyOver):
            await known_holds.family_of(session, held, actor, late + STILL_KEPT)
    async with db.transaction() as session:
        assert await known.forget_over(session, late) == 0
        assert await known.forget_over(session, late + STILL_KEPT) == 1
    assert (await rows(db, Draft), await rows(db, KnownBooking)) == ([], [])
    assert await states(db) == {"free": 1}


async def test_the_phone_that_may_not_be_texted_is_kept_for_calls_alone(
    db: Database, clock: MovedClock, amira: Visit, begins: Begin
) -> None:
    [sitting] = await planned(db, screening())
    await begins(a_family(texts=False, seen="no"))
    base = await hold(amira, sitting)
    await amira.get(base)
    assert "Send no text to their phone." in (await amira.follow()).text
    await amira.post(f"{base}/tell-you?change=1", {"pro_told": "no"})
    await amira.follow()
    await press_book(amira)
    assert "The family is booked" in (await amira.follow()).text
    [booking] = await rows(db, Booking)
    async with db.transaction() as session:
        [told] = [one for one in await messages_about(session, booking.id) if one.purpose == "booking-confirmed"]
    assert (booking.phone, told.address) == ("+447700900123", "robin@example.org")
    assert reach(booking).alternatives == ()


async def test_two_tabs_that_begin_different_families_at_once_leave_one(
    real_db: Database, clock: MovedClock, house: House
) -> None:
    async with real_db.transaction() as session:
        amira = await a_therapist(session, clock.now())
    assert amira.id is not None
    by = booker(amira.id)

    async def begins_one(family: KnownFamily) -> str:
        async with real_db.transaction() as session:
            return await known.begin(session, b"b" * 32, family, by, NOBODY, clock.now())

    families = [a_family(name) for name in ("Robin", "Kit", "Alex")]
    told = await asyncio.gather(*map(begins_one, families))
    [row] = await rows(real_db, KnownBooking)
    assert sorted(told) == sorted(["", row.reference, row.reference])
    [draft] = await rows(real_db, Draft)
    assert draft.answers["parent_name"].upper().startswith(row.reference[:3])


async def test_a_booking_and_its_stop_at_once_end_as_one_or_the_other(
    real_db: Database, clock: MovedClock, house: House
) -> None:
    owner, now = b"b" * 32, clock.now()
    async with real_db.transaction() as session:
        amira = await a_therapist(session, now)
    assert amira.id is not None
    for hour in range(3):
        [sitting] = await planned(real_db, screening(), TUESDAY_9AM + timedelta(hours=hour))
        async with real_db.transaction() as session:
            await known.begin(session, owner, a_family(), booker(amira.id), NOBODY, now)
            family = await known.under_way(session, owner, amira, now)
            assert family is not None
            hold_id = await known_holds.hold_for(session, owner, sitting, 15, now, family=family)

        async def stops(known_id: UUID = family.id) -> None:
            async with real_db.transaction() as session:
                await known.stop(session, owner, amira, known_id, now)

        both = asyncio.gather(books(real_db, amira, owner, hold_id, sitting, clock), stops())
        booked = (await asyncio.wait_for(both, 10))[0]
        assert await states(real_db, sitting) == ({"booked": 1} if booked else {"free": 1})
        async with real_db.transaction() as session:
            kept = await session.get(KnownBooking, family.id)
        assert (kept is not None and kept.booking_id is not None) == booked
    assert [draft for draft in await rows(real_db, Draft) if draft.sent_at is None] == []


async def books(db: Database, actor: Actor, owner: bytes, hold_id: UUID, sitting: UUID, clock: MovedClock) -> bool:
    """Presses "Book this time"; False when the family was stopped a moment before."""
    now = clock.now()
    try:
        async with db.transaction() as session:
            draft = await drafts.open_draft(session, owner, forms.SCREENING.name, hold_id, lock=True)
            hold = await holds.check_time(session, owner, hold_id, str(sitting))
            await known_holds.still_for(session, hold, actor, now)
            family = known_holds.kept_for(session)
            if draft is None or family is None:
                return False
            booking = await service.confirm(session, actor, owner, hold_id, draft.id, FAMILY, head(), now)
            await known.booked(session, family, booking, actor, now)
            drafts.mark_sent(draft, booking.id, "", now)
            return True
    except FamilyOver:
        return False
