"""What families see and do, without JavaScript."""

from datetime import timedelta
from typing import ClassVar

import icalendar
import pytest
from litestar import Litestar
from sqlmodel import col, select

from booking.models import Booking, Place, PlaceHold
from booking.words import BookingState, PlaceState
from core.domain.clock import MovedClock, in_london, london
from core.storage.session import Database
from core.web.house import House
from notifications.api import messages_about
from tests.booking.support import (
    PARENT,
    SCREENING_ANSWERS,
    TUESDAY_9AM,
    booked,
    books,
    information,
    planned,
    press_book,
    screening,
    sitting_of,
)
from tests.conftest import new_client
from tests.support.visit import Visit

_LATER = TUESDAY_9AM + timedelta(minutes=15)


async def hold(visit: Visit, sitting: object, room: str = "/clinics") -> str:
    """Holds a time and returns the address of its journey."""
    await visit.get(room)
    reply = await visit.post(f"{room}/hold", {"sitting": str(sitting)})
    assert reply.status_code == 303
    return str(reply.headers["location"])


async def fill_in(visit: Visit, base: str) -> None:
    """Answers every question and stops at the check."""
    for slug, answers in zip(("known", "child", "name", "contact", "email", "phone"), SCREENING_ANSWERS, strict=True):
        await visit.get(f"{base}/{slug}")
        assert (await visit.post(f"{base}/{slug}", answers)).status_code == 303
    assert (await visit.get(f"{base}/check")).status_code == 200


async def test_free_times_are_listed_by_day_and_full_ones_are_not(visit: Visit, db: Database) -> None:
    early, _ = await planned(db, screening(), TUESDAY_9AM, _LATER)
    async with db.transaction() as session:
        await booked(session, early, london(2026, 11, 23, 10))
    reply = await visit.get("/clinics")
    assert "Tuesday 1 December 2026" in reply.text
    assert ">9:15am</button>" in reply.text
    assert ">9am</button>" not in reply.text


async def test_times_are_filtered_by_therapy_and_day(visit: Visit, db: Database) -> None:
    await planned(db, screening(), TUESDAY_9AM)
    await planned(db, screening(discipline="ot", title="OT clinic"), TUESDAY_9AM + timedelta(days=1, minutes=30))
    assert "OT clinic</a></p>" in (await visit.get("/clinics?discipline=ot")).text
    assert ">9am</button>" not in visit.last.text  # type: ignore[union-attr]
    assert ">9am</button>" in (await visit.get("/clinics?day=2026-12-01")).text
    assert ">9:30am</button>" not in visit.last.text  # type: ignore[union-attr]
    assert "no free times on this day" in (await visit.get("/clinics?day=2026-12-04")).text


@pytest.mark.parametrize(
    "asked", ["discipline=magic", "day=31-31-31", "day=0001-01-01", "after=x", "after=-", "day=9999-12-31"]
)
async def test_a_filter_nobody_can_read_refuses_nobody(visit: Visit, db: Database, asked: str) -> None:
    await planned(db, screening())
    assert ">9am</button>" in (await visit.get(f"/clinics?{asked}")).text


async def test_htmx_gets_the_times_alone(visit: Visit, db: Database) -> None:
    await planned(db, screening())
    reply = await visit.get("/clinics", headers={"HX-Request": "true"})
    assert reply.text.lstrip().startswith('<div id="times">')
    assert "<html" not in reply.text


async def test_a_long_list_goes_on_where_it_ended(visit: Visit, db: Database) -> None:
    await planned(db, screening(), *(TUESDAY_9AM + timedelta(minutes=15 * n) for n in range(45)))
    first = (await visit.get("/clinics")).text
    address = first.split('href="/clinics?after=')[1].split('"')[0]
    second = (await visit.get(f"/clinics?after={address}")).text
    assert (first.count('name="sitting"'), second.count('name="sitting"')) == (40, 5)
    assert "Later times" not in second


