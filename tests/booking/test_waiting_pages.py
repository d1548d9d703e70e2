"""Joining the list, seeing one's place, and saying yes or no with one tap, without JavaScript."""

import re
from datetime import timedelta
from uuid import UUID

from sqlmodel import select

from booking.models import Booking, Offer
from booking.waiting_words import WaitingState
from core.domain.clock import MovedClock
from core.storage.session import Database
from notifications.api import messages_about
from tests.booking.support import SCREENING_ANSWERS, TUESDAY_9AM, booked, planned, screening, states
from tests.booking.test_family_journeys import answers
from tests.booking.test_pages import hold
from tests.booking.waiting_support import entry, family, gives_up, turns_of, waits
from tests.conftest import Drain
from tests.support.visit import Visit

_PAGES: dict[str, dict[str, str]] = {
    "when": {"days": "1", "parts": "morning"},
    "wider": {"wider": "no"},
    "child": dict(SCREENING_ANSWERS[1]),
    "name": {"contact_name": "Alex Sample"},
    "contact": {"contact_by": "email"},
    "email": {"email": "alex.sample@example.org"},
    "phone": {"phone": "01632 960 456"},
}


async def full(db: Database, clock: MovedClock) -> tuple[Booking, Offer]:
    offer = screening()
    [sitting] = await planned(db, offer)
    async with db.transaction() as session:
        return await booked(session, sitting, clock.now(), family(9)), offer


async def joins(visit: Visit, offer: Offer) -> str:
    """Joins the list and returns the last page."""
    base = f"/clinics/wait/{offer.id}"
    await answers(visit, base, _PAGES)
    assert visit.last is not None
    draft = visit.last.text.split('name="draft" value="')[1].split('"')[0]
    await visit.post(f"{base}/check", {"draft": draft, "stands_for": ""})
    return (await visit.follow()).text


async def offered(db: Database, waiting_id: UUID) -> str:
    """The link of the offer in the message."""
    async with db.transaction() as session:
        bodies = [m.body for m in await messages_about(session, waiting_id) if m.template == "place-offered"]
    found = re.search(r"/waiting/offers/[\w-]+", bodies[-1])
    assert found
    return found[0]


async def test_a_full_clinic_leads_to_its_waiting_list_and_one_sees_ones_place(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    _, offer = await full(db, clock)
    await waits(db, offer, family(1), clock.now())
    clock.move_on(minutes=1)
    assert f'href="/clinics/wait/{offer.id}"' in (await visit.get("/clinics")).text
    text = await joins(visit, offer)
    assert "You are on the waiting list" in text
    link = "/waiting/" + text.split('href="/waiting/')[1].split('"')[0]
    place = (await visit.get(link)).text
    assert "1 family is before you" in place
    assert "Tuesday; mornings" in place
    assert "Robin" not in place
    await visit.post(f"{link}/leave", {})
    assert "You have left the list" in (await visit.follow()).text


async def test_joining_twice_says_so_and_shows_no_link(visit: Visit, db: Database, clock: MovedClock) -> None:
    _, offer = await full(db, clock)
    await joins(visit, offer)
    clock.move_on(minutes=1)
    text = await joins(visit, offer)
    assert "You are on this list already" in text
    assert 'href="/waiting/' not in text


async def test_no_day_and_no_time_are_asked_again(visit: Visit, db: Database, clock: MovedClock) -> None:
    _, offer = await full(db, clock)
    await visit.get(f"/clinics/wait/{offer.id}/when")
    reply = await visit.post(f"/clinics/wait/{offer.id}/when", {"days": "1"})
    assert reply.status_code == 422
    assert "Select the times you could come" in reply.text


async def test_one_tap_books_and_opening_the_page_alone_does_not(visit: Visit, db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())
    await gives_up(db, booking, clock.now())
    link = await offered(db, mine)
    text = (await visit.get(link)).text
    assert "We are keeping it for you until <strong>" in text
    assert "Child1" not in text
    assert await states(db) == {"offered": 1}
    await visit.post(f"{link}/yes", {})
    assert "You are booked" in (await visit.follow()).text
    assert await states(db) == {"booked": 1}
    assert "You are booked" in (await visit.get(link)).text


async def test_whoever_says_no_stays_on_the_list(visit: Visit, db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())
    await gives_up(db, booking, clock.now())
    link = await offered(db, mine)
    await visit.get(link)
    await visit.post(f"{link}/no", {})
    assert "You stay on the list" in (await visit.follow()).text
    assert (await entry(db, mine)).state is WaitingState.WAITING


async def test_an_offer_that_ran_out_is_a_plain_page_with_the_next_free_times(
    visit: Visit, db: Database, clock: MovedClock, drain: Drain
) -> None:
    booking, offer = await full(db, clock)
    await planned(db, offer, TUESDAY_9AM + timedelta(days=7))
    mine = await waits(db, offer, family(1), clock.now())
    await gives_up(db, booking, clock.now())
    link = await offered(db, mine)
    await visit.get(link)
    [turn] = await turns_of(db, mine)
    clock.move_to(turn.until)
    reply = await visit.post(f"{link}/yes", {})
    assert reply.status_code == 409
    assert "That time has just gone" in reply.text
    assert ">9am</button>" in reply.text
    await drain()
    assert "This offer is over" in (await visit.get(link)).text
    async with db.transaction() as session:
        assert len((await session.exec(select(Booking).where(Booking.state == "booked"))).all()) == 0


async def test_an_unknown_link_is_not_found_and_one_kind_opens_no_other(
    visit: Visit, db: Database, clock: MovedClock
) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())
    await gives_up(db, booking, clock.now())
    secret = (await offered(db, mine)).rsplit("/", 1)[1]
    for address in ("/waiting/never", "/waiting/offers/never", f"/waiting/{secret}", f"/bookings/{secret}"):
        assert (await visit.get(address)).status_code == 404


async def test_the_page_of_a_lost_race_leads_to_the_waiting_list(visit: Visit, db: Database, clock: MovedClock) -> None:
    early, _ = await planned(db, screening(), TUESDAY_9AM, TUESDAY_9AM + timedelta(days=1))
    await visit.get("/clinics")
    async with db.transaction() as session:
        await booked(session, early, clock.now())
    reply = await visit.post("/clinics/hold", {"sitting": str(early)})
    assert reply.status_code == 409
    assert "/clinics/wait/" in reply.text
    assert (await hold(visit, _)).startswith("/clinics/hold/")
