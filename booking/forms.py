"""What families are asked when they book, and what is said when an answer cannot be used."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from booking.words import Attendee, ContactBy, OfferKind, Wanted
from core.domain import nhs
from core.domain.clock import LONDON
from core.domain.identity import Discipline
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question, is_one_of


def _mobile(number: str) -> str:
    if not nhs.is_mobile(number):
        raise ValueError("Enter a mobile phone number, like 07700 900 982. We cannot send texts to other numbers")
    return number


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
    check=_mobile,
    short="Your mobile phone number",
)

PHONE = Question(
    id="phone",
    kind=Kind.PHONE,
    label="What phone number can we call if the video does not work?",
    missing="Enter a phone number",
    short="Your phone number",
)

_BY_EMAIL, _BY_TEXT = is_one_of("contact_by", "email"), is_one_of("contact_by", "text")
_CONTACT_STEPS = (
    Step("contact", (CONTACT_BY,)),
    Step("email", (EMAIL,), when=_BY_EMAIL),
    Step("mobile", (MOBILE,), when=_BY_TEXT),
)

SCREENING = Journey(
    name="screening",
    version="1",
    title="Book a screening clinic",
    steps=(
        Step("known", (KNOWN,)),
        Step("advice", (), title="You can book this clinic", when=is_one_of("known", "yes"), note="booking/known.html"),
        Step("child", CHILD, title="Who is the appointment for?"),
        Step("name", (NAME,)),
        *_CONTACT_STEPS,
        Step("phone", (PHONE,), when=_BY_EMAIL),
    ),
)

SESSION = Journey(
    name="session-place",
    version="1",
    title="Book a place",
    steps=(Step("name", (NAME,)), Step("role", (ROLE,)), *_CONTACT_STEPS),
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
    return Attendee(
        contact_name=given("contact_name") or "",
        contact_by=ContactBy(given("contact_by") or ContactBy.EMAIL),
        email=given("email"),
        phone=given("mobile") or given("phone"),
        child_first=given("child_first"),
        child_last=given("child_last"),
        child_born=given("child_born"),
        answers=beside,
    )


def wanted(asked: Mapping[str, str], kinds: tuple[OfferKind, ...]) -> Wanted:
    """The filter of a list as its address says it. What cannot be read is left out: a filter refuses nobody."""
    day = read_day(asked.get("day", ""))
    known = {discipline.value for discipline in Discipline}
    discipline = asked.get("discipline", "")
    return Wanted(
        kinds=kinds,
        discipline=Discipline(discipline) if discipline in known else None,
        since=_midnight(day) if day else None,
        before=_midnight(day + timedelta(days=1)) if day else None,
        after=read_mark(asked.get("after", "")),
    )


def mark(starts_at: datetime, sitting_id: UUID) -> str:
    """Where a page of a list ended, for the address of the next."""
    return f"{starts_at:%Y%m%dT%H%M%S}-{sitting_id.hex}"


def read_mark(text: str) -> tuple[datetime, UUID] | None:
    """What `mark` wrote; None for anything else."""
    moment, _, key = text.partition("-")
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=UTC), UUID(hex=key)
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """A day of an address; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)
