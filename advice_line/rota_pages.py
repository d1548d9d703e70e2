"""The rota of a week: who is on duty, and whether it is enough. Everybody on the desk sees it; managers change it."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from advice_line import demand_queries, rota_absence, rota_presenters, rota_queries, rota_sessions
from advice_line.demand_queries import WeeksAhead
from advice_line.rota_models import AdviceRotaChange
from advice_line.rota_words import Away, DoubleBooked
from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible, Stale
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

ROTA = "/staff/rota"
_WEEK = timedelta(weeks=1)
_REMEMBERED = timedelta(days=14)
_FURTHEST = timedelta(weeks=60)
_TOLD = {
    "undone": "It is as it was before.",
    "nothing": "Nothing changed: that absence was entered before.",
    "asked": "Your colleague is asked. Nothing changes until they accept.",
    "answered": "Your colleague sees your answer.",
    "changed-since": "That could not be undone: somebody has changed it again since.",
    "undone-before": "That was undone before.",
    "double": "That could not be undone: somebody would be in two sessions at once.",
    "gone": "That session has been changed or ended by somebody else. Look at it again.",
}


class Rota(Controller):
    """A week, with what it is likely to bring."""

    path = ROTA
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """The week of the day asked for, else this week; on days when it is over, the next."""
        actor: Actor = request.scope["user"]
        house, now = await house.today(), house.clock.now()
        monday = _monday_asked(request, house, now)
        async with house.db.transaction() as session:
            found = await demand_queries.look_ahead(session, house.profile.calendar, monday, 7, london_day(now))
            aside = await _aside(session, actor, now)
            done = await _done(session, request)
            names = await staff_views(session, _people(found) | aside.pop("people"))
        days = rota_presenters.week(found, names, house.profile, actor.id)
        return page(
            request, house, "advice_line/rota.html", days=days, monday=monday, today=london_day(now),
            before=monday - _WEEK, after=monday + _WEEK, most=_most(days), names=names,
            is_manager=actor.may(Right.CHANGE_ROTA), has_duty=actor.may(Right.MAKE_CALLS),
            done=_line(done, names, actor) if done else None, told=_TOLD.get(request.query_params.get("told", ""), ""),
            history=[_line(one, names, actor) for one in aside.pop("changes")], words=rota_presenters,
            closed=rota_presenters.closures(house.profile.calendar, monday, monday + 6 * _WEEK), **aside,
        )  # fmt: skip

    @post("/away", status_code=200, guards=[staff(Right.CHANGE_ROTA)])
    async def away(self, request: PageRequest, house: InHouse) -> Page:
        """Somebody on duty is away today: their calls go to others at once."""
        staff_id, now = _uuid(first(await read_body(request), "staff")), house.clock.now()
        today = london_day(now)
        async with house.db.transaction() as session:
            if staff_id not in {duty.staff_id for duty in await rota_queries.duties_on(session, today)}:
                return see(request, ROTA)
            change, _ = await rota_absence.enter(session, request.scope["user"], Away(staff_id, today, today), now)
        return see(request, done(change))

    @post("/changes/{change_id:uuid}/undo", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def undo(self, request: PageRequest, house: InHouse, change_id: FromPath[UUID]) -> Page:
        """The rota as it was before one change."""
        told = "undone"
        try:
            async with house.db.transaction() as session:
                await rota_sessions.undo(session, request.scope["user"], change_id, house.clock.now())
        except Stale:
            told = "changed-since"
        except NotPossible:
            told = "undone-before"
        except DoubleBooked:
            told = "double"
        return see(request, f"{ROTA}?told={told}")


def done(change: AdviceRotaChange | None) -> str:
    """Where somebody is sent after a change: the week it begins in, with what was done and a way to undo it."""
    if change is None:
        return f"{ROTA}?told=nothing"
    return f"{ROTA}?from={change.first_day.isoformat()}&done={change.id}"


async def _aside(session: Session, actor: Actor, now: datetime) -> dict[str, Any]:
    """What stands beside the week: absences, swaps and, for managers, everybody's and the last changes."""
    is_manager, today = actor.may(Right.CHANGE_ROTA), london_day(now)
    whose = None if is_manager else actor.id
    absences = await rota_queries.absences_ahead(session, today, whose)
    swaps = await rota_queries.swaps_ahead(session, today, whose)
    changes = await rota_queries.changes(session, now - _REMEMBERED) if is_manager else []
    people = rota_presenters.names_needed(changes, absences)
    people |= {one for swap in swaps for one in (swap.giver_id, swap.taker_id)}
    return {"absences": absences, "swaps": swaps, "changes": changes, "people": people | ({actor.id} - {None})}


async def _done(session: Session, request: PageRequest) -> AdviceRotaChange | None:
    told = request.query_params.get("done", "")
    return await session.get(AdviceRotaChange, _uuid(told)) if told else None


def _line(change: AdviceRotaChange, names: rota_presenters.Names, actor: Actor) -> rota_presenters.ChangeLine:
    own = change.staff_id == actor.id and change.by == actor.audit_name
    return rota_presenters.change_line(change, names, may_undo=own or actor.may(Right.CHANGE_ROTA))


def _people(found: WeeksAhead) -> set[UUID]:
    ids = {one.staff_id for one in found.stretch.patterns} | {one.staff_id for one in found.stretch.absences}
    return ids | {one for swap in found.stretch.swaps for one in (swap.giver, swap.taker)}


def _most(days: list[rota_presenters.DayLine]) -> int:
    """What a bar across the whole width stands for."""
    return max([1, *(one.ahead.slots for one in days), *(one.ahead.calls for one in days)])


def _monday_asked(request: PageRequest, house: House, now: datetime) -> date:
    told, today = request.query_params.get("from", ""), london_day(now)
    try:
        day = date.fromisoformat(told) if told else next(house.profile.calendar.days_from(today))
    except ValueError:
        raise NotFound("no such week") from None
    if abs(day - today) > _FURTHEST:
        raise NotFound("too far away")
    return day - timedelta(days=day.weekday())


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("not an id of ours") from None


HANDLERS = [Rota]
