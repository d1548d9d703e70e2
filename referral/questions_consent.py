"""Who agrees to what. Each answer is kept as a consent of its own, in the words of its question. That somebody agrees
is not why we may use their information: that is our task (UK GDPR articles 6(1)(e) and 9(2)(h))."""

from dataclasses import replace

from core.web.questions import Answers, Kind, Option, Question, is_one_of
from referral.questions_asking import FAMILIES, PARENTS, YOUNG_PEOPLE, Page, choice
from referral.words import PROFESSIONALS, Agreement, ConsentKind

SECTION = "Your agreement"

AGREE = Question(
    "agree",
    Kind.CHECKBOXES,
    "Do you agree to this referral?",
    hint="You can change your mind at any time by calling us. It does not affect other care.",
    missing="Tick the box if you agree to this referral",
    options=(Option("yes", "I agree to this referral and that therapists read what I have written"),),
)


def _has_school(answers: Answers) -> bool:
    return bool(answers.get("school"))


SHARE_SCHOOL = choice(
    "share_school",
    "May we talk with the nursery, school or college about this referral?",
    "Select yes if we may talk with the nursery, school or college",
    short="We may talk with the nursery, school or college",
    when=_has_school,
)
SHARE_OTHERS = choice(
    "share_others",
    "May we talk with other professionals who know {them}?",
    "Select yes if we may talk with other professionals",
    hint="For example, the GP, a children’s doctor or a hearing clinic.",
    short="We may talk with other professionals",
)
TELL_PARENTS = choice(
    "tell_parents",
    "May we talk with your parents or carers about this referral?",
    "Select yes if we may talk with your parents or carers",
    hint="We always talk with you first.",
    short="We may talk with your parents or carers",
)
RECORDING = choice("may_record", "May a therapist make a video or sound recording, to help {them}?", "",
                   hint="We ask again each time.", short="Video or sound recordings")  # fmt: skip
OBSERVER = choice("may_observe", "May a student or colleague be there to learn?", "", short="Students may be there")
FEEDBACK = choice("may_quote", "May we use what you tell us to make the service better?", "",
                  hint="Without names.", short="Feedback may be used")  # fmt: skip

_SHARING = (SHARE_SCHOOL, SHARE_OTHERS)
_LATER = (RECORDING, OBSERVER, FEEDBACK)


def _as_told(question: Question) -> Question:
    """The same, asked of a professional who has talked with the family."""
    return replace(question, label=question.label.replace("May ", "Do they agree: may ", 1))


PAGES = (
    Page("your-agreement", SECTION, (AGREE, *_SHARING), title=SECTION, whom=PARENTS),
    Page("you-agree", SECTION, (AGREE, *_SHARING, TELL_PARENTS), title=SECTION, whom=YOUNG_PEOPLE),
    Page("they-agree", SECTION, tuple(_as_told(question) for question in _SHARING), title="What the family agreed to",
         whom=PROFESSIONALS, when=is_one_of("agreed", Agreement.YES)),
    Page("later", SECTION, _LATER, title="Later, at appointments", whom=FAMILIES),
)  # fmt: skip

# Which answer is a yes to what.
CONSENTS: tuple[tuple[ConsentKind, str, str], ...] = (
    (ConsentKind.REFERRAL, "agree", "yes"),
    (ConsentKind.REFERRAL, "agreed", Agreement.YES),
    (ConsentKind.SCHOOL, "share_school", "yes"),
    (ConsentKind.PROFESSIONALS, "share_others", "yes"),
    (ConsentKind.PARENTS, "tell_parents", "yes"),
    (ConsentKind.RECORDING, "may_record", "yes"),
    (ConsentKind.OBSERVER, "may_observe", "yes"),
    (ConsentKind.FEEDBACK, "may_quote", "yes"),
)
