"""One call: who has the phone, what came of it, and taking that back."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from advice_line import calls, presenters, queries, record_queries, record_undo
from advice_line.calls import BeingCalled
from advice_line.record_booking import begin_booking, booked_lines
from advice_line.record_case import HAPPENED, LIST, call_id_of, case_page, desk_of, form_of, read_id
from advice_line.record_concern_pages import interruption
from advice_line.record_forms import WHY_CLOSE, notes_from, with_notes_checked
from advice_line.record_words import HappenedSince, LastCall, MovedOn, TooLate, WhatNext
from core.domain.calendar import spoken_time
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor, Discipline, Right
from core.storage.children import keys_of
from core.storage.guards import guard_about
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash
from referral.api import begin_known


class CallbackCase(Controller):
    """One message: who has the phone, what was said before, and what came of the call."""

    path = f"{LIST}/{{message_id:uuid}}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """The message, with its reading on the audit trail."""
        again = request.query_params.get("again", "")
        return await case_page(request, house, message_id, again=read_id(again) if again else None)

    @post("/calling", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def calling(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """ "I am calling now": for a while nobody else rings this family."""
        try:
            async with house.db.transaction() as session:
                await calls.start_calling(session, request.user, desk_of(house), message_id)
        except BeingCalled as other:
            name = await _name_of(house, other)
            where = f"{LIST}/{message_id}"
            return page(request, house, "advice_line/someone_else.html", status=409, name=name, case=where)
        return see(request, f"{LIST}/{message_id}#record")

    @post("/stop", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def stop(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Not calling after all."""
        async with house.db.transaction() as session:
            await calls.stop_calling(session, request.user, message_id)
        return see(request, f"{LIST}/{message_id}")

    @post("/outcome", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def outcome(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """What came of the call. Nothing typed is lost when it cannot be kept; a worry comes first."""
        async with house.db.transaction() as session:
            asked = await form_of(session, request, house, message_id)
        form = with_notes_checked(await read_form(request, house, asked.questions))
        call_id = await call_id_of(request)
        if worry := await interruption(request, house, message_id, call_id, form):
            return worry
        if form.answers is None:
            return await case_page(request, house, message_id, form=form, status=422)
        if why_not := await _record(request, house, message_id, call_id, form):
            return await case_page(request, house, message_id, form=form.refuse("outcome", why_not), status=409)
        return see(request, f"{LIST}/calls/{call_id}")

    @post("/close", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def close(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Nothing more can be done for a family that could not be reached."""
        form, call_id = await read_form(request, house, (WHY_CLOSE,)), await call_id_of(request)
        if form.answers is None:
            return await case_page(request, house, message_id, review=form, status=422)
        why = str(form.answers["why"])
        async with house.db.transaction() as session:
            await calls.close_after_review(session, request.user, message_id, call_id, why, house.clock.now())
        return see(request, f"{LIST}/calls/{call_id}")


async def _record(request: PageRequest, house: House, message_id: UUID, call_id: UUID, form: Form) -> str:
    """Records the call; why not, when it could not be."""
    seen = first(await read_body(request), "seen")
    try:
        async with house.db.transaction() as session:
            await calls.record_call(
                session,
                request.user,
                desk_of(house),
                message_id,
                call_id,
                notes_from(form.answers or {}),
                seen=int(seen) if seen.isdecimal() else None,
            )
    except BeingCalled as other:
        return f"{await _name_of(house, other)} is calling this family now. Record this when they have finished"
    except HappenedSince as since:
        done = "; ".join(f"{HAPPENED[happened]} at {spoken_time(at)}" for happened, at in since.what)
        return f"Since you opened this page, {done}. Read what is new, then record your call"
    except NotPossible:
        return "A colleague has closed this message meanwhile. Copy your notes to them"
    return ""


async def _name_of(house: House, other: BeingCalled) -> str:
    async with house.db.transaction() as session:
        names = await staff_views(session, {other.staff_id})
    return presenters.name_of(other.staff_id, names) or "A colleague"


class RecordedCall(Controller):
    """What was just recorded: what comes next, and a minute to take it back."""

    path = f"{LIST}/calls/{{call_id:uuid}}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse, call_id: FromPath[UUID]) -> Page:
        """Only for whoever recorded it; it says nothing of the child but the reference, and who must not be told."""
        last, now = await _last(request, house, call_id), house.clock.now()
        async with house.db.transaction() as session:
            mine = await queries.counts(session, now, request.user.id)
            booked = await booked_lines(session, request.user, last.message_id, now)
            guard = await guard_about(session, keys_of(named=last.child_key))
        return page(
            request,
            house,
            "advice_line/recorded.html",
            last=last,
            still=now <= last.until and not last.taken_back,
            left_today=mine.today,
            booked=booked,
            guard=guard,
            following=presenters.following_words(
                last.state, last.what_next, last.discipline, last.next_at, house.profile
            ),
            refused=request.query_params.get("refused", ""),
        )

    @post("/undo", status_code=200)
    async def undo(self, request: PageRequest, house: InHouse, call_id: FromPath[UUID]) -> Page:
        """As if it had not been recorded, with what was typed in the form again."""
        here = f"{LIST}/calls/{call_id}"
        try:
            async with house.db.transaction() as session:
                record = await record_undo.take_back(session, request.user, call_id, house.clock.now())
        except TooLate:
            return see(request, f"{here}?refused=late")
        except MovedOn:
            return see(request, f"{here}?refused=changed")
        return see(request, f"{LIST}/{record.message_id}?again={call_id}#record")

    @post("/refer", status_code=200)
    async def refer(self, request: PageRequest, house: InHouse, call_id: FromPath[UUID]) -> Page:
        """To a referral with what we know already typed, unless one is under way in this browser."""
        last, owner, now = await _last(request, house, call_id), owner_hash(request, house), house.clock.now()
        if last.what_next is not WhatNext.REFERRAL or last.taken_back:
            raise NotPossible("no referral was decided on")
        async with house.db.transaction() as session:
            line, _ = await calls.open_message(session, request.user, last.message_id, now)
            known, therapy = presenters.known_of_child(line.message), _therapy(request.user, last)
            begun = bool(known and therapy and await begin_known(session, owner, known, therapy, now))
        return see(request, "/refer/who" if begun or not known else "/refer/resume")

    @post("/book", status_code=200)
    async def book(self, request: PageRequest, house: InHouse, call_id: FromPath[UUID]) -> Page:
        """To the free times, with what we know of the family already typed. Another family that is being booked for in
        this browser goes on, unless this one shall take its place."""
        last, owner, now = await _last(request, house, call_id), owner_hash(request, house), house.clock.now()
        if last.what_next is not WhatNext.BOOKING or last.taken_back:
            raise NotPossible("no booking was decided on")
        body = await read_body(request)
        what, instead = first(body, "what"), first(body, "instead") == "yes"
        async with house.db.transaction() as session:
            line, _ = await calls.open_message(session, request.user, last.message_id, now)
            other = await begin_booking(session, owner, line.message, last, house.profile, now, instead=instead)
        where = _ROOMS.get(what, "/clinics")
        if other:
            told = {"last": last, "other": other, "what": what, "where": where}
            return page(request, house, "advice_line/booking_under_way.html", status=409, **told)
        return see(request, where)


_ROOMS = {"clinic": "/clinics", "session": "/sessions"}


def _therapy(actor: Actor, last: LastCall) -> Discipline | None:
    """The therapy that was asked for; where the family was not sure, that of whoever called."""
    return last.discipline or next(iter(sorted(actor.disciplines)), None)


async def _last(request: PageRequest, house: House, call_id: UUID) -> LastCall:
    async with house.db.transaction() as session:
        last = await record_queries.last_call(session, request.user, call_id)
    if last is None:
        raise NotFound("no such call of theirs")
    return last


HANDLERS = [CallbackCase, RecordedCall]
