"""What anyone may see: free times of clinics and sessions, with filters. A full one leads to its waiting list."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from booking import (
    family_queries,
    filter_words,
    forms,
    hold_pages,
    known_pages,
    presenters,
    queries,
    waiting_pages,
)
from booking.hold_choice import hold_place
from booking.words import OfferKind, OfferView, Wanted
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.replies import Page, is_htmx, page

_SCREENINGS = (OfferKind.SCREENING,)
_SESSIONS = (OfferKind.INFORMATION, OfferKind.WORKSHOP)


class Clinics(Controller):
    """Screening clinics: free times by day, for the disciplines that offer them."""

    path = "/clinics"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def times(self, request: PageRequest, house: InHouse) -> Page:
        """Free times, soonest first; the address narrows them by therapy, topic, language, day and time of day."""
        wanted, now = forms.wanted(request.query_params, _SCREENINGS), house.clock.now()
        async with house.db.transaction() as session:
            offers = await queries.public_offers(session, _SCREENINGS)
            wanted = _known_topic(wanted, offers.values())
            found = await queries.free_sittings(session, wanted, now, queries.PAGE + 1)
            release = None if found else await family_queries.next_release(session, wanted, now)
        context = _filters(request, house, wanted, offers) | {
            "offers": list(offers.values()),
            "days": presenters.by_day(found[: queries.PAGE], offers),
            "more": filter_words.further(request.query_params, found, queries.PAGE),
            "release": release,
            "for_family": await known_pages.family_here(request, house),
        }
        template = "booking/times.html" if is_htmx(request) else "booking/clinics.html"
        return page(request, house, template, **context)

    @get("/{offer_id:uuid}")
    async def clinic(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """What a clinic is for, and its next free times."""
        return await _offer_page(request, house, offer_id, _SCREENINGS)

    @post("/hold", status_code=200)
    async def hold(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps the chosen time while the form is filled in."""
        return await hold_place(request, house)


class Sessions(Controller):
    """Information sessions and workshops, with the places left."""

    path = "/sessions"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def sessions(self, request: PageRequest, house: InHouse) -> Page:
        """What is coming up, full ones too, soonest first; with the same filters as the clinics."""
        wanted, now = forms.wanted(request.query_params, _SESSIONS), house.clock.now()
        async with house.db.transaction() as session:
            offers = await queries.public_offers(session, _SESSIONS)
            wanted = _known_topic(wanted, offers.values())
            found = await queries.upcoming_sittings(session, wanted, now, queries.PAGE + 1)
            release = None if found else await family_queries.next_release(session, wanted, now)
        context = _filters(request, house, wanted, offers) | {
            "lines": [presenters.line(sitting, offers[sitting.offer_id]) for sitting in found[: queries.PAGE]],
            "more": filter_words.further(request.query_params, found, queries.PAGE),
            "release": release,
            "for_family": await known_pages.family_here(request, house),
        }
        return page(request, house, "booking/sessions.html", **context)

    @get("/{offer_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """What a session is about, and when it is held."""
        return await _offer_page(request, house, offer_id, _SESSIONS)

    @post("/hold", status_code=200)
    async def hold(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps a place while the form is filled in."""
        return await hold_place(request, house)


def _known_topic(wanted: Wanted, offers: Any) -> Wanted:
    """A topic nobody knows is left out: a filter refuses nobody."""
    return wanted if wanted.topic in {offer.topic for offer in offers} else replace(wanted, topic=None)


def _filters(request: PageRequest, house: House, wanted: Wanted, offers: dict[UUID, OfferView]) -> dict[str, Any]:
    day = request.query_params.get("day", "") if wanted.since else ""
    today, weeks = london_day(house.clock.now()), house.profile.booking.weeks_ahead
    known = offers.values()
    return {
        "therapies": presenters.therapies(known, house.profile, wanted.discipline),
        "topics": filter_words.topics(known, wanted.topic),
        "languages": filter_words.languages(known, wanted.language),
        "time_items": filter_words.times(wanted),
        "day_items": presenters.days_ahead(house.profile.calendar, today, weeks, day),
        "day": day,
        "filtered": bool(filter_words.asked_again(request.query_params)),
        "every_day": filter_words.asked_again(request.query_params, "day"),
    }


async def _offer_page(request: PageRequest, house: House, offer_id: UUID, kinds: tuple[OfferKind, ...]) -> Page:
    wanted = Wanted(kinds, offer_id=offer_id, after=forms.read_mark(request.query_params.get("after", "")))
    now = house.clock.now()
    async with house.db.transaction() as session:
        offer = await queries.public_offer(session, offer_id)
        if offer is None or offer.kind not in kinds:
            raise NotFound("no such offer")
        found = await queries.free_sittings(session, wanted, now, queries.PAGE + 1)
        release = None if found else await family_queries.next_release(session, wanted, now)
    shown = found[: queries.PAGE]
    context: dict[str, Any] = {
        "offer": offer,
        "days": presenters.by_day(shown, {offer.id: offer}),
        "more": forms.mark(shown[-1].starts_at, shown[-1].id) if len(found) > len(shown) else "",
        "room": presenters.room(offer),
        "release": release,
        "for_family": await known_pages.family_here(request, house),
    }
    return page(request, house, "booking/offer.html", **context)


HANDLERS = [Clinics, Sessions, *known_pages.HANDLERS, *hold_pages.HANDLERS, *waiting_pages.HANDLERS]
