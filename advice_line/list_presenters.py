"""A row of the list of calls, as a therapist reads it while planning the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.api import StaffView
from advice_line.models import AdviceMessage
from advice_line.presenters import Tag, child_name, due_words, name_of, tags, therapy, times_words, why_words
from advice_line.queries import Line
from advice_line.questions import TOPIC, language_name
from advice_line.rules import part_of, parts_of
from core.domain.guard import NO_GUARD, Guard
from core.domain.profile import Profile


@dataclass(frozen=True, slots=True)
class CallLine:
    """A row of the list. `calling` names a colleague who is on the phone; `is_later` says that its time has not come;
    `not_times` is when not to call, and `not_told` what must be kept from somebody, both in the words of whoever left
    the message; `guard` what any record of the child says of it."""

    id: UUID
    reference: str
    name: str
    child: str
    about: str
    tags: list[Tag]
    due: str
    times: str
    not_times: str
    is_good_now: bool
    is_later: bool
    owner: str
    calling: str
    why: str
    speaks: str
    may_leave_word: bool
    not_told: str
    guard: Guard
    others: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands around the messages of a list: names of colleagues, how many messages each is linked with, which
    were spoken (whether somebody has written down what was said), and about whose child somebody must not be told."""

    names: Mapping[UUID, StaffView]
    linked: Mapping[UUID, int]
    spoken: Mapping[UUID, bool]
    guards: Mapping[UUID, Guard]


def call_lines(lines: Sequence[Line], beside: Beside, profile: Profile, now: datetime) -> list[CallLine]:
    """The rows, in the order of the list."""
    return [_call_line(line, beside, profile, now) for line in lines]


def _call_line(line: Line, beside: Beside, profile: Profile, now: datetime) -> CallLine:
    message = line.message
    return CallLine(
        id=message.id,
        reference=message.reference,
        name=message.caller["name"],
        child=child_name(message),
        about=f"{therapy(message, profile)}: {TOPIC.label_of(message.topic)}",
        tags=[*tags(line, now), *_spoken(beside.spoken.get(message.id))],
        due=due_words(message, now),
        times=times_words(message),
        not_times=message.not_times or "",
        is_good_now=bool(message.good_times) and part_of(now) in parts_of(message.good_times),
        is_later=message.call_from > now,
        owner=name_of(message.owner_id, beside.names),
        calling=name_of(line.calling_by, beside.names),
        why=why_words(message, line.why),
        speaks=speaks_words(message),
        may_leave_word=message.safe_to_leave_message,
        not_told=message.not_told or "",
        guard=beside.guards.get(message.id, NO_GUARD),
        others=beside.linked.get(message.id, 0),
    )


def _spoken(written: bool | None) -> list[Tag]:
    if written is None:
        return []
    return [{"text": "Spoken" if written else "Spoken: listen", "classes": "nhsuk-tag--aqua-green"}]


def speaks_words(message: AdviceMessage) -> str:
    """In which language to call, and whether an interpreter may help; nothing for English."""
    if not message.language:
        return ""
    how = "interpreter" if message.interpreter_ok else "no interpreter wanted"
    return f"{language_name(message.language)}: {how}"
