"""What happens to recordings: kept for a draft, handed over to its message, written down; and what families add."""

from datetime import datetime
from uuid import UUID

from advice_line import access, queries, rules, service
from advice_line.family_facts import MessageAddedTo
from advice_line.models import AdviceMessage
from advice_line.service import SUBJECT, Desk
from advice_line.voice_models import AdviceAddition, AdviceVoice
from advice_line.voice_queries import voice_of
from advice_line.words import Happened, Sign
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import PUBLIC, Actor
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session


async def open_voice(session: Session, actor: Actor, message_id: UUID, now: datetime) -> AdviceVoice:
    """The recording of a message this person may see; that they heard it goes on the audit trail. NotFound, or what
    `open_record` raises."""
    message, voice = await queries.message(session, message_id), await voice_of(session, message_id)
    if message is None or voice is None or voice.file_id is None:
        raise NotFound("no such recording")
    opened = await access.open_message(session, actor, message, now)
    audit.record(session, actor, "advice.heard", SUBJECT, message_id, now, why=opened.reason)
    return voice


async def message_for(session: Session, actor: Actor, message_id: UUID, now: datetime) -> AdviceMessage:
    """The message, for whoever may see it. NotFound, or what `open_record` raises."""
    message = await queries.message(session, message_id)
    if message is None:
        raise NotFound("no such message")
    await access.open_message(session, actor, message, now)
    return message


async def write_down(session: Session, actor: Actor, message_id: UUID, words: str, now: datetime) -> None:
    """Keeps what was said in a recording, so that it can be read. Later words replace earlier ones."""
    message, voice = await queries.message(session, message_id), await voice_of(session, message_id, lock=True)
    if message is None or voice is None or actor.id is None:
        raise NotFound("no such recording")
    opened = await access.open_message(session, actor, message, now)
    voice.written, voice.written_by, voice.written_at = words, actor.id, now
    audit.record(session, actor, "advice.written-down", SUBJECT, message_id, now, why=opened.reason)


async def give_number(session: Session, actor: Actor, desk: Desk, message_id: UUID, phone: str) -> None:
    """A number to ring, from a recording whose caller showed none."""
    message = await message_for(session, actor, message_id, desk.now)
    if message.caller["phone"]:
        raise NotPossible("there is a number already")
    await service.correct_number(session, desk, message_id, phone, by=actor)


async def add_to(session: Session, desk: Desk, message_id: UUID, said: str, signs: frozenset[Sign]) -> AdviceMessage:
    """The family says more. A sign makes the message urgent from now on, and nothing makes it less so. NotPossible when
    it is over: then a new message is left."""
    message, now = await service.locked(session, message_id), desk.now
    if message.state not in rules.OPEN:
        raise NotPossible("the message is over")
    session.add(AdviceAddition(message_id=message_id, at=now, said=said, signs=sorted(signs)))
    _know_what_it_is_about(message, desk, signs, said)
    _raise_urgency(message, await service.today(session, desk), signs)
    message.revision += 1
    service.note(session, message_id, PUBLIC, Happened.ADDED_TO, now)
    audit.record(session, PUBLIC, "advice.added-to", SUBJECT, message_id, now, urgency=message.urgency)
    await tell(session, MessageAddedTo(message_id), now)
    return message


def _know_what_it_is_about(message: AdviceMessage, desk: Desk, signs: frozenset[Sign], said: str) -> None:
    """Whoever has it may not be the right one any more: then the next run looks again."""
    message.signs = sorted({*message.signs, *signs})
    known, ticked = desk.profile.advice.competences, map(Sign, message.signs)
    needs = {*message.needs, *rules.needs_of(known, message.topic, message.discipline, ticked, (said,))}
    if needs != set(message.needs):
        message.needs, message.run_id = sorted(needs), None


def _raise_urgency(message: AdviceMessage, desk: Desk, signs: frozenset[Sign]) -> None:
    """Counts the promise anew when it became urgent; the earlier of the two days stands."""
    urgency = rules.urgency_of(signs, message.urgency)
    if urgency == message.urgency:
        return
    again = rules.promise(desk.profile.calendar, desk.profile.advice.due_days, desk.now, urgency)
    message.urgency, message.raised_at = urgency, desk.now
    message.call_from = min(message.call_from, again.clock_start)
    message.next_action_at = min(message.next_action_at or again.due_at, again.due_at)
    if again.due_at < message.due_at:
        message.due_on, message.due_at, message.clock_start = again.due_on, again.due_at, again.clock_start
        message.calendar_version = again.calendar_version
    # Whoever has it may not be the right one any more: the next run looks again.
    message.run_id = None
