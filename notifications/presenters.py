"""Messages as staff read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.domain.calendar import spoken_instant
from core.domain.nhs import show_phone
from notifications.rules import masked
from notifications.words import Channel, DeliveryState, MessageLine, MessageView

CHANNEL: Mapping[Channel, str] = {Channel.EMAIL: "Email", Channel.TEXT: "Text", Channel.LETTER: "Letter"}
STATE: Mapping[DeliveryState, tuple[str, str]] = {
    DeliveryState.WAITING: ("Waiting", "nhsuk-tag--grey"),
    DeliveryState.SENDING: ("Sending", "nhsuk-tag--blue"),
    DeliveryState.SENT: ("Sent", "nhsuk-tag--green"),
    DeliveryState.FAILED: ("Not delivered", "nhsuk-tag--red"),
    DeliveryState.UNKNOWN: ("Not known", "nhsuk-tag--orange"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list of messages."""

    id: UUID
    purpose: str
    channel: str
    to: str
    tag: dict[str, str]
    created: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One message with its exact words. `rows` are what is known about it, in order."""

    heading: str
    rows: list[dict[str, Any]]
    subject_line: str
    body: str


def line_of(message: MessageLine) -> Line:
    return Line(
        id=message.id,
        purpose=purpose_words(message.purpose),
        channel=CHANNEL[message.channel],
        to=masked(message.channel, message.address),
        tag=tag_of(message.state),
        created=spoken_instant(message.created_at),
    )


def whole_of(message: MessageView) -> Whole:
    facts = {
        "How": CHANNEL[message.channel],
        "To": shown_address(message.channel, message.address),
        "Written": spoken_instant(message.created_at),
        "Sent": spoken_instant(message.sent_at) if message.sent_at else "Not yet",
    }
    rows = [{"key": name, "value": value} for name, value in facts.items()]
    return Whole(purpose_words(message.purpose), rows, message.subject_line, message.body)


def purpose_words(purpose: str) -> str:
    """>>> purpose_words("booking-confirmed")
    'Booking confirmed'"""
    return purpose.replace("-", " ").capitalize()


def shown_address(channel: Channel, address: str) -> str:
    return show_phone(address) if channel is Channel.TEXT else address


def tag_of(state: DeliveryState) -> dict[str, str]:
    """Parameters of the tag component."""
    words, colour = STATE[state]
    return {"text": words, "classes": colour}


def choices(known: Mapping[str, str], chosen: str) -> list[dict[str, Any]]:
    """Items of a select that begins with "All"."""
    items: list[dict[str, Any]] = [{"value": "", "text": "All"}]
    return items + [{"value": value, "text": words, "selected": value == chosen} for value, words in known.items()]
