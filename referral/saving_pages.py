"""Saving a referral for later, and coming back to it on any device."""

from datetime import date, timedelta
from typing import ClassVar

from litestar import Controller, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath

from core.domain.clock import london_day
from core.domain.nhs import is_mobile
from core.storage import drafts
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web import family as door
from core.web import journey as walk
from core.web.bodies import PageRequest, read_form
from core.web.family import Door
from core.web.forms import Form
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.journey import Journey, Step
from core.web.limits import Limit
from core.web.questions import Answers, Question
from core.web.replies import Page, is_htmx, page, see
from notifications.api import Channel, Recipient
from referral import saving_forms, saving_service, steps
from referral.letters import Letterhead
from referral.saving_rules import KEPT_FOR, Leads, leads
from referral.saving_visitor import holder, new_holder, share, whose

REFER = "/refer"
# No page of the form has this address.
LATER = REFER + "/save-for-later"
# Nobody is sent links all day by somebody else's browser.
_LINKS = Limit("referral-saving", allowed=5, window=timedelta(hours=1))
_LINKS_TO = Limit("referral-saving-to", allowed=5, window=timedelta(hours=1))


class Later(Controller):
    """Whoever has begun a referral in this browser."""

    path = LATER
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """Where the link should go."""
        async with house.db.transaction() as session:
            draft = await _draft(session, request, house)
        if draft is None:
            return see(request, REFER)
        return _ask(request, house, draft, Form.blank(_questions(draft)))

    @post("/", status_code=200)
    async def save(self, request: PageRequest, house: InHouse) -> Page:
        """Sends the link. The draft then belongs to every browser it is opened in."""
        async with house.db.transaction() as session:
            draft = await _draft(session, request, house, lock=True)
            if draft is None:
                return see(request, REFER)
            form = await _read(request, house, draft)
            if form.answers is None:
                return _ask(request, house, draft, form)
            to = _recipient(form.answers)
            await house.limits.spend(_LINKS, draft.id.hex)
            await house.limits.spend(_LINKS_TO, to.address.casefold())
            secret = holder(request, house) or new_holder()
            born = str(form.answers.get("born") or draft.answers.get("child_born", ""))
            head = Letterhead(house.profile.service, house.profile.phone, house.address)
            await saving_service.save(session, draft, born, secret, to, head, house.clock.now())
        return share(house, see(request, f"{LATER}/saved"), secret)

    @get("/saved")
    async def saved(self, request: PageRequest, house: InHouse) -> Page:
        """What was done, and until when the link works."""
        async with house.db.transaction() as session:
            draft = await _draft(session, request, house)
        if draft is None:
            return see(request, REFER)
        until = london_day(draft.saved_at + KEPT_FOR)
        return page(request, house, "referral/saving_saved.html", until=until)

    @post("/page/{slug:str}", status_code=200)
    async def leave(self, request: PageRequest, house: InHouse, slug: FromPath[str]) -> Page:
        """Keeps a page as it stands, unchecked: for a person who stops, or while they type."""
        journey = journey_of(house)
        step = journey.step(slug)
        async with house.db.transaction() as session:
            draft = await _draft(session, request, house, lock=True)
            if draft and step and walk.may_visit(journey, draft.answers, step):
                form = await read_form(request, house, step.questions, known=draft.answers)
                left = form.typed if _is_new(step, draft.answers, form) else None
                drafts.keep_unfinished(draft, slug, left, house.clock.now())
        if is_htmx(request):
            return Response("", status_code=204, media_type=MediaType.HTML)
        return see(request, LATER if draft else REFER)


