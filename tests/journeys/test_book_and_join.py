"""A family takes a screening slot and a place at an information session, and can change its mind."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import icalendar
from playwright.async_api import expect

from core.domain.clock import LONDON, london
from tests.journeys.conftest import NewPerson
from tests.support.person import Person
from tests.support.service import Service


async def takes_the_first_time(family: Person) -> None:
    """Presses the first free time there is; its full words are the button's name."""
    await family.presses(re.compile(r"\d(am|pm)|midday"))


async def says_who_is_coming(family: Person) -> None:
    """Answers everything about a screening, with a mistake on the way."""
    await family.chooses("No")
    await family.continues()
    await family.fills("First name", "Robin")
    await family.fills("Last name", "Invented")
    await family.fills_date(re.compile("Date of birth"), "31", "2", "2021")
    await family.continues()
    await family.is_told_what_is_wrong("Child’s date of birth must be a real date")
    await expect(family.page.get_by_label("First name")).to_have_value("Robin")
    await family.fills_date(re.compile("Date of birth"), "14", "3", "2021")
    await family.continues()
    await family.fills("What is your name?", "Alex Invented")
    await family.continues()
    await gives_an_email_address(family)
    await family.fills(re.compile("phone number"), "07700 900 123")
    await family.continues()


async def gives_an_email_address(family: Person) -> None:
    await family.chooses("Email")
    await family.continues()
    await family.page.locator("#email").fill("alex.invented@example.org")
    await family.continues()


async def reads_the_calendar_file(family: Person) -> icalendar.Event:
    """What the family's calendar would read."""
    where = await family.page.get_by_role("link", name="Add it to your calendar").get_attribute("href")
    reply = await family.page.request.get(family.address + str(where))
    assert reply.headers["content-type"].startswith("text/calendar")
    [event] = icalendar.Calendar.from_ical(await reply.body()).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


def start_of(event: icalendar.Event) -> datetime:
    """When it begins; an entry for a whole day has no hour and fails."""
    assert isinstance(event.start, datetime)
    return event.start


async def test_a_family_takes_a_virtual_speech_and_language_slot(somebody: NewPerson, service: Service) -> None:
    # Given a parent on a phone who looks for a screening clinic
    family = await somebody(width=320)
    await family.opens("/")
    await family.follows("Book a screening clinic")
    await family.selects("Therapy", "Speech and language therapy")
    await family.presses("Show times")
    # When they take the first time and say who is coming
    await takes_the_first_time(family)
    await family.sees(re.compile("15 minutes|14 minutes"))
    await says_who_is_coming(family)
    await family.sees("Robin", "Alex Invented", "alex.invented@example.org")
    await family.presses(re.compile("Send|Confirm|Book"))
    # Then they are booked, with a reference and a link of their own
    await family.sees_heading("You are booked")
    event = await reads_the_calendar_file(family)
    assert start_of(event).tzinfo is not None
    assert start_of(event).astimezone(LONDON).strftime("%a") in ("Tue", "Thu")
    assert "Robin" not in event.to_ical().decode()
    await family.follows("See your booking")
    await family.sees_heading("Your booking")
    await family.sees("The link to the video call appears here 15 minutes before the start.")
    # And 15 minutes before the start the way to the video is there
    service.clock.move_to(start_of(event) - timedelta(minutes=15))
    await family.opens(family.page.url)
    await family.does_not_see("The link to the video call appears here")


async def test_another_browser_needs_the_childs_date_of_birth(somebody: NewPerson) -> None:
    family = await somebody()
    await family.opens("/clinics")
    await takes_the_first_time(family)
    await says_who_is_coming(family)
    await family.presses(re.compile("Send|Confirm|Book"))
    await family.follows("See your booking")
    # When the link is opened somewhere else
    other = await somebody()
    await other.opens(family.page.url)
    await other.does_not_see("Alex Invented")
    await other.fills_date(re.compile("date of birth"), "1", "1", "2020")
    await other.continues()
    await expect(other.page).to_have_title(re.compile("^Error: "))
    await other.fills_date(re.compile("date of birth"), "14", "3", "2021")
    await other.continues()
    # Then only the right date opens it
    await other.sees_heading("Your booking")


