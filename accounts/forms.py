"""What is asked about staff and of them, and what is said when it is wrong."""

from accounts.rules import LONGEST_PASSWORD
from core.domain.identity import Discipline, Role
from core.domain.profile import Profile
from core.web.questions import Kind, Option, Question

# One sentence for every way to be wrong, so that nobody learns who has an account.
NOT_RIGHT = "The email address or password is not right. Check them and try again"
CODE_NOT_RIGHT = "The code is not right, or it was used before. Wait for a new code and try again"
PASSWORD_NOT_RIGHT = "The password is not right"  # noqa: S105 - words, not a secret
PASSKEY_NOT_RIGHT = "We could not check your passkey. Try again, or use another way"

_EMAIL = Question(
    "email", Kind.EMAIL, "Email address", missing="Enter your email address", longest=320, autocomplete="username"
)
SIGN_IN = (
    _EMAIL,
    Question(
        "password",
        Kind.PASSWORD,
        "Password",
        missing="Enter your password",
        longest=LONGEST_PASSWORD,
        autocomplete="current-password",
    ),
)
FORGOTTEN = (_EMAIL,)
NEW_PASSWORD = (
    Question(
        "password",
        Kind.PASSWORD,
        "New password",
        hint="12 characters or more. Three words that do not belong together are good. You can paste it in.",
        missing="Enter a new password",
        longest=LONGEST_PASSWORD,
        autocomplete="new-password",
    ),
)
CHANGE_PASSWORD = (
    Question(
        "current",
        Kind.PASSWORD,
        "Your password now",
        missing="Enter your password",
        longest=LONGEST_PASSWORD,
        autocomplete="current-password",
    ),
    *NEW_PASSWORD,
)
CONFIRM_PASSWORD = (SIGN_IN[1],)
CODE = (
    Question(
        "code",
        Kind.TEXT,
        "Security code",
        hint="6 digits from your authenticator app, or one of your recovery codes.",
        missing="Enter the code",
        longest=40,
        autocomplete="one-time-code",
        width="10",
    ),
)
APP_CODE = (
    Question(
        "code",
        Kind.TEXT,
        "Code from the app",
        hint="6 digits. It changes every 30 seconds.",
        missing="Enter the code from the app",
        longest=40,
        autocomplete="one-time-code",
        width="10",
    ),
)
PASSKEY_NAME = (
    Question(
        "name",
        Kind.TEXT,
        "Name of the passkey",
        hint="So that you know it again, for example: work laptop.",
        missing="Enter a name",
        longest=60,
        width="20",
    ),
)

ROLE_WORDS = {
    Role.THERAPIST: ("Therapist", "Makes call-backs, sees clinics and the children of their own cases."),
    Role.TRIAGE: ("Triage", "Reads new referrals and decides about them."),
    Role.CLINIC_ADMIN: ("Clinic administrator", "Sets up clinics and sessions and sees who has booked."),
    Role.MANAGER: ("Manager", "Sees and moves all work of the service."),
    Role.GOVERNANCE: ("Information governance", "Reads the audit trail, runs retention and access requests."),
    Role.SYSTEM_ADMIN: ("System administrator", "Invites and closes accounts. Sees no child’s record."),
}
# Families ask for these most; English goes without saying.
LANGUAGES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "bfi": "British Sign Language",
    "gu": "Gujarati",
    "pl": "Polish",
    "pt": "Portuguese",
    "pa": "Punjabi",
    "ro": "Romanian",
    "so": "Somali",
    "es": "Spanish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
}

RESET_REASONS = {
    "lost": "They lost their phone or key",
    "replaced": "They have a new phone or key",
    "suspected": "Somebody else may have used it",
}
RESET = (
    Question(
        "reason",
        Kind.RADIOS,
        "Why is it reset?",
        missing="Select why it is reset",
        options=tuple(Option(value, words) for value, words in RESET_REASONS.items()),
    ),
    Question(
        "sure",
        Kind.CHECKBOXES,
        "How do you know who is asking?",
        missing="Confirm that you have made sure who is asking",
        options=(Option("yes", "I have seen them, or called them back on a number I knew before"),),
    ),
)


def profile_questions(profile: Profile) -> tuple[Question, ...]:
    """What an administrator decides about a colleague."""
    return (
        Question(
            "roles",
            Kind.CHECKBOXES,
            "What are they here to do?",
            missing="Select at least one role",
            options=tuple(Option(role, name, hint) for role, (name, hint) in ROLE_WORDS.items()),
        ),
        Question(
            "disciplines",
            Kind.CHECKBOXES,
            "Which disciplines?",
            hint="Leave blank for staff who do not belong to one.",
            options=tuple(Option(one, profile.disciplines[one].name.capitalize()) for one in Discipline),
        ),
        Question(
            "areas",
            Kind.CHECKBOXES,
            "Which areas?",
            hint="Leave blank for all areas.",
            options=tuple(Option(area.id, area.name) for area in profile.areas),
        ),
        Question(
            "languages",
            Kind.CHECKBOXES,
            "Which languages do they speak beside English?",
            options=tuple(Option(code, name) for code, name in LANGUAGES.items()),
        ),
    )


def invitation(profile: Profile) -> tuple[Question, ...]:
    """What is asked to invite a colleague."""
    return (
        Question("name", Kind.TEXT, "Full name", missing="Enter their name", longest=100),
        Question("email", Kind.EMAIL, "Work email address", missing="Enter their email address", longest=320),
        *profile_questions(profile),
    )
