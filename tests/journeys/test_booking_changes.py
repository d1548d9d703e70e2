"""What happens to a booking after it is made, and to whoever found no place: as families and staff see it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import select

from booking.models import Booking, Offer
from booking.waiting_models import Waiting
from booking.waiting_words import DayPart
from core.domain.clock import london
from notifications.api import messages_about
from tests.booking.support import FAMILY, booked, information, planned, screening
from tests.booking.waiting_support import family as family_of
from tests.booking.waiting_support import gives_up, turns_of, waits
from tests.journeys.conftest import NewPerson
from tests.journeys.test_book_and_join import gives_an_email_address, says_who_is_coming, takes_the_first_time
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]
TUESDAY_9AM = london(2026, 12, 1, 9)
A_WEEK_LATER = TUESDAY_9AM + timedelta(days=7)
_BY_NAME = re.compile("Book|Confirm")


def a_clinic() -> Offer:
    """One that the demo does not have."""
    return screening(title="Invented voice clinic")


async def somebody_booked(service: Service, sitting: UUID, token: str = "", number: int = 0) -> Booking:
    """A family that booked before the story begins; Robin Sample unless there is a `number`."""
    who = family_of(number) if number else replace(FAMILY)
    async with service.house.db.transaction() as session:
        return await booked(session, sitting, service.clock.now(), who, token)


async def comes_back(family: Person, link: str) -> None:
    """Opens the link of a booking and answers the question at its door."""
    await family.opens(link)
    await family.fills_date(re.compile("date of birth"), "14", "3", "2021")
    await family.continues()
    await family.sees_heading("Your booking")


async def offered_to(service: Service, waiting: UUID) -> str:
    """The link in the message that offers a place."""
    async with service.house.db.transaction() as session:
        bodies = [m.body for m in await messages_about(session, waiting) if m.template == "place-offered"]
    [found] = re.findall(r"/waiting/offers/[\w-]+", bodies[-1])
    return str(found)


async def joins_the_list(family: Person) -> str:
    """Answers what the waiting list asks, and returns the way to one's place on it."""
    await family.chooses("Tuesday", "Morning, before midday")
    await family.continues()
    await family.chooses("No, only this one")
    await family.continues()
    await family.fills("First name", "Sasha")
    await family.fills("Last name", "Invented")
    await family.fills_date(re.compile("Date of birth"), "9", "5", "2020")
    await family.continues()
    await family.fills("What is your name?", "Chris Invented")
    await family.continues()
    await gives_an_email_address(family)
    await family.fills(re.compile("phone number"), "07700 900 321")
    await family.continues()
    await family.presses("Join the waiting list")
    await family.sees("You are on the waiting list")
    await family.follows("See where you are on the list")
    return family.page.url


async def test_a_clinic_is_full_and_the_place_of_whoever_cancels_goes_to_who_waits(
    somebody: NewPerson, service: Service
) -> None:
    # Given a clinic whose only time has just been booked, and a parent on a phone
    [sitting] = await planned(service.house.db, offer := a_clinic(), TUESDAY_9AM)
    await somebody_booked(service, sitting, "invented-link")
    waiting = await somebody(width=320)
    await waiting.opens(f"/clinics/{offer.id}")
    await waiting.sees("There are no free times right now.")
    await waiting.follows("Join the waiting list")
    place = await joins_the_list(waiting)
    await waiting.sees("You are first on the list.")
    # When the family that booked cancels
    other = await somebody()
    await comes_back(other, "/bookings/invented-link")
    await other.follows("Cancel this booking")
    await other.presses(re.compile("Cancel"))
    await other.sees("This booking is cancelled.")
    # Then the place is kept for who waits, and one tap books it
    await waiting.opens(place)
    await waiting.sees("We are keeping a place for you")
    [entry] = await everyone_waiting(service, offer)
    await waiting.opens(await offered_to(service, entry))
    await waiting.sees_heading("A place has come free")
    await waiting.presses("Yes, book this place")
    await waiting.sees_heading("You are booked")
    await waiting.opens(place)
    await waiting.sees("You have a booking now.")


