"""What is asked at sign-in, and what is said when it is wrong."""

from accounts.rules import LONGEST_PASSWORD
from core.web.questions import Kind, Question

# One sentence for every way to be wrong, so that nobody learns who has an account.
NOT_RIGHT = "The email address or password is not right. Check them and try again"

SIGN_IN = (
    Question(
        "email",
        Kind.EMAIL,
        "Email address",
        missing="Enter your email address",
        longest=320,
        autocomplete="username",
    ),
    Question(
        "password",
        Kind.PASSWORD,
        "Password",
        missing="Enter your password",
        longest=LONGEST_PASSWORD,
        autocomplete="current-password",
    ),
)
