"""A professional books for a parent or carer they work with: who they are, whom we write to, and who is told."""

from collections.abc import Callable

from booking.words import ContactBy
from core.domain import nhs
from core.web.journey import Step
from core.web.questions import Answers, Kind, Option, Question, is_one_of


def mobile(number: str) -> str:
    """The number, when texts can reach it."""
    if not nhs.is_mobile(number):
        raise ValueError("Enter a mobile phone number, like 07700 900 982. We cannot send texts to other numbers")
    return number


ON_BEHALF = Question(
    id="on_behalf",
    kind=Kind.CHECKBOXES,
    label="Are you booking for a parent or carer?",
    options=(Option("yes", "Yes, I work with this family"),),
    short="Booking for a parent or carer",
)
ROLE = Question(
    id="pro_role",
    kind=Kind.TEXT,
    label="What is your role, and where do you work?",
    hint="For example, health visitor at Invented Health Centre",
    missing="Enter your role and where you work",
    longest=120,
    short="Your role",
)
PARENT = Question(
    id="parent_name",
    kind=Kind.TEXT,
    label="What is the parent or carer’s name?",
    missing="Enter the parent or carer’s name",
    longest=70,
    short="Parent or carer",
)
KNOWS = Question(
    id="parent_knows",
    kind=Kind.RADIOS,
    label="Does the parent or carer know that you are booking?",
    hint="Your answer does not stop you from booking.",
    missing="Select yes or not yet",
    options=(Option("yes", "Yes"), Option("no", "Not yet")),
    short="Parent or carer knows",
)
BY = Question(
    id="parent_by",
    kind=Kind.RADIOS,
    label="How should we send the parent or carer the details?",
    hint="We send them a link to see, move or cancel the booking.",
    missing="Select email or text message",
    options=(Option("email", "Email"), Option("text", "Text message")),
    short="Send the parent or carer details by",
)
EMAIL = Question(
    id="parent_email",
    kind=Kind.EMAIL,
    label="What is the parent or carer’s email address?",
    missing="Enter the parent or carer’s email address",
    longest=320,
    short="Parent or carer’s email address",
)
MOBILE = Question(
    id="parent_mobile",
    kind=Kind.PHONE,
    label="What is the parent or carer’s mobile phone number?",
    missing="Enter the parent or carer’s mobile phone number",
    check=mobile,
    short="Parent or carer’s mobile phone number",
)
PHONE = Question(
    id="parent_phone",
    kind=Kind.PHONE,
    label="What phone number can we call them on if the video does not work?",
    missing="Enter the parent or carer’s phone number",
    short="Parent or carer’s phone number",
)
TOLD = Question(
    id="pro_told",
    kind=Kind.RADIOS,
    label="Should we tell you too when it is booked, moved or cancelled?",
    hint="We always tell the parent or carer.",
    missing="Select yes or no",
    options=(Option("yes", "Yes, by email"), Option("no", "No")),
    short="Tell you too",
)
OWN_EMAIL = Question(
    id="pro_email",
    kind=Kind.EMAIL,
    label="What is your work email address?",
    missing="Enter your work email address",
    longest=320,
    short="Your work email address",
)

for_parent = is_one_of("on_behalf", "yes")


def for_self(answers: Answers) -> bool:
    """True for whoever books for themselves or their own child."""
    return not for_parent(answers)


def both(*conditions: Callable[[Answers], bool]) -> Callable[[Answers], bool]:
    """A `when` of several."""
    return lambda answers: all(holds(answers) for holds in conditions)


def steps(*, phone: bool) -> tuple[Step, ...]:
    """The pages for professionals; with `phone` also the number to call when a video fails."""
    by_email = is_one_of("parent_by", "email")
    asked = (
        Step("your-role", (ROLE,), when=for_parent),
        Step("parent", (PARENT,), when=for_parent),
        Step("parent-knows", (KNOWS,), when=for_parent),
        Step(
            "tell-them",
            (),
            title="Tell the parent or carer first",
            when=both(for_parent, is_one_of("parent_knows", "no")),
            words="We will write to them as soon as you book. Please tell them before that.\n\nYou can still book now.",
        ),
        Step("parent-contact", (BY,), when=for_parent),
        Step("parent-email", (EMAIL,), when=both(for_parent, by_email)),
        Step("parent-mobile", (MOBILE,), when=both(for_parent, is_one_of("parent_by", "text"))),
    )
    number = (Step("parent-phone", (PHONE,), when=both(for_parent, by_email)),) if phone else ()
    told = (
        Step("tell-you", (TOLD,), when=for_parent),
        Step("your-email", (OWN_EMAIL,), when=both(for_parent, is_one_of("pro_told", "yes"))),
    )
    return (*asked, *number, *told)


def contact(answers: Answers) -> tuple[str, ContactBy, str | None, str | None]:
    """The name of the parent, how to reach them, and their address and number."""

    def given(question: Question) -> str | None:
        value = answers.get(question.id)
        return value if isinstance(value, str) else None

    by = ContactBy(given(BY) or ContactBy.EMAIL)
    return given(PARENT) or "", by, given(EMAIL), given(MOBILE) or given(PHONE)


def about(answers: Answers) -> dict[str, str]:
    """The professional, as the booking keeps them."""
    told = {name: answers.get(name) for name in (ROLE.id, KNOWS.id, OWN_EMAIL.id)} | {
        "pro_name": answers.get("contact_name")
    }
    return {name: value for name, value in told.items() if isinstance(value, str)}