async def everyone_waiting(service: Service, offer: Offer) -> list[UUID]:
    async with service.house.db.transaction() as session:
        return list((await session.exec(select(Waiting.id).where(Waiting.offer_id == offer.id))).all())


async def test_an_offer_nobody_answered_goes_to_the_next_and_its_page_says_so(
    somebody: NewPerson, service: Service
) -> None:
    # Given two families waiting for a morning, and a place that came free
    db, now = service.house.db, service.clock.now()
    sitting, _ = await planned(db, offer := a_clinic(), TUESDAY_9AM, TUESDAY_9AM + timedelta(hours=9))
    booking = await somebody_booked(service, sitting)
    mornings = frozenset({DayPart.MORNING})
    first, second = [await waits(db, offer, family_of(n), now + timedelta(seconds=n), parts=mornings) for n in (1, 2)]
    await gives_up(db, booking, now)
    [turn] = await turns_of(db, first)
    slow = await somebody(width=320)
    link = await offered_to(service, first)
    await slow.opens(link)
    await slow.sees("After that it goes to the next family.")
    # When the first does not answer in time
    service.clock.move_to(turn.until)
    await service.worker_runs()
    await slow.presses("Yes, book this place")
    # Then they are told plainly and shown what is free, and the next family has the place
    await slow.sees_heading(re.compile("gone|over"))
    await slow.sees("These times are free now:")
    await slow.opens(link)
    await slow.sees_heading("This offer is over")
    quick = await somebody()
    await quick.opens(await offered_to(service, second))
    await quick.presses("Yes, book this place")
    await quick.sees_heading("You are booked")


async def cancels_it(femi: Person, sitting: UUID, what: str) -> None:
    """Staff see what cancelling does, and do it."""
    await femi.opens(f"/staff/clinics/sittings/{sitting}")
    await femi.follows("See what cancelling does")
    await femi.sees("Nothing is done yet.", "People who booked")
    await femi.presses("Do this now")
    await femi.is_told_what_is_wrong("Select what should happen to the people who booked")
    await femi.chooses(what)
    await femi.presses("Do this now")
    await femi.sees("Done")


