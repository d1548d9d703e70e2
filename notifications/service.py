"""Saying something to somebody: the words now, in the transaction of the cause; the sending afterwards, by a worker."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit
from core.storage.children import ChildKeys
from core.storage.columns import keys
from core.storage.guards import guard_about
from core.storage.session import Session
from core.storage.tasks import NORMAL, URGENT, plan
from notifications import barred, courtesy, queries
from notifications.dispatch import DELIVER, FOUND_BY, POST, UNIQUE
from notifications.models import Message, MessageStep
from notifications.wishes import wishes_of
from notifications.wording import render
from notifications.words import DeliveryState, MessageView, Recipient, Wishes, Word

# Built once: every act tells somebody.
_ONCE = (
    insert(Message.__table__)  # type: ignore[attr-defined]
    .on_conflict_do_nothing(index_elements=UNIQUE)
    .returning(col(Message.id))
)


async def send_message(
    session: Session,
    *,
    template: str,
    to: Recipient,
    purpose: str,
    subject_id: UUID,
    occasion: str,
    words: Mapping[str, Word],
    child: ChildKeys,
    now: datetime,
    priority: int = NORMAL,
    by: Actor = POST,
    answers: bool = False,
) -> UUID:
    """Writes the message and plans its sending; both happen if the caller's transaction commits. The same purpose,
    subject, recipient and occasion are one message, however often this is called: its id is returned each time.

    `by` is whose act causes it, where that is a person's. `answers` what the reader did a moment ago: only that, and
    what is urgent, leaves at night. An alternative of `to` gets its own words now, and is used once if this way fails.
    Somebody's wishes win (`notifications.wishes`): who must not be contacted gets nothing, and a person is told; so
    does what was said about the `child` (`core.storage.guards`). `NO_CHILD` says that it is about none.

    `words` are exactly the gaps of all files of the template, whichever channel it goes by (`wording.render`). Raises
    WordsDoNotFit, or TemplateNotFound when the template has no words for this channel."""
    wishes = await wishes_of(session, to) or Wishes(language=to.language)
    told = barred.without_barred(to, await guard_about(session, child))
    way = courtesy.way_to(told, wishes, told.alternatives) if told else courtesy.Way(None, barred.WHY)
    row = {
        "id": new_id(),
        "purpose": purpose,
        "subject_id": subject_id,
        "occasion": occasion,
        "template": template,
        "created_at": now,
        "said_by": by.audit_name,
        "priority": priority,
        **_said(template, way.to or to, words, wishes),
        **barred.columns_of(child),
        "spare": _spare(template, told, words, wishes) if told else None,
        "state": DeliveryState.WAITING if way.to else DeliveryState.DROPPED,
        "needs_person_since": None if way.to else now,
    }
    new: UUID | None = (await session.exec(_ONCE, params=row)).scalar_one_or_none()
    if new is None:
        return await _said_before(session, row)
    if way.to is None:
        session.add(MessageStep(message_id=new, state=DeliveryState.DROPPED, at=now, actor=by.audit_name, why=way.why))
        return new
    leaves = courtesy.may_leave_at(now, way.to.channel, urgent=priority <= URGENT, answers=answers)
    await plan(session, DELIVER, key=f"deliver:{new}", run_at=leaves, priority=priority, message_id=new)
    return new


async def _said_before(session: Session, row: Mapping[str, object]) -> UUID:
    found = select(Message.id).where(*(col(getattr(Message, name)) == row[name] for name in UNIQUE))
    return (await session.exec(found)).one()


def _said(template: str, to: Recipient, words: Mapping[str, Word], wishes: Wishes) -> dict[str, Any]:
    """The columns of where it goes and what it says."""
    rendered = render(template, to.channel, words, wishes.language, easy_read=wishes.easy_read)
    return {
        "recipient": keys().fingerprint(FOUND_BY[to.channel], to.address),
        "channel": to.channel,
        "address": to.address,
        "subject_line": rendered.subject_line,
        "body": rendered.body,
        "language": rendered.language,
        "large_print": wishes.large_print,
    }


def _spare(template: str, to: Recipient, words: Mapping[str, Word], wishes: Wishes) -> dict[str, str] | None:
    """The first alternative that is wanted, with its words, as `dispatch.write_copy` takes them."""
    wanted = (other for other in to.alternatives if courtesy.way_to(other, wishes).to)
    if (other := next(wanted, None)) is None:
        return None
    said = _said(template, other, words, wishes)
    return {name: str(said[name]) for name in ("channel", "address", "subject_line", "body", "language")}


async def drop_waiting(
    session: Session,
    actor: Actor,
    purpose: str,
    subject_id: UUID,
    why: str,
    now: datetime,
    *,
    to: Callable[[Recipient], bool] = lambda _: True,
) -> int:
    """What was said about this and has not left stays here, where `to` holds for its recipient; how many that is. `why`
    is a kind (`presenters.WHY_NOT`), and nobody has to see to it."""
    waiting = select(Message).where(
        Message.subject_id == subject_id, Message.purpose == purpose, Message.state == DeliveryState.WAITING
    )
    rows = (await session.exec(waiting.order_by(col(Message.id)).with_for_update())).all()
    dropped = [row for row in rows if to(Recipient(row.channel, row.address))]
    for row in dropped:
        row.state, row.held_at = DeliveryState.DROPPED, None
        session.add(
            MessageStep(message_id=row.id, state=DeliveryState.DROPPED, at=now, actor=actor.audit_name, why=why)
        )
    return len(dropped)


def note_list_seen(session: Session, actor: Actor, subject_id: UUID, now: datetime) -> None:
    """Puts on the audit trail that somebody saw what was sent about a record, and who must not be told."""
    audit.record(session, actor, "message.listed", "messages", subject_id, now, about=str(subject_id))


def note_wishes_seen(session: Session, actor: Actor, found: MessageView, now: datetime) -> None:
    """The same for the page of what a family wants, which says who must not be told, too."""
    audit.record(session, actor, "message.wishes-seen", "message", found.id, now, about=str(found.subject_id))


async def read_message(session: Session, actor: Actor, message_id: UUID, now: datetime) -> MessageView:
    """One message with its words, with the reading on the audit trail. NotFound."""
    found = await queries.message(session, message_id)
    audit.record(session, actor, "message.read", "message", found.id, now, about=str(found.subject_id))
    return found
