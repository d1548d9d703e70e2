"""What families do on the advice line: leave a message, follow it, put its number right, withdraw it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from advice_line import queries, rules
from advice_line.family_facts import MessageLeft, MessageWithdrawn, NumberCorrected
from advice_line.models import AdviceEvent, AdviceLink, AdviceMessage
from advice_line.voice_models import AdviceVoice
from advice_line.voice_words import Spoken
from advice_line.words import (
    LIST_TOPIC,
    Happened,
    Left,
    Promise,
    Reason,
    State,
    Step,
)
from core.domain.errors import NotFound
from core.domain.identity import PUBLIC, Actor
from core.domain.ids import new_id, new_reference, new_token
from core.domain.names import surname_and_birth
from core.domain.nhs import is_mobile, outcode
from core.domain.profile import Profile
from core.storage import audit
from core.storage.children import keys_of
from core.storage.closed_days import with_closed_days
from core.storage.columns import keys
from core.storage.outbox import tell
from core.storage.session import Session, note_change
from notifications.api import LANGUAGES, Channel, Recipient, Word, send_message

SUBJECT = "advice-message"
RECEIVED = "advice-received"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the service brings along: its profile, the public address that links begin with, and the time."""

    profile: Profile
    address: str
    now: datetime


async def today(session: Session, desk: Desk) -> Desk:
    """The same desk with the closed days that managers have added: for whatever counts days."""
    return replace(desk, profile=await with_closed_days(session, desk.profile))


async def leave_message(session: Session, desk: Desk, left: Left, *, draft_id: UUID) -> tuple[AdviceMessage, str]:
    """Takes a message and promises a call: (the message, the secret of the family's page). Until a run gives it to
    somebody it stands among the exceptions as waiting for one."""
    profile, now = await with_closed_days(session, desk.profile), desk.now
    urgency = rules.urgency_of(left.signs)
    promised = rules.promise(profile.calendar, profile.advice.due_days, now, urgency)
    columns = _said(left, profile) | _promised(promised, now) | _waits_for(left)
    message = AdviceMessage(reference=await _unused_reference(session), draft_id=draft_id, **columns)
    session.add(message)
    await session.flush()
    # The other rows go in one go, at the end: what is asked in between is not about them.
    with session.no_autoflush:
        _keep_voice(session, message.id, left.voice)
        note(session, message.id, PUBLIC, Happened.LEFT, now)
        audit.record(session, PUBLIC, "advice.left", SUBJECT, message.id, now, urgency=urgency)
        token = link_to(session, message.id, now)
        await _acknowledge(session, desk, message, token)
        await tell(session, MessageLeft(message.id), now)
    return message, token


def _keep_voice(session: Session, message_id: UUID, spoken: Spoken | None) -> None:
    """The recording that came with the message; its sound is kept already."""
    if spoken:
        session.add(
            AdviceVoice(
                message_id=message_id,
                file_id=spoken.file_id,
                seconds=spoken.seconds,
                came_by=spoken.came_by,
                provider_id=spoken.provider_id,
                refused=spoken.refused,
            )
        )


def _said(left: Left, profile: Profile) -> dict[str, Any]:
    """The columns of what somebody told us."""
    child = left.child
    areas = profile.areas_of(outcode(left.postcode)) if left.postcode else ()
    return {
        "caller_kind": left.caller,
        "caller": _caller(left),
        "phone_key": phone_key(left.phone),
        "child": {"first": child.first, "last": child.last, "born": child.born.isoformat()} if child else None,
        "child_key": child_key(child.last, child.born) if child else None,
        "known": left.known,
        "call_needs": left.call_needs,
        "not_told": left.not_told,
        "said": left.text,
        "not_times": left.not_times,
        "discipline": left.discipline,
        "topic": left.topic,
        "signs": sorted(left.signs),
        "needs": sorted(
            rules.needs_of(
                profile.advice.competences, left.topic, left.discipline, left.signs, (left.text, left.call_needs)
            )
        ),
        "areas": [area.id for area in areas],
        "good_times": sorted(left.good_times),
        "language": left.language,
        "interpreter_ok": left.interpreter_ok,
        "safe_to_leave_message": left.safe_to_leave_message,
    }


def _caller(left: Left) -> dict[str, Any]:
    told = {"name": left.name, "phone": left.phone, "email": left.email}
    return told | ({"role": left.role} if left.role else {})


def _promised(promised: Promise, now: datetime) -> dict[str, Any]:
    """The columns of what we told them."""
    return {
        "urgency": promised.urgency,
        "received_at": now,
        "clock_start": promised.clock_start,
        "due_on": promised.due_on,
        "due_at": promised.due_at,
        "calendar_version": promised.calendar_version,
        "call_from": promised.clock_start,
        "next_action_at": promised.due_at,
    }


def _waits_for(left: Left) -> dict[str, Any]:
    """A run gives it to somebody; without a number to ring a person listens to it first and finds one."""
    if left.phone:
        return {"state": State.NEW, "exception_reason": Reason.WAITING_FOR_RUN}
    return {"state": State.REVIEW, "exception_reason": Reason.WRONG_NUMBER}


def phone_key(phone: str) -> bytes:
    """What finds a phone number (E.164) again. Two that were not shown are never the same."""
    return keys().fingerprint("phone", phone or new_token())


