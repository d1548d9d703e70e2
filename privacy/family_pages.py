"""The public form for a complaint about personal data, reached from /privacy."""

from typing import ClassVar

from litestar import Controller, get

from core.domain.errors import NotFound
from core.domain.identity import PUBLIC
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, page, see
from privacy import complaints, forms, queries

_PATH = "/privacy/complaint"


class ComplaintStart(Controller):
    """Where the form hangs from."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(_PATH)
    async def begin(self, request: PageRequest, house: InHouse) -> Page:
        """To the first question."""
        return see(request, f"{_PATH}/{forms.complaint_journey().steps[0].slug}")


class ComplaintJourney(JourneyPages):
    """What happened, and how we can answer."""

    path = _PATH

    def journey(self, house: House) -> Journey:
        return forms.complaint_journey()

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        """The complaint becomes real and its clock begins."""
        by, words = forms.complainer(answers), str(answers["complaint"])
        made = await complaints.receive(session, PUBLIC, by, words, house.clock.now(), draft_id=draft.id)
        return Sent(made.id)

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The reference, and the last day for us to write."""
        async with house.db.transaction() as session:
            made = draft.sent_subject and await queries.complaint(session, draft.sent_subject)
        if not made:
            raise NotFound("no such complaint")
        return page(request, house, "privacy/complaint_sent.html", complaint=made)


HANDLERS = [ComplaintStart, ComplaintJourney]
