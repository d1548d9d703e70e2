"""The timetable as staff run it: repeating sessions, closures, absences, sittings outside any pattern."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views, therapists
from booking import clinic_forms, clinic_offers, clinic_rota, rota_forms, timetable
from booking.clinic_offers import OneOff
from booking.clinic_words import Change, ChangeKind
from booking.staff_changes import show_effect
from booking.staff_pages import HOME, desk
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Answers, Option, Question
from core.web.replies import Page, page, see

ROTA = f"{HOME}/rota"
_DONE = {
    "made": "The sessions are on the timetable",
    "done": "The change is done",
    "back": "It is taken back. Sittings are laid out on these days again overnight",
}
Problem = Callable[[Answers], tuple[str, str] | None]


class StaffRota(Controller):
    """All repeating sessions with what could not be laid out, and what takes sittings away."""

    path = ROTA
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_CLINICS)]  # type: ignore[misc]

    @get("/")
    async def rota(self, request: PageRequest, house: InHouse) -> Page:
        """Clashes first: those times are missing."""
        async with house.db.transaction() as session:
            found = await clinic_rota.rota(session, house.profile, house.clock.now())
            hosts = await staff_views(session, _hosts_in(found))
        done = _DONE.get(request.query_params.get("done", ""), "")
        return page(
            request, house, "booking/staff_rota.html", rota=found, hosts=hosts, weekdays=clinic_forms.WEEKDAYS,
            done=done,
        )  # fmt: skip

    @get("/new")
    async def new(self, request: PageRequest, house: InHouse) -> Page:
        return _form(request, house, Form.blank(await _pattern_questions(house)), _NEW)

    @post("/new", status_code=200)
    async def make(self, request: PageRequest, house: InHouse) -> Page:
        """What the sessions would make, with clashes and days off; made once somebody has seen it."""
        form = await _read(request, house, await _pattern_questions(house), rota_forms.pattern_problem)
        if form.answers is None:
            return _form(request, house, form, _NEW)
        details = rota_forms.pattern_details(form.answers, UUID(str(form.answers["offer"])))
        body, now = await read_body(request), house.clock.now()
        async with house.db.transaction() as session:
            if first(body, "sure"):
                await clinic_rota.add_patterns(session, request.user, details, house.profile, now)
                return see(request, f"{ROTA}?done=made")
            made = await clinic_rota.what_it_makes(session, details, house.profile, now)
        return page(request, house, "booking/staff_new_sessions.html", made=made, form=form, body=_sent(form))

    @get("/{availability_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, availability_id: FromPath[UUID]) -> Page:
        """A repeating session, to be changed from a day on."""
        async with house.db.transaction() as session:
            row, offer = await clinic_rota.pattern(session, availability_id)
        questions = await _pattern_questions(house, one_day=True)
        answers = {**rota_forms.pattern_answers(timetable.details_of(row)), "weekdays": str(row.weekday)}
        form = Form.blank(questions, {**answers, "first": ""})
        return _form(request, house, form, _edit(availability_id), offer=offer)

    @post("/{availability_id:uuid}", status_code=200)
    async def edit(self, request: PageRequest, house: InHouse, availability_id: FromPath[UUID]) -> Page:
        """What the change would do."""
        async with house.db.transaction() as session:
            _, offer = await clinic_rota.pattern(session, availability_id)
        questions = await _pattern_questions(house, one_day=True)
        form = await _read(request, house, questions, rota_forms.pattern_problem)
        if form.answers is None:
            return _form(request, house, form, _edit(availability_id), offer=offer)
        pattern = rota_forms.pattern_details(form.answers, offer.id)
        change = Change(ChangeKind.EDIT_PATTERN, availability_id=availability_id, first=pattern.first, pattern=pattern)
        return await show_effect(request, house, change)

    @get("/{availability_id:uuid}/end")
    async def when(self, request: PageRequest, house: InHouse, availability_id: FromPath[UUID]) -> Page:
        """From which day on."""
        async with house.db.transaction() as session:
            _, offer = await clinic_rota.pattern(session, availability_id)
        return _form(request, house, Form.blank((rota_forms.END,)), _end(availability_id), offer=offer)

    @post("/{availability_id:uuid}/end", status_code=200)
    async def end(self, request: PageRequest, house: InHouse, availability_id: FromPath[UUID]) -> Page:
        """What ending it would do."""
        form = await read_form(request, house, (rota_forms.END,))
        if form.answers is None:
            return _form(request, house, form, _end(availability_id))
        change = rota_forms.days_change(ChangeKind.END_PATTERN, form.answers)
        return await show_effect(request, house, replace(change, last=None, availability_id=availability_id))


class StaffDays(Controller):
    """Days without clinics, for everybody or for one."""

    path = HOME
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_CLINICS)]  # type: ignore[misc]

    @get("/closures/new")
    async def closure(self, request: PageRequest, house: InHouse) -> Page:
        return _form(request, house, Form.blank(rota_forms.closure_questions(house.profile)), _CLOSURE)

    @post("/closures/new", status_code=200)
    async def close(self, request: PageRequest, house: InHouse) -> Page:
        """What closing would do."""
        questions = rota_forms.closure_questions(house.profile)
        return await _days(request, house, ChangeKind.CLOSURE, questions, _CLOSURE)

    @get("/absences/new")
    async def absence(self, request: PageRequest, house: InHouse) -> Page:
        return _form(request, house, Form.blank(rota_forms.away_questions(await _hosts(house))), _ABSENCE)

    @post("/absences/new", status_code=200)
    async def away(self, request: PageRequest, house: InHouse) -> Page:
        """What their being away would do."""
        questions = rota_forms.away_questions(await _hosts(house))
        return await _days(request, house, ChangeKind.ABSENCE, questions, _ABSENCE)

    @post("/{what:str}/{row_id:uuid}/take-back", status_code=200)
    async def take_back(
        self, request: PageRequest, house: InHouse, what: FromPath[str], row_id: FromPath[UUID]
    ) -> Page:
        """A closure or an absence that was a mistake."""
        if what not in ("closures", "absences"):
            raise NotFound("neither a closure nor an absence")
        async with house.db.transaction() as session:
            await clinic_rota.take_back(session, request.user, what[:-1], row_id, house.clock.now())
        return see(request, f"{ROTA}?done=back")

    @get("/sittings/new")
    async def sitting(self, request: PageRequest, house: InHouse) -> Page:
        return _form(request, house, Form.blank(await _one_off_questions(house), {"opens_to": "rule"}), _ONE_OFF)

    @post("/sittings/new", status_code=200)
    async def add_sitting(self, request: PageRequest, house: InHouse) -> Page:
        """One sitting outside any pattern, unless its therapist is in another then."""
        form = await read_form(request, house, await _one_off_questions(house))
        now = house.clock.now()
        if form.answers and rota_forms.starts_at(form.answers) <= now:
            form = replace(form.refuse("day", "The day and time must be in the future"), answers=None)
        if form.answers is None:
            return _form(request, house, form, _ONE_OFF)
        async with house.db.transaction() as session:
            made = await clinic_offers.add_one_off(session, request.user, _one_off(form.answers), desk(house))
        if made is None:
            clash = "This therapist has another sitting at that time"
            return _form(request, house, form.refuse("at", clash), _ONE_OFF)
        return see(request, f"{HOME}/sittings/{made}?done=made")


_NEW = ("Add repeating sessions", f"{ROTA}/new", "See what this makes")
_CLOSURE = ("Close clinics for some days", f"{HOME}/closures/new", "See what this does")
_ABSENCE = ("A therapist is away", f"{HOME}/absences/new", "See what this does")
_ONE_OFF = ("Add one sitting", f"{HOME}/sittings/new", "Add the sitting")


def _edit(availability_id: UUID) -> tuple[str, str, str]:
    return "Change repeating sessions", f"{ROTA}/{availability_id}", "See what this does"


def _end(availability_id: UUID) -> tuple[str, str, str]:
    return "End repeating sessions", f"{ROTA}/{availability_id}/end", "See what this does"


def _form(request: PageRequest, house: House, form: Form, what: tuple[str, str, str], offer: Any = None) -> Page:
    heading, action, button = what
    status = 422 if form.errors else 200
    return page(
        request, house, "booking/staff_form.html", status=status, form=form, heading=heading, action=action,
        button=button, offer=offer,
    )  # fmt: skip


async def _read(request: PageRequest, house: House, questions: tuple[Question, ...], problem: Problem) -> Form:
    form = await read_form(request, house, questions)
    wrong = problem(form.answers) if form.answers else None
    return replace(form.refuse(*wrong), answers=None) if wrong else form


async def _days(
    request: PageRequest, house: House, kind: ChangeKind, questions: tuple[Question, ...], what: tuple[str, str, str]
) -> Page:
    form = await _read(request, house, questions, rota_forms.days_problem)
    if form.answers is None:
        return _form(request, house, form, what)
    return await show_effect(request, house, rota_forms.days_change(kind, form.answers))


def _sent(form: Form) -> list[tuple[str, str]]:
    """What was typed, as hidden inputs."""
    return [(n, v) for n, given in form.typed.items() for v in ([given] if isinstance(given, str) else given)]


def _one_off(answers: Answers) -> OneOff:
    host, places, link = str(answers["host"]), answers.get("places"), answers.get("link")
    return OneOff(
        offer_id=UUID(str(answers["offer"])),
        starts_at=rota_forms.starts_at(answers),
        host_id=None if host == rota_forms.NOBODY else UUID(host),
        places=int(str(places)) if places else None,
        video_link=str(link) if link else None,
        at_once=answers["opens_to"] == "now",
    )


async def _hosts(house: House) -> tuple[Option, ...]:
    async with house.db.transaction() as session:
        return clinic_forms.hosts(await therapists(session))


async def _choices(session: Session) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    offers = await clinic_offers.bare_offers(session)
    nobody = Option(rota_forms.NOBODY, "Nobody yet")
    return clinic_forms.offers(offers), (*clinic_forms.hosts(await therapists(session)), nobody)


async def _pattern_questions(house: House, *, one_day: bool = False) -> tuple[Question, ...]:
    async with house.db.transaction() as session:
        return rota_forms.pattern_questions(*await _choices(session), one_day=one_day)


async def _one_off_questions(house: House) -> tuple[Question, ...]:
    async with house.db.transaction() as session:
        return rota_forms.one_off_questions(*await _choices(session))


def _hosts_in(rota: clinic_rota.Rota) -> set[UUID]:
    ids = [*(p.host_id for p, _ in rota.patterns), *(a.host_id for a in rota.absences)]
    return {one for one in [*ids, *(clash.host_id for clash in rota.clashes)] if one}


HANDLERS = [StaffRota, StaffDays]
