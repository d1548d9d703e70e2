"""Duties in a calendar: nine in London stays nine on both sides of a change of clocks, and nobody else's are told."""

from datetime import date, datetime, time, timedelta
from typing import cast

import icalendar
import pytest

from advice_line import rota_calendar, rota_feed
from advice_line.rota_words import Session as Held
from core.domain.clock import MovedClock, london
from core.domain.identity import Discipline, Role
from core.domain.ids import new_id
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, on_duty_all_week, profile
from tests.advice_line.test_rota_pages import id_of, put_on_duty
from tests.conftest import StaffVisit
from tests.support.visit import Visit

CALENDAR = "/staff/rota/calendar"
_DAYS = (date(2026, 10, 23), date(2026, 10, 26), date(2027, 3, 26), date(2027, 3, 29))


def nine_to_three(*days: date) -> bytes:
    held = Held(new_id(), time(9), time(15), 8, frozenset({Discipline.SLT, Discipline.OT}), frozenset())
    return rota_calendar.calendar_file([(day, held) for day in days], profile, london(2026, 10, 1, 9))


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28), *_DAYS])
def test_nine_in_london_is_nine_on_both_sides_of_a_change_of_clocks_and_on_its_day(day: date) -> None:
    calendar = icalendar.Calendar.from_ical(nine_to_three(day))
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].params["TZID"] == event["DTEND"].params["TZID"] == "Europe/London"
    assert event.decoded("DTSTART") == london(day.year, day.month, day.day, 9)
    assert event.decoded("DTEND") == london(day.year, day.month, day.day, 15)


def test_the_zone_in_the_file_itself_puts_both_changes_right() -> None:
    calendar = icalendar.Calendar.from_ical(nine_to_three(*_DAYS))
    [zone] = [cast("icalendar.Timezone", one).to_tz(lookup_tzid=False) for one in calendar.walk("VTIMEZONE")]
    for day in _DAYS:
        assert datetime(day.year, day.month, day.day, 9, tzinfo=zone) == london(day.year, day.month, day.day, 9)


def test_every_session_has_a_name_of_its_own_and_keeps_it() -> None:
    staff_id = new_id()
    held = [Held(staff_id, time(hour), time(hour + 2), 3, frozenset({Discipline.OT}), frozenset()) for hour in (9, 13)]
    days = [(day, one) for day in _DAYS for one in held]

    def names(now: datetime) -> list[str]:
        file = rota_calendar.calendar_file(days, profile, now)
        return [str(event["UID"]) for event in icalendar.Calendar.from_ical(file).walk("VEVENT")]

    assert len(set(names(london(2026, 10, 1, 9)))) == len(days)
    assert names(london(2026, 10, 1, 9)) == names(london(2026, 10, 2, 9))


async def test_an_address_shows_ones_own_duties_less_absences_and_closures(
    db: Database, staff_visit: StaffVisit, visit: Visit
) -> None:
    amira = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,), name="Amira Invented")
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    await put_on_duty(db)
    # Given a therapist who follows her duties, on leave on Thursday
    await amira.get(CALENDAR)
    address = (await amira.post(CALENDAR, {})).text.split("webcal://")[1].split('"')[0]
    path = address[address.index("/") :]
    await grace.get("/staff/rota/absences/new")
    told = {"who": await id_of(db, "Amira"), "first-day": "26", "first-month": "11", "first-year": "2026"}
    await grace.post("/staff/rota/absences/new", told | {"how": "whole", "sure": "1"})
    # When a calendar asks that is signed in nowhere
    reply = await visit.get(path)
    # Then it gets her hours, no day she is away on, and none we are closed on
    assert reply.headers["content-type"].startswith("text/calendar")
    starts = [event.decoded("DTSTART") for event in icalendar.Calendar.from_ical(reply.content).walk("VEVENT")]
    days = {one.date() for one in starts}
    assert {date(2026, 11, 25), date(2026, 11, 27)} <= days
    assert not days & {date(2026, 11, 26), date(2026, 12, 25), date(2026, 12, 28)}
    assert {one.timetz().replace(tzinfo=None) for one in starts} == {time(9)}
    # And nothing once she has ended it
    await amira.get(CALENDAR)
    await amira.post(f"{CALENDAR}/stop", {})
    assert (await visit.get(path)).status_code == 404
    assert (await visit.get("/duty-feed/never-given-out.ics")).status_code == 404


async def test_a_new_address_ends_the_one_before_and_is_kept_only_as_a_fingerprint(
    session: Session, clock: MovedClock
) -> None:
    amira = await a_therapist(session, clock.now())
    await on_duty_all_week(session, amira)
    first = await rota_feed.start(session, amira, clock.now())
    second = await rota_feed.start(session, amira, clock.now() + timedelta(minutes=1))
    assert (await rota_feed.whose(session, first), await rota_feed.whose(session, second)) == (None, amira.id)


async def test_only_whoever_makes_calls_follows_duties(staff_visit: StaffVisit) -> None:
    eve = await staff_visit(Role.TRIAGE, name="Eve Invented")
    assert (await eve.get(CALENDAR)).status_code == 403
