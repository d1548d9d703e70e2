"""What families do beside a plain booking, without JavaScript: limits, more time, groups, contact, calendars."""

from datetime import timedelta

import icalendar
import pytest
from litestar import Litestar
from sqlmodel import col, select

from booking.models import Booking, Offer, PlaceHold, Sitting
from booking.words import BookingState
from core.domain.clock import MovedClock, in_london, london
from core.storage.session import Database
from notifications.api import messages_about
from tests.booking.support import (
    PARENT,
    SCREENING_ANSWERS,
    TUESDAY_9AM,
    booked,
    information,
    planned,
    press_book,
    screening,
    states,
)
from tests.booking.test_pages import fill_in, hold
from tests.conftest import new_client
from tests.support.visit import Visit

_LATER = TUESDAY_9AM + timedelta(minutes=15)
_BORN = {"born-day": "14", "born-month": "3", "born-year": "2021"}


async def answers(visit: Visit, base: str, pages: dict[str, dict[str, str]]) -> None:
    """Answers these pages and stops at the check."""
    for slug, given in pages.items():
        assert (await visit.get(f"{base}/{slug}")).status_code == 200, slug
        assert (await visit.post(f"{base}/{slug}", given)).status_code == 303, slug
    assert (await visit.get(f"{base}/check")).status_code == 200


async def enters(visit: Visit, db: Database, clock: MovedClock) -> tuple[str, Booking]:
    """A family at its booking."""
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now(), token="invented")
    await visit.get("/bookings/invented")
    await visit.post("/bookings/invented", _BORN)
    return "/bookings/invented", booking


async def only_offer(db: Database) -> object:
    async with db.transaction() as session:
        return (await session.exec(select(Offer.id))).one()


async def test_a_third_time_is_not_kept_and_the_page_says_which_two_are(visit: Visit, db: Database) -> None:
    for n in range(2):
        [sitting] = await planned(db, screening(title=f"Clinic {n}"), TUESDAY_9AM + timedelta(hours=n))
        await hold(visit, sitting)
    [third] = await planned(db, screening(title="Clinic 2"), TUESDAY_9AM + timedelta(hours=2))
    await visit.get("/clinics")
    reply = await visit.post("/clinics/hold", {"sitting": str(third)})
    assert reply.status_code == 409
    assert "You are keeping 2 times already" in reply.text
    assert reply.text.count('href="/clinics/hold/') == 2


async def test_one_address_leaves_half_of_an_offer_to_others(app: Litestar, db: Database) -> None:
    [sitting] = await planned(db, information(capacity=10))
    replies = []
    for _ in range(7):
        async with new_client(app) as browser:
            visit = Visit(browser)
            await visit.get("/sessions")
            replies.append(await visit.post("/sessions/hold", {"sitting": str(sitting)}))
    assert [reply.status_code for reply in replies] == [303] * 5 + [409] * 2
    assert "Several people at your address" in replies[-1].text
    assert (await states(db))["free"] == 5


