"""Two referrals side by side, and what a person says about them."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from core.domain.errors import Invalid, NotFound
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Kind, Option, Question
from core.web.replies import Page, page, see
from referral import case_service, duplicates_presenters, duplicates_queries, duplicates_service, presenters
from referral.access import open_referral
from referral.duplicates_words import Verdict
from referral.queue_pages import TRIAGE

_QUESTIONS = (
    Question("verdict", Kind.RADIOS, "Are they about the same child?", missing="Select what you think",
             options=(Option(Verdict.SAME, "Yes, the same child"),
                      Option(Verdict.DIFFERENT, "No, not the same child"))),
    Question("why", Kind.TEXT, "How do you know?", longest=500),
)  # fmt: skip


class Compare(Controller):
    """Whoever decides about referrals."""

    path = TRIAGE + "/{referral_id:uuid}/compare/{other_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def pair(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], other_id: FromPath[UUID]
    ) -> Page:
        """Both are opened for it, and on the audit trail."""
        return await _show(request, house, referral_id, other_id, Form.blank(_QUESTIONS))

    @post("/", status_code=200)
    async def say(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], other_id: FromPath[UUID]
    ) -> Page:
        """Joins nothing: a duplicate is decided on the case page."""
        form = await read_form(request, house, _QUESTIONS)
        if form.answers is None:
            return await _show(request, house, referral_id, other_id, form)
        verdict, why = Verdict(str(form.answers["verdict"])), str(form.answers.get("why", ""))
        actor, now = _actor(request), house.clock.now()
        try:
            async with house.db.transaction() as session:
                await _open_both(session, actor, referral_id, other_id, house)
                await duplicates_service.say(session, actor, referral_id, other_id, verdict, why, now)
        except Invalid as wrong:
            for name, message in wrong.messages.items():
                form = form.refuse(name, message)
            return await _show(request, house, referral_id, other_id, form)
        return see(request, f"{TRIAGE}/{referral_id}?done=compared")


async def around(session: Session, actor: Actor, referral_id: UUID, house: House) -> dict[str, Any]:
    """For `referral/case/duplicates.html`. Whoever is shown is on the audit trail as listed."""
    now = house.clock.now()
    twins = await duplicates_queries.twins(session, actor, referral_id, now)
    case_service.record_listed(session, actor, [twin.id for twin in twins], now)
    by = {presenters.staff_id(twin.verdict.by) for twin in twins if twin.verdict}
    names = await staff_views(session, {one for one in by if one})
    base = f"{TRIAGE}/{referral_id}"
    return {"twins": duplicates_presenters.lines(twins, base, house.profile, names)}


async def _open_both(session: Session, actor: Actor, referral_id: UUID, other_id: UUID, house: House) -> None:
    for one in (referral_id, other_id):
        await open_referral(session, actor, one, house.clock.now())
    await duplicates_queries.pair(session, referral_id, other_id)


async def _show(request: PageRequest, house: House, referral_id: UUID, other_id: UUID, form: Form) -> Page:
    actor, now = _actor(request), house.clock.now()
    if referral_id == other_id:
        raise NotFound("one referral is not two")
    async with house.db.transaction() as session:
        _, opened = await case_service.open_case(session, actor, referral_id, now)
        _, beside = await case_service.open_case(session, actor, other_id, now)
        here, there = await duplicates_queries.pair(session, referral_id, other_id)
        by = presenters.staff_id(there.verdict.by) if there.verdict else None
        names = await staff_views(session, {by} if by else set())
    return page(
        request,
        house,
        "referral/compare.html",
        status=422 if form.errors else 200,
        form=form,
        opened=opened,
        beside=beside,
        base=f"{TRIAGE}/{referral_id}",
        here=here,
        there=there,
        other=f"{TRIAGE}/{other_id}",
        why=duplicates_presenters.ALIKE[there.alike],
        said=duplicates_presenters.verdict_in_words(there.verdict, names),
        rows=duplicates_presenters.side_by_side(here, there, house.profile),
    )


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Compare]
