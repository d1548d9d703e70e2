"""Opening a record in an emergency; what governance makes of it; and who is family of whom."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts import access, access_rules
from accounts.access_forms import WHY, child_of, family_questions, with_a_child
from accounts.queries import staff_views
from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

BREAK_GLASS = "/staff/break-glass"
EMERGENCIES = "/staff/audit/emergencies"
FAMILY = "/staff/audit/family"


class BreakGlass(Controller):
    """A child's record without a reason of one's own, for an hour, with a typed reason that governance reads."""

    path = BREAK_GLASS + "/{kind:str}/{record_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.BREAK_GLASS)]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse, kind: FromPath[str], record_id: FromPath[UUID]) -> Page:
        """What opening it means, and the question why."""
        access_rules.where(kind, record_id)
        return _ask(request, house, Form.blank((WHY,)))

    @post("/", status_code=200)
    async def open(self, request: PageRequest, house: InHouse, kind: FromPath[str], record_id: FromPath[UUID]) -> Page:
        """Opens it and goes there. Family of the child are refused there."""
        record_page = access_rules.where(kind, record_id)
        form = await read_form(request, house, (WHY,))
        if form.answers is None:
            return _ask(request, house, form)
        why, now = str(form.answers["why"]), house.clock.now()
        async with house.db.transaction() as session:
            await access.break_glass(session, _actor(request), kind, record_id, why, now)
        return see(request, record_page)


class Emergencies(Controller):
    """Every record that was opened in an emergency, for governance to look at."""

    path = EMERGENCIES
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_AUDIT)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """Newest first, a page at a time; those nobody has looked at are marked."""
        after = _id(request.query_params.get("after", ""))
        async with house.db.transaction() as session:
            found = await access.openings(session, after)
            people = {one.staff_id for one in found} | {one.looked_by for one in found if one.looked_by}
            names = await staff_views(session, people)
        more = f"{EMERGENCIES}?after={found[-1].id}" if len(found) == access.MOST else ""
        return page(
            request, house, "accounts/emergencies.html", openings=found, names=names, more=more, first=bool(after)
        )

    @post("/{opening_id:uuid}/looked-at", status_code=200)
    async def looked_at(self, request: PageRequest, house: InHouse, opening_id: FromPath[UUID]) -> Page:
        """Governance has looked at one."""
        async with house.db.transaction() as session:
            await access.note_looked_at(session, _actor(request), opening_id, house.clock.now())
        return see(request, EMERGENCIES)


class Family(Controller):
    """Staff who are family of a child. Which child, only keyed hashes know: nobody can read it off this page."""

    path = FAMILY
    include_in_schema = False
    guards: ClassVar = [staff(Right.MARK_FAMILY)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        async with house.db.transaction() as session:
            form = Form.blank(family_questions(await access.everybody(session)))
            return await _family(request, house, session, form)

    @post("/", status_code=200)
    async def mark(self, request: PageRequest, house: InHouse) -> Page:
        """From now on this colleague cannot open records about this child."""
        async with house.db.transaction() as session:
            questions = family_questions(await access.everybody(session))
            form = with_a_child(await read_form(request, house, questions))
            if form.errors or form.answers is None:
                return await _family(request, house, session, form)
            staff_id, child = UUID(str(form.answers["staff"])), child_of(form.answers)
            await access.mark_family(session, _actor(request), staff_id, child, house.clock.now())
        return see(request, f"{FAMILY}?marked=1")

    @post("/{mark_id:uuid}/end", status_code=200)
    async def end(self, request: PageRequest, house: InHouse, mark_id: FromPath[UUID]) -> Page:
        """The mark was wrong, or is no longer true."""
        async with house.db.transaction() as session:
            await access.end_mark(session, _actor(request), mark_id, house.clock.now())
        return see(request, f"{FAMILY}?ended=1")


def _ask(request: PageRequest, house: House, form: Form) -> Page:
    status, minutes = 422 if form.errors else 200, int(access_rules.OPEN_FOR.total_seconds() // 60)
    return page(request, house, "accounts/break_glass.html", status=status, form=form, minutes=minutes)


async def _family(request: PageRequest, house: House, session: Session, form: Form) -> Page:
    marks = await access.marks(session)
    names = await staff_views(session, {one for mark in marks for one in (mark.staff_id, mark.marked_by)})
    status, told = 422 if form.errors else 200, [] if form.errors else list(request.query_params)
    return page(request, house, "accounts/family.html", status=status, form=form, marks=marks, names=names, notice=told)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("no such page of the list") from None


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [BreakGlass, Emergencies, Family]