async def test_a_family_joins_a_session_moves_it_and_cancels(somebody: NewPerson) -> None:
    # Given a parent who needs no referral
    family = await somebody()
    await family.opens("/")
    await family.follows("Information sessions")
    await takes_the_first_time(family)
    # And passes the questions that only advise
    await family.sees(re.compile("Your answers do not stop you from booking"))
    await family.chooses("Yes")
    await family.continues()
    await family.fills("What is your name?", "Alex Invented")
    await family.continues()
    await family.chooses("Parent or carer")
    await family.continues()
    await gives_an_email_address(family)
    await family.presses(re.compile("Send|Confirm|Book"))
    await family.sees_heading("You are booked")
    await family.follows("See your booking")
    before = await reads_the_calendar_file(family)
    # When they choose another time
    await family.follows("Choose another time")
    await family.presses(re.compile(r"\d(am|pm)|midday"))
    after = await reads_the_calendar_file(family)
    # Then it is the same entry in their calendar, moved
    assert after["uid"] == before["uid"]
    assert after.sequence > before.sequence
    assert after.start != before.start
    # And they can cancel it
    await family.follows("Cancel this booking")
    await family.presses(re.compile("Cancel"))
    await family.sees("This booking is cancelled. Its place has gone back to others.")


async def test_a_place_that_was_held_too_long_is_let_go_and_the_family_is_told(
    somebody: NewPerson, service: Service
) -> None:
    family = await somebody()
    await family.opens("/clinics")
    await takes_the_first_time(family)
    await says_who_is_coming(family)
    # When sixteen minutes pass and somebody else takes the time
    service.clock.move_on(minutes=16)
    other = await somebody()
    await other.opens("/clinics")
    await takes_the_first_time(other)
    await says_who_is_coming(other)
    await other.presses(re.compile("Send|Confirm|Book"))
    await other.sees_heading("You are booked")
    # Then the first family is told plainly and shown other times
    await family.presses(re.compile("Send|Confirm|Book"))
    await family.sees(re.compile("gone|let (it )?go|no longer"))


async def test_a_time_chosen_in_another_tab_is_shown_before_it_is_booked(somebody: NewPerson, service: Service) -> None:
    # Given a family on the check page of one time
    family = await somebody()
    await family.opens("/clinics")
    await takes_the_first_time(family)
    await says_who_is_coming(family)
    shown = await family.reads("main")
    # When a second tab of the same browser takes another
    other = await somebody()
    for cookie in await family.page.context.cookies():
        name, value = cookie.get("name", ""), cookie.get("value", "")
        await other.page.context.add_cookies([{"name": name, "value": value, "url": service.address}])
    await other.opens("/clinics")
    await takes_the_first_time(other)
    # Then the first tab books nothing it did not show: it shows the new time first
    await family.presses("Book this time")
    await family.sees_heading("Check your answers and book")
    assert await family.reads("main") != shown
    await family.presses("Book this time")
    await family.sees_heading("You are booked")
    # And half an hour later the confirmation is closed: the link and its question lead on
    sent = family.page.url
    service.clock.move_on(minutes=31)
    await family.opens(sent)
    await family.does_not_see("Robin")


async def test_the_colleague_in_the_clinic_sees_who_is_coming(
    somebody: NewPerson, colleague: Callable[[str], Awaitable[Person]], service: Service
) -> None:
    family = await somebody()
    await family.opens("/clinics")
    await takes_the_first_time(family)
    await says_who_is_coming(family)
    await family.presses(re.compile("Send|Confirm|Book"))
    day = start_of(await reads_the_calendar_file(family)).astimezone(LONDON).date()
    femi = await colleague("femi")
    await femi.opens(f"/staff/clinics?day={day.isoformat()}")
    await femi.sees(re.compile("Robin"))


async def test_nine_oclock_stays_nine_oclock_when_the_clocks_change(somebody: NewPerson, service: Service) -> None:
    service.clock.move_to(london(2027, 3, 1, 10))
    await service.worker_runs()
    family = await somebody()
    for day in ("2027-03-25", "2027-03-30"):
        await family.opens(f"/clinics?day={day}")
        await expect(family.page.get_by_role("button", name=re.compile("9am")).first).to_be_visible()
