"""What comes before everything else: who asks, whether it can wait, what is happening, and who agrees."""

from core.web.questions import Kind, Option, Question, is_one_of
from referral.questions_asking import NONE, YES_NO, Page, choice, line
from referral.words import PROFESSIONALS, Agreement, ReferrerKind, Sign

START, ABOUT_YOU = "Before you start", "About you"

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
    options=YES_NO,
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
HOW_AGREED = Option("together", "In person"), Option("phone", "By phone or video call"), Option("written", "In writing")

ROLE = Page(
    "your-role",
    ABOUT_YOU,
    (
        Question("ref_name", Kind.TEXT, "Your full name", missing="Enter your full name", longest=100,
                 autocomplete="name", short="Your name"),
        Question("ref_role", Kind.TEXT, "Your role", hint="For example, health visitor", missing="Enter your role",
                 longest=100, autocomplete="organization-title"),
        Question("ref_organisation", Kind.TEXT, "Where you work", hint="For example, the school or surgery",
                 missing="Enter where you work", longest=150, autocomplete="organization"),
        line("ref_code", "ODS code or URN", hint="If you know it.", width="10", longest=12),
    ),
    title="About you",
    whom=PROFESSIONALS,
)  # fmt: skip
WORK_CONTACT = Page(
    "your-work-contact",
    ABOUT_YOU,
    (
        Question("ref_email", Kind.EMAIL, "Work email address", missing="Enter your work email address",
                 longest=320, short="Your work email address"),
        Question("ref_phone", Kind.PHONE, "Work phone number", missing="Enter your work phone number",
                 short="Your work phone number"),
    ),
    title="How can we contact you?",
    whom=PROFESSIONALS,
)  # fmt: skip
WHO_AGREED = Page(
    "who-agreed",
    ABOUT_YOU,
    (
        line("agreed_by", "Who agreed?", "Enter who agreed", hint="Their name. It may be the young person.",
             longest=100, short="Who agreed"),
        choice("agreed_how", "How did they tell you?", "Select how they told you", *HOW_AGREED,
               short="How they agreed"),
    ),
    title="Their agreement",
    whom=PROFESSIONALS,
    when=is_one_of("agreed", Agreement.YES),
)  # fmt: skip

PAGES = (ROLE, WORK_CONTACT, WHO_AGREED)
