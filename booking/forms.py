"""What families are asked when they book, and what is said when an answer cannot be used."""

from dataclasses import replace

from booking import on_behalf
from booking.addresses import mark, read_day, read_id, read_mark, wanted
from booking.on_behalf import ON_BEHALF, both, for_parent, for_self, mobile
from booking.words import Attendee, ContactBy
from core.domain import nhs
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question, is_one_of

MOST_OTHERS = 9
_LONGEST_NAME = 70


def _names(typed: str) -> str:
    names = [line.strip() for line in typed.splitlines() if line.strip()]
    if len(names) > MOST_OTHERS:
        raise ValueError(f"Enter {MOST_OTHERS} names or fewer. Call us to book for more people")
    if any(len(name) > _LONGEST_NAME for name in names):
        raise ValueError("Write one name on each line, in 70 characters or fewer")
    return "\n".join(names)


KNOWN = Question(
    id="known",
    kind=Kind.RADIOS,
    label="Has your child been seen by this service in the last 12 months?",
    hint="Your answer does not stop you from booking.",
    missing="Select yes, no or not sure",
    options=(Option("yes", "Yes"), Option("no", "No"), Option("not-sure", "I am not sure")),
    short="Seen in the last 12 months",
)

CHILD = (
    Question(
        id="child_first",
        kind=Kind.TEXT,
        label="First name",
        missing="Enter your child’s first name",
        longest=35,
        short="Child’s first name",
        width="20",
    ),
    Question(
        id="child_last",
        kind=Kind.TEXT,
        label="Last name",
        missing="Enter your child’s last name",
        longest=35,
        short="Child’s last name",
        width="20",
    ),
    Question(
        id="child_born",
        kind=Kind.DATE_OF_BIRTH,
        label="Date of birth",
        hint="For example, 27 3 2021",
        missing="Enter your child’s date of birth",
        short="Child’s date of birth",
    ),
)

NAME = Question(
    id="contact_name",
    kind=Kind.TEXT,
    label="What is your name?",
    missing="Enter your name",
    longest=70,
    autocomplete="name",
    short="Your name",
)

ROLE = Question(
    id="role",
    kind=Kind.RADIOS,
    label="Which of these best describes you?",
    missing="Select what best describes you",
    options=(
        Option("parent", "Parent or carer"),
        Option("school", "I work in a school, nursery or college"),
        Option("other", "I work with children somewhere else"),
    ),
    short="You are",
)

# A page each, not revealed beneath the radios: a screen reader is told nothing sensible about a radio that expands.
CONTACT_BY = Question(
    id="contact_by",
    kind=Kind.RADIOS,
    label="How should we send you the details?",
    hint="We send a link to see, move or cancel your booking.",
    missing="Select email or text message",
    options=(Option("email", "Email"), Option("text", "Text message")),
    short="Send details by",
)

EMAIL = Question(
    id="email",
    kind=Kind.EMAIL,
    label="What is your email address?",
    missing="Enter your email address",
    longest=320,
    short="Your email address",
)

MOBILE = Question(
    id="mobile",
    kind=Kind.PHONE,
    label="What is your mobile phone number?",
    missing="Enter your mobile phone number",
    check=mobile,
    short="Your mobile phone number",
)

PHONE = Question(
    id="phone",
    kind=Kind.PHONE,
    label="What phone number can we call if the video does not work?",
    missing="Enter a phone number",
    short="Your phone number",
)

OTHERS = Question(
    id="others",
    kind=Kind.LONG_TEXT,
    label="Is anyone coming with you?",
    hint=f"Write one name on each line, up to {MOST_OTHERS}. We book a place for each of them when you confirm.",
    longest=1000,
    check=_names,
    short="Coming with you",
)

