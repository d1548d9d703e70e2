"""One booking as staff see it, whether they came, and whom a person has to phone."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import Opened, staff_views
from booking import access, attendance, clinic_bookings, clinic_forms, clinic_queries, forms, rota_forms, service
from booking.attendance import Visit
from booking.clinic_guarded import guarded_among
from booking.clinic_queries import BookingFile
from booking.clinic_words import Attendance, CallReason, Outcome
from booking.staff_pages import HOME, desk
from core.domain.errors import NotFound, NotPossible, PlaceGone
from core.domain.identity import Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash
from referral.api import begin_known

REASONS = {
    CallReason.LEFT: "Left for a person to decide",
    CallReason.CANCELLED: "We cancelled, and our message did not arrive",
    CallReason.MOVED: "We moved them, and our message did not arrive",
    CallReason.NOT_BROUGHT: "Was not brought twice: ask what would help",
}


class StaffBookings(Controller):
    """One booking: what happened to it, whether they came, another time or none."""

    path = f"{HOME}/bookings/{{booking_id:uuid}}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CLINICS)]  # type: ignore[misc]

    @get("/")
    async def booking(self, request: PageRequest, house: InHouse, booking_id: FromPath[UUID]) -> Page:
        """Whoever is shown is on the audit trail."""
        return await _booking(request, house, booking_id)

    @post("/visit", status_code=200)
    async def visit(self, request: PageRequest, house: InHouse, booking_id: FromPath[UUID]) -> Page:
        """Writes down whether they came, what came of it, and notes."""
        async with house.db.transaction() as session:
            found, _ = await _opened(session, request, house, booking_id)
        form = await read_form(request, house, rota_forms.visit_questions(found.sitting.kind))
        if form.answers is None:
            return await _booking(request, house, booking_id, form)
        outcome, note = form.answers.get("outcome"), form.answers.get("note")
        seen = Visit(
            Attendance(str(form.answers["attendance"])),
            Outcome(str(outcome)) if outcome else None,
            str(note) if note else None,
        )
        try:
            async with house.db.transaction() as session:
                await attendance.record_visit(session, request.user, booking_id, seen, house.clock.now())
        except NotPossible:
            told = "Choose what fits: nobody has come before the start, and an outcome needs a visit"
            return await _booking(request, house, booking_id, form.refuse("attendance", told))
        return see(request, f"{HOME}/bookings/{booking_id}?done=visit")

    @post("/refer", status_code=200)
    async def refer(self, request: PageRequest, house: InHouse, booking_id: FromPath[UUID]) -> Page:
        """To a referral with what we know already typed, unless one is under way in this browser."""
        owner, now = owner_hash(request, house), house.clock.now()
        async with house.db.transaction() as session:
            found, opened = await _opened(session, request, house, booking_id)
            service.record_seen(session, request.user, [booking_id], now, why=opened.reason)
            known, discipline = await clinic_queries.known_of_child(session, booking_id), found.sitting.discipline
            if not known or discipline is None:
                raise NotPossible("no child to refer")
            begun = await begin_known(session, owner, known, discipline, now)
        return see(request, "/refer/who" if begun else "/refer/resume")

    @get("/change", guards=[staff(Right.RUN_CLINICS)])
    async def change(self, request: PageRequest, house: InHouse, booking_id: FromPath[UUID]) -> Page:
        """Other times of the same offer, and a way to cancel."""
        return await _change(request, house, booking_id)

    @post("/move", status_code=200, guards=[staff(Right.RUN_CLINICS)])
    async def move(self, request: PageRequest, house: InHouse, booking_id: FromPath[UUID]) -> Page:
        """Moves them and tells them."""
        body = await read_body(request)
        to = forms.read_id(first(body, "sitting"))
        if to is None:
            raise NotFound("not a sitting")
        try:
            async with house.db.transaction() as session:
                why = first(body, "why")[:200]
                await clinic_bookings.move_one(session, request.user, booking_id, to, why, desk(house))
        except PlaceGone:
            return await _change(request, house, booking_id, gone=True)
        return see(request, f"{HOME}/bookings/{booking_id}?done=moved")

    @post("/cancel", status_code=200, guards=[staff(Right.RUN_CLINICS)])
    async def cancel(self, request: PageRequest, house: InHouse, booking_id: FromPath[UUID]) -> Page:
        """Cancels and tells them."""
        form = await read_form(request, house, (rota_forms.WHY,))
        why = str((form.answers or {}).get("why", ""))
        async with house.db.transaction() as session:
            await clinic_bookings.cancel_one(session, request.user, booking_id, why, desk(house))
        return see(request, f"{HOME}/bookings/{booking_id}?done=cancelled")


_DONE = {
    "visit": "Saved",
    "moved": "The booking is moved and the family is being told",
    "cancelled": "The booking is cancelled and the family is being told",
}


async def _opened(session: Session, request: PageRequest, house: House, booking_id: UUID) -> tuple[BookingFile, Opened]:
    """The booking, with what lets this person see it."""
    opened = await access.open_booking(session, request.user, booking_id, house.clock.now())
    return await clinic_queries.booking_file(session, booking_id), opened


async def _booking(request: PageRequest, house: House, booking_id: UUID, form: Form | None = None) -> Page:
    now, actor = house.clock.now(), request.user
    async with house.db.transaction() as session:
        found, opened = await _opened(session, request, house, booking_id)
        names = await staff_views(session, _staff_in(found))
        service.record_seen(session, actor, [booking_id], now, why=opened.reason)
    blank = Form.blank(rota_forms.visit_questions(found.sitting.kind), _last_visit(found))
    return page(
        request,
        house,
        "booking/staff_booking.html",
        status=422 if form and form.errors else 200,
        file=found,
        opened=opened,
        form=form or blank,
        history=_history(found, names),
        attended=clinic_forms.ATTENDED,
        outcomes=clinic_forms.OUTCOMES,
        reasons=REASONS,
        done=_DONE.get(request.query_params.get("done", ""), ""),
        may_change=actor.may(Right.RUN_CLINICS) and found.person.state == "booked" and found.sitting.starts_at > now,
    )


def _last_visit(found: BookingFile) -> dict[str, str]:
    if not found.entries:
        return {}
    last = found.entries[-1]
    told = {"attendance": last.attendance, "outcome": last.outcome, "note": last.note}
    return {name: str(value) for name, value in told.items() if value}


def _staff_in(found: BookingFile) -> set[UUID]:
    said = [*(event.by for event in found.events), *(entry.by for entry in found.entries)]
    ids = {forms.read_id(by.removeprefix("staff:")) for by in said}
    host = {found.sitting.host_id} if found.sitting.host_id else set()
    return {one for one in ids if one} | host


def _history(found: BookingFile, names: dict[UUID, Any]) -> list[dict[str, Any]]:
    """All that happened, oldest first, in words."""
    lines = [(event.at, f"{event.happened}".capitalize(), event.by, event.why) for event in found.events]
    for entry in found.entries:
        words = clinic_forms.ATTENDED[entry.attendance]
        led_to = f": {clinic_forms.OUTCOMES[entry.outcome]}" if entry.outcome else ""
        lines.append((entry.at, words + led_to, entry.by, entry.note))
    return [
        {"at": at, "what": what, "by": name_of(by, names), "why": why}
        for at, what, by, why in sorted(lines, key=lambda line: line[0])
    ]


def name_of(by: str, names: dict[UUID, Any]) -> str:
    """Who it was, as colleagues read it."""
    known = forms.read_id(by.removeprefix("staff:"))
    if known and known in names:
        return str(names[known].name)
    return "The family" if by == "public" else "The service"


async def _change(request: PageRequest, house: House, booking_id: UUID, *, gone: bool = False) -> Page:
    now = house.clock.now()
    async with house.db.transaction() as session:
        found, opened = await _opened(session, request, house, booking_id)
        times = await clinic_queries.free_times(session, found.sitting.offer_id, now)
        service.record_seen(session, request.user, [booking_id], now, why=opened.reason)
    if found.sitting.starts_at <= now or found.person.state != "booked":
        raise NotPossible("begun or cancelled")
    return page(
        request, house, "booking/staff_change_booking.html", status=409 if gone else 200, file=found,
        times=[time for time in times if time.sitting_id != found.sitting.id], gone=gone, opened=opened,
        form=Form.blank((rota_forms.WHY,)),
    )  # fmt: skip


class StaffCalls(Controller):
    """People to phone: whom nobody could reach, who waits for a decision, who was not brought twice."""

    path = f"{HOME}/to-phone"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CLINICS)]  # type: ignore[misc]

    @get("/")
    async def calls(self, request: PageRequest, house: InHouse) -> Page:
        """Longest waiting first. Whoever is shown is on the audit trail."""
        async with house.db.transaction() as session:
            found = await clinic_queries.calls_to_make(session, request.user)
            shown = [call.person.booking_id for call in found]
            guarded = await guarded_among(session, shown)
            service.record_seen(session, request.user, shown, house.clock.now())
        done = "phoned" in request.query_params
        told: dict[str, Any] = {"calls": found, "guarded": guarded, "reasons": REASONS, "done": done}
        return page(request, house, "booking/staff_calls.html", **told)

    @post("/{call_id:uuid}", status_code=200)
    async def phoned(self, request: PageRequest, house: InHouse, call_id: FromPath[UUID]) -> Page:
        """Ticks somebody off."""
        async with house.db.transaction() as session:
            await attendance.phoned(session, request.user, call_id, house.clock.now())
        return see(request, f"{HOME}/to-phone?phoned=1")


HANDLERS = [StaffBookings, StaffCalls]
