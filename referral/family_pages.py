"""Referring a child. (Where a referral stands: `status_pages`.)"""

from typing import Any

from litestar import get

from core.domain.clock import london_day
from core.domain.identity import PUBLIC
from core.storage.drafts import Draft
from core.storage.files import hand_over
from core.storage.session import Session
from core.web import family as door
from core.web import journey as walk
from core.web.bodies import PageRequest
from core.web.house import House, InHouse
from core.web.journey import Journey, Step
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, page, see
from referral import (
    files_pages,
    forms,
    saving_pages,
    saving_service,
    saving_visitor,
    service,
    status_presenters,
    steps,
    tasks,
)
from referral.files_words import PURPOSE
from referral.status_pages import STATUS, door_to, status_of, view_of


class Refer(JourneyPages):
    """One form for all therapies."""

    path = "/refer"
    asked_on = "referral/step.html"
    checked_on = "referral/check.html"

    @get("/")
    async def start(self, request: PageRequest, house: InHouse) -> Page:
        """Who the form is for and what it needs; a way back to a referral that was begun."""
        async with house.db.transaction() as session:
            begun = await self._draft(session, request, house)
        reply = page(request, house, "referral/start.html", begun=bool(begun and begun.answers))
        # What was shared with other devices is sent or gone: what is begun now is this browser's alone.
        return reply if begun or not saving_visitor.holder(request, house) else saving_visitor.forget(house, reply)

    @get("/resume")
    async def resume(self, request: PageRequest, house: InHouse) -> Page:
        """To the page that was left half filled in, or the first that still needs an answer."""
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
        if draft is None or not draft.answers:
            return see(request, self.path)
        return see(request, f"{self.path}/{saving_pages.goes_on(self.journey(house), draft)}")

    @get("/tasks")
    async def tasks(self, request: PageRequest, house: InHouse) -> Page:
        """How far it is: the sections in any order, once those that come first are answered."""
        journey = self.journey(house)
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
        answers = draft.answers if draft else {}
        if not answers or walk.comes_next(journey, answers):
            return self._turn_back(request, journey, answers)
        progress = tasks.progress(journey, answers)
        return page(request, house, "referral/tasks.html", progress=progress, journey=journey, base=self.path)

    def whose(self, request: PageRequest, house: House) -> bytes:
        return saving_visitor.whose(request, house)

    async def aside(self, session: Session, request: PageRequest, house: House) -> dict[str, Any]:
        """Whether there is something to save for later, and the files sent so far where they are shown."""
        slug = request.path_params.get("slug")
        words: dict[str, Any] = {"can_wait": slug != self.journey(house).steps[0].slug}
        if slug in (None, files_pages.SLUG):
            words |= files_pages.around(await files_pages.of_visitor(session, request, house))
        return words

    def journey(self, house: House) -> Journey:
        return steps.journey_for(house.profile, london_day(house.clock.now()))

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        new = forms.new_referral(answers, self.journey(house))
        referral = await service.receive(session, PUBLIC, new, draft.id, house.profile, house.clock.now())
        await saving_service.stop_links(session, draft.id, house.clock.now())
        await hand_over(session, PURPOSE, draft.id, referral.id)
        return Sent(referral.id)

    async def _keep(
        self, session: Session, request: PageRequest, house: House, draft: Draft | None, step: Step, new: Answers
    ) -> dict[str, Any]:
        """Who turns out to be barred is not sent a link that is still on its way."""
        kept = await super()._keep(session, request, house, draft, step, new)
        if draft and step.slug == saving_service.NOT_TOLD:
            await saving_service.stop_barred_links(session, draft.id, kept, house.clock.now())
        return kept

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The reference, what happens next and by when."""
        status = await status_of(house, draft.sent_subject)
        parts = status_presenters.parts(status, house.profile)
        reply = page(
            request,
            house,
            "referral/sent.html",
            referral=status,
            parts=parts,
            where=view_of(status),
            status_address=house.address + STATUS,
        )
        return door.let_in(request, house, reply, door_to(status.reference))


HANDLERS = [Refer]
