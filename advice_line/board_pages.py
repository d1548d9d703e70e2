"""The managers' board: what is due, overdue and nobody's, today and this week, person by person; and moving calls."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import actor_of, staff_views
from advice_line import (
    board_choices,
    board_presenters,
    board_problem,
    board_queries,
    board_service,
    changes,
    demand_queries,
    queries,
    rules,
)
from advice_line.access import guards_of
from advice_line.board_presenters import MovableLine
from advice_line.board_service import Wish
from advice_line.board_words import CannotTake, Load, NotToday
from advice_line.queries import Line
from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible, Stale
from core.domain.identity import Right
from core.storage.closed_days import with_closed_days
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, is_htmx, page, see

BOARD = "/staff/callbacks/board"
_SLOW = timedelta(minutes=2)
_TOLD = {
    "changed": "That call changed while you looked at it. Look at it as it is now.",
    "not-now": "That call cannot be moved now: somebody is on the phone about it, its day has not come, or a person"
    " must decide what becomes of it.",
    "undone": "The call is whose it was before.",
    "undone-before": "That was undone before.",
    "changed-since": "That could not be undone: the call has changed again since.",
    "closed": "We are closed now. The next morning run shares out all calls.",
}


class Board(Controller):
    """Counts, calls nobody has, and who is over their slots. It names no family."""

    path = BOARD
    include_in_schema = False
    guards: ClassVar = [staff(Right.MOVE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """The whole page; for htmx the part that is renewed."""
        async with house.db.transaction() as session:
            context = await _board(session, request, house)
        template = "advice_line/board_parts.html" if is_htmx(request) else "advice_line/board.html"
        return page(request, house, template, here=_here(request), **context)

    @post("/run", status_code=200)
    async def run(self, request: PageRequest, house: InHouse) -> Page:
        """Shares today's calls out again; the board shows how far it is."""
        house, now = await house.today(), house.clock.now()
        if not rules.may_share_out(house.profile.calendar, house.profile.advice.run_at, now):
            return see(request, f"{BOARD}?told=closed")
        async with house.db.transaction() as session:
            asked = await changes.ask_for_run(session, request.user, now)
        return see(request, f"{BOARD}?run={asked}&since={int(now.timestamp())}")

    @get("/people/{staff_id:uuid}")
    async def person(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """One colleague's calls of today, each with whoever else could take it."""
        now = house.clock.now()
        async with house.db.transaction() as session:
            view = (await staff_views(session, {staff_id})).get(staff_id)
            if view is None:
                raise NotFound("no such colleague")
            lines = await queries.my_calls(session, actor_of(view), now)
            calls = await _movable(session, house, lines, now)
            about = await _notice(session, request)
        return page(
            request, house, "advice_line/board_person.html", name=view.name, calls=calls,
            back=f"{BOARD}/people/{staff_id}", **about,
        )  # fmt: skip

    @get("/move/{message_id:uuid}")
    async def choose(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Everybody on duty, the best fit first, with what speaks for and against them."""
        return await _choose(request, house, message_id)

    @post("/move/{message_id:uuid}", status_code=200)
    async def move(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Theirs from now on. When the call changed meanwhile, as it is now."""
        body = await read_body(request)
        wish = Wish(message_id, _uuid(first(body, "to")), _number(first(body, "revision")))
        try:
            async with house.db.transaction() as session:
                row = await board_service.move(session, request.user, house.profile, wish, house.clock.now())
        except Stale:
            return await _choose(request, house, message_id, problem=_TOLD["changed"])
        except CannotTake as problem:
            why = f"They cannot take it: {board_presenters.CANNOT[problem.why]}."
            return await _choose(request, house, message_id, problem=why)
        except (NotToday, NotPossible):
            return see(request, f"{BOARD}?told=not-now")
        return see(request, f"{_back(first(body, 'back'))}?moved={row.id}")

    @post("/moves/{move_id:uuid}/undo", status_code=200)
    async def undo(self, request: PageRequest, house: InHouse, move_id: FromPath[UUID]) -> Page:
        """Whose it was before."""
        told = "undone"
        try:
            async with house.db.transaction() as session:
                await board_service.undo(session, request.user, move_id, house.clock.now())
        except Stale:
            told = "changed-since"
        except NotPossible:
            told = "undone-before"
        return see(request, f"{BOARD}?told={told}")


async def _board(session: Session, request: PageRequest, house: House) -> dict[str, Any]:
    """Everything on the board; the same number of queries however much is open."""
    now, profile = house.clock.now(), await with_closed_days(session, house.profile)
    today = london_day(now)
    monday = today - timedelta(days=today.weekday())
    ahead = await demand_queries.look_ahead(session, profile.calendar, today, 7 + 6 - today.weekday(), today)
    held = ahead.stretch.on(today, profile.calendar)
    work, made = await board_queries.open_work(session, now), await board_queries.made_today(session, now)
    nobodys = await queries.exceptions(session)
    names = await staff_views(session, {*work.people, *(one.staff_id for one in held)})
    return {
        "total": sum(work.therapies.values(), Load()),
        "people": board_presenters.people(work.people, made, held, names),
        "therapies": board_presenters.therapies(work.therapies, held, profile),
        "teams": board_presenters.teams(work.areas, profile),
        "week": board_presenters.week(ahead.days, work.planned, profile),
        "nobodys": await _movable(session, house, nobodys, now, {key: load.today for key, load in work.people.items()}),
        "runs": _run_lines(await board_queries.runs(session, monday, today)),
        "progress": await _progress(session, request, now),
        **await _notice(session, request),
    }


async def _movable(
    session: Session, house: House, lines: list[Line], now: datetime, owned: Mapping[UUID, int] | None = None
) -> list[MovableLine]:
    asked = await board_problem.about(session, house.profile, [line.message.id for line in lines], now, owned)
    choices = board_choices.choices(asked)
    ids = queries.names_in(lines) | {one.staff_id for found in choices.values() for one in found}
    names, guarded = await staff_views(session, ids), await guards_of(session, [line.message for line in lines])
    return board_presenters.movable(lines, choices, names, house.profile, now, guarded)


async def _choose(request: PageRequest, house: House, message_id: UUID, problem: str = "") -> Page:
    now = house.clock.now()
    async with house.db.transaction() as session:
        line = await queries.line(session, message_id)
        if line is None or line.message.closed_at:
            raise NotFound("no such open message")
        asked = await board_problem.about(session, house.profile, [message_id], now)
        found = board_choices.choices(asked).get(message_id, [])
        names = await staff_views(session, queries.names_in([line]) | {one.staff_id for one in found})
        guarded = await guards_of(session, [line.message])
    able = {message_id: found} if found else {}
    [call] = board_presenters.movable([line], able, names, house.profile, now, guarded)
    return page(
        request, house, "advice_line/board_move.html", status=409 if problem else 200, call=call, problem=problem,
        choices=[board_presenters.choice_line(one, names) for one in found], not_now=_TOLD["not-now"],
    )  # fmt: skip


async def _notice(session: Session, request: PageRequest) -> dict[str, Any]:
    """What was just done, with a way to undo it."""
    told = request.query_params.get("moved", "")
    found = await board_queries.a_move(session, _uuid(told)) if told else None
    names = await staff_views(session, board_presenters.names_in_moves([found])) if found else {}
    return {
        "moved": board_presenters.move_line(*found, names) if found else None,
        "told": _TOLD.get(request.query_params.get("told", ""), ""),
    }


async def _progress(session: Session, request: PageRequest, now: datetime) -> dict[str, Any] | None:
    """How far the run is that was asked for: done, with what came of it, or still under way."""
    asked = request.query_params.get("run", "")
    if not asked:
        return None
    found = await board_queries.runs(session, london_day(now), london_day(now), f"asked:{_uuid(asked)}")
    began = _number(request.query_params.get("since", ""))
    is_slow = now.timestamp() - began > _SLOW.total_seconds()
    return {"done": board_presenters.run_result(found[0]) if found else "", "is_slow": is_slow}


def _run_lines(found: list[Any]) -> list[tuple[UUID, str, str]]:
    return [(run.id, board_presenters.run_words(run), board_presenters.run_result(run)) for run in found[:5]]


def _here(request: PageRequest) -> str:
    """The address the page renews itself from: with the run it waits for."""
    asked, since = (request.query_params.get(name, "") for name in ("run", "since"))
    return f"{BOARD}?run={_uuid(asked)}&since={_number(since)}" if asked else BOARD


def _back(told: str) -> str:
    """The page of the board somebody came from."""
    kind, _, staff_id = told.removeprefix(f"{BOARD}/").partition("/")
    return f"{BOARD}/people/{_uuid(staff_id)}" if kind == "people" else BOARD


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("not an id of ours") from None


HANDLERS = [Board]
