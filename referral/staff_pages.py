"""What triage decides about a referral. (The queue is `queue_pages`, a case `case_pages`.)"""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, post
from litestar.params import FromPath

from core.domain.clock import london_day
from core.domain.errors import Invalid, NotFound, Stale
from core.domain.identity import Actor, Discipline, Right
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, see
from referral import case_pages, decisions, forms, queue_pages, service
from referral.access import open_referral
from referral.case_pages import Trouble
from referral.queue_pages import TRIAGE
from referral.words import Acceptance


class Decisions(Controller):
    """What triage staff and managers decide."""

    path = TRIAGE + "/{referral_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @post("/decide/{part:str}", status_code=200)
    async def decide(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], part: FromPath[str]
    ) -> Page:
        """Accepts one part, or asks for more information. What someone else changed meanwhile is shown first."""
        discipline = _discipline(part)
        questions = forms.decision_questions(discipline, house.profile.areas, london_day(house.clock.now()))
        form = await read_form(request, house, questions)
        if form.answers is None:
            return await case_pages.show(request, house, referral_id, {discipline: form})
        version = first(await read_body(request), "version")
        try:
            await _store(request, house, referral_id, discipline, int(version) if version.isdecimal() else 0, form)
        except Stale:
            heading = "This referral was changed after you opened it"
            trouble = Trouble(heading=heading, mine=decisions.typed_rows(form))
            return await case_pages.show(request, house, referral_id, {discipline: form}, trouble=trouble)
        except Invalid as wrong:
            for name, message in wrong.messages.items():
                form = form.refuse(f"{discipline}_{name}", message)
            return await case_pages.show(request, house, referral_id, {discipline: form})
        return see(request, f"{TRIAGE}/{referral_id}?done={discipline}")


async def _store(
    request: PageRequest, house: House, referral_id: UUID, discipline: Discipline, version: int, form: Form
) -> None:
    decided, now = forms.read_decision(discipline, form.answers or {}), house.clock.now()
    actor: Actor = request.scope["user"]
    async with house.db.transaction() as session:
        await open_referral(session, actor, referral_id, now)
        if isinstance(decided, Acceptance):
            await service.accept(session, actor, referral_id, discipline, version, decided, house.profile, now)
        else:
            await service.ask(session, actor, referral_id, discipline, version, decided, now)


def _discipline(part: str) -> Discipline:
    if part not in set(Discipline):
        raise NotFound("no such discipline")
    return Discipline(part)


HANDLERS = [*queue_pages.HANDLERS, *case_pages.HANDLERS, Decisions]
