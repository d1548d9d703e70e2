"""A letter about a decision: read it, change it, send it, stop it, print it."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.errors import Invalid, NotFound, NotPossible, Stale
from core.domain.identity import Actor, Right
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from notifications.api import Channel
from referral import letters_service, moves, outcome_presenters, queries
from referral.access import open_referral
from referral.letters import Addressee
from referral.letters_reach import reach
from referral.models import Referral
from referral.outcome_forms import LETTER
from referral.outcome_queries import letter as find_letter
from referral.outcome_words import LetterState, LetterView, NotTold

TRIAGE = "/staff/triage"
_HOW = {Channel.EMAIL: "by email", Channel.TEXT: "by text, which leads to it", Channel.LETTER: "by post"}


class Letters(Controller):
    """Letters of one referral, for those who decide."""

    path = TRIAGE + "/{referral_id:uuid}/letters/{letter_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def show(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], letter_id: FromPath[UUID]
    ) -> Page:
        """The letter as it will be read. That somebody looked at it is on record."""
        return await _show(request, house, referral_id, letter_id)

    @post("/words", status_code=200)
    async def edit(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], letter_id: FromPath[UUID]
    ) -> Page:
        """Other words. What somebody else changed meanwhile is shown beside them."""
        form = await read_form(request, house, (LETTER,))
        if form.answers is None:
            return await _show(request, house, referral_id, letter_id, form)
        text, version, now = str(form.answers["text"]), await _version(request), house.clock.now()
        try:
            async with house.db.transaction() as session:
                await open_referral(session, _actor(request), referral_id, now)
                await letters_service.edit(session, _actor(request), referral_id, letter_id, version, text, now)
        except Invalid as wrong:
            return await _show(request, house, referral_id, letter_id, form.refuse("text", wrong.messages["text"]))
        except (Stale, NotPossible):
            return await _show(request, house, referral_id, letter_id, form, stale=True)
        return see(request, _address(referral_id, letter_id))

    @post("/{act:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        house: InHouse,
        referral_id: FromPath[UUID],
        letter_id: FromPath[UUID],
        act: FromPath[str],
    ) -> Page:
        """Send it, stop it, or note that they were told in person."""
        acts = {"send": letters_service.send, "stop": letters_service.stop, "keep": letters_service.keep}
        if act not in acts:
            raise NotFound("no such act")
        actor, version, now = _actor(request), await _version(request), house.clock.now()
        try:
            async with house.db.transaction() as session:
                await open_referral(session, actor, referral_id, now)
                await acts[act](session, actor, referral_id, letter_id, version, now)
        except (Stale, NotPossible):
            return await _show(request, house, referral_id, letter_id, stale=True)
        return see(request, _address(referral_id, letter_id))


async def _show(
    request: PageRequest,
    house: House,
    referral_id: UUID,
    letter_id: UUID,
    form: Form | None = None,
    *,
    stale: bool = False,
) -> Page:
    actor, now = _actor(request), house.clock.now()
    async with house.db.transaction() as session:
        opened = await open_referral(session, actor, referral_id, now)
        letter, case = await find_letter(session, referral_id, letter_id), await queries.case(session, referral_id)
        if letter is None or case is None:
            raise NotFound("no such letter")
        moves.record(session, actor, "letter-read", referral_id, now, to=letter.recipient)
        where = await reach(session, await session.get_one(Referral, referral_id), letter.recipient)
    return page(
        request,
        house,
        "referral/letter.html",
        status=409 if stale else 422 if form and form.errors else 200,
        form=form or Form.blank((LETTER,), {"text": letter.text}),
        typed=form.text("text") if stale and form else "",
        stale=stale,
        opened=opened,
        case=case,
        letter=letter,
        is_draft=letter.state is LetterState.DRAFT,
        to=outcome_presenters.TO[letter.recipient],
        tag=outcome_presenters.letter_tag(letter),
        note=outcome_presenters.letter_note(letter),
        how=_how(letter, where),
        greeting="" if isinstance(where, NotTold) else where.greeting.text,
        action=_address(referral_id, letter_id),
    )


def _how(letter: LetterView, where: Addressee | NotTold) -> str:
    """How it would travel, or why it may not."""
    if letter.state is not LetterState.DRAFT:
        return ""
    if isinstance(where, NotTold):
        return outcome_presenters.WHY_NOT_TOLD[where]
    return f"It goes {_HOW[where.to.channel]}."


async def _version(request: PageRequest) -> int:
    version = first(await read_body(request), "version")
    return int(version) if version.isdecimal() else 0


def _address(referral_id: UUID, letter_id: UUID) -> str:
    return f"{TRIAGE}/{referral_id}/letters/{letter_id}"


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Letters]
