"""Figures of the advice line for managers: a stretch of days, on the page, on paper, and for a spreadsheet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from litestar import Controller, Response, get

from advice_line import figures, figures_queries
from advice_line.figures import Shown
from core.domain.clock import london_day
from core.domain.identity import Right
from core.storage.closed_days import with_closed_days
from core.web.bodies import PageRequest
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Kind, Question
from core.web.replies import Page, download, page

FIGURES = "/staff/callbacks/figures"
_LONGEST = timedelta(days=731)
PERIOD = (
    Question("first", Kind.DATE, "From", missing="Enter the first day"),
    Question("last", Kind.DATE, "To", missing="Enter the last day"),
)
Parts = tuple[tuple[str, Sequence[Shown]], ...]


class Figures(Controller):
    """Aggregates only: no message, no family and no colleague can be found in them."""

    path = FIGURES
    include_in_schema = False
    guards: ClassVar = [staff(Right.MOVE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """The last twelve weeks, or the days asked for."""
        form = _period(request, house)
        if form.answers is None:
            return page(request, house, "advice_line/figures.html", status=422, form=form, parts=(), query="")
        first, last = _days(form)
        parts = await _parts(house, first, last)
        return page(
            request, house, "advice_line/figures.html", form=form, parts=parts, first=first, last=last,
            query=_query(first, last),
        )  # fmt: skip

    @get("/csv")
    async def table(self, request: PageRequest, house: InHouse) -> Response[Any]:
        """The same for a spreadsheet."""
        form = _period(request, house)
        if form.answers is None:
            return page(request, house, "advice_line/figures.html", status=422, form=form, parts=(), query="")
        first, last = _days(form)
        content = figures.as_csv(first, last, await _parts(house, first, last))
        return download(content, "text/csv; charset=utf-8", f"advice-line-{first}-to-{last}.csv")


def _period(request: PageRequest, house: House) -> Form:
    """The days asked for in the address, checked; the usual ones when none are."""
    today = london_day(house.clock.now())
    sent = {name: [str(value)] for name, value in request.query_params.items()}
    if not sent:
        first, last = figures.usual_period(today)
        told = {"first": first.isoformat(), "last": last.isoformat()}
        return replace(Form.blank(PERIOD, told), answers=dict(told))
    form = Form.read(PERIOD, sent, today=today)
    if form.answers is None:
        return form
    first, last = _days(form)
    if last < first:
        form = form.refuse("last", "The last day must not be before the first")
    elif last - first > _LONGEST:
        form = form.refuse("last", "Choose at most 2 years")
    elif last > today:
        form = form.refuse("last", "The last day must be today or earlier")
    elif first.year < today.year - 20:
        form = form.refuse("first", "Choose days of the last 20 years")
    return form


def _days(form: Form) -> tuple[date, date]:
    told = form.answers or {}
    return date.fromisoformat(str(told["first"])), date.fromisoformat(str(told["last"]))


def _query(first: date, last: date) -> str:
    days = (("first", first), ("last", last))
    return "&".join(f"{name}-day={d.day}&{name}-month={d.month}&{name}-year={d.year}" for name, d in days)


async def _parts(house: House, first: date, last: date) -> Parts:
    async with house.db.transaction() as session:
        profile = await with_closed_days(session, house.profile)
        found = await figures_queries.measured(session, profile, first, last, house.clock.now())
    whole, therapies, teams, weeks = found
    everything, by_therapy = figures.shown(whole, therapies)
    return (
        ("All messages", [everything]),
        ("By therapy", by_therapy),
        ("By team", figures.shown(whole, teams)[1]),
        ("Week by week, from each Monday", figures.shown(whole, weeks)[1]),
    )


HANDLERS = [Figures]
