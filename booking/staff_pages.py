"""Clinics as staff see them: days and weeks, one sitting, who comes."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views, therapists
from booking import clinic_forms, clinic_offers, clinic_queries, forms, rota_forms, service
from booking.clinic_guarded import guarded_among
from booking.clinic_letters import Desk
from booking.clinic_offers import Capacity
from booking.clinic_queries import DiarySitting, Shown
from core.domain.clock import london_day
from core.domain.errors import NotPossible, Stale
from core.domain.identity import Discipline, Right
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Option
from core.web.replies import Page, page, see

HOME = "/staff/clinics"


class StaffClinics(Controller):
    """The diary. Therapists see their own sittings and those of their disciplines."""

    path = HOME
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CLINICS)]  # type: ignore[misc]

    @get("/")
    async def day(self, request: PageRequest, house: InHouse) -> Page:
        """The sittings of a day with who booked. Whoever is shown is on the audit trail."""
        return await _diary(request, house, 1, "booking/staff_day.html")

    @get("/week")
    async def week(self, request: PageRequest, house: InHouse) -> Page:
        """The same of a week, from its Monday."""
        return await _diary(request, house, 7, "booking/staff_week.html")


async def _diary(request: PageRequest, house: House, days: int, template: str) -> Page:
    now = house.clock.now()
    shown = _shown(request, london_day(now), days)
    async with house.db.transaction() as session:
        sittings = await clinic_queries.diary(session, request.user, shown)
        people = await therapists(session)
        hosts = await staff_views(session, {sitting.host_id for sitting in sittings if sitting.host_id})
        seen = [person.booking_id for sitting in sittings for person in sitting.people]
        guarded = await guarded_among(session, seen)
        service.record_seen(session, request.user, seen, now)
    return page(
        request,
        house,
        template,
        shown=shown,
        today=london_day(now),
        before=shown.first - timedelta(days=days),
        after=shown.first + timedelta(days=days),
        sittings=sittings,
        guarded=guarded,
        by_day=_by_day(sittings, shown.first, days),
        hosts=hosts,
        host_items=_items("Everybody", clinic_forms.hosts(people), str(shown.host_id)),
        team_items=_items("Every team", _teams(house), str(shown.discipline)),
        attended=clinic_forms.ATTENDED,
        narrowed=_narrowed(shown),
    )


def _shown(request: PageRequest, today: date, days: int) -> Shown:
    """The day, or the week from its Monday, as the address says it; what cannot be read is left out."""
    asked = request.query_params
    day = forms.read_day(asked.get("day", "")) or today
    discipline = asked.get("team", "")
    return Shown(
        day - timedelta(days=day.weekday()) if days > 1 else day,
        days,
        forms.read_id(asked.get("host", "")),
        Discipline(discipline) if discipline in set(Discipline) else None,
    )


def _items(everything: str, options: Iterable[Option], chosen: str) -> list[dict[str, Any]]:
    """Items of a select, with one for all of them first."""
    known = ({"value": o.value, "text": o.label, "selected": o.value == chosen} for o in options)
    return [{"value": "", "text": everything}, *known]


def _teams(house: House) -> list[Option]:
    return [Option(d, words.name.capitalize()) for d, words in house.profile.disciplines.items()]


def _by_day(sittings: list[DiarySitting], first_day: date, days: int) -> list[tuple[date, list[DiarySitting]]]:
    all_days = [first_day + timedelta(days=n) for n in range(days)]
    found = {day: [s for s in sittings if london_day(s.starts_at) == day] for day in all_days}
    return [(day, there) for day, there in found.items() if there or day.weekday() < 5]


def _narrowed(shown: Shown) -> str:
    """What is chosen, for the links to other days."""
    host = f"&host={shown.host_id}" if shown.host_id else ""
    return host + (f"&team={shown.discipline}" if shown.discipline else "")


class StaffSittings(Controller):
    """One sitting: who comes, how many places, its link; sittings outside any pattern."""

    path = f"{HOME}/sittings"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CLINICS)]  # type: ignore[misc]

    @get("/{sitting_id:uuid}")
    async def sitting(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """Whoever is shown is on the audit trail."""
        return await _sitting(request, house, sitting_id)

    @post("/{sitting_id:uuid}/places", status_code=200, guards=[staff(Right.RUN_CLINICS)])
    async def places(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """What another number of places would do, before it is done."""
        form = await read_form(request, house, (rota_forms.PLACES,))
        if form.answers is None:
            return await _sitting(request, house, sitting_id, places_form=form)
        return await _preview_places(request, house, sitting_id, int(str(form.answers["places"])))

    @post("/{sitting_id:uuid}/places/set", status_code=200, guards=[staff(Right.RUN_CLINICS)])
    async def set_places(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """Does it, unless the places are not those that were shown: then what it would do now, with status 409."""
        form = await read_form(request, house, (rota_forms.PLACES,))
        if form.answers is None:
            return await _sitting(request, house, sitting_id, places_form=form)
        wanted, body = int(str(form.answers["places"])), await read_body(request)
        seen = Capacity(_count(first(body, "seen_places")), _count(first(body, "seen_booked")), 0)
        try:
            async with house.db.transaction() as session:
                await clinic_offers.set_capacity(session, request.user, sitting_id, wanted, seen, desk(house))
        except (Stale, NotPossible):
            return await _preview_places(request, house, sitting_id, wanted, changed=True)
        return see(request, f"{HOME}/sittings/{sitting_id}?done=places")

    @post("/{sitting_id:uuid}/link", status_code=200, guards=[staff(Right.RUN_CLINICS)])
    async def link(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """A video link of its own, or none."""
        form = await read_form(request, house, (rota_forms.LINK,))
        if form.answers is None:
            return await _sitting(request, house, sitting_id, link_form=form)
        link = form.answers.get("link")
        async with house.db.transaction() as session:
            await clinic_offers.paste_link(session, request.user, sitting_id, str(link) if link else None, desk(house))
        return see(request, f"{HOME}/sittings/{sitting_id}?done=link")


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def desk(house: House) -> Desk:
    """Who writes to families, from where, and when."""
    return Desk(house.profile, house.address, house.clock.now())


async def _sitting(
    request: PageRequest,
    house: House,
    sitting_id: UUID,
    places_form: Form | None = None,
    link_form: Form | None = None,
) -> Page:
    now, actor = house.clock.now(), request.user
    async with house.db.transaction() as session:
        sitting = await clinic_queries.one_sitting(session, actor, sitting_id)
        events = await clinic_queries.sitting_events(session, sitting_id)
        hosts = await staff_views(session, {sitting.host_id} if sitting.host_id else set())
        guarded = await guarded_among(session, (person.booking_id for person in sitting.people))
        service.record_seen(session, actor, (person.booking_id for person in sitting.people), now)
    return page(
        request,
        house,
        "booking/staff_sitting.html",
        status=422 if places_form or link_form else 200,
        sitting=sitting,
        guarded=guarded,
        events=events,
        happened=clinic_forms.HAPPENED,
        hosts=hosts,
        form=places_form or link_form,
        places_form=places_form or Form.blank((rota_forms.PLACES,), {"places": str(sitting.places)}),
        link_form=link_form or Form.blank((rota_forms.LINK,), {"link": sitting.video_link or ""}),
        attended=clinic_forms.ATTENDED,
        may_run=actor.may(Right.RUN_CLINICS),
        ahead=sitting.starts_at > now,
        done=_DONE.get(request.query_params.get("done", ""), ""),
    )


_DONE = {
    "places": "The number of places is changed",
    "link": "The video link is saved",
    "made": "The sitting is on the timetable",
    "host": "The sitting is handed over",
}


async def _preview_places(
    request: PageRequest, house: House, sitting_id: UUID, wanted: int, *, changed: bool = False
) -> Page:
    async with house.db.transaction() as session:
        sitting = await clinic_queries.one_sitting(session, request.user, sitting_id)
        stands = await clinic_offers.capacity_of(session, sitting_id, house.clock.now())
    if wanted < stands.taken:
        taken = f"{stands.booked} booked and {stands.held} held at this moment"
        form = Form.blank((rota_forms.PLACES,), {"places": str(wanted)})
        wrong = form.refuse("places", f"There must be at least {stands.taken} places: {taken}")
        return await _sitting(request, house, sitting_id, places_form=wrong)
    status = 409 if changed else 200
    return page(
        request, house, "booking/staff_places.html", status=status, sitting=sitting, stands=stands, wanted=wanted,
        changed=changed,
    )  # fmt: skip


HANDLERS = [StaffClinics, StaffSittings]
