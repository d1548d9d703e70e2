"""What speech and language therapy asks beside the common questions (annex §1.3), one page for each thing that is
difficult."""

from core.domain.identity import Discipline
from core.web.questions import Answers, Option, is_one_of
from referral.questions_asking import UNSURE, YES_NO, Page, When, boxes, choice, line, passage, yes_and
from referral.rules import EATING

AREAS = boxes(
    "slt_areas",
    "What is difficult?",
    "Select what is difficult",
    Option("speech", "Saying sounds and words clearly"),
    Option("understanding", "Understanding what others say"),
    Option("talking", "Using words and sentences"),
    Option("social", "Talking and playing with others"),
    Option("stammering", "Stammering"),
    Option("voice", "A hoarse or lost voice"),
    Option("mutism", "Talking in some places and not in others"),
    Option("aac", "Signs, symbols or a communication device"),
    Option("cleft", "Cleft palate, or sound through the nose"),
    Option("hearing-loss", "Talking with a hearing loss"),
    Option(EATING, "Eating, drinking or swallowing"),
    short="Speech and language: what is difficult",
)
_FIRST = (
    AREAS,
    choice("slt_understood", "Who understands {their} speech?", "Select who understands {their} speech",
           Option("most", "Most people"), Option("family", "Mostly family"), Option("few", "Hardly anyone"),
           Option("too-young", "{they} do not talk yet"), short="Who understands their speech"),
)  # fmt: skip


def _of(*areas: str) -> When:
    def holds(answers: Answers) -> bool:
        return is_one_of("disciplines", Discipline.SLT)(answers) and is_one_of("slt_areas", *areas)(answers)

    return holds


