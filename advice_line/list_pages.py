"""The list of calls: what to call today, in the order in which it is best done."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from litestar import Controller, get, post

from accounts.api import staff_views
from advice_line import changes, list_queries, queries, record_concerns
from advice_line.access import guards_of
from advice_line.linked import linked_counts
from advice_line.list_presenters import Beside, call_lines
from advice_line.list_words import Place, Wanted, Whose, place_from
from advice_line.queries import Line
from advice_line.record_case import LIST
from advice_line.voice_queries import with_voice
from core.domain.errors import NotFound
from core.domain.identity import Actor, Discipline, Right, Role
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, is_htmx, page, see


class CallbackList(Controller):
    """Today's calls: mine, everybody's, or those of one therapy; for managers also what is nobody's."""

    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get(LIST)
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """The whole page; for htmx only the part that is renewed when something changed."""
        actor: Actor = request.user
        wanted, after = _wanted(request, actor), _after(request)
        async with house.db.transaction() as session:
            context = await _lists(session, house, actor, wanted, after)
        template = "advice_line/lists.html" if is_htmx(request) else "advice_line/callbacks.html"
        here = _address(wanted, after)
        choices = _choices(house, actor, wanted)
        asked = "asked" in request.query_params
        return page(request, house, template, here=here, choices=choices, wanted=wanted, asked=asked, **context)

    @post(f"{LIST}/run", status_code=200, guards=[staff(Right.MOVE_CALLS)])
    async def run(self, request: PageRequest, house: InHouse) -> Page:
        """Shares today's calls out again, in a moment."""
        async with house.db.transaction() as session:
            await changes.ask_for_run(session, request.user, house.clock.now())
        return see(request, f"{LIST}?asked=1")


async def _lists(session: Session, house: House, actor: Actor, wanted: Wanted, after: Place | None) -> dict[str, Any]:
    """What this person asked for; the same number of queries however long it is."""
    now, is_manager = house.clock.now(), actor.may(Right.MOVE_CALLS)
    # What stands in the managers' own table stands in no other.
    undecided = await queries.exceptions(session) if is_manager else []
    found = await list_queries.page_of_calls(
        session, actor, wanted, now, after, [line.message.id for line in undecided]
    )
    nobodys = undecided if after is None else []
    beside = await _beside(session, [*found.lines, *nobodys])
    worries = await record_concerns.how_many_unseen(session) if is_manager else 0
    return {
        "calls": call_lines(found.lines, beside, house.profile, now),
        "nobodys": call_lines(nobodys, beside, house.profile, now),
        "more": _address(wanted, found.after) if found.after else "",
        "is_manager": is_manager,
        "is_first": after is None,
        "worries": worries,
    }


async def _beside(session: Session, lines: list[Line]) -> Beside:
    messages = [line.message for line in lines]
    return Beside(
        names=await staff_views(session, queries.names_in(lines)),
        linked=await linked_counts(session, messages),
        spoken=await with_voice(session, [message.id for message in messages]),
        guards=await guards_of(session, messages),
    )


def _choices(house: House, actor: Actor, wanted: Wanted) -> list[dict[str, Any]]:
    """What may be shown instead, as links."""
    offered = [(Wanted(Whose.MINE), "Mine"), (Wanted(Whose.ALL), "Everybody’s")]
    therapies = [one for one in house.profile.disciplines if actor.has(Role.MANAGER) or one in actor.disciplines]
    if len(therapies) > 1:
        offered += [(Wanted(Whose.ALL, one), house.profile.disciplines[one].short) for one in therapies]
    return [{"href": _address(one, None), "text": text, "current": one == wanted} for one, text in offered]


def _wanted(request: PageRequest, actor: Actor) -> Wanted:
    """What is asked for; at first a therapist's own calls, and everybody's for whoever makes none."""
    word = request.query_params.get("show") or (Whose.MINE if actor.has(Role.THERAPIST) else Whose.ALL)
    if word in set(Whose):
        return Wanted(Whose(word))
    if word in set(Discipline):
        return Wanted(Whose.ALL, Discipline(word))
    raise NotFound("no such list")


def _after(request: PageRequest) -> Place | None:
    text = request.query_params.get("after", "")
    try:
        return place_from(text) if text else None
    except ValueError:
        raise NotFound("no such page of the list") from None


def _address(wanted: Wanted, after: Place | None) -> str:
    return f"{LIST}?{urlencode({'show': wanted.word} | ({'after': str(after)} if after else {}))}"


HANDLERS = [CallbackList]
