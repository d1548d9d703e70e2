"""Sittings, holds and bookings in words, and as a calendar file."""

from calendar import day_name
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event

from booking import rules
from booking.video import LINKS, Room
from booking.waiting_words import DayPart
from booking.words import BookingState, BookingView, HoldView, OfferKind, OfferView, SittingView
from core.domain.calendar import ServiceCalendar, spoken_date, spoken_instant, spoken_time
from core.domain.clock import LONDON, london_day
from core.domain.identity import Discipline
from core.domain.profile import Profile

KIND = {
    OfferKind.SCREENING: "Screening clinic",
    OfferKind.INFORMATION: "Information session",
    OfferKind.WORKSHOP: "Workshop",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One time a person can press. `in_full` is what a screen reader says of it."""

    sitting_id: UUID
    time: str
    in_full: str


@dataclass(frozen=True, slots=True)
class Group:
    """The free times of one offer on one day."""

    offer: OfferView
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class Day:
    heading: str
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class Line:
    """A sitting with places: an information session or a workshop. `full` ones cannot be pressed."""

    sitting_id: UUID
    offer: OfferView
    kind: str
    when: str
    until: str
    left: str
    full: bool


def room(offer: OfferView) -> str:
    """The part of the site an offer is booked in."""
    return "/clinics" if offer.kind is OfferKind.SCREENING else "/sessions"


def by_day(sittings: Iterable[SittingView], offers: Mapping[UUID, OfferView]) -> list[Day]:
    """Free times, by day in the order they come, then by offer in the order of their titles."""
    days: dict[date, dict[UUID, Group]] = {}
    for sitting in sittings:
        offer = offers[sitting.offer_id]
        groups = days.setdefault(london_day(sitting.starts_at), {})
        group = groups.setdefault(offer.id, Group(offer, []))
        told = f"{spoken_instant(sitting.starts_at)}, {offer.title}"
        group.slots.append(Slot(sitting.id, spoken_time(sitting.starts_at), told))
    return [
        Day(spoken_date(day), sorted(groups.values(), key=lambda group: group.offer.title))
        for day, groups in days.items()
    ]


def line(sitting: SittingView, offer: OfferView) -> Line:
    return Line(
        sitting_id=sitting.id,
        offer=offer,
        kind=KIND[offer.kind],
        when=spoken_instant(sitting.starts_at),
        until=spoken_time(sitting.ends_at),
        left=places_left(sitting.free),
        full=sitting.free == 0,
    )


def places_left(free: int) -> str:
    return "Full" if not free else "1 place left" if free == 1 else f"{free} places left"


def therapies(offers: Iterable[OfferView], profile: Profile, chosen: Discipline | None) -> list[dict[str, Any]]:
    """Items of a select: the disciplines that have a clinic, in the profile's order."""
    offered = {offer.discipline for offer in offers}
    items = [(d, words.name[0].upper() + words.name[1:]) for d, words in profile.disciplines.items() if d in offered]
    known = [{"value": d.value, "text": name, "selected": d is chosen} for d, name in items]
    return [{"value": "", "text": "Any therapy"}, *known]


def days_ahead(service: ServiceCalendar, today: date, weeks: int, chosen: str) -> list[dict[str, Any]]:
    """Items of a select: every day that is not a weekend, bank holiday or closure, as far as sittings are laid out."""
    ahead = (today + timedelta(days=n) for n in range(weeks * 7 + 1))
    items = [{"value": day.isoformat(), "text": spoken_date(day)} for day in ahead if service.is_open_on(day)]
    return [{"value": "", "text": "Any day"}, *({**item, "selected": item["value"] == chosen} for item in items)]


def hold_words(hold: HoldView, now: datetime) -> dict[str, Any]:
    """What the pages of a held place say beside their question."""
    left = max(hold.until - now, timedelta())
    minutes = -(-left // timedelta(minutes=1))
    return {
        "hold": hold,
        "held_when": spoken_instant(hold.starts_at),
        "held_over": hold.until <= now,
        "held_left": "1 minute" if minutes == 1 else f"{minutes} minutes",
        "held_ends": hold.until.isoformat(),
        "held_now": now.isoformat(),
        "held_until": spoken_time(hold.until),
        "room": room(hold.offer),
        "held_longer": hold.extended,
    }


def booking_rows(booking: BookingView, others: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The summary of a booking for whoever made it; `others` come with them."""
    told = {
        "What": booking.offer.title,
        "When": f"{spoken_instant(booking.starts_at)} to {spoken_time(booking.ends_at)}",
        "Where": booking.offer.venue or "Online, by video",
        "Child": f"{booking.child_first} {booking.child_last}" if booking.child_first else None,
        "Parent or carer" if booking.booked_for_them else "Booked by": booking.contact_name,
        "Coming too": ", ".join(others),
        "Reference": booking.reference,
    }
    return [{"key": name, "value": value} for name, value in told.items() if value]


def wishes(days: frozenset[int], parts: frozenset[DayPart]) -> str:
    """When somebody could come: "Tuesday, Thursday; mornings"."""
    named = "any day" if len(days) == 7 else ", ".join(day_name[day] for day in sorted(days))
    times = "any time" if parts == frozenset(DayPart) else ", ".join(f"{part}s" for part in DayPart if part in parts)
    return f"{named[0].upper()}{named[1:]}; {times}"


def join_link(booking: BookingView, now: datetime) -> str | None:
    """The link of the video, from 15 minutes before the start until the end."""
    if booking.link_pattern is None or not rules.may_join(booking.state, booking.starts_at, booking.ends_at, now):
        return None
    return LINKS.link(Room(booking.link_pattern, booking.join_code))


def calendar_file(booking: BookingView, service: str, now: datetime, *, feed: bool = False) -> bytes:
    """The booking for a calendar: the same UID for life, a higher SEQUENCE after each change, London's time zone
    written out. Other people see calendars: no name of a child and no secret link. A `feed` is always published: the
    event's own status says that it is cancelled."""
    cancelled = booking.state is BookingState.CANCELLED
    file = Calendar()
    file.add("prodid", "-//Front Door//Bookings//EN")
    file.add("version", "2.0")
    file.add("method", "CANCEL" if cancelled and not feed else "PUBLISH")
    event = Event()
    event.add("uid", booking.calendar_uid)
    event.add("sequence", booking.calendar_sequence)
    event.add("dtstamp", now)
    event.add("dtstart", booking.starts_at.astimezone(LONDON))
    event.add("dtend", booking.ends_at.astimezone(LONDON))
    event.add("summary", booking.offer.title)
    event.add("location", booking.offer.venue or "Online, by video")
    event.add(
        "description", f"{service}\nReference {booking.reference}\nUse the link we sent you to join, move or cancel."
    )
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    file.add_component(event)
    file.add_missing_timezones()
    written: bytes = file.to_ical()
    return written
