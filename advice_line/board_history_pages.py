"""What runs and managers did with the calls: a week at a time, and each run message by message."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from accounts.api import staff_views
from advice_line import board_presenters, board_queries, rules
from advice_line.board_pages import BOARD
from advice_line.presenters import REASONS, explained, name_of
from core.domain.clock import LONDON, london_day
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.house import InHouse
from core.web.replies import Page, page

_WEEK = timedelta(weeks=1)
_LONGEST_AGO = timedelta(days=3660)


class BoardHistory(Controller):
    """Read only; it names no family."""

    path = f"{BOARD}/history"
    include_in_schema = False
    guards: ClassVar = [staff(Right.MOVE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def week(self, request: PageRequest, house: InHouse) -> Page:
        """The runs and the moves of a week, newest first."""
        today = london_day(house.clock.now())
        monday = _monday(request.query_params.get("from", ""), today)
        async with house.db.transaction() as session:
            runs = await board_queries.runs(session, monday, monday + timedelta(days=6))
            moves = await board_queries.moves(session, _start(monday), _start(monday + _WEEK))
            names = await staff_views(session, board_presenters.names_in_moves(moves))
        return page(
            request, house, "advice_line/board_history.html", monday=monday, before=monday - _WEEK,
            after=monday + _WEEK if monday + _WEEK <= today else None, most=board_queries.SHOWN,
            runs=[(run.id, board_presenters.run_words(run), board_presenters.run_result(run)) for run in runs],
            moves=[board_presenters.move_line(move, reference, names) for move, reference in moves],
        )  # fmt: skip

    @get("/{run_id:uuid}")
    async def run(self, request: PageRequest, house: InHouse, run_id: FromPath[UUID]) -> Page:
        """Where one run put each message it wrote, and why; a page of them."""
        async with house.db.transaction() as session:
            run = await board_queries.a_run(session, run_id)
            if run is None:
                raise NotFound("no such run")
            [line] = await board_queries.runs(session, run.day, run.day, run.cause)
            rows = await board_queries.gave(session, run, request.query_params.get("after", ""))
            names = await staff_views(session, {one.staff_id for one, _, _ in rows if one.staff_id})
        shown = rows[: board_queries.SHOWN]
        more = shown[-1][1] if len(rows) > board_queries.SHOWN else ""
        return page(
            request, house, "advice_line/board_run.html", words=board_presenters.run_words(line), more=more,
            result=board_presenters.run_result(line), back=f"{BOARD}/history?from={run.day}",
            here=f"{BOARD}/history/{run_id}",
            rows=[_row(*row, names) for row in shown],
        )  # fmt: skip


def _row(one: Any, reference: str, why: Any, names: Any) -> tuple[str, str, str, str]:
    if one.reason:
        return str(one.message_id), reference, "Nobody", REASONS[one.reason]
    return str(one.message_id), reference, name_of(one.staff_id, names), explained(why)


def _monday(told: str, today: date) -> date:
    try:
        day = date.fromisoformat(told) if told else today
    except ValueError:
        raise NotFound("no such week") from None
    if not today - _LONGEST_AGO < day <= today + _WEEK:
        raise NotFound("no such week")
    return day - timedelta(days=day.weekday())


def _start(day: date) -> datetime:
    return rules.start_of_day(datetime(day.year, day.month, day.day, 12, tzinfo=LONDON))


HANDLERS = [BoardHistory]
