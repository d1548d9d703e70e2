"""The questions of a referral as data. A referral keeps the version it answered, so change `QUESTIONS_VERSION` with
any question. Wording follows the NHS service manual; fields follow annex §1.2 and §1.3."""

from dataclasses import replace

from core.web.questions import Kind, Option, Question, is_one_of
from referral.words import Agreement, ReferrerKind, Responsibility, Sign

QUESTIONS_VERSION = "2026-11"
NONE = "none"
_YES_NO = (Option("yes", "Yes"), Option("no", "No"))
_LONG = 4000

WHO = Question(
    "who",
    Kind.RADIOS,
    "Who are you?",
    missing="Select who you are",
    short="You are",
    options=(
        Option(ReferrerKind.PARENT, "A parent or carer"),
        Option(ReferrerKind.YOUNG_PERSON, "A young person aged 16 or over", hint="You are referring yourself"),
        Option(ReferrerKind.HEALTH, "A health professional", hint="For example, a GP or health visitor"),
        Option(ReferrerKind.EDUCATION, "I work in a nursery, school or college", hint="For example, a SENCO"),
        Option(ReferrerKind.SOCIAL_CARE, "I work in social care"),
    ),
)

URGENT_NOW = Question(
    "urgent_now",
    Kind.RADIOS,
    "Does anyone need medical help right now?",
    hint="For example, a child is choking, cannot breathe, is having a fit, or has suddenly lost movement or speech.",
    missing="Select yes if anyone needs medical help right now",
    short="Needs medical help right now",
    options=_YES_NO,
)

SIGNS = Question(
    "signs",
    Kind.CHECKBOXES,
    "Is any of this happening?",
    hint="Select all that apply. It helps us see first the children who cannot wait.",
    missing="Select what is happening, or select “None of these”",
    short="What is happening",
    options=(
        Option(Sign.CHOKING, "Often coughs or chokes when eating or drinking"),
        Option(Sign.WEIGHT, "Is losing weight, or not gaining weight, because eating is hard"),
        Option(Sign.LOST_SKILLS, "Can no longer do things they could do before, like words or walking"),
        Option(Sign.UNSAFE_MOVING, "Cannot be lifted or moved safely at home"),
        Option(Sign.FROM_HOSPITAL, "Came home from hospital, or had an operation, in the last 6 weeks"),
        Option(Sign.LIFE_LIMITING, "Has an illness that is likely to shorten their life"),
        Option(Sign.NEW_STAMMER, "Started to stammer in the last 6 months and is upset by it"),
        Option(Sign.BABY, "Is a baby who only turns their head to one side, or was born before 30 weeks"),
        Option(NONE, "None of these", alone=True, after_or=True),
    ),
)

PROFESSIONAL = (
    Question("ref_name", Kind.TEXT, "Your full name", missing="Enter your full name", longest=100,
             autocomplete="name", short="Your name"),
    Question("ref_role", Kind.TEXT, "Your role", hint="For example, health visitor",
             missing="Enter your role", longest=100, autocomplete="organization-title"),
    Question("ref_organisation", Kind.TEXT, "Where you work", hint="For example, the school or surgery",
             missing="Enter where you work", longest=150, autocomplete="organization"),
)  # fmt: skip

PROFESSIONAL_CONTACT = (
    Question("ref_email", Kind.EMAIL, "Work email address", missing="Enter your work email address",
             longest=320, short="Your work email address"),
    Question("ref_phone", Kind.PHONE, "Work phone number", missing="Enter your work phone number",
             short="Your work phone number"),
)  # fmt: skip

AGREED = Question(
    "agreed",
    Kind.RADIOS,
    "Have you discussed this referral with someone with parental responsibility, and do they agree to it?",
    hint="If the young person is 16 or over, ask them instead.",
    missing="Select if they agree to this referral",
    short="Discussed, and they agree",
    options=(
        Option(Agreement.YES, "Yes, they agree"),
        Option(Agreement.NO, "No, not yet"),
        Option(
            Agreement.SAFEGUARDING,
            "No, because telling them could put the child at risk",
            hint="A clinician will call you before anyone contacts the family",
        ),
    ),
)

CHILD = (
    Question("child_first", Kind.TEXT, "First name", missing="Enter the first name", longest=100, width="20"),
    Question("child_last", Kind.TEXT, "Last name", missing="Enter the last name", longest=100, width="20"),
    Question("child_born", Kind.DATE_OF_BIRTH, "Date of birth", hint="For example, 27 3 2021",
             missing="Enter the date of birth"),
)  # fmt: skip

NHS_NUMBER = (
    Question(
        "knows_nhs_number",
        Kind.RADIOS,
        "Do you know the NHS number?",
        hint="It is on letters from the NHS and in the red book. You can go on without it.",
        missing="Select yes if you know the NHS number",
        short="You know the NHS number",
        options=(Option("yes", "Yes", reveals="nhs_number"), Option("no", "No")),
    ),
    Question(
        "nhs_number",
        Kind.NHS_NUMBER,
        "NHS number",
        hint="For example, 999 123 4567",
        missing="Enter the NHS number, or select no if you do not know it",
        when=is_one_of("knows_nhs_number", "yes"),
    ),
)

ADDRESS = (
    Question("address", Kind.TEXT, "House number or name, and street",
             missing="Enter the house number or name, and street", longest=150, short="Address"),
    Question("town", Kind.TEXT, "Town or village", missing="Enter the town or village", longest=80, width="20"),
    Question("postcode", Kind.POSTCODE, "Postcode", missing="Enter the postcode"),
)  # fmt: skip

