"""Messages to people, for the rest of the house.

>>> await send_message(
...     session, template="booking-confirmed", to=Recipient(Channel.EMAIL, address), purpose="booking-confirmed",
...     subject_id=booking.id, occasion="1", words={"reference": booking.reference, "manage_link": link},
...     child=keys_of(named=booking.child_key), now=now,
... )
"""

from datetime import datetime

from accounts.api import Need
from core.domain.identity import Actor, Right
from core.storage.session import Session
from notifications import phrases, queries
from notifications.auditing import audit_checks
from notifications.barred import NO_CHILD, may_reach, without_barred
from notifications.queries import messages_about
from notifications.reach import LOST, message_is, not_reached, states_of
from notifications.rules import WordsDoNotFit
from notifications.service import drop_waiting, send_message
from notifications.wishes import set_wishes
from notifications.words import LANGUAGES, Channel, DeliveryState, MessageView, Phrase, Recipient, Wishes, Word


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """Messages that reached nobody, for who sees to them."""
    if not actor.may(Right.RUN_MESSAGES):
        return []
    count = await queries.count_undelivered(session)
    label = "message that reached nobody" if count == 1 else "messages that reached nobody"
    return [Need(label, count, "/staff/messages/undelivered")] if count else []


__all__ = [
    "LANGUAGES",
    "LOST",
    "NO_CHILD",
    "Channel",
    "DeliveryState",
    "MessageView",
    "Phrase",
    "Recipient",
    "Wishes",
    "Word",
    "WordsDoNotFit",
    "audit_checks",
    "drop_waiting",
    "may_reach",
    "message_is",
    "messages_about",
    "needs_me",
    "not_reached",
    "phrases",
    "send_message",
    "set_wishes",
    "states_of",
    "without_barred",
]
