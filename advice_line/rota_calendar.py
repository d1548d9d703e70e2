"""Duties as a file that calendars read: wall time in London, with London's zone written out. It names no family."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from advice_line.rota_words import Session
from core.domain.clock import LONDON
from core.domain.profile import Profile

_BEHIND, _AHEAD = timedelta(weeks=2), timedelta(weeks=12)
_EVERY = timedelta(hours=1)


def days_shown(today: date) -> tuple[date, date]:
    """The first and the last day a calendar is told about."""
    return today - _BEHIND, today + _AHEAD


def calendar_file(held: Iterable[tuple[date, Session]], profile: Profile, now: datetime) -> bytes:
    """One event a session. A session keeps its name as long as its holder, day and start stay; whatever is no longer
    in the file leaves the calendar."""
    file = Calendar()
    file.add("prodid", "-//Front Door//Advice line duties//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", f"Advice line duties, {profile.service}")
    file.add("refresh-interval", _EVERY, parameters={"value": "DURATION"})
    for day, session in held:
        file.add_component(_event(day, session, profile, now))
    file.add_missing_timezones()
    written: bytes = file.to_ical()
    return written


def _event(day: date, session: Session, profile: Profile, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"duty-{session.staff_id}-{day:%Y%m%d}-{session.starts:%H%M}")
    event.add("dtstamp", now)
    event.add("dtstart", datetime.combine(day, session.starts, LONDON))
    event.add("dtend", datetime.combine(day, session.ends, LONDON))
    event.add("summary", f"Advice line: {session.slots} {'call' if session.slots == 1 else 'calls'}")
    therapies = (profile.disciplines[one].name for one in sorted(session.disciplines))
    event.add("description", f"{', '.join(therapies).capitalize()}\n{profile.service}")
    event.add("transp", "OPAQUE")
    return event