LANGUAGE = (
    Question("language", Kind.TEXT, "Main language spoken at home", hint="For example, English or Polish",
             missing="Enter the main language spoken at home", longest=60, width="20", short="Main language"),
    Question("interpreter", Kind.RADIOS, "Is an interpreter needed?", hint="Interpreters are free and private.",
             missing="Select yes if an interpreter is needed", short="Interpreter needed",
             options=(Option("yes", "Yes", reveals="interpreter_language"), Option("no", "No"))),
    Question("interpreter_language", Kind.TEXT, "Language of the interpreter",
             hint="For example, Polish or British Sign Language", missing="Enter the language of the interpreter",
             longest=60, width="20", when=is_one_of("interpreter", "yes"), short="Language of interpreter"),
)  # fmt: skip

NEEDS = (
    Question(
        "needs",
        Kind.CHECKBOXES,
        "What would make it easier to use our service?",
        hint="Think of the child and of the adults who come with them. Select all that apply.",
        missing="Select what would help, or select “Nothing”",
        short="What makes it easier",
        options=(
            Option("easy-read", "Easy read or pictures"),
            Option("large-print", "Large print"),
            Option("signing", "Signs, symbols or a communication device"),
            Option("quiet", "A quiet place with low light"),
            Option("time", "More time, or a first or last appointment"),
            Option("step-free", "Step-free access or a hoist"),
            Option("other", "Something else", reveals="needs_other"),
            Option(NONE, "Nothing", alone=True, after_or=True),
        ),
    ),
    Question(
        "needs_other",
        Kind.TEXT,
        "What else would help?",
        missing="Enter what else would help",
        longest=300,
        when=is_one_of("needs", "other"),
        short="What else would help",
    ),
)

_RESPONSIBILITY = Question(
    "responsibility",
    Kind.RADIOS,
    "Do you have parental responsibility?",
    hint="This is the legal right to decide about a child. Mothers have it from birth. Step-parents, grandparents and "
    "foster carers often do not.",
    missing="Select yes, no or not sure",
    short="Parental responsibility",
    options=(
        Option(Responsibility.YES, "Yes"),
        Option(Responsibility.NO, "No"),
        Option(Responsibility.UNSURE, "I am not sure"),
    ),
)
ADULT = (
    Question("adult_name", Kind.TEXT, "Your full name", missing="Enter your full name", longest=100,
             autocomplete="name", short="Parent or carer"),
    Question("relationship", Kind.TEXT, "How you are related to the child", hint="For example, mother or foster carer",
             missing="Enter how you are related to the child", longest=80, width="20",
             short="Relationship to the child"),
    _RESPONSIBILITY,
)  # fmt: skip
THEIR_ADULT = (
    replace(ADULT[0], label="Full name", missing="Enter the parent or carer’s full name", autocomplete=""),
    replace(ADULT[1], label="How they are related to the child", missing="Enter how they are related to the child"),
    replace(_RESPONSIBILITY, label="Do they have parental responsibility?"),
)

CONTACT = (
    Question("phone", Kind.PHONE, "Phone number", missing="Enter a phone number", short="Phone number"),
    Question("safe", Kind.RADIOS, "Is it safe to leave a message or send a text to this number?",
             hint="Other people may hear or read it. We never say why we call.",
             missing="Select yes if it is safe to leave a message", short="Safe to leave a message", options=_YES_NO),
    Question("updates", Kind.CHECKBOXES, "How may we send news about this referral?",
             missing="Select how we may send news", short="News by",
             options=(Option("email", "Email", reveals="email"),
                      Option("text", "Text message", hint="To the number above, if it is a mobile"),
                      Option(NONE, "Neither: call or write a letter", alone=True, after_or=True))),
    Question("email", Kind.EMAIL, "Email address", missing="Enter an email address", longest=320,
             when=is_one_of("updates", "email")),
)  # fmt: skip

PLACES = (
    Question("gp", Kind.TEXT, "GP practice", hint="If there is none, enter “none”.",
             missing="Enter the name of the GP practice", longest=150),
    Question("school", Kind.TEXT, "Nursery, school or college", hint="Leave this blank if there is none.", longest=150),
)  # fmt: skip

WORRIES = (
    Question("worries", Kind.LONG_TEXT, "What worries you most?", longest=_LONG,
             hint="Say when it began. You only need to tell us once, for all therapies.",
             missing="Enter what worries you most", short="What worries you"),
    Question("effect", Kind.LONG_TEXT, "How does it affect daily life?", longest=_LONG,
             hint="For example, at home, at nursery or school, or with friends.",
             missing="Enter how it affects daily life", short="Effect on daily life"),
)  # fmt: skip
HOPES = (
    Question("tried", Kind.LONG_TEXT, "What has been tried so far, and did it help?", longest=_LONG,
             short="Tried so far"),
    Question("hopes", Kind.LONG_TEXT, "What do you hope will change?", longest=_LONG, short="Hopes"),
)  # fmt: skip

AGREE = Question(
    "agree",
    Kind.CHECKBOXES,
    "Do you agree to this referral?",
    hint="You can change your mind at any time by calling us. It does not affect other care.",
    missing="Tick the box if you agree to this referral",
    options=(Option("yes", "I agree to this referral and that therapists read what I have written"),),
)
SHARE_SCHOOL = Question(
    "share_school",
    Kind.RADIOS,
    "May we talk with the nursery, school or college about this referral?",
    missing="Select yes if we may talk with the nursery, school or college",
    short="We may talk with the nursery, school or college",
    options=_YES_NO,
    when=lambda answers: bool(answers.get("school")),
)
TELL_PARENTS = Question(
    "tell_parents",
    Kind.RADIOS,
    "May we talk with your parents or carers about this referral?",
    missing="Select yes if we may talk with your parents or carers",
    short="We may talk with your parents or carers",
    options=_YES_NO,
)
