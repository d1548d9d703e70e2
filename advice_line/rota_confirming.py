"""A change of the rota in two steps: what it would do, then doing it. What was typed is never lost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from accounts.api import staff_views
from advice_line import rota_forms, rota_presenters
from advice_line.rota_effects import Act, tried_out
from advice_line.rota_models import AdviceRotaChange
from advice_line.rota_pages import done
from advice_line.rota_words import DoubleBooked
from core.domain.clock import london_day
from core.web.bodies import PageRequest, first, read_body
from core.web.csrf import FIELD
from core.web.forms import Form
from core.web.house import House
from core.web.replies import Page, page, see

Show = Callable[[Form], Awaitable[Page]]
Problem = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Step:
    """A change as it is confirmed: what it is called, where it is sent, what does it, and the form shown again."""

    heading: str
    action: str
    act: Act
    show: Show


async def confirm(request: PageRequest, house: House, form: Form, step: Step) -> Page:
    """Shows what the change would do, or does it when somebody has seen that."""
    body, house = await read_body(request), await house.today()
    if first(body, "again"):
        return await step.show(form)
    try:
        if first(body, "sure"):
            async with house.db.transaction() as session:
                change = await step.act(session)
            return see(request, done(change if isinstance(change, AdviceRotaChange) else None))
        found = await tried_out(house.db, step.act, house.profile.calendar, house.clock.now())
    except DoubleBooked as clash:
        return await step.show(refused(form, ("starts", rota_forms.clash_words(clash))))
    async with house.db.transaction() as session:
        names = await staff_views(session, {one.staff_id for one in found})
    return page(
        request, house, "advice_line/rota_confirm.html", heading=step.heading, action=step.action, sent=_sent(body),
        effects=rota_presenters.effects(found, names, london_day(house.clock.now())),
    )  # fmt: skip


def refused(form: Form, problem: Problem) -> Form:
    """The form with one more thing wrong; itself when nothing is."""
    return replace(form.refuse(*problem), answers=None) if problem else form


def _sent(body: dict[str, list[str]]) -> list[tuple[str, str]]:
    """What was typed, as hidden inputs; the page adds a token of its own."""
    return [(name, value) for name, values in body.items() for value in values if name not in ("sure", "again", FIELD)]


def own_id(staff_id: UUID | None) -> UUID:
    """The id of somebody who is signed in as staff."""
    if staff_id is None:
        raise TypeError("nobody is signed in")
    return staff_id