class ComeBack(Controller):
    """Whoever has the link and knows the date of birth."""

    path = REFER + "/return/{token:str}"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Asks for the date of birth, or says what became of the referral."""
        return await _gone(request, house, token) or _ask_birth(request, house, token)

    @post("/", status_code=200)
    async def open(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Five tries an hour; then this browser goes on where the last one stopped."""
        if gone := await _gone(request, house, token):
            return gone
        form = await read_form(request, house, (saving_forms.OPENS,))
        if form.answers is None:
            return _ask_birth(request, house, token, form)
        await door.knock(request, house, _door(token))
        async with house.db.transaction() as session:
            found = await saving_service.behind(session, token)
            fits = found is not None and saving_service.opens(*found, str(form.answers["born"]))
        if found is None or not fits:
            return _ask_birth(request, house, token, form.refuse("born", saving_forms.NO_MATCH))
        await door.forgive(house, _door(token))
        saved, draft = found
        return share(house, see(request, f"{REFER}/{goes_on(journey_of(house), draft)}"), saved.holder)


def journey_of(house: House) -> Journey:
    return steps.journey_for(house.profile, _today(house))


def goes_on(journey: Journey, draft: Draft) -> str:
    """The page somebody comes back to: the one they left half filled in, else where the form goes on."""
    left = (journey.step(slug) for slug in reversed(list(draft.unfinished or {})))
    open_ones = (step for step in left if step and walk.may_visit(journey, draft.answers, step))
    unfinished = next(open_ones, None)
    return unfinished.slug if unfinished else steps.first_page(journey, draft.answers)


async def _draft(session: Session, request: PageRequest, house: House, *, lock: bool = False) -> Draft | None:
    return await drafts.open_draft(session, whose(request, house), journey_of(house).name, lock=lock)


async def _gone(request: PageRequest, house: House, token: str) -> Page | None:
    """What is said instead of asking: the link does not work any more, or the referral was sent."""
    async with house.db.transaction() as session:
        found = await saving_service.behind(session, token)
    ends_at, sent_at = (found[0].ends_at, found[1].sent_at) if found else (None, None)
    where = leads(ends_at, sent_at, house.clock.now())
    if where is Leads.ON:
        return None
    status = 200 if where is Leads.SENT else 404
    return page(request, house, "referral/saving_gone.html", status=status, was_sent=where is Leads.SENT)


def _door(token: str) -> Door:
    return Door("referral-saving", saving_service.link_key(token))


def _ask_birth(request: PageRequest, house: House, token: str, form: Form | None = None) -> Page:
    return door.ask(
        request,
        house,
        saving_forms.OPENS,
        heading="Go on with your referral",
        why="To keep it safe, tell us the date of birth of the child or young person in the referral.",
        action=f"{REFER}/return/{token}",
        form=form,
    )


def _ask(request: PageRequest, house: House, draft: Draft, form: Form) -> Page:
    status, back = 422 if form.errors else 200, f"{REFER}/{goes_on(journey_of(house), draft)}"
    return page(request, house, "referral/saving_later.html", status=status, form=form, asked=_asked(form), back=back)


def _asked(form: Form) -> list[Question]:
    """Those that no answer reveals."""
    return [question for question in form.questions if question.id not in ("save_email", "save_phone")]


def _is_new(step: Step, answers: Answers, form: Form) -> bool:
    """Whether anything is on the page that is not kept: a late autosave makes no answered page unfinished again."""
    if form.answers is None:
        return any(form.typed.values())
    return any(answers.get(question.id) != form.answers.get(question.id) for question in step.questions)


async def _read(request: PageRequest, house: House, draft: Draft) -> Form:
    form = await read_form(request, house, _questions(draft))
    if form.answers is None:
        return form
    asked = "save_phone" if form.answers["how"] == "text" else "save_email"
    if asked == "save_phone" and not is_mobile(str(form.answers[asked])):
        return form.refuse(asked, saving_forms.NO_MOBILE)
    barred = not saving_service.may_go_to(_recipient(form.answers), draft)
    return form.refuse(asked, saving_forms.NEVER_USED) if barred else form


def _recipient(answers: Answers) -> Recipient:
    if answers["how"] == "text":
        return Recipient(Channel.TEXT, str(answers["save_phone"]))
    return Recipient(Channel.EMAIL, str(answers["save_email"]))


def _questions(draft: Draft) -> tuple[Question, ...]:
    return saving_forms.saving(knows_birth="child_born" in draft.answers)


def _today(house: House) -> date:
    return london_day(house.clock.now())


HANDLERS = [Later, ComeBack]
