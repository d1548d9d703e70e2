"""Accounts of colleagues, for system administrators."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts import directory, presenters, staffing
from accounts.doorway import actor_of_request
from accounts.forms import RESET, invitation, profile_questions
from accounts.words import Profiled, Standing
from core.domain.errors import Invalid, NotPossible
from core.domain.identity import Discipline, Right, Role
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import lately_proved, staff
from core.web.house import House, InHouse
from core.web.questions import Answers, Question
from core.web.replies import Page, page, see

LIST = "/staff/accounts"
ONE = f"{LIST}/{{staff_id:uuid}}"


class AccountPages(Controller):
    """Looking on needs the right; whatever changes an account also needs its administrator to have shown lately who
    they are."""

    include_in_schema = False
    guards: ClassVar = [staff(Right.MANAGE_ACCOUNTS)]  # type: ignore[misc]

    @get(LIST)
    async def accounts(self, request: PageRequest, house: InHouse) -> Page:
        """Everybody, in the order of their names, a page at a time; found by a part of the name or address."""
        wanted = request.query_params
        state = wanted.get("state", "")
        standing = Standing(state) if state in set(Standing) else None
        asked = directory.Asked(wanted.get("q", "").strip()[:100], standing, _number(wanted.get("page", "1")))
        async with house.db.transaction() as session:
            found = await directory.find(session, asked, house.clock.now())
        lines = [presenters.account_line(one, house.profile) for one in found.accounts]
        context: dict[str, Any] = {"found": found, "lines": lines, "asked": asked, "standings": presenters.STANDINGS}
        return page(request, house, "accounts/list.html", **context)

    @get(f"{LIST}/invite", guards=[lately_proved])
    async def ask_invitation(self, request: PageRequest, house: InHouse) -> Page:
        """Who, and what they are here to do."""
        return _form_page(request, house, "accounts/invite.html", Form.blank(invitation(house.profile)))

    @post(f"{LIST}/invite", status_code=200, guards=[lately_proved])
    async def invite(self, request: PageRequest, house: InHouse) -> Page:
        """Sends the e-mail with the link."""
        form = await read_form(request, house, invitation(house.profile))
        if form.answers is None:
            return _form_page(request, house, "accounts/invite.html", form)
        who, answers = actor_of_request(request), form.answers
        name, email, profiled = str(answers["name"]), str(answers["email"]), _profiled(answers)
        try:
            async with house.db.transaction() as session:
                staff_id = await staffing.invite(session, who, name, email, profiled, house.clock.now())
        except Invalid as wrong:
            return _form_page(request, house, "accounts/invite.html", _with(form, wrong))
        return see(request, f"{LIST}/{staff_id}?done=invited")

    @get(ONE)
    async def account(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """One colleague, and what can be done."""
        return await _account_page(request, house, staff_id)

    @post(f"{ONE}/invite-again", status_code=200, guards=[lately_proved])
    async def invite_again(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """A new link; the old one ends."""
        async with house.db.transaction() as session:
            await staffing.invite_again(session, actor_of_request(request), staff_id, house.clock.now())
        return see(request, f"{LIST}/{staff_id}?done=invited")

    @get(f"{ONE}/change", guards=[lately_proved])
    async def ask_change(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """Roles, disciplines, areas, languages as they are."""
        async with house.db.transaction() as session:
            found = await directory.one(session, staff_id, house.clock.now())
        form = Form.blank(profile_questions(house.profile), presenters.as_answers(found.view))
        return _form_page(request, house, "accounts/change.html", form, name=found.view.name, staff_id=staff_id)

    @post(f"{ONE}/change", status_code=200, guards=[lately_proved])
    async def change(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """Counts from the colleague's next request."""
        form = await _read(request, house, profile_questions(house.profile))
        async with house.db.transaction() as session:
            name = (await directory.one(session, staff_id, house.clock.now())).view.name
        if form.answers is not None:
            try:
                async with house.db.transaction() as session:
                    profiled, who = _profiled(form.answers), actor_of_request(request)
                    await staffing.change(session, who, staff_id, profiled, house.clock.now())
                return see(request, f"{LIST}/{staff_id}?done=changed")
            except Invalid as wrong:
                form = _with(form, wrong)
        return _form_page(request, house, "accounts/change.html", form, name=name, staff_id=staff_id)

    @get(f"{ONE}/reset", guards=[lately_proved])
    async def ask_reset(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """Why, and whether the person was really there."""
        async with house.db.transaction() as session:
            found = await directory.one(session, staff_id, house.clock.now())
        form = Form.blank(RESET)
        return _form_page(request, house, "accounts/reset.html", form, name=found.view.name, staff_id=staff_id)

    @post(f"{ONE}/reset", status_code=200, guards=[lately_proved])
    async def reset(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """All second factors gone, signed out everywhere; a new one is set up at the next sign-in."""
        form = await _read(request, house, RESET)
        async with house.db.transaction() as session:
            name = (await directory.one(session, staff_id, house.clock.now())).view.name
        if form.answers is None:
            return _form_page(request, house, "accounts/reset.html", form, name=name, staff_id=staff_id)
        reason, now = str(form.answers["reason"]), house.clock.now()
        try:
            async with house.db.transaction() as session:
                await staffing.reset_factors(session, actor_of_request(request), staff_id, reason, now)
        except NotPossible as why:
            return await _account_page(request, house, staff_id, cannot=str(why))
        return see(request, f"{LIST}/{staff_id}?done=reset")

    @get(f"{ONE}/close", guards=[lately_proved])
    async def ask_close(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """What closing does."""
        async with house.db.transaction() as session:
            found = await directory.one(session, staff_id, house.clock.now())
        return page(request, house, "accounts/close.html", account=presenters.account_line(found, house.profile))

    @post(f"{ONE}/close", status_code=200, guards=[lately_proved])
    async def close(self, request: PageRequest, house: InHouse, staff_id: FromPath[UUID]) -> Page:
        """Nothing opens for this colleague from now on; their work is handed over."""
        try:
            async with house.db.transaction() as session:
                await staffing.close(session, actor_of_request(request), staff_id, house.clock.now())
        except NotPossible as why:
            return await _account_page(request, house, staff_id, cannot=str(why))
        return see(request, f"{LIST}/{staff_id}?done=closed")


async def _account_page(request: PageRequest, house: House, staff_id: UUID, cannot: str = "") -> Page:
    async with house.db.transaction() as session:
        found = await directory.one(session, staff_id, house.clock.now())
    return page(
        request,
        house,
        "accounts/one.html",
        status=409 if cannot else 200,
        account=presenters.account_line(found, house.profile),
        own=staff_id == actor_of_request(request).id,
        done=request.query_params.get("done", ""),
        cannot=cannot,
    )


def _form_page(request: PageRequest, house: House, template: str, form: Form, **context: object) -> Page:
    return page(request, house, template, status=422 if form.errors else 200, form=form, **context)


async def _read(request: PageRequest, house: House, questions: tuple[Question, ...]) -> Form:
    return await read_form(request, house, questions)


def _with(form: Form, wrong: Invalid) -> Form:
    for question, words in wrong.messages.items():
        form = form.refuse(question, words)
    return form


def _profiled(answers: Answers) -> Profiled:
    chosen = {name: frozenset(answers.get(name, ())) for name in ("roles", "disciplines", "languages", "areas")}
    return Profiled(
        roles=frozenset(map(Role, chosen["roles"])),
        disciplines=frozenset(map(Discipline, chosen["disciplines"])),
        languages=chosen["languages"],
        areas=chosen["areas"],
    )


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 5 else 1


HANDLERS = [AccountPages]