async def test_more_time_is_given_once(visit: Visit, db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    clock.move_on(minutes=10)
    assert "I need more time" in (await visit.get(f"{base}/known")).text
    reply = await visit.post(f"{base}/extend", {"back": "known"})
    assert reply.headers["location"] == f"{base}/known"
    text = (await visit.follow()).text
    assert "until 10:25am" in text
    assert "I need more time" not in text
    clock.move_on(minutes=5)
    await visit.post(f"{base}/extend", {"back": "known"})
    assert "until 10:25am" in (await visit.follow()).text


async def test_a_time_that_ran_out_is_not_kept_longer(visit: Visit, db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    clock.move_on(minutes=15)
    assert (await visit.post(f"{base}/extend", {"back": "known"})).headers["location"] == f"{base}/gone"


async def test_questions_of_an_offer_give_advice_and_keep_nobody_out(visit: Visit, db: Database) -> None:
    asked = [{"ask": "Does your child live in the area?", "advice": "Your own area may see you sooner."}]
    [sitting] = await planned(db, screening(questions=asked))
    base = await hold(visit, sitting)
    await visit.get(base)
    assert "Does your child live in the area?" in (await visit.follow()).text
    assert (await visit.post(f"{base}/fit", {})).status_code == 422
    text = (await visit.post(f"{base}/fit", {"fit0": "no"})).text
    assert "Your own area may see you sooner." in text
    assert f'href="{base}/known"' in text
    assert (await visit.post(f"{base}/fit", {"fit0": "yes"})).headers["location"] == f"{base}/known"


async def test_a_page_that_a_change_opened_leads_straight_back_to_the_check(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    await fill_in(visit, base)
    # Given an answer that is changed, and whose new page has a way back that leads somewhere
    await visit.get(f"{base}/known?change=1")
    assert (await visit.post(f"{base}/known?change=1", {"known": "yes"})).headers["location"] == (
        f"{base}/advice?change=1"
    )
    assert f'href="{base}/known"' in (await visit.follow()).text
    # Then what was answered before is not asked again
    assert (await visit.post(f"{base}/advice?change=1", {})).headers["location"] == f"{base}/check"


async def test_what_was_checked_is_what_is_booked(visit: Visit, db: Database) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    base = await hold(visit, early)
    await fill_in(visit, base)
    checked = visit.last
    await hold(visit, late)
    visit.last = checked
    await press_book(visit)
    assert visit.last is not None
    assert visit.last.headers["location"] == f"{base}/check"
    assert await states(db) == {"free": 1, "held": 1}


async def test_a_child_has_two_bookings_of_a_clinic_and_no_third(visit: Visit, db: Database, clock: MovedClock) -> None:
    one, two, three = await planned(db, screening(), TUESDAY_9AM, _LATER, _LATER + timedelta(minutes=15))
    async with db.transaction() as session:
        for sitting in (one, two):
            await booked(session, sitting, clock.now())
    base = await hold(visit, three)
    await fill_in(visit, base)
    await press_book(visit)
    assert visit.last is not None
    assert visit.last.status_code == 409
    assert "Your child has two bookings already" in visit.last.text


async def test_a_professional_books_for_a_parent_and_both_are_told(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    pages: dict[str, dict[str, str]] = {
        "known": {"known": "no"},
        "child": dict(SCREENING_ANSWERS[1]),
        "name": {"contact_name": "Pat Invented", "on_behalf": "yes"},
        "your-role": {"pro_role": "Health visitor, Invented Health Centre"},
        "parent": {"parent_name": "Alex Sample"},
        "parent-knows": {"parent_knows": "no"},
        "tell-them": {},
        "parent-contact": {"parent_by": "text"},
        "parent-mobile": {"parent_mobile": "07700 900 982"},
        "tell-you": {"pro_told": "yes"},
        "your-email": {"pro_email": "pat.invented@example.org"},
    }
    await answers(visit, base, pages)
    await press_book(visit)
    assert "You are booked" in (await visit.follow()).text
    async with db.transaction() as session:
        booking = (await session.exec(select(Booking))).one()
        messages = {m.template: m for m in await messages_about(session, booking.id)}
    assert (booking.contact_name, booking.phone, booking.email) == ("Alex Sample", "+447700900982", None)
    assert booking.answers["pro_name"] == "Pat Invented"
    assert messages["booking-confirmed"].address == "+447700900982"
    assert messages["booking-copy"].address == "pat.invented@example.org"
    assert "/bookings/" not in messages["booking-copy"].body


_GROUP: dict[str, dict[str, str]] = {
    "name": {"contact_name": "Jo Madeup"},
    "role": {"role": "school"},
    "others": {"others": "Kim Madeup\r\n\r\nLou Madeup"},
    "contact": {"contact_by": "email"},
    "email": {"email": "office@example.org"},
}


async def test_people_from_one_school_book_move_and_cancel_together(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    early, late = await planned(db, information(), TUESDAY_9AM, TUESDAY_9AM + timedelta(days=1))
    base = await hold(visit, early, "/sessions")
    await answers(visit, base, _GROUP)
    await press_book(visit)
    text = (await visit.follow()).text
    assert "Kim Madeup, Lou Madeup" in text
    assert await states(db, early) == {"booked": 3, "free": 3}
    link = "/bookings/" + text.split('href="/bookings/')[1].split('"')[0]
    await visit.get(f"{link}/move")
    await visit.post(f"{link}/move", {"sitting": str(late)})
    assert (await states(db, early), await states(db, late)) == ({"free": 6}, {"booked": 3, "free": 3})
    assert "all 3 of you" in (await visit.get(link)).text
    await visit.get(f"{link}/cancel")
    await visit.post(f"{link}/cancel", {})
    assert await states(db, late) == {"free": 6}
    async with db.transaction() as session:
        assert {b.state for b in (await session.exec(select(Booking))).all()} == {BookingState.CANCELLED}


async def test_a_group_gets_all_its_places_or_none(visit: Visit, db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, information(capacity=3))
    async with db.transaction() as session:
        await booked(session, sitting, clock.now(), PARENT)
    base = await hold(visit, sitting, "/sessions")
    await answers(visit, base, _GROUP)
    await press_book(visit)
    reply = await visit.follow()
    assert reply.status_code == 409
    assert "not enough places left" in reply.text
    assert await states(db) == {"booked": 1, "held": 1, "free": 1}


async def test_ten_names_are_too_many_and_are_kept_on_the_page(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, information())
    base = await hold(visit, sitting, "/sessions")
    for slug in ("name", "role"):
        await visit.get(f"{base}/{slug}")
        await visit.post(f"{base}/{slug}", _GROUP[slug])
    await visit.get(f"{base}/others")
    reply = await visit.post(f"{base}/others", {"others": "\n".join(f"Person {n}" for n in range(10))})
    assert reply.status_code == 422
    assert "Enter 9 names or fewer" in reply.text
    assert "Person 9" in reply.text


async def test_a_family_changes_where_we_write_to(visit: Visit, db: Database, clock: MovedClock) -> None:
    link, booking = await enters(visit, db, clock)
    assert "alex.sample@example.org" in (await visit.get(f"{link}/contact")).text
    assert (await visit.post(f"{link}/contact", {"contact_by": "email", "email": "no"})).status_code == 422
    reply = await visit.post(f"{link}/contact", {"contact_by": "text", "mobile": "07700 900 982"})
    assert reply.headers["location"] == f"{link}?done=contact"
    async with db.transaction() as session:
        kept = await session.get_one(Booking, booking.id)
        assert (kept.contact_by, kept.phone) == ("text", "+447700900982")
        assert "+447700900982" in {m.address for m in await messages_about(session, booking.id)}


async def test_a_calendar_follows_a_booking_to_its_end_and_can_be_stopped(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    link, booking = await enters(visit, db, clock)
    text = (await visit.post(f"{link}/feed", {})).text
    feed = "/bookings/feed/" + text.split("/bookings/feed/")[1].split('"')[0]
    assert "webcal://" in text
    before = icalendar.Calendar.from_ical((await visit.client.get(feed)).content)
    await visit.get(f"{link}/cancel")
    await visit.post(f"{link}/cancel", {})
    reply = await visit.client.get(feed)
    after = icalendar.Calendar.from_ical(reply.content)
    events = [read.walk("VEVENT")[0] for read in (before, after)]
    assert [event["STATUS"] for event in events] == ["CONFIRMED", "CANCELLED"]
    assert events[0]["UID"] == events[1]["UID"] == booking.calendar_uid
    assert [event["SEQUENCE"] for event in events] == [0, 1]
    assert after["METHOD"] == "PUBLISH"
    for private in ("Robin", "Sample", "invented"):
        assert private not in reply.text
    await visit.get(link)
    await visit.post(f"{link}/feed/stop", {})
    assert (await visit.client.get(feed)).status_code == 404


@pytest.mark.parametrize(
    ("clock_at", "starts_at"),
    [
        (london(2026, 10, 20, 10), london(2026, 10, 23, 9)),
        (london(2026, 10, 20, 10), london(2026, 10, 26, 9)),
        (london(2027, 3, 22, 10), london(2027, 3, 26, 9)),
        (london(2027, 3, 22, 10), london(2027, 3, 29, 9)),
    ],
)
async def test_nine_in_the_morning_is_nine_in_every_calendar_on_both_sides_of_both_changes(
    visit: Visit, db: Database, clock: MovedClock, clock_at: object, starts_at: object
) -> None:
    clock.move_to(clock_at)  # type: ignore[arg-type]
    [sitting] = await planned(db, screening(), starts_at)  # type: ignore[arg-type]
    async with db.transaction() as session:
        await booked(session, sitting, clock.now(), token="invented")
    await visit.get("/bookings/invented")
    await visit.post("/bookings/invented", _BORN)
    read = icalendar.Calendar.from_ical((await visit.get("/bookings/invented/calendar.ics")).content)
    event = read.walk("VEVENT")[0]
    assert event.decoded("DTSTART") == starts_at
    assert in_london(event.decoded("DTSTART")).hour == 9
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert read.walk("VTIMEZONE")


async def test_what_is_not_released_is_not_shown_nor_kept_and_the_page_says_when(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        (await session.get_one(Sitting, sitting)).released_at = london(2026, 11, 30, 9)
    text = (await visit.get("/clinics")).text
    assert "Monday 30 November 2026 at 9am" in text
    assert 'name="sitting"' not in text
    assert "Join the waiting list" in text
    await visit.get(f"/clinics/wait/{await only_offer(db)}/when")
    assert (await visit.post("/clinics/hold", {"sitting": str(sitting)})).status_code == 409
    clock.move_to(london(2026, 11, 30, 9))
    assert ">9am</button>" in (await visit.get("/clinics")).text


async def test_lists_are_filtered_by_topic_language_and_time_of_day(visit: Visit, db: Database) -> None:
    await planned(db, information(title="Sleep well", topic="sleep"), TUESDAY_9AM)
    await planned(db, information(title="Eating", topic="food", language="pl"), TUESDAY_9AM + timedelta(hours=9))
    seen = {}
    for asked in ("topic=sleep", "language=pl", "time=evening", "time=morning", "topic=unknown", "time=noon"):
        text = (await visit.get(f"/sessions?{asked}")).text
        seen[asked] = ("Sleep well</a>" in text, "Eating</a>" in text)
    assert seen == {
        "topic=sleep": (True, False),
        "language=pl": (False, True),
        "time=evening": (False, True),
        "time=morning": (True, False),
        "topic=unknown": (True, True),
        "time=noon": (True, True),
    }


async def test_an_address_is_kept_only_as_a_hash_and_not_after_the_booking(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    async with db.transaction() as session:
        row = (await session.exec(select(PlaceHold).order_by(col(PlaceHold.id)))).one()
        assert len(row.came_from or b"") == 32
    await fill_in(visit, base)
    await press_book(visit)
    async with db.transaction() as session:
        assert (await session.exec(select(PlaceHold.came_from))).one() is None
        (await session.exec(select(Offer))).one()