def child_key(last: str, born: date) -> bytes:
    """What finds a child by surname and date of birth."""
    return keys().fingerprint("surname-dob", surname_and_birth(last, born))


def link_key(token: str) -> bytes:
    """What finds a family's link; the secret itself is never stored."""
    return keys().fingerprint("advice-link", token)


def link_to(session: Session, message_id: UUID, now: datetime) -> str:
    """One more secret way to the family's page."""
    token = new_token()
    session.add(AdviceLink(fingerprint=link_key(token), message_id=message_id, made_at=now))
    return token


async def _unused_reference(session: Session) -> str:
    while await queries.is_known_reference(session, reference := new_reference()):
        pass
    return reference


async def _acknowledge(session: Session, desk: Desk, message: AdviceMessage, token: str) -> None:
    words = words_to_family(desk, message, token) | {"due": message.due_on}
    await _write(session, desk, message, RECEIVED, "1", words)


async def write_to_family(session: Session, desk: Desk, message: AdviceMessage, occasion: str) -> bool:
    """Tells the family that we could not reach them, with a fresh link. False when there is nowhere safe to write."""
    if recipient(message) is None:
        return False
    words = words_to_family(desk, message, link_to(session, message.id, desk.now))
    await _write(session, desk, message, "advice-no-answer", occasion, words)
    return True


def recipient(message: AdviceMessage) -> Recipient | None:
    """Where we may write: e-mail when there is an address, a text only where that is safe; None when nowhere."""
    phone, language = message.caller["phone"], _language_of(message)
    texts = bool(message.safe_to_leave_message and phone and is_mobile(phone))
    by_text = Recipient(Channel.TEXT, phone, language=language) if texts else None
    if email := message.caller["email"]:
        return Recipient(Channel.EMAIL, email, alternatives=(by_text,) if by_text else (), language=language)
    return by_text


def _language_of(message: AdviceMessage) -> str:
    """The language they asked for, where we write it."""
    asked = message.language or "en"
    return asked if asked in LANGUAGES else "en"


def words_to_family(desk: Desk, message: AdviceMessage, token: str) -> dict[str, Word]:
    """What every message to a family says."""
    return {
        "service": desk.profile.service,
        "reference": message.reference,
        "follow_link": f"{desk.address}/advice/{token}",
        "phone": desk.profile.phone,
    }


async def _write(
    session: Session, desk: Desk, message: AdviceMessage, purpose: str, occasion: str, words: Mapping[str, Word]
) -> None:
    if to := recipient(message):
        await send_message(
            session,
            template=purpose,
            to=to,
            purpose=purpose,
            subject_id=message.id,
            occasion=occasion,
            words=words,
            child=keys_of(named=message.child_key),
            now=desk.now,
            answers=purpose == RECEIVED,
        )


async def withdraw(session: Session, message_id: UUID, now: datetime) -> AdviceMessage:
    """The family no longer wants a call. NotPossible when it is over already."""
    message = await locked(session, message_id)
    message.state = rules.moved(message.state, Step.WITHDRAW)
    close(message, now)
    note(session, message.id, PUBLIC, Happened.WITHDRAWN, now)
    audit.record(session, PUBLIC, "advice.withdrawn", SUBJECT, message.id, now)
    await tell(session, MessageWithdrawn(message.id), now)
    return message


async def correct_number(
    session: Session, desk: Desk, message_id: UUID, phone: str, by: Actor = PUBLIC
) -> AdviceMessage:
    """Another number to ring, E.164. A message set aside because nobody could be reached is taken up again."""
    message, now = await locked(session, message_id), desk.now
    was_set_aside = message.state is State.REVIEW
    message.state = rules.moved(message.state, Step.NUMBER_CORRECTED)
    message.caller = {**message.caller, "phone": phone}
    message.phone_key = phone_key(phone)
    message.revision += 1
    if was_set_aside:
        _take_up_again(message, await today(session, desk))
    note(session, message.id, by, Happened.NUMBER_CORRECTED, now)
    audit.record(session, by, "advice.number-corrected", SUBJECT, message.id, now)
    await tell(session, NumberCorrected(message.id), now)
    return message


def _take_up_again(message: AdviceMessage, desk: Desk) -> None:
    again = rules.promise(desk.profile.calendar, desk.profile.advice.due_days, desk.now, message.urgency)
    message.call_from, message.next_action_at = again.clock_start, again.due_at
    message.run_id = None
    message.exception_reason = None if message.owner_id else Reason.WAITING_FOR_RUN


async def locked(session: Session, message_id: UUID) -> AdviceMessage:
    """The message, held until the transaction ends. NotFound."""
    message = await queries.message(session, message_id, lock=True)
    if message is None:
        raise NotFound("no such message")
    return message


def close(message: AdviceMessage, now: datetime) -> None:
    """Nothing more is due; the owner stays on record."""
    message.closed_at, message.exception_reason = now, None
    message.calling_by = message.calling_until = None
    message.revision += 1


def note(session: Session, message_id: UUID, by: Actor, happened: Happened, now: datetime, **more: Any) -> None:
    """Adds to the history of a message; lists that are open somewhere will show it."""
    note_change(session, LIST_TOPIC)
    session.add(AdviceEvent(id=new_id(), message_id=message_id, at=now, by=by.audit_name, happened=happened, **more))