_BY_EMAIL = both(for_self, is_one_of("contact_by", "email"))
_BY_TEXT = both(for_self, is_one_of("contact_by", "text"))
CONTACT_STEPS = (
    Step("contact", (CONTACT_BY,), when=for_self),
    Step("email", (EMAIL,), when=_BY_EMAIL),
    Step("mobile", (MOBILE,), when=_BY_TEXT),
)
ABOUT_YOU = Step("name", (NAME, ON_BEHALF), title="About you")
CHILD_AND_YOU = (
    Step("child", CHILD, title="Who is the appointment for?"),
    ABOUT_YOU,
    *on_behalf.steps(phone=True),
    *CONTACT_STEPS,
    Step("phone", (PHONE,), when=_BY_EMAIL),
)

SCREENING = Journey(
    name="screening",
    version="2",
    title="Book a screening clinic",
    steps=(
        Step("known", (KNOWN,)),
        Step("advice", (), title="You can book this clinic", when=is_one_of("known", "yes"), note="booking/known.html"),
        *CHILD_AND_YOU,
    ),
)

SESSION = Journey(
    name="session-place",
    version="2",
    title="Book a place",
    steps=(
        ABOUT_YOU,
        Step("role", (ROLE,), when=for_self),
        Step("others", (OTHERS,), when=both(for_self, is_one_of("role", "school", "other"))),
        *on_behalf.steps(phone=False),
        *CONTACT_STEPS,
    ),
)

CONTACT_CHANGE = (
    replace(CONTACT_BY, label="How should we write to you?", hint=""),
    replace(EMAIL, label="Your email address, if you chose email", when=is_one_of("contact_by", "email")),
    replace(MOBILE, label="Your mobile phone number, if you chose text", when=is_one_of("contact_by", "text")),
)

REASON = Question(
    id="why",
    kind=Kind.LONG_TEXT,
    label="Why are you cancelling?",
    hint="This helps us plan. Do not write about your child’s health here.",
    longest=500,
)

BORN = Question(
    id="born",
    kind=Kind.DATE_OF_BIRTH,
    label="What is your child’s date of birth?",
    hint="For example, 27 3 2021",
    missing="Enter your child’s date of birth",
    short="Date of birth",
)

REACH = Question(
    id="reach",
    kind=Kind.TEXT,
    label="What email address or mobile phone number did you book with?",
    missing="Enter the email address or mobile phone number you booked with",
    longest=320,
    width="20",
)

NOT_THEM = "This does not match the booking. Check it and try again"


def door_question(asks_child: bool) -> Question:
    """What only the family, or the person who booked, knows."""
    return BORN if asks_child else REACH


def is_reach(typed: str, email: str | None, phone: str | None) -> bool:
    """True when this is the address or number someone booked with, however it is typed."""
    if "@" not in typed:
        try:
            return phone is not None and nhs.parse_phone(typed) == phone
        except ValueError:
            return False
    return email is not None and typed.strip().casefold() == email.casefold()


def attendee(answers: Answers) -> Attendee:
    """Who books, from the answers of either journey."""

    def given(question_id: str) -> str | None:
        value = answers.get(question_id)
        return value if isinstance(value, str) else None

    beside = {name: answers[name] for name in (KNOWN.id, ROLE.id) if name in answers}
    name, by, email, phone = (
        on_behalf.contact(answers)
        if for_parent(answers)
        else (
            given("contact_name") or "",
            ContactBy(given("contact_by") or ContactBy.EMAIL),
            given("email"),
            given("mobile") or given("phone"),
        )
    )
    return Attendee(
        contact_name=name,
        contact_by=by,
        email=email,
        phone=phone,
        child_first=given("child_first"),
        child_last=given("child_last"),
        child_born=given("child_born"),
        answers=beside | (on_behalf.about(answers) if for_parent(answers) else {}),
        others=tuple((given("others") or "").split("\n")) if given("others") else (),
    )


__all__ = ["attendee", "door_question", "is_reach", "mark", "read_day", "read_id", "read_mark", "wanted"]
