"""What is asked when somebody stops in the middle of a referral, and when they come back."""

from core.web.questions import Kind, Option, Question, is_one_of

HOW = Question(
    "how",
    Kind.RADIOS,
    "How do you want to get the link?",
    missing="Select how you want to get the link",
    options=(
        Option("email", "Email", reveals="save_email"),
        Option("text", "Text message", reveals="save_phone"),
    ),
    short="How you get the link",
)
EMAIL = Question(
    "save_email",
    Kind.EMAIL,
    "Email address",
    missing="Enter an email address",
    when=is_one_of("how", "email"),
    autocomplete="email",
)
PHONE = Question(
    "save_phone",
    Kind.PHONE,
    "Mobile phone number",
    missing="Enter a mobile phone number",
    when=is_one_of("how", "text"),
    autocomplete="tel",
)
BORN = Question(
    "born",
    Kind.DATE_OF_BIRTH,
    "Date of birth of the child or young person",
    hint="For example, 27 3 2021. You need it to open the link.",
    missing="Enter the date of birth",
    short="Date of birth",
)
OPENS = Question(
    "born",
    Kind.DATE_OF_BIRTH,
    "Date of birth of the child or young person",
    hint="For example, 27 3 2021",
    missing="Enter the date of birth",
    short="Date of birth",
)
NO_MOBILE = "Enter a mobile phone number, like 07700 900 982"
NEVER_USED = "You told us never to use this. Enter another one, or call us"
NO_MATCH = "This is not the date of birth in the referral. Check it and try again"


def saving(*, knows_birth: bool) -> tuple[Question, ...]:
    """The date of birth is only asked while the referral does not say it."""
    return (HOW, EMAIL, PHONE) if knows_birth else (BORN, HOW, EMAIL, PHONE)
