"""What people may type on the advice line: the journey of a message."""

from datetime import date
from functools import lru_cache

from advice_line.questions import (
    ANY,
    CALL_NEEDS,
    CHILD,
    CONTACT,
    ENGLISH,
    INTERPRETER,
    KNOWN,
    LANGUAGE,
    MESSAGE,
    MORE,
    NONE,
    NOT_SURE,
    NOT_TOLD,
    SAFE,
    SIGNS,
    TIMES,
    TOPIC,
    VOICE,
    WHO,
    therapy_question,
)
from advice_line.voice_words import from_answer
from advice_line.words import Caller, Child, Known, Left, Part, Sign, Topic
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.journey import Journey, Step
from core.web.questions import Answers, Value, is_one_of

_VERSION = "2026-11"


def journey_for(profile: Profile) -> Journey:
    """The questions of a message, with this service's therapies."""
    return _journey(tuple((discipline, words.name) for discipline, words in profile.disciplines.items()))


@lru_cache(maxsize=16)
def _journey(therapies: tuple[tuple[Discipline, str], ...]) -> Journey:
    emergency = "components/emergency.html"
    return Journey(
        name="advice",
        version=_VERSION,
        title="Leave a message",
        steps=(
            Step("who", (WHO,)),
            Step("therapy", (therapy_question(therapies),)),
            Step("signs", (SIGNS,), note=emergency),
            Step("about", (TOPIC,)),
            Step("message", (VOICE, MESSAGE, MORE), title="Your message", note=emergency),
            Step("known", (KNOWN,)),
            Step("child", CHILD, title="Who is your message about?", when=is_one_of("known", "yes", "unsure")),
            Step("contact", CONTACT, title="How can we reach you?"),
            Step("times", TIMES, title="Good times to call"),
            Step("language", (LANGUAGE, CALL_NEEDS), title="Speaking with you"),
            Step("interpreter", (INTERPRETER,), when=_is_not_english),
            Step("safe", (SAFE, NOT_TOLD), title="Keeping your message private"),
        ),
    )


def _is_not_english(answers: Answers) -> bool:
    return answers.get("language", ENGLISH) != ENGLISH


def left_from(answers: Answers) -> Left:
    """The message these complete answers of the journey make."""
    language = str(answers["language"])
    is_english = language == ENGLISH
    therapy = str(answers["therapy"])
    return Left(
        caller=Caller(str(answers["who"])),
        name=str(answers["name"]),
        phone=str(answers["phone"]),
        email=_or_none(answers, "email"),
        topic=Topic(str(answers["topic"])),
        text=str(answers.get("message", "")),
        discipline=None if therapy == NOT_SURE else Discipline(therapy),
        signs=frozenset(map(Sign, _ticked(answers["signs"], NONE))),
        child=_child(answers),
        postcode=_or_none(answers, "postcode"),
        good_times=frozenset(map(Part, _ticked(answers["good_times"], ANY))),
        not_times=_or_none(answers, "not_times"),
        language=None if is_english else language,
        interpreter_ok=is_english or answers.get("interpreter") != "no",
        safe_to_leave_message=answers["safe"] == "yes",
        role=_or_none(answers, "role"),
        known=Known(str(answers["known"])),
        call_needs=_or_none(answers, "call_needs"),
        not_told=_or_none(answers, "not_told"),
        voice=from_answer(str(answers["voice"])) if "voice" in answers else None,
    )


def _child(answers: Answers) -> Child | None:
    if "child_first" not in answers:
        return None
    born = date.fromisoformat(str(answers["child_born"]))
    return Child(str(answers["child_first"]), str(answers["child_last"]), born)


def _or_none(answers: Answers, name: str) -> str | None:
    return str(answers[name]) if name in answers else None


def _ticked(value: Value, other_than: str) -> list[str]:
    return [one for one in ([value] if isinstance(value, str) else value) if one != other_than]
