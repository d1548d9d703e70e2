"""Pages of the list of calls, in the order in which they are best made. The index `ix_advice_message_list` leads to the
first calls, so that a page takes as long among a million messages as among a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from advice_line import queries, rules
from advice_line.list_words import Place, Wanted, Whose
from advice_line.models import AdviceMessage
from advice_line.queries import MOST, Line
from advice_line.words import Urgency
from core.domain.identity import Actor, Role
from core.storage.session import Session

_CALM = col(AdviceMessage.urgency) != Urgency.URGENT.value


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of the list; `after` is where the next one begins, when there is one."""

    lines: list[Line]
    after: Place | None


async def page_of_calls(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    now: datetime,
    after: Place | None = None,
    without: Sequence[UUID] = (),
) -> CallPage:
    """Today's calls: those whose time has come before those for later today; urgent, due first, good time now, oldest.
    Those of `without` are shown elsewhere. Two queries."""
    at = after.at if after else now
    early, late = (_places(actor, wanted, at, later=later, after=after, without=without) for later in (False, True))
    both = sa.union_all(early, late).subquery()
    in_order = sa.select(both).order_by(*both.c).limit(MOST + 1)
    rows = (await (await session.connection()).execute(in_order)).all()
    places = [Place(at, *row) for row in rows]
    shown = places[:MOST]
    found = await queries.lines(session, [place.id for place in shown])
    # A message may be closed between the two queries: what is gone is left out.
    lines = [found[place.id] for place in shown if place.id in found]
    return CallPage(lines, shown[-1] if len(places) > MOST else None)


def _places(
    actor: Actor, wanted: Wanted, at: datetime, *, later: bool, after: Place | None, without: Sequence[UUID] = ()
) -> Any:
    """The first places of one half of the day's list."""
    begins = col(AdviceMessage.call_from)
    half = sa.and_(begins > at, begins < rules.end_of_day(at)) if later else begins <= at
    order: tuple[Any, ...] = (
        _CALM,
        col(AdviceMessage.next_action_at),
        _not_now(at),
        col(AdviceMessage.received_at),
        AdviceMessage.id,
    )
    found = (
        sa.select(sa.literal(later).label("later"), *order)
        .where(col(AdviceMessage.closed_at).is_(None), half, *_theirs(actor, wanted, without))
        .order_by(*order)
        .limit(MOST + 1)
    )
    if after and later < after.later:
        return found.where(sa.false())
    if after and later == after.later:
        begin = (after.calm, after.due, after.not_now, after.received, after.id)
        found = found.where(sa.tuple_(*order) > sa.tuple_(*map(sa.literal, begin)))
    return found


def _not_now(at: datetime) -> Any:
    """False for whoever said that this is a good time, or gave no time."""
    good = col(AdviceMessage.good_times)
    any_time, is_now = sa.func.cardinality(good) == 0, sa.literal(rules.part_of(at).value, sa.Text) == sa.any_(good)
    return sa.not_(sa.or_(any_time, is_now))


def _theirs(actor: Actor, wanted: Wanted, without: Sequence[UUID]) -> list[Any]:
    """Whose calls are wanted, and only those that this person may see (`rules.reason_to_see`)."""
    owner, therapy = col(AdviceMessage.owner_id), col(AdviceMessage.discipline)
    asked: list[Any] = [col(AdviceMessage.id).not_in(without)] if without else []
    if wanted.whose is Whose.MINE and wanted.therapy is None:
        return [*asked, owner == actor.id]
    asked += [therapy == wanted.therapy.value] if wanted.therapy else []
    if actor.has(Role.MANAGER):
        return asked
    may_see = sa.or_(therapy.is_(None), therapy.in_([one.value for one in actor.disciplines]), owner == actor.id)
    return [*asked, may_see]