async def test_sessions_show_the_places_left_and_say_when_they_are_full(visit: Visit, db: Database) -> None:
    offer = information(capacity=1)
    [full] = await planned(db, offer)
    await planned(db, information(title="Another session", capacity=2), _LATER)
    async with db.transaction() as session:
        await booked(session, full, london(2026, 11, 23, 10), PARENT)
    text = (await visit.get("/sessions")).text
    assert "2 places left" in text
    assert "Full" in text
    assert text.count('name="sitting"') == 1


async def test_an_offer_says_what_it_is_and_when(visit: Visit, db: Database) -> None:
    offer = screening()
    await planned(db, offer)
    reply = await visit.get(f"/clinics/{offer.id}")
    assert "A short video call." in reply.text
    assert ">9am</button>" in reply.text
    assert (await visit.get(f"/sessions/{offer.id}")).status_code == 404


async def test_a_family_books_and_is_told_everything(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    link = await books(visit, sitting)
    sent = visit.last
    assert sent is not None
    assert "You are booked" in sent.text
    assert "Tuesday 1 December 2026 at 9am to 9:15am" in sent.text
    async with db.transaction() as session:
        booking = (await session.exec(select(Booking))).one()
        [message] = await messages_about(session, booking.id)
    assert booking.reference in sent.text
    assert link in message.body
    assert (await visit.get(link)).text.count(booking.reference) == 1


async def test_a_session_is_booked_without_a_word_about_a_child(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, information())
    base = await hold(visit, sitting, "/sessions")
    for slug, answers in (
        ("name", {"contact_name": "Jo Madeup"}),
        ("role", {"role": "parent"}),
        ("contact", {"contact_by": "text"}),
        ("mobile", {"mobile": "07700 900 982"}),
    ):
        assert "child’s" not in (await visit.get(f"{base}/{slug}")).text.split("<main")[1]
        assert (await visit.post(f"{base}/{slug}", answers)).status_code == 303
    await visit.get(f"{base}/check")
    await press_book(visit)
    assert "You are booked" in (await visit.follow()).text
    async with db.transaction() as session:
        booking = (await session.exec(select(Booking))).one()
    assert (booking.child_first, booking.child_born, booking.child_key) == (None, None, None)


async def test_the_time_left_is_on_every_page_of_the_journey(visit: Visit, db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    clock.move_on(minutes=5, seconds=10)
    text = (await visit.get(f"{base}/known")).text
    assert '<span data-ends="2026-11-23T10:15:00+00:00" data-now="2026-11-23T10:05:10+00:00">10 minutes</span>' in text
    assert "until 10:15am" in text


async def test_being_seen_before_gives_advice_and_refuses_nobody(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    await visit.get(f"{base}/known")
    await visit.post(f"{base}/known", {"known": "yes"})
    assert "You can still book" in (await visit.follow()).text
    await visit.post(f"{base}/advice", {})
    assert "Who is the appointment for?" in (await visit.follow()).text


async def test_bad_answers_come_back_with_what_was_typed(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    for slug, answers in (("known", {"known": "no"}),):
        await visit.get(f"{base}/{slug}")
        await visit.post(f"{base}/{slug}", answers)
    await visit.get(f"{base}/child")
    reply = await visit.post(
        f"{base}/child",
        {"child_first": "Robin", "child_born-day": "31", "child_born-month": "2", "child_born-year": "2021"},
    )
    assert reply.status_code == 422
    assert "<title>Error: " in reply.text
    assert 'value="Robin"' in reply.text
    assert "Enter your child’s last name" in reply.text


async def test_texts_are_only_promised_to_mobiles(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, information())
    base = await hold(visit, sitting, "/sessions")
    given = {"name": {"contact_name": "Jo Madeup"}, "role": {"role": "parent"}, "contact": {"contact_by": "text"}}
    for slug, answers in given.items():
        await visit.get(f"{base}/{slug}")
        await visit.post(f"{base}/{slug}", answers)
    await visit.get(f"{base}/mobile")
    reply = await visit.post(f"{base}/mobile", {"mobile": "01632 960 001"})
    assert reply.status_code == 422
    assert "Enter a mobile phone number" in reply.text


async def test_pressing_book_twice_makes_one_booking(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening(capacity=3))
    base = await hold(visit, sitting)
    await fill_in(visit, base)
    page = visit.last
    await press_book(visit)
    visit.last = page
    await press_book(visit)
    assert visit.last is not None
    assert visit.last.headers["location"].endswith("/sent")
    async with db.transaction() as session:
        assert len((await session.exec(select(Booking))).all()) == 1
        assert len((await session.exec(select(Place).where(Place.state == PlaceState.BOOKED))).all()) == 1


async def test_a_time_somebody_else_took_is_said_plainly_with_the_next_ones(
    visit: Visit, app: Litestar, db: Database
) -> None:
    early, _ = await planned(db, screening(), TUESDAY_9AM, _LATER)
    await visit.get("/clinics")
    async with new_client(app) as other:
        await hold(Visit(other), early)
    reply = await visit.post("/clinics/hold", {"sitting": str(early)})
    assert reply.status_code == 409
    assert "That time has just gone" in reply.text
    assert ">9:15am</button>" in reply.text


async def test_a_late_family_is_told_and_still_gets_the_time(visit: Visit, db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    await fill_in(visit, base)
    clock.move_on(minutes=20)
    assert "we have let this time go" in (await visit.get(f"{base}/check")).text
    await press_book(visit)
    assert "You are booked" in (await visit.follow()).text


async def test_a_late_family_who_lost_the_time_keeps_what_they_typed(
    visit: Visit, app: Litestar, db: Database, clock: MovedClock
) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    base = await hold(visit, early)
    await fill_in(visit, base)
    clock.move_on(minutes=20)
    async with new_client(app) as other:
        await hold(Visit(other), early)
    await press_book(visit)
    gone = await visit.follow()
    assert (gone.status_code, "That time has just gone" in gone.text) == (409, True)
    assert (await visit.post("/clinics/hold", {"sitting": str(late)})).headers["location"] == base
    check = await visit.get(f"{base}/check")
    assert "Robin" in check.text
    assert "9:15am" in check.text
    await press_book(visit)
    assert "You are booked" in (await visit.follow()).text


async def test_nobody_sees_the_hold_of_somebody_else(visit: Visit, app: Litestar, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    async with new_client(app) as other:
        for slug in ("", "/known", "/check", "/gone"):
            reply = await other.get(base + slug, follow_redirects=True)
            assert reply.status_code == 404, slug


async def test_a_clinic_is_not_booked_through_the_pages_of_sessions(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    assert (await visit.get(base.replace("/clinics", "/sessions"))).status_code == 404


async def test_after_booking_the_way_back_leads_to_the_confirmation(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    await fill_in(visit, base)
    await press_book(visit)
    for slug in ("", "/check", "/gone"):
        reply = await visit.get(base + slug)
        while reply.status_code == 303:
            reply = await visit.follow()
        assert "You are booked" in reply.text, slug


async def test_letting_the_time_go_frees_it_at_once(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    base = await hold(visit, sitting)
    await fill_in(visit, base)
    assert (await visit.post(f"{base}/let-go", {})).headers["location"] == "/clinics"
    assert ">9am</button>" in (await visit.follow()).text


@pytest.mark.parametrize("sitting", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
async def test_a_sitting_that_is_none_is_not_found(visit: Visit, db: Database, sitting: str) -> None:
    await planned(db, screening())
    await visit.get("/clinics")
    assert (await visit.post("/clinics/hold", {"sitting": sitting})).status_code == 404


class TestTheFamilysOwnPage:
    """Behind the link and the child's date of birth."""

    TOKEN = "invented-token"
    BORN: ClassVar = {"born-day": "14", "born-month": "3", "born-year": "2021"}

    @pytest.fixture(autouse=True)
    async def made(self, house: House, db: Database, clock: MovedClock) -> None:
        self.offer = screening()
        async with db.transaction() as session:
            self.sitting = await sitting_of(session, self.offer)
            self.other = await sitting_of(session, self.offer, _LATER)
            self.booking = await booked(session, self.sitting, clock.now(), token=self.TOKEN)

    @property
    def link(self) -> str:
        return f"/bookings/{self.TOKEN}"

    async def enters(self, visit: Visit) -> None:
        await visit.get(self.link)
        assert (await visit.post(self.link, self.BORN)).status_code == 303

    async def test_shows_nothing_before_the_date_of_birth(self, visit: Visit) -> None:
        reply = await visit.get(self.link)
        assert reply.status_code == 200
        for private in ("Robin", "Alex", self.booking.reference, "1 December", "speech"):
            assert private not in reply.text.split("<main")[1].split("</main")[0]
        for page in ("/move", "/cancel", "/calendar.ics"):
            assert (await visit.get(self.link + page)).headers["location"] == self.link

    async def test_changes_nothing_before_the_date_of_birth(self, visit: Visit, db: Database) -> None:
        await visit.get(self.link)
        await visit.post(f"{self.link}/cancel", {})
        await visit.post(f"{self.link}/move", {"sitting": str(self.other)})
        async with db.transaction() as session:
            kept = await session.get_one(Booking, self.booking.id)
        assert (kept.state, kept.sitting_id) == (BookingState.BOOKED, self.sitting)

    async def test_opens_with_the_date_of_birth(self, visit: Visit) -> None:
        await self.enters(visit)
        text = (await visit.follow()).text
        assert "Robin Sample" in text
        assert self.booking.reference in text

    async def test_a_wrong_date_is_refused_and_the_sixth_try_is_too_many(self, visit: Visit) -> None:
        wrong = {**self.BORN, "born-day": "15"}
        await visit.get(self.link)
        for _ in range(5):
            reply = await visit.post(self.link, wrong)
            assert reply.status_code == 422
            assert "does not match" in reply.text
        assert (await visit.post(self.link, self.BORN)).status_code == 429

    async def test_an_unknown_link_is_not_found(self, visit: Visit) -> None:
        assert (await visit.get("/bookings/never-given-out")).status_code == 404

    async def test_a_booking_is_moved(self, visit: Visit) -> None:
        await self.enters(visit)
        text = (await visit.get(f"{self.link}/move")).text
        assert ">9:15am</button>" in text
        assert ">9am</button>" not in text
        assert (await visit.post(f"{self.link}/move", {"sitting": str(self.other)})).status_code == 303
        text = (await visit.follow()).text
        assert "We have moved your booking" in text
        assert "at 9:15am to 9:30am" in text

    async def test_a_move_that_comes_too_late_says_that_nothing_changed(
        self, visit: Visit, db: Database, clock: MovedClock
    ) -> None:
        await self.enters(visit)
        async with db.transaction() as session:
            await booked(session, self.other, clock.now())
        await visit.get(f"{self.link}/move")
        reply = await visit.post(f"{self.link}/move", {"sitting": str(self.other)})
        assert reply.status_code == 409
        assert "you still have your own time" in reply.text

    async def test_a_booking_is_cancelled_after_asking(self, visit: Visit, db: Database) -> None:
        await self.enters(visit)
        assert "Are you sure" in (await visit.get(f"{self.link}/cancel")).text
        assert (await visit.post(f"{self.link}/cancel", {"why": "We found\nanother time"})).status_code == 303
        text = (await visit.follow()).text
        assert "We have cancelled your booking" in text
        assert "Choose another time" not in text
        assert (await visit.get(f"{self.link}/cancel")).status_code == 409
        async with db.transaction() as session:
            free = (await session.exec(select(Place).where(Place.state == PlaceState.FREE))).all()
        assert len(free) == 2

    async def test_a_reason_that_is_too_long_comes_back(self, visit: Visit) -> None:
        await self.enters(visit)
        await visit.get(f"{self.link}/cancel")
        reply = await visit.post(f"{self.link}/cancel", {"why": "x" * 501})
        assert reply.status_code == 422
        assert "x" * 501 in reply.text

    async def test_the_calendar_file_follows_the_booking(self, visit: Visit) -> None:
        await self.enters(visit)
        first = icalendar.Calendar.from_ical((await visit.get(f"{self.link}/calendar.ics")).content)
        await visit.get(f"{self.link}/move")
        await visit.post(f"{self.link}/move", {"sitting": str(self.other)})
        moved = icalendar.Calendar.from_ical((await visit.get(f"{self.link}/calendar.ics")).content)
        await visit.get(f"{self.link}/cancel")
        await visit.post(f"{self.link}/cancel", {})
        gone = icalendar.Calendar.from_ical((await visit.get(f"{self.link}/calendar.ics")).content)
        events = [calendar.walk("VEVENT")[0] for calendar in (first, moved, gone)]
        assert len({event["UID"] for event in events}) == 1
        assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
        assert [calendar["METHOD"] for calendar in (first, moved, gone)] == ["PUBLISH", "PUBLISH", "CANCEL"]
        assert [event["STATUS"] for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
        assert events[0].decoded("DTSTART") == TUESDAY_9AM

    async def test_the_link_to_join_shows_from_fifteen_minutes_before_until_the_end(
        self, visit: Visit, clock: MovedClock
    ) -> None:
        seen = {}
        for minutes in (-16, -15, 0, 14, 15):
            clock.move_to(TUESDAY_9AM + timedelta(minutes=minutes))
            await self.enters(visit)
            seen[minutes] = "https://video.example.org/" in (await visit.follow()).text
        assert seen == {-16: False, -15: True, 0: True, 14: True, 15: False}

    async def test_nothing_can_be_changed_once_it_has_begun(self, visit: Visit, clock: MovedClock) -> None:
        clock.move_to(TUESDAY_9AM)
        await self.enters(visit)
        await visit.follow()
        assert (await visit.get(f"{self.link}/move")).status_code == 409
        assert (await visit.get(f"{self.link}/cancel")).status_code == 409


async def test_a_session_opens_with_the_address_or_number_it_was_booked_with(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    [sitting] = await planned(db, information())
    async with db.transaction() as session:
        await booked(session, sitting, clock.now(), PARENT, token="invented")
    await visit.get("/bookings/invented")
    for wrong in ("somebody.else@example.org", "07700 900 001", "not an address"):
        assert (await visit.post("/bookings/invented", {"reach": wrong})).status_code == 422
    assert (await visit.post("/bookings/invented", {"reach": " Alex.Sample@EXAMPLE.org"})).status_code == 303


async def test_a_held_row_knows_its_visitor_only_as_a_hash(visit: Visit, db: Database) -> None:
    [sitting] = await planned(db, screening())
    await hold(visit, sitting)
    async with db.transaction() as session:
        row = (await session.exec(select(PlaceHold).order_by(col(PlaceHold.id)))).one()
    cookie = visit.client.cookies["__Host-visitor"]
    assert len(row.visitor) == 32
    assert cookie.encode() not in row.visitor


async def test_times_are_london_times_on_either_side_of_the_change(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    clock.move_to(london(2027, 3, 20, 10))
    winter, summer = london(2027, 3, 26, 9), london(2027, 3, 30, 9)
    assert [in_london(at).hour for at in (winter, summer)] == [9, 9]
    await planned(db, screening(), winter, summer)
    assert (await visit.get("/clinics")).text.count(">9am</button>") == 2
