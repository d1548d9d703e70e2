"""What staff do about messages: see to what reached nobody, stop a purpose, read the templates, try one."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Question
from core.web.replies import Page, page, see
from notifications import desk, forms, presenters, queries, samples, service
from notifications.barred import NO_CHILD
from notifications.reading import actor_of
from notifications.staff_names import names_of
from notifications.wording import ENGLISH
from notifications.words import LANGUAGES, Channel, Recipient, Switch

MESSAGES = "/staff/messages"


class Undelivered(Controller):
    """Messages that reached nobody by any way, the longest waiting first."""

    path = MESSAGES + "/undelivered"
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_MESSAGES)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        async with house.db.transaction() as session:
            found = await queries.undelivered(session)
        lines = [presenters.line_of(message) for message in found]
        return page(request, house, "notifications/undelivered.html", lines=lines)

    @get("/{message_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Asks what was done."""
        return await self._one(request, house, message_id, Form.blank((forms.WHAT_WAS_DONE,)))

    @post("/{message_id:uuid}", status_code=200)
    async def see_to(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Ticked off, with what was done."""
        form = await read_form(request, house, (forms.WHAT_WAS_DONE,))
        if form.answers is None:
            return await self._one(request, house, message_id, form)
        async with house.db.transaction() as session:
            await desk.see_to(session, actor_of(request), message_id, str(form.answers["done"]), house.clock.now())
        return see(request, self.path)

    async def _one(self, request: PageRequest, house: House, message_id: UUID, form: Form) -> Page:
        async with house.db.transaction() as session:
            found = await service.read_message(session, actor_of(request), message_id, house.clock.now())
            guard = await queries.guard_on(session, message_id)
        told = {"form": form, "message": presenters.whole_of(found), "id": found.id, "guard": guard}
        return page(request, house, "notifications/see_to.html", status=422 if form.errors else 200, **told)


class Switches(Controller):
    """One switch a purpose: what is stopped waits, and is sent or dropped later."""

    path = MESSAGES + "/switches"
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_MESSAGES)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        async with house.db.transaction() as session:
            found = await queries.switches(session)
            names = await names_of(session, [one.stopped_by for one in found])
        return page(
            request, house, "notifications/switches.html", lines=[presenters.switch_line(one, names) for one in found]
        )

    @get("/{purpose:str}/stop")
    async def ask_stop(self, request: PageRequest, house: InHouse, purpose: FromPath[str]) -> Page:
        return await _ask(request, house, purpose, "stop", Form.blank((forms.WHY_STOP,)))

    @post("/{purpose:str}/stop", status_code=200)
    async def stop(self, request: PageRequest, house: InHouse, purpose: FromPath[str]) -> Page:
        why = await _reason(request, house, forms.WHY_STOP)
        if isinstance(why, Form):
            return await _ask(request, house, purpose, "stop", why)
        async with house.db.transaction() as session:
            await _check_known(session, purpose)
            await desk.stop(session, actor_of(request), purpose, why, house.clock.now())
        return see(request, self.path)

    @get("/{purpose:str}/drop")
    async def ask_drop(self, request: PageRequest, house: InHouse, purpose: FromPath[str]) -> Page:
        return await _ask(request, house, purpose, "drop", Form.blank((forms.WHY_DROP,)))

    @post("/{purpose:str}/drop", status_code=200)
    async def drop(self, request: PageRequest, house: InHouse, purpose: FromPath[str]) -> Page:
        """What waits is never sent."""
        why = await _reason(request, house, forms.WHY_DROP)
        if isinstance(why, Form):
            return await _ask(request, house, purpose, "drop", why)
        async with house.db.transaction() as session:
            await _check_known(session, purpose)
            await desk.drop_held(session, actor_of(request), purpose, why, house.clock.now())
        return see(request, self.path)

    @post("/{purpose:str}/release", status_code=200)
    async def release(self, request: PageRequest, house: InHouse, purpose: FromPath[str]) -> Page:
        """On again; what waits is sent."""
        async with house.db.transaction() as session:
            await _check_known(session, purpose)
            await desk.release(session, actor_of(request), purpose, house.clock.now())
        return see(request, self.path)


class Samples(Controller):
    """Every template with invented words, and a test to oneself."""

    path = MESSAGES + "/templates"
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_MESSAGES)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        known = [{"name": name, "words": presenters.purpose_words(name)} for name in samples.names()]
        return page(request, house, "notifications/templates.html", templates=known)

    @get("/{template:str}")
    async def one(self, request: PageRequest, house: InHouse, template: FromPath[str]) -> Page:
        """In the language and the kind of words that the address asks for; ordinary English without."""
        asked = request.query_params
        language = asked.get("language", "") if asked.get("language", "") in LANGUAGES else ENGLISH
        easy_read = bool(asked.get("easy"))
        said = {channel: samples.preview(template, channel, language, easy_read=easy_read) for channel in Channel}
        async with house.db.transaction() as session:
            email = await _own_email(session, actor_of(request))
        return page(
            request,
            house,
            "notifications/template.html",
            name=template,
            heading=presenters.purpose_words(template),
            said=[presenters.preview_of(channel, words) for channel, words in said.items()],
            languages=presenters.language_choices(language),
            easy_read=easy_read,
            has_easy_read=samples.has_easy_read(template),
            is_translated=all(words.language == language for words in said.values()),
            email=email,
        )

    @post("/{template:str}/test", status_code=200)
    async def test(self, request: PageRequest, house: InHouse, template: FromPath[str]) -> Page:
        """Sends it to whoever asks, with the invented words."""
        words, now, actor = samples.sample_words(template), house.clock.now(), actor_of(request)
        async with house.db.transaction() as session:
            new = await service.send_message(
                session,
                template=template,
                to=Recipient(Channel.EMAIL, await _own_email(session, actor)),
                purpose=samples.test_purpose(template),
                subject_id=actor.id or UUID(int=0),
                occasion=now.isoformat(timespec="seconds"),
                words=words,
                child=NO_CHILD,
                now=now,
                by=actor,
            )
        return see(request, f"{MESSAGES}/{new}")


async def _reason(request: PageRequest, house: House, question: Question) -> str | Form:
    form = await read_form(request, house, (question,))
    return form if form.answers is None else str(form.answers[question.id])


async def _ask(request: PageRequest, house: House, purpose: str, act: str, form: Form) -> Page:
    async with house.db.transaction() as session:
        switch = await _check_known(session, purpose)
    line = presenters.switch_line(switch, presenters.NOBODY)
    status = 422 if form.errors else 200
    return page(request, house, "notifications/switch.html", status=status, form=form, line=line, act=act)


async def _check_known(session: Session, purpose: str) -> Switch:
    """The switch of a purpose; NotFound for one nothing was ever sent for."""
    found = next((one for one in await queries.switches(session) if one.purpose == purpose), None)
    if found is None:
        raise NotFound("no such purpose")
    return found


async def _own_email(session: Session, actor: Actor) -> str:
    return (await staff_views(session, [actor.id] if actor.id else []))[actor.id or UUID(int=0)].email


HANDLERS = [Undelivered, Switches, Samples]
