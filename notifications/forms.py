"""What staff type about messages."""

from core.web.questions import Kind, Question

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
