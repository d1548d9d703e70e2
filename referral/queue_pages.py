"""Triage: the queue, and finding one child's referrals."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post

from accounts.api import staff_views
from core.domain.clock import london_day
from core.domain.identity import Actor, Right
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from referral import (
    case_service,
    queue_find,
    queue_forms,
    queue_presenters,
    queue_queries,
    search_forms,
    search_queries,
)
from referral.queue_queries import PAGE
from referral.queue_words import View
from referral.views import QueueLine, Wanted

TRIAGE = "/staff/triage"
SEARCH = f"{TRIAGE}/search"


class Queue(Controller):
    """Triage staff and managers see every referral, therapists those that ask for their discipline."""

    path = TRIAGE
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def queue(self, request: PageRequest, house: InHouse) -> Page:
        """By urgency, then the longest wait first. Whoever is listed is on the audit trail."""
        return await _queue(request, house)

    @get("/search")
    async def search(self, request: PageRequest, house: InHouse) -> Page:
        """The form, empty: what is looked for never stands in an address."""
        return _found(request, house, Form.blank(search_forms.QUESTIONS))

    @post("/search", status_code=200)
    async def find(self, request: PageRequest, house: InHouse) -> Page:
        """To the referral with a reference, or a list of what matches."""
        form = search_forms.complete(await read_form(request, house, search_forms.QUESTIONS))
        if form.answers is None:
            return _found(request, house, form)
        actor, now = _actor(request), house.clock.now()
        async with house.db.transaction() as session:
            found = await search_queries.find(session, actor, form.answers)
            case_service.record_listed(session, actor, [line.id for line in found.lines], now)
            names = await staff_views(session, _owners(found.lines))
        if len(found.ids) == 1 and "reference" in form.answers:
            return see(request, f"{TRIAGE}/{found.ids[0]}")
        if not found.ids:
            name = next(iter(form.answers))
            return _found(request, house, form.refuse(name, search_forms.NOT_THERE))
        rows = [queue_presenters.row(line, house.profile, now, names, actor.id) for line in found.lines]
        return _found(request, house, form, rows=rows, others=found.others)


def _found(request: PageRequest, house: House, form: Form, **found: Any) -> Page:
    told = {"rows": [], "others": [], **found}
    status = 422 if form.errors else 200
    return page(request, house, "referral/search.html", status=status, form=form, triage=TRIAGE, **told)


async def _queue(request: PageRequest, house: House) -> Page:
    areas = [area.id for area in house.profile.areas]
    wanted, actor, now = queue_forms.wanted(request.query_params, areas), _actor(request), house.clock.now()
    today, counted, in_bands = london_day(now), dict[View, int](), list[int]()
    async with house.db.transaction() as session:
        found = await queue_queries.queue(session, actor, wanted, PAGE + 1, today)
        shown = found[:PAGE]
        if not queue_presenters.is_filtered(wanted) and not wanted.after:
            counted, in_bands = await queue_find.counts(session, actor, today)
        names = await staff_views(session, _owners(shown))
        case_service.record_listed(session, actor, [line.id for line in shown], now)
    more = queue_forms.mark(shown[-1], wanted.view) if len(found) > len(shown) else ""
    return page(
        request,
        house,
        "referral/queue.html",
        form=Form.blank((search_forms.REFERENCE,)),
        triage=TRIAGE,
        rows=[queue_presenters.row(line, house.profile, now, names, actor.id) for line in shown],
        more=queue_forms.address(TRIAGE, wanted, more) if more else "",
        first=queue_forms.address(TRIAGE, wanted) if wanted.after else "",
        bands=queue_presenters.bands(in_bands) if in_bands else [],
        **_filters(house, wanted, counted),
    )


def _filters(house: House, wanted: Wanted, counted: Mapping[View, int]) -> dict[str, Any]:
    return {
        "views": queue_presenters.views(TRIAGE, wanted, counted),
        "view": wanted.view,
        "listed": queue_presenters.listed(wanted),
        "disciplines": queue_presenters.discipline_choices(house.profile, wanted.discipline),
        "areas": queue_presenters.area_choices(house.profile, wanted.area),
        "states": queue_presenters.state_choices(wanted.state),
        "is_filtered": queue_presenters.is_filtered(wanted),
    }


def _owners(lines: list[QueueLine]) -> set[UUID]:
    return {line.owner_id for line in lines if line.owner_id}


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Queue]
