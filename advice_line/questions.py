"""What we ask when somebody leaves a message, and what we say when an answer cannot be used."""

from collections.abc import Mapping
from dataclasses import replace

from advice_line.voice_words import from_answer
from advice_line.words import Caller, Part, Sign, Topic
from core.domain.identity import Discipline
from core.web.questions import Answers, Kind, Option, Question, is_one_of

NOT_SURE = "not-sure"
NONE = "none"
ANY = "any"
ENGLISH = "en"
OTHER_LANGUAGE = "other"

# Spoken in many homes here, by ISO 639 code; staff carry the same codes.
LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "bn": "Bengali",
    "gu": "Gujarati",
    "it": "Italian",
    "pl": "Polish",
    "pt": "Portuguese",
    "pa": "Punjabi",
    "ro": "Romanian",
    "es": "Spanish",
    "ta": "Tamil",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
}


def language_name(code: str) -> str:
    return LANGUAGES.get(code, "another language")


WHO = Question(
    "who",
    Kind.RADIOS,
    "Who are you?",
    missing="Select who you are",
    short="You are",
    options=(
        Option(Caller.PARENT, "A parent or carer"),
        Option(Caller.YOUNG_PERSON, "A young person calling about myself"),
        Option(Caller.PROFESSIONAL, "A professional", hint="For example, a teacher, health visitor or GP"),
    ),
)

ROLE = Question(
    "role",
    Kind.TEXT,
    "Your job, and where you work",
    hint="For example, SENCO at a primary school",
    missing="Enter your job and where you work",
    short="Your work",
    longest=150,
    when=is_one_of("who", Caller.PROFESSIONAL),
)

SIGNS = Question(
    "signs",
    Kind.CHECKBOXES,
    "Is any of this happening?",
    hint="Select all that apply. It helps us call the children who cannot wait first.",
    missing="Select what is happening, or select “None of these”",
    short="What is happening",
    options=(
        Option(Sign.CHOKING, "Often coughs or chokes on food or drink"),
        Option(Sign.WEIGHT, "Is losing weight, or not putting on weight, because eating is hard"),
        Option(Sign.LOST_SKILLS, "Can no longer do things they could do before, such as words or walking"),
        Option(Sign.UNSAFE_MOVING, "Cannot be lifted or moved safely at home"),
        Option(Sign.AFTER_SURGERY, "Has come home from hospital or had an operation in the last 6 weeks"),
        Option(NONE, "None of these", alone=True, after_or=True),
    ),
)

TOPIC = Question(
    "topic",
    Kind.RADIOS,
    "What is your message about?",
    missing="Select what your message is about",
    short="About",
    options=(
        Option(Topic.TALKING, "Talking, understanding or stammering"),
        Option(Topic.EATING, "Eating, drinking or swallowing"),
        Option(Topic.MOVING, "Moving, walking, sitting or pain"),
        Option(Topic.EVERYDAY, "Everyday things, such as dressing, writing or using a toilet"),
        Option(Topic.SENSORY, "Noise, touch and other senses"),
        Option(Topic.EQUIPMENT, "Equipment"),
        Option(Topic.REFERRAL, "A referral or an appointment"),
        Option(Topic.OTHER, "Something else"),
    ),
)


def _is_spoken(answers: Answers) -> bool:
    return "voice" in answers


def _is_not_spoken(answers: Answers) -> bool:
    return not _is_spoken(answers)


def _is_recording(value: str) -> str:
    from_answer(value)
    return value


# What the recorder of the page kept; nobody types it.
VOICE = Question("voice", Kind.TEXT, "Recording", short="Spoken message", check=_is_recording)

MESSAGE = Question(
    "message",
    Kind.LONG_TEXT,
    "What would you like to ask or tell us?",
    hint="Say what worries you most and what you have tried. You do not need to write much: we will talk about it.",
    missing="Enter your message",
    short="Your message",
    longest=3000,
    when=_is_not_spoken,
)
MORE = replace(MESSAGE, hint="", missing="", when=_is_spoken)

KNOWN = Question(
    "known",
    Kind.RADIOS,
    "Is this about a child or young person who is already known to us?",
    hint="Known means they have been referred to us, or have seen one of our therapists.",
    missing="Select if we already know the child or young person",
    short="Already known to us",
    options=(Option("yes", "Yes"), Option("no", "No"), Option("unsure", "I am not sure")),
)

