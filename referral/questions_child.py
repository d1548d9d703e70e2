"""Who the child or young person is, where they live, and what they need of us."""

from core.web.questions import Kind, Option, Question, is_one_of
from referral.questions_asking import PARENTS, YOUNG_PEOPLE, Page, boxes, choice, line
from referral.words import PROFESSIONALS

SECTION = "The child or young person"

_NAMES = (
    Question("child_first", Kind.TEXT, "First name", missing="Enter the first name", longest=100, width="20"),
    Question("child_last", Kind.TEXT, "Last name", missing="Enter the last name", longest=100, width="20"),
    Question("child_born", Kind.DATE_OF_BIRTH, "Date of birth", hint="For example, 27 3 2021",
             missing="Enter the date of birth"),
    line("known_as", "Name {they} like to be called", longest=100, width="20", short="Likes to be called"),
)  # fmt: skip
NAMES = (
    *Page("child", SECTION, _NAMES, title="Who is your child?", whom=PARENTS).spoken(),
    *Page("yourself", SECTION, _NAMES, title="What is your name?", whom=YOUNG_PEOPLE).spoken(),
    *Page("patient", SECTION, _NAMES, title="Who are you referring?", whom=PROFESSIONALS).spoken(),
)

_NHS_NUMBER = (
    choice(
        "knows_nhs_number",
        "Do you know the NHS number?",
        "Select yes if you know the NHS number",
        Option("yes", "Yes", reveals="nhs_number"),
        Option("no", "No"),
        hint="It is on letters from the NHS and in the red book. You can go on without it.",
        short="You know the NHS number",
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

_ETHNIC_GROUPS = (
    Option("A", "White: English, Welsh, Scottish, Northern Irish or British"),
    Option("B", "White: Irish"),
    Option("C", "White: Gypsy, Irish Traveller, Roma or another White background"),
    Option("D", "Mixed: White and Black Caribbean"),
    Option("E", "Mixed: White and Black African"),
    Option("F", "Mixed: White and Asian"),
    Option("G", "Mixed: another background"),
    Option("H", "Asian or Asian British: Indian"),
    Option("J", "Asian or Asian British: Pakistani"),
    Option("K", "Asian or Asian British: Bangladeshi"),
    Option("L", "Asian or Asian British: another background"),
    Option("M", "Black or Black British: Caribbean"),
    Option("N", "Black or Black British: African"),
    Option("P", "Black or Black British: another background"),
    Option("R", "Chinese"),
    Option("S", "Another ethnic group"),
    Option("Z", "Prefer not to say"),
)
_ABOUT = (
    choice(
        "gender",
        "What is {their} gender?",
        "Select {their} gender, or select “Prefer not to say”",
        Option("female", "Female"),
        Option("male", "Male"),
        Option("other", "Non-binary or another gender"),
        Option("not-said", "Prefer not to say"),
        short="Gender",
    ),
    Question("ethnicity", Kind.SELECT, "What is {their} ethnic group?", short="Ethnic group", options=_ETHNIC_GROUPS,
             hint="It helps us see if we reach everybody. It makes no difference to what we offer."),
    line("religion", "Religion or belief", hint="If there is something we need to know.", longest=60, width="20"),
)  # fmt: skip

_ADDRESS = (
    Question("address", Kind.TEXT, "House number or name, and street", longest=150, short="Address",
             missing="Enter the house number or name, and street"),
    Question("town", Kind.TEXT, "Town or village", missing="Enter the town or village", longest=80, width="20"),
    Question("postcode", Kind.POSTCODE, "Postcode", missing="Enter the postcode"),
    boxes("address_for_now", "If there is no fixed address", "", Option("yes", "This is where {they} stay for now"),
          short="No fixed address",
          hint="Give an address where letters reach {them}."),
)  # fmt: skip
ADDRESS = (
    *Page("child-address", SECTION, _ADDRESS, title="Where does your child live?", whom=PARENTS).spoken(),
    *Page("your-address", SECTION, _ADDRESS, title="Where do you live?", whom=YOUNG_PEOPLE).spoken(),
    *Page("patient-address", SECTION, _ADDRESS, title="Where do they live?", whom=PROFESSIONALS).spoken(),
)

_LANGUAGE = (
    line("language", "Main language spoken at home", "Enter the main language spoken at home", longest=60, width="20",
         hint="For example, English or Polish", short="Main language"),
    choice("interpreter", "Is an interpreter needed?", "Select yes if an interpreter is needed",
           Option("yes", "Yes", reveals="interpreter_language"), Option("no", "No"),
           hint="Interpreters are free and private. They can be for British Sign Language.",
           short="Interpreter needed"),
    line("interpreter_language", "Language of the interpreter", "Enter the language of the interpreter", longest=60,
         hint="For example, Polish or British Sign Language", width="20", when=is_one_of("interpreter", "yes"),
         short="Language of interpreter"),
)  # fmt: skip
_NEEDS = (
    boxes(
        "needs",
        "What would make it easier to use our service?",
        "Select what would help, or select “Nothing”",
        Option("easy-read", "Easy read or pictures"),
        Option("large-print", "Large print"),
        Option("signing", "Signs, symbols or a communication device"),
        Option("quiet", "A quiet place with low light"),
        Option("time", "More time, or a first or last appointment"),
        Option("step-free", "Step-free access or a hoist"),
        Option("other", "Something else", reveals="needs_other"),
        nothing="Nothing",
        hint="Think of the child and of the adults who come with them. Select all that apply.",
        short="What makes it easier",
    ),
    line("needs_other", "What else would help?", "Enter what else would help", longest=300,
         when=is_one_of("needs", "other"), short="What else would help"),
)  # fmt: skip

PAGES = (
    Page("nhs-number", SECTION, _NHS_NUMBER, title="NHS number"),
    *ADDRESS,
    Page("about-them", SECTION, _ABOUT, title="About {child}"),
    Page("language", SECTION, _LANGUAGE, title="Language"),
    Page("needs", SECTION, _NEEDS, title="What helps"),
)
