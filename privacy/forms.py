"""What people may type: a hold, a request, a complaint, and what was decided."""

from datetime import date
from functools import lru_cache

from core.storage.children import ChildKeys, keys_from
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question, is_one_of
from privacy.words import Child, RequestKind, Upheld

_LONGEST = 4000

CONFIRM = Question(
    "confirm",
    Kind.TEXT,
    "How many records will be deleted?",
    hint="Type the number to show that you have read the list. Nothing that is deleted can be brought back",
    missing="Enter the number of records that would be deleted",
    width="5",
)
HOLD = (
    Question(
        "covers",
        Kind.RADIOS,
        "What must be kept?",
        missing="Select what must be kept",
        options=(
            Option("everything", "Everything", hint="For example, a public inquiry"),
            Option("child", "Everything about one child"),
        ),
    ),
    Question("nhs_number", Kind.NHS_NUMBER, "NHS number", when=is_one_of("covers", "child")),
    Question("last", Kind.TEXT, "The child’s last name", when=is_one_of("covers", "child")),
    Question("born", Kind.DATE, "The child’s date of birth", when=is_one_of("covers", "child")),
    Question("why", Kind.LONG_TEXT, "Why it must be kept", missing="Enter why it must be kept", longest=_LONGEST),
    Question("until", Kind.DATE, "The last day of the hold", hint="Leave it blank if nobody knows yet"),
)
WHO_IT_IS_ABOUT = "Enter an NHS number, or the last name and date of birth"

REQUEST = (
    Question(
        "kind",
        Kind.RADIOS,
        "What do they ask for?",
        missing="Select what they ask for",
        options=(
            Option(RequestKind.ACCESS, "A copy of the record"),
            Option(RequestKind.CORRECTION, "Something to be corrected"),
            Option(RequestKind.RESTRICTION, "That we only store it for now"),
        ),
    ),
    Question("child_first", Kind.TEXT, "The child’s first name", missing="Enter the child’s first name"),
    Question("last", Kind.TEXT, "The child’s last name", missing="Enter the child’s last name"),
    Question("born", Kind.DATE, "The child’s date of birth", missing="Enter the child’s date of birth"),
    Question("nhs_number", Kind.NHS_NUMBER, "NHS number"),
    Question("asker_name", Kind.TEXT, "Who asks", missing="Enter who asks"),
    Question("asker_is", Kind.TEXT, "Who they are to the child", missing="Enter who they are to the child"),
    Question("asker_contact", Kind.TEXT, "How to reach them", missing="Enter how to reach them"),
    Question(
        "checked",
        Kind.LONG_TEXT,
        "How we know that they are who they say and may ask",
        hint="For example: parental responsibility seen on the birth certificate",
        missing="Enter how you checked who asks",
        longest=1000,
    ),
    Question("asked", Kind.LONG_TEXT, "What they ask for, in their words", missing="Enter what they ask for",
             longest=_LONGEST),
    Question("received", Kind.DATE, "The day we received it", missing="Enter the day we received it"),
)  # fmt: skip

EXTEND = Question("extend_words", Kind.LONG_TEXT, "Why it is complex", missing="Enter why it is complex", longest=1000)
HOW = Question(
    "how",
    Kind.LONG_TEXT,
    "How you told them that we have their complaint",
    hint="For example: by email, on 3 December",
    missing="Enter how you told them",
    longest=1000,
)
OUTCOME = (
    Question(
        "upheld",
        Kind.RADIOS,
        "Were they right?",
        missing="Select whether they were right",
        options=(
            Option(Upheld.YES, "Yes"),
            Option(Upheld.PARTLY, "In part"),
            Option(Upheld.NO, "No"),
        ),
    ),
    Question(
        "outcome", Kind.LONG_TEXT, "What you told them, and what changes", missing="Enter what you told them",
        longest=_LONGEST,
    ),
)  # fmt: skip
_WORDS_OF_COMPLAINT = Question(
    "complaint",
    Kind.LONG_TEXT,
    "What happened?",
    hint="Do not write what is in a child’s record. Tell us what went wrong with the information",
    missing="Tell us what happened",
    longest=_LONGEST,
    short="What happened",
)
_NAME = Question("name", Kind.TEXT, "Your full name", missing="Enter your full name", autocomplete="name")
_REACH = (
    Question("email", Kind.EMAIL, "Email address"),
    Question("phone", Kind.PHONE, "Phone number"),
    Question("post", Kind.LONG_TEXT, "Postal address", longest=300),
)
REACH_MISSING = "Enter an email address, a phone number or a postal address, so that we can answer you"
COMPLAINT_TOLD = (
    Question("name", Kind.TEXT, "Who complains", missing="Enter who complains"),
    Question("contact", Kind.TEXT, "How to reach them", missing="Enter how to reach them"),
    Question("complaint", Kind.LONG_TEXT, "What they say", missing="Enter what they say", longest=_LONGEST),
    Question("received", Kind.DATE, "The day they told us", missing="Enter the day they told us"),
)


@lru_cache(maxsize=1)
def complaint_journey() -> Journey:
    """The public form: what happened, and how we can answer."""
    by = Question(
        "reach",
        Kind.RADIOS,
        "How can we answer you?",
        missing="Select how we can answer you",
        options=(
            Option("email", "By email"),
            Option("phone", "By phone"),
            Option("post", "By post"),
        ),
        short="How to answer",
    )
    email, phone, post = (
        Question(one.id, one.kind, one.label, missing=f"Enter your {one.label.lower()}", longest=one.longest,
                 when=is_one_of("reach", one.id))
        for one in _REACH
    )  # fmt: skip
    return Journey(
        name="privacy-complaint",
        version="2026-11",
        title="Complain about how we use your information",
        steps=(
            Step("what", (_WORDS_OF_COMPLAINT,), note="components/emergency.html"),
            Step("name", (_NAME,)),
            Step("reach", (by,)),
            Step("email", (email,), when=is_one_of("reach", "email")),
            Step("phone", (phone,), when=is_one_of("reach", "phone")),
            Step("post", (post,), when=is_one_of("reach", "post")),
        ),
    )


def complainer(answers: Answers) -> dict[str, str]:
    """Who complains and how to answer them, as stored."""
    reach = str(answers["reach"])
    return {"name": str(answers["name"]), "by": reach, "contact": str(answers[reach])}


def child_keys(answers: Answers) -> ChildKeys:
    """What finds the child that was typed; empty when it was not enough."""
    born = str(answers.get("born", ""))
    last = str(answers.get("last", ""))
    return keys_from(str(answers.get("nhs_number", "")), last, date.fromisoformat(born) if born else None)


def child_of(answers: Answers) -> Child:
    born = str(answers.get("born", ""))
    return Child(
        first=str(answers.get("child_first", "")),
        last=str(answers.get("last", "")),
        born=date.fromisoformat(born) if born else None,
        nhs_number=str(answers.get("nhs_number", "")) or None,
    )


def asker_of(answers: Answers) -> dict[str, str]:
    return {name: str(answers[f"asker_{name}"]) for name in ("name", "is", "contact")} | {
        "checked": str(answers["checked"])
    }


def day_of(answers: Answers, name: str) -> date | None:
    """A date that was typed, or nothing."""
    typed = str(answers.get(name, ""))
    return date.fromisoformat(typed) if typed else None


def step_words(act: str, label: str) -> Question:
    """The reason a step is not taken without; each step's has an id of its own, since they share a page."""
    return Question(f"{act}_words", Kind.LONG_TEXT, label, missing=f"Enter {label[0].lower()}{label[1:]}", longest=2000)
