"""The pages every journey has. A feature subclasses `JourneyPages`, says which questions, and what sending means."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.errors import NotFound, NotPossible
from core.storage import drafts
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web import journey as walk
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.family import OPEN_FOR
from core.web.forms import Form
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.journey import TASKS, Journey, Step
from core.web.questions import Answers
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash


@dataclass(frozen=True, slots=True)
class Sent:
    """What a draft became: its id, and the secret of the family's own link to it (empty when there is none)."""

    subject: UUID
    token: str = ""


class JourneyPages(Controller):
    """One question a page, kept at each step, checked, sent once.

    Under `path`: `/{slug}` asks, `/check` shows all answers and sends, `/sent` confirms. A path with `{about:uuid}`
    keeps a draft for each of them. Subclasses give `journey`, `send`, `sent_page` and may give `aside`.
    """

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]
    asked_on: ClassVar[str] = "journey/step.html"
    checked_on: ClassVar[str] = "journey/check.html"
    both_on: ClassVar[str] = "journey/two_versions.html"

    def journey(self, house: House) -> Journey:
        """The questions, for this service."""
        raise NotImplementedError

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        """Stores what was answered with its audit entry, facts and tasks, inside the transaction given."""
        raise NotImplementedError

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The confirmation, for the visitor who sent it, as often as they come back to it."""
        raise NotImplementedError

    async def still_stands(self, session: Session, request: PageRequest, house: House, shown: str) -> None:
        """Called in the transaction that sends, with what the check page said was sent besides (`stands_for`). Raises
        a Conflict when that is no longer so, and otherwise keeps it so until the commit."""

    async def nothing_to_send(self, session: Session, request: PageRequest, house: House) -> None:
        """Called when the draft that was to be sent is gone. May raise what leads to a page saying why."""

    async def aside(self, session: Session, request: PageRequest, house: House) -> dict[str, Any]:
        """More words for the pages of this journey (the time left of a held place), read in the transaction of the
        page; `stands_for` is what is sent besides the answers. May raise to end the journey."""
        return {}

    def whose(self, request: PageRequest, house: House) -> bytes:
        """Whose drafts these are: this browser's."""
        return owner_hash(request, house)

    def way_out(self, request: PageRequest) -> str:
        """Where somebody is led who has nothing to see here."""
        return self.base(request)

    def base(self, request: PageRequest) -> str:
        """The address the journey hangs from, with its `about` filled in."""
        about = request.path_params.get("about")
        return self.path.replace("{about:uuid}", str(about))

    @get("/{slug:str}")
    async def ask(self, request: PageRequest, house: InHouse, slug: FromPath[str]) -> Page:
        """A page of questions, as they were last answered."""
        journey, step = self._step(house, slug)
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
            answers = _answers_of(draft)
            if not walk.may_visit(journey, answers, step):
                return self._turn_back(request, journey, answers)
            words = await self.aside(session, request, house)
        left = (draft.unfinished or {}).get(slug) if draft else None
        form = Form(step.questions, left) if left else None
        return self._show(request, house, step, answers, words, form=form)

    @post("/{slug:str}", status_code=200)
    async def answer(self, request: PageRequest, house: InHouse, slug: FromPath[str]) -> Page:
        """Keeps the answers of one page and leads to the next."""
        journey, step = self._step(house, slug)
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house, lock=True)
            answers = _answers_of(draft)
            if step.stop or not walk.may_visit(journey, answers, step):
                return self._turn_back(request, journey, answers)
            # Whoever may not see the page may not answer it either, nor be shown what is kept of it.
            words = await self.aside(session, request, house)
            form = await read_form(request, house, step.questions, known=answers)
            shown = first(await read_body(request), "shown")
            other = form.answers is not None and walk.is_other_version(step, answers, shown, form.answers)
            if form.answers is not None and not other:
                answers = await self._keep(session, request, house, draft, step, form.answers)
        if form.answers is None:
            return self._show(request, house, step, answers, words, form=form, status=422)
        if other:
            return self._show_both(request, house, step, answers, form)
        changing = "change" in request.query_params
        following = walk.next_step(journey, answers, step, changing=changing)
        if following is None and journey.first and walk.first_unanswered(journey, answers):
            return see(request, f"{self.base(request)}/{TASKS}")
        # What a change opened is part of it: from there, too, the way is straight back to the check.
        still = "?change=1" if changing and following else ""
        return see(request, self._address(request, following) + still)

    @get("/check")
    async def check(self, request: PageRequest, house: InHouse) -> Page:
        """All answers on one page, each with a way to change it."""
        journey = self.journey(house)
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
            answers = _answers_of(draft)
            if not answers or walk.first_unanswered(journey, answers):
                return self._turn_back(request, journey, answers)
            words = {"stands_for": ""} | await self.aside(session, request, house)
        tasks, rows = f"{self.base(request)}/{TASKS}", walk.check_rows(journey, answers)
        return page(
            request,
            house,
            self.checked_on,
            journey=journey,
            rows=rows,
            sections=walk.in_sections(rows),
            draft=draft,
            base=self.base(request),
            back=tasks if journey.first else self._address(request, walk.path(journey, answers)[-1]),
            **words,
        )

    @post("/check", status_code=200)
    async def send_it(self, request: PageRequest, house: InHouse) -> Page:
        """Sends once, however often it is pressed; the confirmation comes after everything is stored."""
        body, journey = await read_body(request), self.journey(house)
        draft_id = _uuid(first(body, "draft"))
        async with house.db.transaction() as session:
            draft = draft_id and await drafts.draft_to_send(session, self.whose(request, house), draft_id)
            if not draft or draft.journey != journey.name:
                await self.nothing_to_send(session, request, house)
                raise NotFound("no such draft of this visitor")
            if draft.sent_at is None:
                if walk.first_unanswered(journey, draft.answers):
                    raise NotPossible("not everything is answered")
                await self.still_stands(session, request, house, first(body, "stands_for"))
                answers = walk.still_applies(journey, draft.answers)
                sent = await self.send(session, house, draft, answers)
                drafts.mark_sent(draft, sent.subject, sent.token, house.clock.now())
        return see(request, f"{self.base(request)}/sent")

    @get("/sent")
    async def sent(self, request: PageRequest, house: InHouse) -> Page:
        """What was sent and what happens next."""
        async with house.db.transaction() as session:
            draft = await drafts.last_sent(
                session, self.whose(request, house), self.journey(house).name, _about(request)
            )
        if draft is None or draft.sent_at is None or house.clock.now() - draft.sent_at > OPEN_FOR:
            # Later the family's own link leads to it, with its question: a browser may have changed hands.
            return see(request, self.way_out(request))
        return await self.sent_page(request, house, draft)

    def _step(self, house: House, slug: str) -> tuple[Journey, Step]:
        journey = self.journey(house)
        step = journey.step(slug)
        if step is None:
            raise NotFound("no such page of the journey")
        return journey, step

    async def _draft(self, session: Session, request: PageRequest, house: House, *, lock: bool = False) -> Draft | None:
        name = self.journey(house).name
        return await drafts.open_draft(session, self.whose(request, house), name, _about(request), lock=lock)

    async def _keep(
        self, session: Session, request: PageRequest, house: House, draft: Draft | None, step: Step, new: Answers
    ) -> dict[str, Any]:
        """Keeps the answers of one page; all that are kept now."""
        journey, now = self.journey(house), house.clock.now()
        draft = draft or await drafts.start_draft(
            session, self.whose(request, house), journey.name, journey.version, now, _about(request)
        )
        kept = walk.answer(journey, draft.answers, step, new)
        drafts.save_answers(draft, kept, journey.version, now)
        drafts.keep_unfinished(draft, step.slug, None, now)
        return kept

    def _show(
        self,
        request: PageRequest,
        house: House,
        step: Step,
        answers: Answers,
        words: dict[str, Any],
        *,
        form: Form | None = None,
        status: int = 200,
    ) -> Page:
        journey = self.journey(house)
        before = walk.step_before(journey, answers, step)
        changing = "change" in request.query_params and walk.first_unanswered(journey, answers) is None
        back = (
            f"{self.base(request)}/check"
            if changing
            else f"{self.base(request)}/{TASKS}"
            if walk.begins_task(journey, answers, step)
            else self._address(request, before)
            if before
            else self.base(request)
        )
        form = form or walk.form_for(step, answers)
        asked = [q for q in step.questions if q.when(answers) and not _is_revealed(q.id, step)]
        return page(
            request,
            house,
            self.asked_on,
            status=status,
            journey=journey,
            step=step,
            form=form,
            asked=asked,
            back=back,
            shown=walk.version_of(step, answers),
            **words,
        )

    def _show_both(self, request: PageRequest, house: House, step: Step, answers: Answers, form: Form) -> Page:
        """The page was kept otherwise meanwhile (on another device, in another tab): the person says which holds."""
        return page(
            request,
            house,
            self.both_on,
            status=409,
            journey=self.journey(house),
            step=step,
            typed=form.typed,
            rows=walk.both_versions(step, answers, form.answers or {}),
            shown=walk.version_of(step, answers),
            here=f"{self.base(request)}/{step.slug}{'?change=1' if 'change' in request.query_params else ''}",
        )

    def _turn_back(self, request: PageRequest, journey: Journey, answers: Answers) -> Page:
        """To the page that comes next, or to the list of tasks; to the start when nothing was answered yet."""
        if not answers:
            return see(request, self.base(request))
        first_page = walk.comes_next(journey, answers)
        if first_page is None and journey.first:
            return see(request, f"{self.base(request)}/{TASKS}")
        return see(request, self._address(request, first_page))

    def _address(self, request: PageRequest, step: Step | None) -> str:
        return f"{self.base(request)}/{step.slug if step else 'check'}"


def _answers_of(draft: Draft | None) -> dict[str, Any]:
    return dict(draft.answers) if draft else {}


def _is_revealed(question_id: str, step: Step) -> bool:
    return any(option.reveals == question_id for question in step.questions for option in question.options)


def _about(request: PageRequest) -> UUID:
    about = request.path_params.get("about")
    return about if isinstance(about, UUID) else UUID(int=0)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
