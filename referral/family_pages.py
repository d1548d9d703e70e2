"""Referring a child. (Where a referral stands: `status_pages`.)"""

from litestar import get

from core.domain.clock import london_day
from core.domain.identity import PUBLIC
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web import family as door
from core.web import journey as walk
from core.web.bodies import PageRequest
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, page, see
from referral import forms, service, status_presenters, steps, tasks
from referral.status_pages import door_to, status_of, view_of


class Refer(JourneyPages):
    """One form for all therapies."""

    path = "/refer"

    @get("/")
    async def start(self, request: PageRequest, house: InHouse) -> Page:
        """Who the form is for and what it needs; a way back to a referral that was begun."""
        async with house.db.transaction() as session:
            begun = await self._draft(session, request, house)
        return page(request, house, "referral/start.html", begun=bool(begun and begun.answers))

    @get("/resume")
    async def resume(self, request: PageRequest, house: InHouse) -> Page:
        """To the first page that still needs an answer, in the browser the referral was begun in."""
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
        answers = draft.answers if draft else {}
        unanswered = steps.first_page(self.journey(house), answers)
        return see(request, f"{self.path}/{unanswered}" if answers else self.path)

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

    def journey(self, house: House) -> Journey:
        return steps.journey_for(house.profile, london_day(house.clock.now()))

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        new = forms.new_referral(answers, self.journey(house))
        referral = await service.receive(session, PUBLIC, new, draft.id, house.profile, house.clock.now())
        return Sent(referral.id)

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The reference, what happens next and by when."""
        status = await status_of(house, draft.sent_subject)
        parts = status_presenters.parts(status, house.profile)
        reply = page(request, house, "referral/sent.html", referral=status, parts=parts, where=view_of(status))
        return door.let_in(request, house, reply, door_to(status.reference))


HANDLERS = [Refer]
