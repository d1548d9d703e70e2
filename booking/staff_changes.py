"""A change of the timetable: first what it does, who is met and who cannot be told; then it is done as it was shown."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from booking import clinic_changes, clinic_queries, clinic_rules, forms, rota_forms, service
from booking.clinic_changes import PreviewChanged
from booking.clinic_words import Change, ChangeKind, Choice, Done, Effect
from booking.staff_pages import HOME, desk
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.web.bodies import PageRequest, first, read_body
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page

_WHAT = {
    ChangeKind.CANCEL_SITTING: "Cancel a sitting",
    ChangeKind.CANCEL_DAY: "Cancel a day",
    ChangeKind.CLOSURE: "Close clinics for some days",
    ChangeKind.ABSENCE: "A therapist is away",
    ChangeKind.END_PATTERN: "End repeating sessions",
    ChangeKind.EDIT_PATTERN: "Change repeating sessions",
}


class StaffChanges(Controller):
    """See what a change does, then do it."""

    path = HOME
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_CLINICS)]  # type: ignore[misc]

    @get("/sittings/{sitting_id:uuid}/cancel")
    async def cancel_sitting(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """What cancelling this sitting would do."""
        async with house.db.transaction() as session:
            await clinic_queries.one_sitting(session, request.user, sitting_id)
        return await show_effect(request, house, Change(ChangeKind.CANCEL_SITTING, sitting_id=sitting_id))

    @get("/cancel-day")
    async def cancel_day(self, request: PageRequest, house: InHouse) -> Page:
        """What cancelling a day would do: all of it, or one therapist's."""
        day = forms.read_day(request.query_params.get("day", ""))
        if day is None or day < london_day(house.clock.now()):
            raise NotFound("no such day ahead")
        host = forms.read_id(request.query_params.get("host", ""))
        return await show_effect(request, house, Change(ChangeKind.CANCEL_DAY, host_id=host, first=day, last=day))

    @post("/change", status_code=200)
    async def apply(self, request: PageRequest, house: InHouse) -> Page:
        """Does what was shown; if that is not what it would do now, shows that with status 409 and does nothing."""
        body = await read_body(request)
        change = rota_forms.read_change(body)
        choice = rota_forms.read_choice(first(body, "choice") or first(body, "nobody"))
        if choice is None:
            return await show_effect(request, house, change, unchosen=True)
        seen = first(body, "seen_times" if choice is Choice.MOVE else "seen")
        try:
            async with house.db.transaction() as session:
                done = await clinic_changes.apply(session, request.user, change, choice, seen, desk(house))
        except PreviewChanged:
            return await show_effect(request, house, change, changed=True, chosen=choice)
        return _done(request, house, change, done)


async def show_effect(
    request: PageRequest,
    house: House,
    change: Change,
    *,
    changed: bool = False,
    unchosen: bool = False,
    chosen: Choice | None = None,
) -> Page:
    """The page that says what a change does. Whoever is named on it is on the audit trail."""
    async with house.db.transaction() as session:
        effect = await clinic_changes.preview(session, change, desk(house))
        hosts = await staff_views(session, {one.host_id for one in effect.hits if one.host_id} | _named(change))
        people = (person.booking_id for person in effect.people)
        service.record_seen(session, request.user, people, house.clock.now())
    form = Form.blank((rota_forms.CHOICE,), {"choice": chosen} if chosen else {})
    if unchosen and effect.people:
        form = form.refuse("choice", rota_forms.CHOICE.missing)
    return page(
        request,
        house,
        "booking/staff_effect.html",
        status=409 if changed else 422 if form.errors else 200,
        heading=_WHAT[change.kind],
        change=change,
        carried=rota_forms.carried(change),
        effect=effect,
        fates=_fates(effect),
        hosts=hosts,
        form=form,
        changed=changed,
        seen=clinic_rules.print_of(effect),
        seen_times=clinic_rules.print_of(effect, Choice.MOVE),
    )


def _named(change: Change) -> set[UUID]:
    return {change.host_id} if change.host_id else set()


def _fates(effect: Effect) -> dict[UUID, str]:
    """Sitting → its title and when it is, for the table of people."""
    return {hit.sitting_id: hit.title for hit in effect.hits}


def _done(request: PageRequest, house: House, change: Change, done: Done) -> Page:
    return page(request, house, "booking/staff_done.html", done=done, heading=_WHAT[change.kind], change=change)


HANDLERS = [StaffChanges]
