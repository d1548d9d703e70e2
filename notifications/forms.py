"""What staff type about messages."""

from core.web.questions import Kind, Option, Question
from notifications.words import LANGUAGES

WHY_AGAIN = Question(
    "why",
    Kind.LONG_TEXT,
    "Why send it again?",
    hint="For example: the family says it never came. Colleagues read this later.",
    missing="Say why it is sent again",
    longest=500,
)
WHY_STOP = Question(
    "why",
    Kind.LONG_TEXT,
    "Why stop these messages?",
    hint="Colleagues read this beside the switch.",
    missing="Say why these messages are stopped",
    longest=500,
)
WHY_DROP = Question(
    "why",
    Kind.LONG_TEXT,
    "Why not send the messages that wait?",
    hint="This cannot be undone.",
    missing="Say why these messages are not sent",
    longest=500,
)
WHAT_WAS_DONE = Question(
    "done",
    Kind.LONG_TEXT,
    "What did you do?",
    hint="For example: phoned the family and told them.",
    missing="Say what you did, so that colleagues know",
    longest=500,
)

# A wish (a field of `notifications.words.Wishes`) → what staff tick, and what it does.
WISH_WORDS = {
    "no_texts": ("No text messages", "We write by email or letter. Without an address, a person is told to call."),
    "easy_read": ("Easy read", "Short lines with one idea each, for the messages that have it."),
    "large_print": ("Large print", "Emails are in large letters."),
    "never": (
        "Must not be contacted",
        "Nothing is sent at all. What waits is stopped, and a person is told.",
    ),
}
WISHES = (
    Question(
        "language",
        Kind.SELECT,
        "Language",
        hint="Messages without a translation go out in English, with a line that offers an interpreter.",
        missing="Select a language",
        options=tuple(
            Option(code, one.name if code == "en" else f"{one.english} ({one.name})") for code, one in LANGUAGES.items()
        ),
    ),
    Question(
        "wishes",
        Kind.CHECKBOXES,
        "What they asked for",
        options=tuple(Option(name, words, hint=does) for name, (words, does) in WISH_WORDS.items()),
    ),
)
