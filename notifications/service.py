"""Saying something to somebody: the words now, in the transaction of the cause; the sending afterwards, by a worker."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.errors import NotPossible
from core.domain.identity import Actor, system
from core.domain.ids import new_id
from core.storage import audit
from core.storage.columns import keys
from core.storage.session import Session
from core.storage.tasks import NORMAL, plan
from notifications import queries, rules
from notifications.models import Message, MessageStep
from notifications.words import Channel, DeliveryState, MessageView, Outgoing, Recipient, Rendered

DELIVER = "notifications.deliver"
TEMPLATES = Path(__file__).parent.parent / "templates" / "messages"
_UNIQUE = ("subject_id", "purpose", "recipient", "occasion")
_POST = system("notifications")
# The kinds of fingerprint the rest of the house finds people by.
_FOUND_BY = {Channel.EMAIL: "email", Channel.TEXT: "phone", Channel.LETTER: "postal-address"}

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text: nothing here is read as HTML
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


async def send_message(
    session: Session,
    *,
    template: str,
    to: Recipient,
    purpose: str,
    subject_id: UUID,
    occasion: str,
    words: Mapping[str, str],
    now: datetime,
    priority: int = NORMAL,
) -> UUID:
    """Writes the message and plans its sending; both happen if the caller's transaction commits. The same purpose,
    subject, recipient and occasion are one message, however often this is called: its id is returned each time.

    `words` are exactly the placeholders of all files of the template, whichever channel it goes by (kinds: see
    `rules.fit`). Raises WordsDoNotFit, or TemplateNotFound when the template has no words for this channel."""
    rendered = render(template, to.channel, words)
    row = {
        "id": new_id(),
        "purpose": purpose,
        "subject_id": subject_id,
        "recipient": keys().fingerprint(_FOUND_BY[to.channel], to.address),
        "occasion": occasion,
        "channel": to.channel,
        "address": to.address,
        "template": template,
        "subject_line": rendered.subject_line,
        "body": rendered.body,
        "state": DeliveryState.WAITING,
        "created_at": now,
    }
    once = insert(Message).values(row).on_conflict_do_nothing(index_elements=_UNIQUE)
    new: UUID | None = (await session.exec(once.returning(col(Message.id)))).scalar_one_or_none()
    if new is None:
        return await _said_before(session, row)
    await plan(session, DELIVER, key=f"deliver:{new}", run_at=now, priority=priority, message_id=new)
    return new


async def _said_before(session: Session, row: Mapping[str, object]) -> UUID:
    found = select(Message.id).where(*(col(getattr(Message, name)) == row[name] for name in _UNIQUE))
    return (await session.exec(found)).one()


def render(template: str, channel: Channel, words: Mapping[str, str]) -> Rendered:
    """The exact words. Raises as `send_message` does."""
    asked = placeholders(template)
    rules.check_names(frozenset().union(*asked.values()), words)
    fitted = {name: rules.fit(name, word) for name, word in words.items()}
    if channel is Channel.TEXT:
        return Rendered("", _render(template, "text.txt", fitted))
    rules.check_subject(asked["subject.txt"])
    return Rendered(_render(template, "subject.txt", fitted), _render(template, "body.txt", fitted))


def _render(template: str, file: str, words: Mapping[str, str]) -> str:
    return _environment.get_template(f"{template}/{file}").render(words).strip()


@lru_cache(maxsize=512)
def placeholders(template: str) -> Mapping[str, frozenset[str]]:
    """File → the names it asks for; no file is an empty set."""
    return {file: _asked(template, file) for file in ("subject.txt", "body.txt", "text.txt")}


def _asked(template: str, file: str) -> frozenset[str]:
    path = TEMPLATES / template / file
    if not path.is_file():
        return frozenset()
    return frozenset(meta.find_undeclared_variables(_environment.parse(path.read_text(encoding="utf-8"))))


async def read_message(session: Session, actor: Actor, message_id: UUID, now: datetime) -> MessageView:
    """One message with its words, with the reading on the audit trail. NotFound."""
    found = await queries.message(session, message_id)
    audit.record(session, actor, "message.read", "message", found.id, now, about=str(found.subject_id))
    return found


async def take_up(session: Session, message_id: UUID, now: datetime) -> tuple[Outgoing, bool] | None:
    """(what is to be sent, whether it may have left already), with the message on record as being sent from here on.
    None when there is nothing left to do."""
    row = await session.get(Message, message_id, with_for_update=True)
    if row is None or rules.is_over(row.state):
        return None
    may_have_left = rules.was_interrupted(row.state)
    if row.state is not DeliveryState.SENDING:
        _step(session, row, DeliveryState.SENDING, now)
    return Outgoing(row.id, row.channel, row.address, row.subject_line, row.body), may_have_left


async def note_sent(session: Session, message_id: UUID, now: datetime, provider: str) -> None:
    """The provider has taken it over. Saying so twice changes nothing."""
    row = await session.get_one(Message, message_id, with_for_update=True)
    if row.state is not DeliveryState.SENT:
        row.sent_at = now
        _step(session, row, DeliveryState.SENT, now, why=provider)


async def note_unknown(session: Session, message_id: UUID, now: datetime, why: str) -> None:
    """Nobody knows whether the provider took it over; it is asked before the next try."""
    row = await session.get_one(Message, message_id, with_for_update=True)
    if row.state is DeliveryState.SENDING:
        _step(session, row, DeliveryState.UNKNOWN, now, why=why)


def _step(
    session: Session, row: Message, to: DeliveryState, now: datetime, why: str = "", actor: Actor = _POST
) -> None:
    if not rules.may_step(row.state, to):
        raise NotPossible(f"{row.state} to {to}")
    row.state = to
    session.add(MessageStep(message_id=row.id, state=to, at=now, actor=actor.audit_name, why=why))
