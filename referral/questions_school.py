"""Nursery, school or college, and what support there is."""

from core.web.questions import Answers, Kind, Option, Question, is_one_of
from referral.questions_asking import UNSURE, Page, choice, line

SECTION = "Nursery, school or college"
_PLACES = ("childminder", "nursery", "school", "special", "college")

_SETTING = choice(
    "setting",
    "Where do {they} spend {their} day?",
    "Select where {they} spend {their} day",
    Option("home", "At home, not yet at nursery or school"),
    Option("childminder", "With a childminder"),
    Option("nursery", "Nursery or pre-school"),
    Option("school", "School"),
    Option("special", "Special school"),
    Option("college", "College"),
    Option("home-educated", "Taught at home"),
    Option("none", "None of these"),
    short="Nursery, school or college",
)


def goes_somewhere(answers: Answers) -> bool:
    return answers.get("setting") in _PLACES


_SCHOOL = (
    line("school", "Name of the nursery, school or college", "Enter the name of the nursery, school or college",
         short="Name of nursery, school or college"),
    line("year_group", "Year group or class", longest=40, width="10"),
    line("senco", "Who should we talk to there?", hint="For example, the SENCO: name, phone or email.",
         short="Contact there"),
    choice("attends", "How much do {they} go?", "", Option("full", "Full time"), Option("part", "Part of the time"),
           Option("hardly", "Hardly, or not at all"), short="Goes"),
)  # fmt: skip
_SUPPORT = (
    choice("sen", "Is there extra support, or an education, health and care plan (EHCP)?",
           "Select what support there is", Option("none", "No"), Option("support", "SEN support"),
           Option("asked", "An EHCP has been asked for"), Option("assessing", "An EHCP is being assessed"),
           Option("plan", "There is an EHCP"), UNSURE, short="Extra support or EHCP"),
)  # fmt: skip
_PLAN = (
    line("plan_authority", "Which local authority wrote the plan?", longest=100, short="EHCP: local authority"),
    Question("plan_review", Kind.DATE, "When is the next review?", hint="If you know. For example, 27 3 2027",
             short="EHCP: next review"),
)  # fmt: skip

PAGES = (
    Page("setting", SECTION, (_SETTING,)),
    Page("school", SECTION, _SCHOOL, title="Their nursery, school or college", when=goes_somewhere),
    Page("support", SECTION, _SUPPORT, when=goes_somewhere),
    Page("plan", SECTION, _PLAN, title="The EHCP", when=is_one_of("sen", "plan")),
)
