"""Messages as staff read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from core.domain.calendar import spoken_instant
from core.domain.nhs import show_phone
from notifications import barred
from notifications.forms import WISH_WORDS
from notifications.rules import masked, without_keys
from notifications.wording import Paragraph, direction, paragraphs
from notifications.words import (
    LANGUAGES,
    Channel,
    DeliveryState,
    MessageLine,
    MessageView,
    Rendered,
    StepView,
    Switch,
    Wishes,
)

NOBODY: Mapping[str, str] = MappingProxyType({})

CHANNEL: Mapping[Channel, str] = {Channel.EMAIL: "Email", Channel.TEXT: "Text", Channel.LETTER: "Letter"}
STATE: Mapping[DeliveryState, tuple[str, str]] = {
    DeliveryState.WAITING: ("Waiting", "nhsuk-tag--grey"),
    DeliveryState.SENDING: ("Sending", "nhsuk-tag--blue"),
    DeliveryState.SENT: ("Sent", "nhsuk-tag--green"),
    DeliveryState.DELIVERED: ("Delivered", "nhsuk-tag--green"),
    DeliveryState.FAILED: ("Not delivered", "nhsuk-tag--red"),
    DeliveryState.UNKNOWN: ("Not known", "nhsuk-tag--orange"),
    DeliveryState.DROPPED: ("Not sent", "nhsuk-tag--grey"),
}


# Why a message was not sent at all (`courtesy.Way.why`), as staff read it.
WHY_NOT: Mapping[str, str] = {
    "must not be contacted": "Must not be contacted",
    barred.WHY: "Must not be told about this child",
    "wants no texts": "Wants no texts, and we have no other address",
    "no longer of use": "There was nothing left to come back to",
    "dropped": "A colleague decided that it is not sent",
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
    waits_since: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """One message with its exact words. `rows` are what is known about it, in order."""

    heading: str
    rows: list[dict[str, Any]]
    subject_line: str
    body: str
    steps: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """A purpose and its switch, as staff read them."""

    purpose: str
    name: str
    tag: dict[str, str]
    is_stopped: bool
    since: str
    by: str
    why: str
    held: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A template by one channel; an email as paragraphs, as it looks, everything else in lines."""

    channel: str
    subject_line: str
    body: str
    paragraphs: list[Paragraph]
    language: str
    direction: str


def preview_of(channel: Channel, words: Rendered) -> Preview:
    looks = paragraphs(words.body) if channel is Channel.EMAIL else []
    way = direction(words.language)
    return Preview(CHANNEL[channel], words.subject_line, words.body, looks, words.language, way)


def language_choices(chosen: str) -> list[dict[str, Any]]:
    """Items of a select."""
    return [{"value": code, "text": one.english, "selected": code == chosen} for code, one in LANGUAGES.items()]


def line_of(message: MessageLine) -> Line:
    return Line(
        id=message.id,
        purpose=purpose_words(message.purpose),
        channel=CHANNEL[message.channel],
        to=masked(message.channel, message.address),
        tag=tag_of(message.state, is_held=message.is_held),
        created=spoken_instant(message.created_at),
        waits_since=spoken_instant(message.needs_person_since) if message.needs_person_since else "",
        why_not=WHY_NOT.get(message.why_not, "Could not be delivered, or we cannot tell"),
    )


def whole_of(
    message: MessageView,
    steps: Sequence[StepView] = (),
    names: Mapping[str, str] = NOBODY,
    *,
    with_keys: bool = False,
) -> Whole:
    """`names` are those of staff, by how the audit trail names them. What opens a colleague's account is only shown
    `with_keys`: in the demo, where no message arrives anywhere else."""
    facts = {
        "How": CHANNEL[message.channel],
        "To": shown_address(message.channel, message.address),
        "Written": spoken_instant(message.created_at),
        "Sent": spoken_instant(message.sent_at) if message.sent_at else "Not yet",
        "Sent by": who(message.said_by, names),
    }
    facts |= {"Reason": message.why} if message.why else {}
    rows = [{"key": name, "value": value} for name, value in facts.items()]
    told = [_step_line(step, names) for step in steps]
    subject, body = message.subject_line, message.body
    if not with_keys:
        subject, body = without_keys(subject), without_keys(body)
    return Whole(purpose_words(message.purpose), rows, subject, body, told)


def why_not_sent(steps: Sequence[StepView]) -> str:
    """Why it was never sent, in words; nothing when it was, or still may be."""
    last = steps[-1] if steps else None
    return WHY_NOT.get(last.why, "") if last and last.state is DeliveryState.DROPPED else ""


def _step_line(step: StepView, names: Mapping[str, str]) -> dict[str, str]:
    words, _ = STATE[step.state]
    return {"at": spoken_instant(step.at), "state": words, "by": who(step.actor, names), "why": step.why}


def wishes_words(wishes: Wishes | None) -> str:
    """What somebody asked for, in a line; nothing when nobody asked for anything."""
    if wishes is None:
        return ""
    asked = [words for name, (words, _) in WISH_WORDS.items() if getattr(wishes, name)]
    return ", ".join([LANGUAGES[wishes.language].english, *(words[0].lower() + words[1:] for words in asked)])


def follows_words(later: MessageView) -> str:
    """How a later message hangs together with this one."""
    how = CHANNEL[later.channel].lower()
    return f"{'Sent again' if later.why else 'Sent another way'} by {how} on {spoken_instant(later.created_at)}"


def who(audit_name: str, names: Mapping[str, str]) -> str:
    """A colleague by name; everything else is the service."""
    return names.get(audit_name, "A colleague" if audit_name.startswith("staff:") else "The service")


def switch_line(switch: Switch, names: Mapping[str, str]) -> SwitchLine:
    stopped = switch.stopped_at is not None
    text, colour = ("Stopped", "nhsuk-tag--red") if stopped else ("On", "nhsuk-tag--green")
    return SwitchLine(
        purpose=switch.purpose,
        name=purpose_words(switch.purpose),
        tag={"text": text, "classes": colour},
        is_stopped=stopped,
        since=spoken_instant(switch.stopped_at) if switch.stopped_at else "",
        by=who(switch.stopped_by, names) if stopped else "",
        why=switch.why,
        held=switch.held,
    )


def purpose_words(purpose: str) -> str:
    """>>> purpose_words("booking-confirmed")
    'Booking confirmed'"""
    return purpose.replace("-", " ").capitalize()


def shown_address(channel: Channel, address: str) -> str:
    return show_phone(address) if channel is Channel.TEXT else address


def tag_of(state: DeliveryState, *, is_held: bool = False) -> dict[str, str]:
    """Parameters of the tag component."""
    words, colour = ("Stopped", "nhsuk-tag--red") if is_held else STATE[state]
    return {"text": words, "classes": colour}


def choices(known: Mapping[str, str], chosen: str) -> list[dict[str, Any]]:
    """Items of a select that begins with "All"."""
    items: list[dict[str, Any]] = [{"value": "", "text": "All"}]
    return items + [{"value": value, "text": words, "selected": value == chosen} for value, words in known.items()]
