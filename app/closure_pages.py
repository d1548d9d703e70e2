"""Days on which the whole service is closed. They meet two rooms, so the page stands above both: what a closed day does
to calls and to clinics is seen first, and then done in one go."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from advice_line.api import Desk, Moving, would_move
from booking import clinic_changes, clinic_rota, clinic_rules, rota_forms, service
from booking.clinic_changes import PreviewChanged
from booking.clinic_words import Change, ChangeKind, Choice, Effect
from booking.staff_pages import desk as clinic_desk
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.closed_days import ClosedDays, applied, closed_days
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Kind, Question
from core.web.replies import Page, page, see

HOME = "/staff/closures"
_AHEAD = timedelta(days=366)
_LONGEST = timedelta(days=60)
_TOLD = {
    "added": "The service is closed on these days. Open call-backs are being counted again, and families told.",
    "back": "The service is open on these days again. Open call-backs are being counted again, and families told.",
}
QUESTIONS = (
    Question("first", Kind.DATE, "First day", "For example 1 12 2026", missing="Enter the first day"),
    Question("last", Kind.DATE, "Last day", "Leave blank for one day"),
    Question("why", Kind.TEXT, "Why", "Colleagues see this. For example, staff training", "Say why", longest=200),
)


class Closures(Controller):
    """Closed days ahead: seen, added, taken back."""

    path = HOME
    include_in_schema = False
    guards: ClassVar = [staff(Right.CHANGE_ROTA)]  # type: ignore[misc]

    @get("/")
    async def all(self, request: PageRequest, house: InHouse) -> Page:
        """What managers added, and what the year brings: bank holidays and the closures of the profile."""
        today = london_day(house.clock.now())
        async with house.db.transaction() as session:
            rows = [one for one in await closed_days(session) if one.last_day >= today]
        known = sorted(house.profile.calendar.closed.items())
        return page(
            request, house, "closures/all.html", rows=rows, told=_TOLD.get(request.query_params.get("done", ""), ""),
            known=[(day, why) for day, why in known if today <= day <= today + _AHEAD],
        )  # fmt: skip

    @get("/new")
    async def new(self, request: PageRequest, house: InHouse) -> Page:
        return _form(request, house, Form.blank(QUESTIONS))

    @post("/new", status_code=200)
    async def close(self, request: PageRequest, house: InHouse) -> Page:
        """What closing would do; done once somebody has seen it, as it was shown."""
        form, body = await _read(request, house), await read_body(request)
        if form.answers is None or first(body, "again"):
            return _form(request, house, form)
        change = replace(rota_forms.days_change(ChangeKind.CLOSURE, form.answers), whole_service=True)
        if not first(body, "sure"):
            return await _effect(request, house, form, change)
        choice = rota_forms.read_choice(first(body, "choice") or first(body, "nobody"))
        if choice is None:
            return await _effect(request, house, form, change, unchosen=True)
        seen = first(body, "seen_times" if choice is Choice.MOVE else "seen")
        try:
            async with house.db.transaction() as session:
                await clinic_changes.apply(session, request.user, change, choice, seen, clinic_desk(house))
        except PreviewChanged:
            return await _effect(request, house, form, change, chosen=choice, changed=True)
        return see(request, f"{HOME}?done=added")

    @get("/{row_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, row_id: FromPath[UUID]) -> Page:
        """What taking it back would do."""
        async with house.db.transaction() as session:
            row = await _whole(session, row_id)
            others = [one for one in await closed_days(session) if one.id != row_id]
            moving = await _moving(session, house, others)
        return page(request, house, "closures/back.html", row=row, moving=moving)

    @post("/{row_id:uuid}/take-back", status_code=200)
    async def take_back(self, request: PageRequest, house: InHouse, row_id: FromPath[UUID]) -> Page:
        """Open on these days after all. Somebody else may have done it by now: then there is nothing to do."""
        async with house.db.transaction() as session:
            if await session.get(ClosedDays, row_id):
                await _whole(session, row_id)
                await clinic_rota.take_back(session, request.user, "closure", row_id, house.clock.now())
        return see(request, f"{HOME}?done=back")


async def _whole(session: Session, row_id: UUID) -> ClosedDays:
    row = await session.get(ClosedDays, row_id)
    if row is None or not row.whole_service:
        raise NotFound("no such closed days")
    return row


def _form(request: PageRequest, house: House, form: Form) -> Page:
    return page(request, house, "closures/new.html", status=422 if form.errors else 200, form=form)


async def _read(request: PageRequest, house: House) -> Form:
    form = await read_form(request, house, QUESTIONS)
    if form.answers is None:
        return form
    async with house.db.transaction() as session:
        rows = await closed_days(session)
    wrong = rota_forms.days_problem(form.answers) or _problem(form, rows, london_day(house.clock.now()))
    return replace(form.refuse(*wrong), answers=None) if wrong else form


def _problem(form: Form, rows: Any, today: date) -> tuple[str, str] | None:
    days = _days_of(form)
    if days.first_day < today:
        return "first", "The first day must be today or in the future"
    if days.last_day - days.first_day >= _LONGEST:
        return "last", f"The last day must be at most {_LONGEST.days} days after the first"
    if any(one.whole_service and one.first_day <= days.first_day and days.last_day <= one.last_day for one in rows):
        return "first", "The service is closed on these days already"
    return None


def _days_of(form: Form) -> ClosedDays:
    """What was typed, as it would be kept."""
    told = {name: str(value) for name, value in (form.answers or {}).items()}
    begins = date.fromisoformat(told["first"])
    ends = date.fromisoformat(told["last"]) if told.get("last") else begins
    return ClosedDays(first_day=begins, last_day=ends, why=told["why"], whole_service=True, made_by="")


async def _moving(session: Session, house: House, rows: Any) -> list[Moving]:
    """What closing exactly these days does to open call-backs."""
    desk = Desk(house.profile, house.address, house.clock.now())
    return await would_move(session, desk, applied(house.profile, rows))


async def _effect(
    request: PageRequest, house: House, form: Form, change: Change, *, unchosen: bool = False,
    chosen: Choice | None = None, changed: bool = False,
) -> Page:  # fmt: skip
    """The page that says what closing does to calls and clinics. Whoever is named on it is on the audit trail."""
    async with house.db.transaction() as session:
        moving = await _moving(session, house, [*await closed_days(session), _days_of(form)])
        effect = await _clinics(session, request.user, house, change)
        hosts = await staff_views(session, {one.host_id for one in effect.hits if one.host_id})
    choice = Form.blank((rota_forms.CHOICE,), {"choice": chosen} if chosen else {})
    if unchosen and effect.people:
        choice = choice.refuse("choice", rota_forms.CHOICE.missing)
    return page(
        request, house, "closures/effect.html", status=409 if changed else 422 if choice.errors else 200, form=choice,
        change=change, effect=effect, moving=moving, hosts=hosts, changed=changed, sent=_sent(form),
        fates={hit.sitting_id: hit.title for hit in effect.hits},
        seen=clinic_rules.print_of(effect), seen_times=clinic_rules.print_of(effect, Choice.MOVE),
    )  # fmt: skip


async def _clinics(session: Session, actor: Actor, house: House, change: Change) -> Effect:
    effect = await clinic_changes.preview(session, change, clinic_desk(house))
    service.record_seen(session, actor, (person.booking_id for person in effect.people), house.clock.now())
    return effect


def _sent(form: Form) -> list[tuple[str, str]]:
    """What was typed, as hidden inputs."""
    return [(n, v) for n, given in form.typed.items() for v in ([given] if isinstance(given, str) else given)]


HANDLERS = [Closures]