_SOUNDS = (
    line("slt_sounds", "Which sounds are hard?", short="Sounds that are hard"),
    choice("slt_strangers", "How much do people who do not know {them} understand?",
           "Select how much they understand", Option("most", "Most of it"), Option("half", "About half"),
           Option("little", "Little or nothing"), UNSURE, short="Understood by strangers"),
    choice("slt_home_language", "Is it the same in the language spoken at home?", "",
           Option("same", "Yes, in every language"), Option("english", "No, only in English"),
           Option("only-english", "We speak only English"), short="Same in the language at home",
           hint="Learning English as another language is not a reason for a referral on its own."),
)  # fmt: skip
_LANGUAGE = (
    choice("slt_words", "How many words do {they} use?", "Select how many words {they} use",
           Option("none", "No words yet"), Option("under-50", "Fewer than 50"), Option("over-50", "50 or more"),
           UNSURE, short="Words used"),
    choice("slt_joins", "Do {they} join words together?", "Select yes if {they} join words", *YES_NO, UNSURE,
           hint="For example, “more juice”.", short="Joins words"),
    choice("slt_follows", "Do {they} follow simple instructions?", "Select if {they} follow simple instructions",
           Option("yes", "Yes"), Option("showing", "With showing or pointing"), Option("no", "No"),
           short="Follows instructions"),
)  # fmt: skip
_STAMMER = (
    choice("stammer_since", "When did the stammer begin?", "Select when the stammer began",
           Option("new", "In the last 6 months"), Option("year", "6 to 12 months ago"), Option("longer", "Longer ago"),
           short="Stammer began"),
    choice("stammer_upset", "Do {they} notice it, or are {they} upset by it?", "Select if {they} notice it",
           Option("no", "They do not notice"), Option("notice", "They notice it"), Option("upset", "It upsets them"),
           short="Notices the stammer"),
    choice("stammer_avoids", "Do {they} avoid talking?", "Select yes if {they} avoid talking",
           short="Avoids talking"),
    choice("stammer_family", "Does anybody else in the family stammer, or did they?", "", *YES_NO, UNSURE,
           short="Others in the family stammer"),
    choice("stammer_worry", "Does it worry the adults at home a lot?", "", short="Worries the adults"),
)  # fmt: skip
_VOICE = (
    line("voice_since", "How long has the voice been hoarse or lost?", "Enter how long", longest=80, width="20",
         short="Hoarse since"),
    choice("voice_ent", "Has an ear, nose and throat doctor looked?", "Select if a doctor has looked",
           *yes_and("voice_ent_when", Option("waiting", "We wait for an appointment")), short="Seen by ENT",
           hint="If not, ask a GP to refer to them as well. We need to know what they find."),
    line("voice_ent_when", "When, and what did they say?", "Enter when, and what they said", longest=300,
         when=is_one_of("voice_ent", "yes"), short="ENT said"),
)  # fmt: skip
_MUTISM = (
    passage("mutism_where", "Where do {they} talk, and where not?", "Enter where {they} talk", longest=1000,
            short="Where they talk"),
    choice("mutism_since", "Has it lasted longer than the first month at nursery or school?",
           "Select if it has lasted longer than a month", short="Longer than the first month"),
    choice("mutism_bilingual", "Do {they} speak more than one language?", "", short="More than one language"),
)  # fmt: skip
_AAC = (
    line("aac_now", "What do {they} use now?", hint="For example, signs, symbols, a book or a device.", longest=300,
         short="Signs, symbols or device now"),
    line("aac_access", "How do {they} point or choose?", hint="For example, by hand, eyes or a switch.",
         short="How they choose"),
    choice("aac_hub", "Has a regional communication hub seen {them}?", "", *YES_NO, UNSURE, short="Regional hub"),
)  # fmt: skip
_CLEFT = (line("cleft_team", "Which hospital team looks after {them}?", short="Cleft team"),)
_EATING = (
    boxes(
        "eating_signs",
        "Does any of this happen with food or drink?",
        "Select what happens, or select “None of these”",
        Option("drink", "Coughing or choking on drinks"),
        Option("food", "Coughing or choking on food"),
        Option("colour", "Turning blue, grey or pale"),
        Option("wet", "A wet or gurgly voice or breath"),
        Option("breathing", "Breathing that changes or gets hard"),
        Option("eyes", "Watering eyes"),
        Option("distress", "Distress at meals"),
        Option("infections", "Chest infections that come back, not from a virus"),
        Option("weight", "Losing weight, or not gaining"),
        nothing="None of these",
        short="With food or drink",
    ),
    choice("eating_long", "Do meals last longer than 30 minutes?", "Select if meals last longer than 30 minutes",
           short="Meals longer than 30 minutes"),
    choice("eating_tube", "Are {they} fed by tube?", "Select if {they} are fed by tube", Option("no", "No"),
           Option("yes", "Yes"), Option("weaning", "Yes, and coming off it"), short="Fed by tube"),
    choice("tracheostomy", "Is there a tracheostomy?", "Select yes if there is a tracheostomy", short="Tracheostomy"),
    line("eating_textures", "Food and drink that {they} manage", hint="The IDDSI levels, if you know them.",
         short="Textures managed"),
    line("eating_position", "How do {they} sit or lie to eat?", short="Position for meals"),
)  # fmt: skip


def pages(section: str) -> tuple[Page, ...]:
    """The pages of this therapy, under its name in the profile."""
    return (
        Page("slt", section, _FIRST, title=section, when=is_one_of("disciplines", Discipline.SLT)),
        Page("slt-sounds", section, _SOUNDS, title="Sounds and words", when=_of("speech")),
        Page("slt-language", section, _LANGUAGE, title="Words and sentences",
             when=_of("understanding", "talking", "social")),
        Page("slt-stammer", section, _STAMMER, title="The stammer", when=_of("stammering")),
        Page("slt-voice", section, _VOICE, title="The voice", when=_of("voice")),
        Page("slt-mutism", section, _MUTISM, title="Talking in some places", when=_of("mutism")),
        Page("slt-aac", section, _AAC, title="Signs, symbols and devices", when=_of("aac")),
        Page("slt-cleft", section, _CLEFT, when=_of("cleft")),
        Page("slt-eating", section, _EATING, title="Eating and drinking", when=_of(EATING),
             note="referral/eating.html"),
    )  # fmt: skip
