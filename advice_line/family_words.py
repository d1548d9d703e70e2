"""A message as the family reads it on its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from advice_line.models import AdviceCall, AdviceMessage
from advice_line.rules import short_day
from advice_line.words import Outcome, Reason, State
from core.domain.calendar import spoken_time
from core.domain.clock import london_day
from core.domain.nhs import show_phone
from core.domain.profile import Profile


@dataclass(frozen=True, slots=True)
class Status:
    """How a message stands, in plain words. `may_change` shows the ways to correct or withdraw it."""

    tag: dict[str, str]
    words: str
    next: str
    may_change: bool


def caller_words(message: AdviceMessage, profile: Profile) -> str:
    """Who will call: "A speech and language therapist"."""
    if message.discipline is None:
        return "A therapist"
    therapist = profile.disciplines[message.discipline].therapist
    return f"{'An' if therapist[0] in 'aeiou' else 'A'} {therapist}"


def promise_words(message: AdviceMessage, profile: Profile) -> str:
    """The promise with its computed day."""
    return f"{caller_words(message, profile)} will call you by the end of {short_day(message.due_on)}."


def status(message: AdviceMessage, calls: Sequence[AdviceCall], profile: Profile, now: datetime) -> Status:
    """What a family may know: never who has the message, nor what was written about it."""
    match message.state:
        case State.NEW:
            return _waiting(message, profile, now)
        case State.TRIED:
            return Status(_tag("We tried to call you", "yellow"), _tried(calls), _again(message, profile), True)
        case State.CALL_AGAIN:
            return Status(_tag("We will call again", "blue"), _spoke(calls), _again(message, profile), True)
        case State.REVIEW:
            return _set_aside(message, calls, profile)
        case State.WITHDRAWN:
            words = "You told us that you no longer need a call."
            return Status(_tag("Withdrawn", "grey"), words, "You can leave a new message at any time.", False)
    return _closed(calls)


def _waiting(message: AdviceMessage, profile: Profile, now: datetime) -> Status:
    late = "" if message.due_at >= now else "We are later than we said. We are sorry, and we have not forgotten you. "
    promised = promise_words(message, profile) if not late else "A therapist will call you as soon as they can."
    if message.owner_id:
        return Status(_tag("With a therapist", "blue"), late + "A therapist has your message.", promised, True)
    return Status(_tag("Waiting", "white"), late + "Your message is safe with us.", promised, True)


def _set_aside(message: AdviceMessage, calls: Sequence[AdviceCall], profile: Profile) -> Status:
    if message.exception_reason is Reason.WRONG_NUMBER:
        words = f"We called {show_phone(message.caller['phone'])} and it seems to be the wrong number."
        return Status(_tag("We cannot reach you", "orange"), words, "Please correct your phone number below.", True)
    following = f"Please check your phone number below, or call us on {profile.phone}."
    return Status(_tag("We tried to call you", "orange"), _tried(calls), following, True)


def _closed(calls: Sequence[AdviceCall]) -> Status:
    spoke = [call for call in calls if call.outcome is Outcome.REACHED]
    following = "You can leave a new message at any time."
    if not spoke:
        return Status(_tag("Closed", "grey"), "We could not reach you and have closed this message.", following, False)
    day = london_day(spoke[-1].at)
    return Status(_tag("We called you", "green"), f"A therapist spoke with you on {short_day(day)}.", following, False)


def _tried(calls: Sequence[AdviceCall]) -> str:
    tries = [call for call in calls if call.outcome is Outcome.NO_ANSWER]
    if not tries:
        return "We have not reached you yet."
    times = [f"{short_day(london_day(call.at))} at {spoken_time(call.at)}" for call in tries]
    return f"We called on {' and on '.join(times)}, and could not reach you."


def _spoke(calls: Sequence[AdviceCall]) -> str:
    if not calls:
        return ""
    return f"We spoke with you on {short_day(london_day(calls[-1].at))}."


def _again(message: AdviceMessage, profile: Profile) -> str:
    day = london_day(message.next_action_at or message.due_at)
    return f"{caller_words(message, profile)} will call you on {short_day(day)}."


def _tag(text: str, colour: str) -> dict[str, str]:
    return {"text": text, "classes": f"nhsuk-tag--{colour}"}
