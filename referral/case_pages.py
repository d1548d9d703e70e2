"""One case: the referral as a letter, who has it, and what staff do with it beside deciding."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath

from accounts.api import staff_views
from core.domain.errors import Invalid, NotPossible
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, is_htmx, page, see
from referral import (
    case_forms,
    case_presenters,
    case_queries,
    case_service,
    decisions,
    presenters,
)
from referral.access import open_referral
from referral.case_service import AlreadyCleared
from referral.case_show import Trouble, show
from referral.claims import SomebodyElse, colleagues
from referral.queue_pages import TRIAGE


class Cases(Controller):
    """Whoever may read the referral."""

    path = TRIAGE + "/{referral_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def case(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """The referral as a letter, with what can be done. Reading it changes nothing but the audit trail."""
        return await show(request, house, referral_id)

    @post("/here", status_code=200)
    async def here(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """The page is still open: who else reads the case, for the page to show."""
        actor, now = _actor(request), house.clock.now()
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await case_service.still_here(session, actor, referral_id, now)
            desk = await case_queries.desk(session, referral_id, actor.id)
            names = await staff_views(session, case_presenters.staff_ids(None, desk))
        if not is_htmx(request):
            return see(request, f"{TRIAGE}/{referral_id}")
        owner, shown = case_presenters.owner(desk.standing, names, actor), case_presenters.shown(desk)
        if shown == first(await read_body(request), "shown"):
            # Nothing new: a screen reader is not told the same again.
            return Response("", status_code=204, media_type=MediaType.HTML)
        others = case_presenters.readers(desk, names)
        return page(request, house, "referral/case_here.html", owner=owner, readers=others, shown=shown)

    @post("/claim", status_code=200)
    async def claim(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Takes the case: from nobody, or from whoever the page said has it."""
        had = _uuid(first(await read_body(request), "had"))
        return await _give(request, house, referral_id, had, _actor(request).id, Form.blank(()))

    @post("/give", status_code=200)
    async def give(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Hands the case to a colleague, or puts it back in the queue."""
        actor = _actor(request)
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, house.clock.now())
            choice = await colleagues(session, referral_id)
        had = _uuid(first(await read_body(request), "had"))
        form = await read_form(request, house, case_forms.handover(choice, house.profile, is_mine=had == actor.id))
        if form.answers is None:
            return await show(request, house, referral_id, handover=form)
        return await _give(request, house, referral_id, had, _uuid(str(form.answers["to"])), form)

    @post("/notes", status_code=200)
    async def note(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """A note for colleagues."""
        form = await read_form(request, house, (case_forms.NOTE,))
        if form.answers is None:
            return await show(request, house, referral_id, note=form)
        actor, now = _actor(request), house.clock.now()
        once = _uuid(first(await read_body(request), "once")) or new_id()
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await case_service.add_note(session, actor, referral_id, once, str(form.answers["text"]), now)
        return see(request, f"{TRIAGE}/{referral_id}?done=note#notes")

    @post("/chase/{information_id:uuid}", status_code=200)
    async def chase(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], information_id: FromPath[UUID]
    ) -> Page:
        """Asks again, or notes that a colleague called."""
        actor, now = _actor(request), house.clock.now()
        seen = first(await read_body(request), "seen")
        try:
            async with house.db.transaction() as session:
                await open_referral(session, actor, referral_id, now)
                times = int(seen) if seen.isdecimal() and len(seen) < 5 else 0
                await case_service.chase(session, actor, referral_id, information_id, times, now)
        except NotPossible:
            trouble = Trouble(heading="Nobody was reminded: the answer has come, or it is no longer needed")
            return await show(request, house, referral_id, trouble=trouble)
        return see(request, f"{TRIAGE}/{referral_id}?done=chase")


class Flags(Controller):
    """Clinicians."""

    path = TRIAGE + "/{referral_id:uuid}/flags/{flag_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.CLEAR_FLAGS)]  # type: ignore[misc]

    @post("/", status_code=200)
    async def clear(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], flag_id: FromPath[UUID]
    ) -> Page:
        """A clinician has looked at a flag, and says what they found."""
        question, actor, now = case_forms.why(flag_id), _actor(request), house.clock.now()
        form = await read_form(request, house, (question,))
        if form.answers is None:
            return await show(request, house, referral_id, flags={flag_id: form})
        why = str(form.answers[question.id])
        try:
            async with house.db.transaction() as session:
                await open_referral(session, actor, referral_id, now)
                await case_service.clear_flag(session, actor, referral_id, flag_id, why, now)
        except AlreadyCleared as earlier:
            async with house.db.transaction() as session:
                names = await staff_views(session, {one for one in [presenters.staff_id(earlier.by)] if one})
            said = case_presenters.cleared_by(earlier.by, earlier.at, earlier.note, names)
            trouble = Trouble(409, "A colleague cleared this flag before you", [("What you typed", why)], [said])
            return await show(request, house, referral_id, trouble=trouble)
        return see(request, f"{TRIAGE}/{referral_id}?done=flag")


async def _give(
    request: PageRequest, house: House, referral_id: UUID, had: UUID | None, to: UUID | None, form: Form
) -> Page:
    """Nothing changes when the case is no longer with whom the page said: both are shown."""
    actor, now, note = _actor(request), house.clock.now(), str((form.answers or {}).get("note", ""))
    try:
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await case_service.give(session, actor, referral_id, had, to, note, now)
    except SomebodyElse as other:
        trouble = Trouble(heading=await _has_it_now(house, other.owner_id), mine=decisions.typed_rows(form))
        return await show(request, house, referral_id, handover=form if form.questions else None, trouble=trouble)
    except Invalid as wrong:
        for name, message in wrong.messages.items():
            form = form.refuse(name, message)
        return await show(request, house, referral_id, handover=form)
    return see(request, f"{TRIAGE}/{referral_id}?done=case")


async def _has_it_now(house: House, owner_id: UUID | None) -> str:
    if owner_id is None:
        return "Not saved: nobody has this case any more"
    async with house.db.transaction() as session:
        names = await staff_views(session, {owner_id})
    return f"Not saved: {names[owner_id].name if owner_id in names else 'a colleague'} has this case now"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _actor(request: PageRequest) -> Actor:
    return request.scope["user"]  # type: ignore[no-any-return]


HANDLERS = [Cases, Flags]
