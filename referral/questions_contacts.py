"""The adults around a child, how each may be reached, and who must not be."""

from dataclasses import replace

from core.web.questions import Answers, Kind, Option, Question, is_one_of
from referral.questions_asking import (
    FAMILIES,
    NONE,
    PARENTS,
    Page,
    boxes,
    choice,
    line,
    passage,
)
from referral.words import PROFESSIONALS, Responsibility

SECTION = "Contacts"
OTHERS = (2, 3, 4)

_RESPONSIBILITY = choice(
    "responsibility",
    "Do you have parental responsibility?",
    "Select yes, no or not sure",
    Option(Responsibility.YES, "Yes"),
    Option(Responsibility.NO, "No"),
    Option(Responsibility.UNSURE, "I am not sure"),
    hint="This is the legal right to decide about a child. Mothers have it from birth. Step-parents, grandparents and "
    "foster carers often do not.",
    short="Parental responsibility",
)
_LIVES_WITH = choice("lives_with", "Does the child live with you?", "Select yes if the child lives with you",
                     Option("yes", "Yes"), Option("part", "Some of the time"), Option("no", "No"),
                     short="Lives with them")  # fmt: skip
_ADULT = (
    line("adult_name", "Your full name", "Enter your full name", longest=100, autocomplete="name",
         short="Parent or carer"),
    line("relationship", "How you are related to the child", "Enter how you are related to the child", longest=80,
         hint="For example, mother or foster carer", width="20", short="Relationship to the child"),
    _RESPONSIBILITY,
    _LIVES_WITH,
)  # fmt: skip
_THEIR_ADULT = (
    replace(_ADULT[0], label="Full name", missing="Enter the parent or carer’s full name", autocomplete=""),
    replace(_ADULT[1], label="How they are related to the child", missing="Enter how they are related to the child"),
    replace(_RESPONSIBILITY, label="Do they have parental responsibility?"),
    replace(_LIVES_WITH, label="Does the child live with them?", missing="Select yes if the child lives with them"),
)

_CONTACT = (
    Question("phone", Kind.PHONE, "Phone number", missing="Enter a phone number", short="Phone number"),
    choice("safe", "Is it safe to leave a message or send a text to this number?",
           "Select yes if it is safe to leave a message", short="Safe to leave a message",
           hint="Other people may hear or read it. We never say why we call."),
    choice("safe_letter", "Is it safe to send a letter to the home address?",
           "Select yes if it is safe to send a letter", short="Safe to send a letter"),
    Question("updates", Kind.CHECKBOXES, "How may we send news about this referral?",
             missing="Select how we may send news", short="News by",
             options=(Option("email", "Email", reveals="email"),
                      Option("text", "Text message", hint="To the number above, if it is a mobile"),
                      Option(NONE, "Neither: call or write a letter", alone=True, after_or=True))),
    Question("email", Kind.EMAIL, "Email address", missing="Enter an email address", longest=320,
             when=is_one_of("updates", "email")),
    line("best_times", "Best times to call", hint="For example, after 4pm, or not on Tuesdays."),
)  # fmt: skip
UPDATES = next(question for question in _CONTACT if question.id == "updates")


def _is_another(number: int) -> Question:
    return choice(
        f"another{number}",
        "Is there another adult we should know about?",
        "Select yes if there is another adult",
        hint="For example, the other parent or a grandparent who brings the child. You can go on without.",
        short="Another adult",
    )


def _other(number: int) -> Page:
    """One more adult; the last is not followed by another."""
    key, before = f"adult{number}_", f"another{number - 1}"
    asked = (
        line(f"{key}name", "Full name", "Enter their full name", longest=100, short=f"Adult {number}"),
        line(f"{key}relationship", "How they are related to the child", "Enter how they are related to the child",
             longest=80, width="20", short=f"Adult {number}: relationship"),
        replace(_RESPONSIBILITY, id=f"{key}responsibility", label="Do they have parental responsibility?", hint="",
                short=f"Adult {number}: parental responsibility"),
        choice(f"{key}may", "May we contact them about this referral?", "Select yes if we may contact them",
               short=f"Adult {number}: we may contact them"),
        Question(f"{key}phone", Kind.PHONE, "Phone number", short=f"Adult {number}: phone"),
        Question(f"{key}email", Kind.EMAIL, "Email address", longest=320, short=f"Adult {number}: email"),
        line(f"{key}address", "Address, if they do not live with the child", short=f"Adult {number}: address"),
    )  # fmt: skip
    more = (_is_another(number),) if number < max(OTHERS) else ()
    title = {2: "The second adult", 3: "The third adult", 4: "The fourth adult"}[number]
    return Page(f"adult-{number}", SECTION, (*asked, *more), title=title, when=is_one_of(before, "yes"))


NOT_TELL = choice(
    "not_tell",
    "Is there anyone we must not contact, or who must not know where {they} live?",
    "Select yes if there is anyone we must not contact or tell",
    hint="For example, somebody who has hurt you or the child. We keep this on every page that our staff see.",
    short="Somebody must not be contacted or told",
)
_NOT_TOLD = (
    passage("not_tell_who", "Who are they, and what should we know?", "Enter who we must not contact or tell",
            hint="For example, their name, and that they must not know the address.", longest=1000,
            short="Who must not be contacted or told"),
    boxes("not_tell_what", "What must they not have?", "Select what they must not have",
          Option("contact", "Any call, message or letter from us"),
          Option("address", "The address"),
          Option("referral", "That there is a referral"), short="They must not have"),
    Question("not_tell_phone", Kind.PHONE, "Their phone number", short="Their phone, never used",
             hint="If you know it. We make sure that we never use it."),
    Question("not_tell_email", Kind.EMAIL, "Their email address", longest=320, short="Their email, never used",
             hint="If you know it."),
)  # fmt: skip


def _has_told(answers: Answers) -> bool:
    return answers.get("not_tell") == "yes"


PAGES = (
    Page("you", SECTION, _ADULT, title="About you", whom=PARENTS),
    Page("carer", SECTION, _THEIR_ADULT, title="Their parent or carer", whom=PROFESSIONALS),
    Page("contact", SECTION, _CONTACT, title="How can we contact you?", whom=FAMILIES),
    Page("carer-contact", SECTION, _CONTACT, title="How can we contact the parent or carer?", whom=PROFESSIONALS),
    Page("other-adults", SECTION, (_is_another(1),)),
    *(_other(number) for number in OTHERS),
    Page("not-tell", SECTION, (NOT_TELL,)),
    Page("not-told", SECTION, _NOT_TOLD, title="Who must not be contacted or told", when=_has_told),
)
