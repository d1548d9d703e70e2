"""What occupational therapy asks beside the common questions (annex §1.3)."""

from core.domain.identity import Discipline
from core.web.questions import Answers, Option, is_one_of
from referral.questions_asking import UNSURE, YES_NO, Page, When, boxes, choice, line, passage

AREAS = boxes(
    "ot_areas",
    "What is difficult?",
    "Select what is difficult",
    Option("dressing", "Dressing, buttons and zips"),
    Option("eating", "Using a spoon, fork or cup"),
    Option("toilet", "Using the toilet"),
    Option("washing", "Washing, teeth and hair"),
    Option("sleep", "Sleep and daily routine"),
    Option("play", "Playing"),
    Option("writing", "Writing and drawing"),
    Option("scissors", "Using scissors and tools"),
    Option("sport", "PE or riding a bike"),
    Option("organising", "Getting organised"),
    Option("senses", "Noise, touch and other senses"),
    Option("moving", "Being lifted or helped to move"),
    Option("seating", "Sitting and posture"),
    Option("equipment", "Getting around the home"),
    short="Everyday skills: what is difficult",
)
_FIRST = (
    AREAS,
    passage("ot_help", "What help do {they} need that others of {their} age do not?", "Enter what help {they} need",
            longest=2000, short="Help needed"),
)  # fmt: skip


def _of(*areas: str) -> When:
    def holds(answers: Answers) -> bool:
        return is_one_of("disciplines", Discipline.OT)(answers) and is_one_of("ot_areas", *areas)(answers)

    return holds


_HOME = (
    boxes("ot_rooms", "Which places are hard to reach or use?", "Select which places, or select “None of these”",
          Option("bedroom", "Bedroom"), Option("bathroom", "Bathroom"), Option("toilet", "Toilet"),
          Option("living", "Living area"), Option("garden", "Garden"), Option("door", "In and out of the home"),
          nothing="None of these", short="Places that are hard to use"),
    choice("ot_unsafe", "Could somebody get hurt when {they} are lifted or moved?",
           "Select yes if somebody could get hurt", *YES_NO, UNSURE, short="Somebody could get hurt"),
    line("ot_needed", "Equipment or changes that are needed", longest=500, short="Equipment needed"),
    choice("ot_home", "Who owns the home?", "Select who owns the home",
           Option("own", "The family"), Option("council", "The council or a housing association"),
           Option("private", "A private landlord"), UNSURE, short="Who owns the home",
           hint="It decides who can pay for changes to the home."),
)  # fmt: skip
_SENSES = (
    boxes("sense_which", "What is hard to bear, or looked for again and again?", "Select which senses",
          Option("sound", "Sound"), Option("touch", "Touch or clothes"), Option("taste", "Taste or smell"),
          Option("light", "Light or what they see"), Option("movement", "Movement or balance"),
          Option("body", "Knowing where their body is"), short="Senses"),
    passage("sense_effect", "What does it keep {them} from doing?", "Enter what it keeps {them} from doing",
            longest=1000, short="Kept from doing"),
    choice("sense_workshop", "Has somebody been to our sensory workshop?",
           "Select if somebody has been to the workshop", hint="It is online and needs no referral.",
           short="Sensory workshop"),
    line("sense_tried", "What has been tried from it, and for how long?", longest=500, short="Sensory ideas tried"),
)  # fmt: skip


def pages(section: str) -> tuple[Page, ...]:
    """The pages of this therapy, under its name in the profile."""
    return (
        Page("ot", section, _FIRST, title=section, when=is_one_of("disciplines", Discipline.OT)),
        Page("ot-home", section, _HOME, title="At home", when=_of("moving", "seating", "equipment")),
        Page("ot-senses", section, _SENSES, title="Senses", when=_of("senses"), note="referral/senses.html"),
    )
