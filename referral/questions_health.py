"""The GP, what doctors have found, early years, hearing and sight."""

from core.web.questions import Option, is_one_of
from referral.questions_asking import UNSURE, Page, boxes, choice, line, yes_and

SECTION = "Health"

_GP = (
    line("gp", "GP practice", "Enter the name of the GP practice", hint="If there is none, enter “none”."),
    line("gp_town", "Where is it?", hint="The town or postcode.", longest=80, width="20", short="GP practice: where"),
)  # fmt: skip
_CONDITIONS = (
    line("diagnosis", "Diagnoses, or what doctors are looking into", longest=500,
         hint="For example, autism, cerebral palsy or Down’s syndrome.", short="Diagnoses"),
    line("medicines", "Medicines", longest=500),
    line("allergies", "Allergies", longest=300),
    line("equipment_now", "Equipment {they} use", hint="For example, glasses, splints, a wheelchair or a walker.",
         longest=300, short="Equipment in use"),
    line("tests", "Tests and scans, done or waited for", longest=500, short="Tests"),
)  # fmt: skip
_EARLY = (
    choice("born_early", "Were {they} born early?", "Select if {they} were born early",
           Option("no", "No, at 37 weeks or later"), Option("32-36", "Yes, at 32 to 36 weeks"),
           Option("30-31", "Yes, at 30 or 31 weeks"), Option("under-30", "Yes, before 30 weeks"), UNSURE,
           short="Born early"),
    line("birth", "Anything about the birth or the first weeks", longest=500, short="Birth and first weeks"),
    line("milestones", "When did {they} first sit, walk and say words?", hint="As far as you know.", longest=300,
         short="First sat, walked, said words"),
)  # fmt: skip
_SENSES = (
    choice("hearing", "Has {their} hearing been tested in the last 12 months?",
           "Select if {their} hearing has been tested", Option("clear", "Yes, and it was fine"),
           Option("loss", "Yes, and {they} had difficulty hearing"), Option("no", "No"), UNSURE,
           short="Hearing tested in the last 12 months"),
    line("hearing_date", "When was it tested?", hint="If you know.", longest=60, width="20", short="Hearing tested"),
    choice("vision", "Is {their} eyesight all right?", "Select if {their} eyesight is all right",
           Option("yes", "Yes"), Option("glasses", "Yes, with glasses"), Option("no", "No"), UNSURE,
           short="Eyesight all right"),
)  # fmt: skip

_HELP = (
    choice("therapy_before", "Have {they} seen a therapist in the last 12 months?",
           "Select yes if {they} have seen a therapist", *yes_and("therapy_before_who"),
           hint="From the NHS or privately.", short="Seen a therapist in the last 12 months"),
    line("therapy_before_who", "Who, where and when?", "Enter who {they} saw", longest=300,
         when=is_one_of("therapy_before", "yes"), short="Therapist seen"),
    boxes("others", "Who else helps {them}?", "Select who else helps {them}, or select “Nobody”",
          Option("paediatrician", "Children’s doctor (paediatrician)"),
          Option("ent", "Ear, nose and throat, or hearing clinic"),
          Option("camhs", "Child and adolescent mental health service"),
          Option("dietitian", "Dietitian"),
          Option("health-visitor", "Health visitor or school nurse"),
          Option("portage", "Portage or early years team"),
          Option("psychologist", "Educational psychologist"),
          Option("social-worker", "Social worker"),
          Option("other", "Somebody else"), nothing="Nobody", short="Others who help"),
    line("others_details", "Their names, dates and what they said", longest=500, short="Others: details"),
)  # fmt: skip

PAGES = (
    Page("gp", SECTION, _GP, title="GP practice"),
    Page("conditions", SECTION, _CONDITIONS, title="Health conditions"),
    Page("early", SECTION, _EARLY, title="Early years"),
    Page("hearing-and-sight", SECTION, _SENSES, title="Hearing and sight"),
    Page("others", SECTION, _HELP, title="Who else helps"),
)