async def test_a_sitting_is_cancelled_and_every_page_says_so(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given two families with a time each, and a third time that is free
    db = service.house.db
    sittings = await planned(db, a_clinic(), TUESDAY_9AM, TUESDAY_9AM + timedelta(hours=1), A_WEEK_LATER)
    told = await somebody_booked(service, sittings[0], "invented-told")
    await somebody_booked(service, sittings[1], "invented-left", number=7)
    # When staff cancel the first time, and leave the second for a person
    femi = await colleague("femi")
    await cancels_it(femi, sittings[0], "Cancel their bookings, and tell them where to book again")
    await cancels_it(
        femi,
        sittings[1],
        "Leave them for a person: nobody is told, and they go on the list of people to phone",
    )
    # Then the first family is told once, and its page tells the truth and leads to the next times
    await service.worker_runs()
    async with db.transaction() as session:
        sent = [m.template for m in await messages_about(session, told.id)]
    assert sent.count("sitting-cancelled") == 1
    family = await somebody(width=320)
    await comes_back(family, "/bookings/invented-told")
    await family.sees("We are sorry: we had to cancel this.", "These are the next free times.")
    await family.does_not_see("Its place has gone back to others.")
    await takes_the_first_time(family)
    await family.sees("Tuesday 8 December 2026 at 9am")
    # And the second stands on the list of people to phone
    await femi.opens("/staff/clinics/to-phone")
    await femi.sees("Child7 Sample", "Left for a person to decide")
    await femi.does_not_see("Robin Sample")


async def test_a_time_is_kept_longer_once_and_then_let_go(somebody: NewPerson, service: Service) -> None:
    # Given a parent who needs longer than a quarter of an hour
    await planned(service.house.db, offer := a_clinic(), TUESDAY_9AM)
    family = await somebody(width=320)
    await family.opens(f"/clinics/{offer.id}")
    await takes_the_first_time(family)
    service.clock.move_on(minutes=10)
    await family.presses("I need more time")
    await family.sees("We have given you more time. We cannot keep it longer than this.")
    # When they go on a quarter of an hour after they came, the time is still theirs
    service.clock.move_on(minutes=10)
    other = await somebody()
    await other.opens(f"/clinics/{offer.id}")
    await other.sees("There are no free times right now.")
    await says_who_is_coming(family)
    # But after that somebody else may have it, and they are told so
    service.clock.move_on(minutes=6)
    await other.opens(f"/clinics/{offer.id}")
    await takes_the_first_time(other)
    await family.presses("Book this time")
    await family.sees_heading("That time has just gone")
    await family.sees("You have not been booked on anything.")
    await family.follows("Join the waiting list")
    await family.sees_heading("When could you come?")


async def test_colleagues_from_one_school_book_and_move_together(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given somebody at a school who brings two colleagues
    workshop = information(title="Invented workshop", capacity=4)
    early, _ = await planned(service.house.db, workshop, TUESDAY_9AM, A_WEEK_LATER)
    school = await somebody()
    await school.opens(f"/sessions/{workshop.id}")
    await takes_the_first_time(school)
    await school.fills("What is your name?", "Jo Invented")
    await school.continues()
    await school.chooses("I work in a school, nursery or college")
    await school.continues()
    await school.fills("Is anyone coming with you?", "Kim Invented\nLou Invented")
    await school.continues()
    await gives_an_email_address(school)
    # When they book, each has a place
    await school.presses(_BY_NAME)
    await school.sees_heading("You are booked")
    await school.sees("Kim Invented, Lou Invented")
    await school.follows("See your booking")
    await school.sees("If you move or cancel, that counts for all 3 of you.")
    # And they move together; the diary shows staff all three
    await school.follows("Choose another time")
    await school.presses(re.compile("8 December"))
    await school.sees("Tuesday 8 December 2026")
    femi = await colleague("femi")
    await femi.opens(f"/staff/clinics?day={day_of(A_WEEK_LATER)}")
    await femi.sees("Jo Invented", "Kim Invented", "Lou Invented")
    await femi.opens(f"/staff/clinics/sittings/{early}")
    await femi.does_not_see("Kim Invented")


def day_of(at: datetime) -> str:
    return at.date().isoformat()


async def writes_down(therapist: Person, booking: Booking, *what: str) -> None:
    """Staff write down whether somebody came."""
    await therapist.opens(f"/staff/clinics/bookings/{booking.id}")
    await therapist.presses("Save")
    await therapist.is_told_what_is_wrong("Select whether they came")
    await therapist.chooses(*what)
    await therapist.presses("Save")
    await therapist.sees("Saved")


async def test_staff_write_down_who_came_and_what_comes_of_it(colleague: Colleague, service: Service) -> None:
    # Given a child who was not brought twice and one who came
    times = [TUESDAY_9AM + timedelta(minutes=15 * n) for n in range(3)]
    sittings = await planned(service.house.db, a_clinic(), *times)
    missed = [await somebody_booked(service, sitting) for sitting in sittings[:2]]
    came = await somebody_booked(service, sittings[2], number=5)
    service.clock.move_to(TUESDAY_9AM + timedelta(hours=1))
    amira = await colleague("amira")
    # When that is written down
    for booking in missed:
        await writes_down(amira, booking, "Was not brought")
    # Then a person phones, and the family is barred from nothing
    await amira.opens("/staff/clinics/to-phone")
    await amira.sees("Robin Sample", "Was not brought twice: ask what would help")
    await amira.presses("Phoned Robin Sample")
    await amira.sees("Ticked off")
    await amira.does_not_see("Robin Sample")
    # And a child who is to be referred needs nothing typed twice
    await writes_down(amira, came, "Came", "Refer to the service")
    await amira.presses("Begin a referral with what we know")
    assert amira.page.url.endswith("/refer/who")
