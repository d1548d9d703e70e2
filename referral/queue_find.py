"""Which referrals a page of the queue shows, and how many there are behind each view. Nothing here grows with what
there is: each of a few stretches of an index (of `queue_place`; for what is decided, of requests and `decided_place`)
is read from its beginning, for one page at most, and merged."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.domain.identity import Actor
from core.storage.session import Session
from referral.models import Referral, ReferralRequest
from referral.queue_models import DecidedPlace, QueuePlace
from referral.queue_reach import AREAS, Reach, reach_of, seen_by, sees_all
from referral.queue_rules import list_name, received_within
from referral.queue_words import BANDS, EVERY, View
from referral.rules import OPEN, UNDECIDED
from referral.views import Wanted

ENOUGH = 100


def page_of(actor: Actor, wanted: Wanted, most: int, today: date) -> SelectOfScalar[Referral]:
    """The referrals of one page, in its order."""
    if is_decided(wanted):
        return _whole(_decided(actor, wanted, most)).order_by(col(Referral.id).desc())
    order = _order(Referral, wanted.view)
    if wanted.view is View.MINE or _is_everything(actor, wanted):
        found = select(Referral).where(*_straight(actor, wanted), _goes_on(order, wanted))
        return found.order_by(*order).limit(most)
    return _whole(_places(actor, wanted, most, today)).order_by(*order)


def _is_everything(actor: Actor, wanted: Wanted) -> bool:
    narrowed = wanted.view is not View.ALL or wanted.discipline or wanted.area or wanted.state
    return not narrowed and sees_all(actor)


def is_decided(wanted: Wanted) -> bool:
    """Whether a state is looked for that is not open: then views of the open ones mean nothing."""
    return wanted.state is not None and wanted.state not in OPEN


def _whole(ids: Any) -> SelectOfScalar[Referral]:
    some = ids.subquery()
    return select(Referral).join(some, some.c.referral_id == col(Referral.id))


def _places(actor: Actor, wanted: Wanted, most: int, today: date) -> sa.Select[Any]:
    """What stands first in each stretch. The first page of all of them is the first page of their first pages. Whoever
    looks for what is another team's or therapy's sees what of it is on their own lists too."""
    reach, order = reach_of(actor, wanted), _order(QueuePlace, wanted.view)
    here = sa.select(*order).where(*_viewed(wanted.view, today), _goes_on(order, wanted))
    if reach.is_theirs:
        stretch = _stretches(reach, [wanted.state] if wanted.state else sorted(OPEN))
    else:
        stretch = _stretches(reach_of(actor, Wanted()), sorted(OPEN))
        here = here.where(_also_stands(QueuePlace.referral_id, wanted))
    for name in ("discipline", "area", "state"):
        here = here.where(getattr(QueuePlace, name) == stretch.c[name])
    first = here.order_by(*order).limit(most).lateral()
    merged = [first.c[one.key] for one in order]
    found = sa.select(*merged).select_from(stretch.join(first, sa.true())).distinct()
    return found.order_by(*merged).limit(most)


def _stretches(reach: Reach, states: list[Any]) -> Any:
    """Every combination of what is looked for."""
    every = [(one, area, str(state)) for one in reach.disciplines for area in reach.areas for state in states]
    columns = [sa.cast(list(column), AREAS) for column in zip(*every, strict=True)] or [sa.cast([], AREAS)] * 3
    return sa.func.unnest(*columns).table_valued("discipline", "area", "state", name="stretch").render_derived()


def _order(table: type[Referral | QueuePlace], view: View) -> tuple[Any, ...]:
    last = QueuePlace.referral_id if table is QueuePlace else Referral.id
    if view is View.OVERDUE:
        return col(table.asked_until), col(last)
    return col(table.pressing), col(table.received_at), col(last)


def _goes_on(order: tuple[Any, ...], wanted: Wanted) -> Any:
    return sa.tuple_(*order) > sa.tuple_(*_ended(wanted)) if wanted.after else sa.true()


def _ended(wanted: Wanted) -> Iterator[Any]:
    """Where the page before ended, in the order of this view."""
    first, received_at, referral_id = wanted.after or (0, None, None)
    if wanted.view is View.OVERDUE:
        yield sa.literal(date.fromordinal(max(first, 1)), sa.Date())
    else:
        yield sa.literal(min(first, 9), sa.SmallInteger())
        yield sa.literal(received_at, sa.DateTime(timezone=True))
    yield sa.literal(referral_id, sa.Uuid())


def _viewed(view: View, today: date) -> Iterator[Any]:
    """As its index has it."""
    match view:
        case View.NOBODYS:
            yield col(QueuePlace.is_nobodys)
        case View.FLAGGED:
            yield col(QueuePlace.flagged)
        case View.ASKED:
            yield col(QueuePlace.asked_until).is_not(None)
        case View.OVERDUE:
            yield col(QueuePlace.asked_until) < today


def _straight(actor: Actor, wanted: Wanted) -> Iterator[Any]:
    """Either everything, or no more than one person can have."""
    yield col(Referral.pressing).is_not(None)
    yield seen_by(actor, Referral.id)
    if wanted.view is View.MINE:
        yield col(Referral.owner_id) == actor.id
    if wanted.discipline or wanted.area or wanted.state:
        yield _also_stands(Referral.id, wanted)


def _also_stands(referral_id: Any, wanted: Wanted) -> Any:
    place = aliased(QueuePlace)
    there = sa.select(sa.literal(1)).where(col(place.referral_id) == referral_id)
    for name in ("discipline", "area", "state"):
        if getattr(wanted, name):
            there = there.where(getattr(place, name) == getattr(wanted, name))
    return there.exists()


def _decided(actor: Actor, wanted: Wanted, most: int) -> sa.Select[Any]:
    """The newest of each therapy and team, and the newest of those. What no team has stands where the family's postcode
    leads to; what is another team's or therapy's is looked for under the lists of whoever asks."""
    reach = reach_of(actor, wanted)
    found: Any
    if not reach.is_theirs:
        own = reach_of(actor, Wanted())
        found = _kept(wanted, most, reach, [list_name(*one) for one in product(own.disciplines, own.areas)])
    elif reach.areas == [EVERY]:
        found = _newest(wanted, most, reach)
    else:
        found = sa.union(_newest(wanted, most, reach), _kept(wanted, most, reach, [""]))
    some = found.subquery()
    return sa.select(some.c.referral_id).distinct().order_by(some.c.referral_id.desc()).limit(most)


def _newest(wanted: Wanted, most: int, reach: Reach) -> sa.Select[Any]:
    request, stretch = ReferralRequest, _stretches(reach, [wanted.state])
    here = sa.select(col(request.referral_id)).where(col(request.state) == wanted.state)
    here = here.where(col(request.discipline) == stretch.c.discipline)
    if reach.areas != [EVERY]:
        here = here.where(col(request.area_id) == stretch.c.area)
    return _first(here, col(request.referral_id), wanted, most, stretch)


def _kept(wanted: Wanted, most: int, reach: Reach, lists: list[str]) -> sa.Select[Any]:
    """As `DecidedPlace` says it, for whoever reads these lists."""
    place, stretch = DecidedPlace, _stretches(reach, [wanted.state])
    whose = sa.func.unnest(sa.cast(lists, AREAS)).table_valued("name", name="whose").render_derived()
    here = sa.select(col(place.referral_id)).where(col(place.whose) == whose.c.name)
    for name in ("discipline", "area", "state"):
        here = here.where(getattr(place, name) == stretch.c[name])
    return _first(here, col(place.referral_id), wanted, most, stretch.join(whose, sa.true()))


def _first(here: sa.Select[Any], key: Any, wanted: Wanted, most: int, every: Any) -> sa.Select[Any]:
    """The newest of `here` in each stretch of `every`."""
    if wanted.after:
        here = here.where(key < wanted.after[2])
    first = here.order_by(key.desc()).limit(most).lateral()
    return sa.select(first.c.referral_id).select_from(every.join(first, sa.true()))


async def waiting(session: Session, actor: Actor) -> tuple[int, int]:
    """How many referrals on this person's own lists wait for somebody to decide: (urgent ones, all of them)."""
    reach = reach_of(actor, Wanted())
    each = sa.select(col(QueuePlace.referral_id), col(QueuePlace.pressing)).distinct()
    each = each.where(*_on(reach), _plain("state", sorted(UNDECIDED)))
    one = each.subquery()
    found = sa.select(sa.func.count().filter(one.c.pressing == 0), sa.func.count()).select_from(one)
    urgent, everything = (await (await session.connection()).execute(found)).one()
    return urgent, everything