CHILD = (
    Question("child_first", Kind.TEXT, "First name", missing="Enter the first name", longest=100),
    Question("child_last", Kind.TEXT, "Last name", missing="Enter the last name", longest=100),
    Question(
        "child_born",
        Kind.DATE_OF_BIRTH,
        "Date of birth",
        hint="For example, 15 3 2019",
        missing="Enter the date of birth",
    ),
)

ADDITION = Question(
    "more",
    Kind.LONG_TEXT,
    "What would you like to add?",
    missing="Enter what you would like to add",
    short="What you add",
    longest=3000,
)
NEW_SIGNS = replace(
    SIGNS,
    label="Is any of this happening now?",
    hint="If so, we try to call you sooner.",
    missing="",
    options=tuple(option for option in SIGNS.options if option.value != NONE),
)

PHONE = Question(
    "phone",
    Kind.PHONE,
    "Phone number we should call",
    hint="The call may come from a number you do not know, or from a withheld number.",
    missing="Enter a phone number",
    short="Phone number",
)

CONTACT = (
    Question("name", Kind.TEXT, "Your name", missing="Enter your name", autocomplete="name", longest=150),
    ROLE,
    PHONE,
    Question(
        "email",
        Kind.EMAIL,
        "Email address",
        hint="We send you a link to follow your message.",
    ),
    Question("postcode", Kind.POSTCODE, "Postcode", hint="It helps us find a therapist near you."),
)

TIMES = (
    Question(
        "good_times",
        Kind.CHECKBOXES,
        "When is a good time to call?",
        hint="Select all that apply. We will try, but cannot promise a time.",
        missing="Select when is a good time to call",
        short="Good times to call",
        options=(
            Option(Part.MORNING, "Morning", hint="Before midday"),
            Option(Part.LUNCH, "Lunchtime", hint="Midday to 2pm"),
            Option(Part.AFTERNOON, "Afternoon", hint="After 2pm"),
            Option(ANY, "Any time", alone=True, after_or=True),
        ),
    ),
    Question(
        "not_times",
        Kind.TEXT,
        "Are there times we should not call?",
        hint="For example, not on Wednesdays, or not between 3pm and 4pm",
        short="Times not to call",
    ),
)

LANGUAGE = Question(
    "language",
    Kind.SELECT,
    "Which language should we speak with you?",
    missing="Select a language",
    short="Language",
    options=(
        Option(ENGLISH, "English"),
        *(Option(code, name) for code, name in LANGUAGES.items()),
        Option(OTHER_LANGUAGE, "Another language"),
    ),
)

INTERPRETER = Question(
    "interpreter",
    Kind.RADIOS,
    "Is a phone interpreter all right?",
    hint="If the therapist does not speak your language, an interpreter joins the call. It is free and private.",
    missing="Select if a phone interpreter is all right",
    short="Phone interpreter",
    options=(
        Option("yes", "Yes"),
        Option("no", "No, only somebody who speaks my language", hint="You may have to wait longer"),
    ),
)

SAFE = Question(
    "safe",
    Kind.RADIOS,
    "If you do not answer, is it safe to leave a message or send a text to this number?",
    hint="Other people may hear or read it. We never say why we call.",
    missing="Select if it is safe to leave a message",
    short="Safe to leave a message",
    options=(Option("yes", "Yes"), Option("no", "No")),
)


CALL_NEEDS = Question(
    "call_needs",
    Kind.TEXT,
    "Is there anything that helps you to talk on the phone?",
    hint="For example, more time, a text before we call, or a relay service. Tell us if you cannot use the phone.",
    short="To make the call work",
    longest=500,
)

NOT_TOLD = Question(
    "not_told",
    Kind.TEXT,
    "Is there anybody who must not know that you left this message?",
    hint="For example, another person in your home. We will not speak about it with them.",
    short="Who must not be told",
    longest=500,
)


def therapy_question(words: tuple[tuple[Discipline, str], ...]) -> Question:
    """Which therapy, with a way out for those who do not know."""
    return Question(
        "therapy",
        Kind.RADIOS,
        "Which therapy is it about?",
        missing="Select a therapy, or select “I am not sure”",
        short="Therapy",
        options=(
            *(Option(discipline, name[:1].upper() + name[1:], hint=_ABOUT[discipline]) for discipline, name in words),
            Option(NOT_SURE, "I am not sure", hint="We will find the right therapist", after_or=True),
        ),
    )


_ABOUT: Mapping[Discipline, str] = {
    Discipline.SLT: "Talking, understanding, eating and drinking",
    Discipline.OT: "Everyday skills, senses and equipment at home",
    Discipline.PHYSIO: "Moving, strength and balance",
}