async def counts(session: Session, actor: Actor, today: date) -> tuple[dict[View, int], list[int]]:
    """(how many there are in each view, how many in each band of waiting), each counted up to `ENOUGH`. One query."""
    reach = reach_of(actor, Wanted())
    views = [
        _counted(sa.select(col(Referral.id)).where(*_straight(actor, Wanted(view=view))), 1)
        if view is View.MINE or _is_everything(actor, Wanted(view=view))
        else _placed(reach, *_viewed(view, today))
        for view in View
    ]
    bands = [_placed(reach, *_waited(number, today)) for number in range(len(BANDS))]
    row = (await (await session.connection()).execute(sa.select(*views, *bands))).one()
    return dict(zip(View, row[: len(View)], strict=True)), list(row[len(View) :])


def _waited(number: int, today: date) -> Iterator[Any]:
    since, before = received_within(BANDS[number], today)
    yield col(QueuePlace.received_at) < before
    if since:
        yield col(QueuePlace.received_at) >= since


def _placed(reach: Reach, *conditions: Any) -> Any:
    """A referral has a place for each therapy and area at most, so that many more places are enough to count."""
    found = sa.select(col(QueuePlace.referral_id)).where(*conditions, *_on(reach))
    return _counted(found, len(reach.disciplines) * len(reach.areas))


def _on(reach: Reach) -> Iterator[Any]:
    yield _plain("discipline", reach.disciplines)
    yield _plain("area", reach.areas)


def _plain(name: str, among: Sequence[str]) -> Any:
    return sa.type_coerce(getattr(QueuePlace, name), sa.String) == sa.any_(sa.cast(list(among), AREAS))


def _counted(found: sa.Select[Any], places: int) -> Any:
    some = found.limit(ENOUGH * places).subquery()
    return sa.select(sa.func.least(sa.func.count(sa.distinct(some.c[0])), ENOUGH)).scalar_subquery()
