"""What physiotherapy asks beside the common questions (annex §1.3)."""

from core.domain.identity import Discipline
from core.web.questions import Answers, Kind, Option, Question, is_one_of
from referral.questions_asking import UNSURE, YES_NO, Page, When, boxes, choice, line
from referral.rules import AFTER_OPERATION
from referral.words import PROFESSIONALS

AREAS = boxes(
    "physio_areas",
    "What is difficult?",
    "Select what is difficult",
    Option("milestones", "Sitting, crawling or standing later than expected"),
    Option("walking", "Walking, or learning to walk"),
    Option("toes", "Walking on toes, or feet that turn in"),
    Option("falls", "Falling or tripping often"),
    Option("stiff", "Stiff, floppy or very bendy joints or muscles"),
    Option("head", "A baby’s head that turns to one side, or is flat"),
    Option("foot", "A baby’s foot that turns in"),
    Option("nerve", "An arm hurt at birth (brachial plexus)"),
    Option("breathing", "A chest condition that needs physiotherapy"),
    Option(AFTER_OPERATION, "Getting better after an operation"),
    short="Moving: what is difficult",
)
_FIRST = (
    AREAS,
    choice("physio_pain", "Are {they} in pain?", "Select if {they} are in pain", Option("no", "No"),
           Option("sometimes", "Sometimes"), Option("often", "Often, or it wakes them at night"), UNSURE,
           short="In pain"),
)  # fmt: skip


def _of(*areas: str) -> When:
    def holds(answers: Answers) -> bool:
        return is_one_of("disciplines", Discipline.PHYSIO)(answers) and is_one_of("physio_areas", *areas)(answers)

    return holds


def _is_professional(answers: Answers) -> bool:
    return answers.get("who") in PROFESSIONALS


_MOVING = (
    choice("physio_walks", "Do {they} walk on {their} own?", "Select if {they} walk", Option("yes", "Yes"),
           Option("young", "Not yet, and they are under 18 months"),
           Option("late", "Not yet, at 18 months or older"), short="Walks"),
    choice("physio_heels", "Can {their} heels reach the floor?", "Select if {their} heels reach the floor", *YES_NO,
           UNSURE, when=is_one_of("physio_areas", "toes"), short="Heels reach the floor"),
    line("physio_falls", "How often do {they} fall, and when?", short="Falls"),
    choice("physio_hand", "If {they} are under 18 months: is one hand used much more than the other?",
           "Select if one hand is used much more", *YES_NO, Option("older", "Over 18 months"),
           short="One hand used more, under 18 months"),
    choice("physio_gmfcs", "GMFCS level", "", *(Option(level, level) for level in ("I", "II", "III", "IV", "V")),
           when=_is_professional),
    line("physio_orthotics", "Splints, insoles or special shoes", short="Splints and shoes"),
)  # fmt: skip
_JOINTS = (
    boxes("physio_muscles", "What do you see?", "Select what you see", Option("floppy", "Floppy muscles"),
          Option("stiff", "Stiff muscles"), Option("bendy", "Very bendy joints that hurt or tire"),
          Option("range", "A joint that moves less than it did"), Option("sides", "One side differs from the other"),
          nothing="None of these", short="Muscles and joints"),
)  # fmt: skip
_BABY = (
    boxes("baby_signs", "What do you see?", "Select what you see", Option("turn", "The head turns to one side only"),
          Option("flat", "The head is flat on one side"), Option("slow", "They lift or turn the head late"),
          Option("foot", "A foot turns in and cannot be straightened"),
          Option("arm", "An arm or hand does not move as the other"), nothing="None of these",
          short="Seen in the baby"),
)  # fmt: skip
_CHEST = (line("chest", "Which condition, and what helps now?", "Enter which condition", longest=500, short="Chest"),)
_OPERATION = (
    line("operation", "Which operation?", "Enter which operation", longest=300, short="Operation",
         hint="A procedure like Botox or casting counts too."),
    Question("operation_on", Kind.DATE, "When was it?", hint="For example, 27 3 2026",
             missing="Enter when the operation was", short="Date of operation"),
    line("surgeon", "Surgeon and hospital", "Enter the surgeon and hospital", short="Surgeon and hospital"),
    choice("weight_bearing", "May {they} put weight on it?", "Select if {they} may put weight on it",
           Option("full", "Yes"), Option("part", "Some"), Option("none", "No"), UNSURE, short="Weight bearing"),
    line("protocol", "The surgeon’s plan, and what must not be done", longest=500,
         short="Protocol, and what not to do"),
    line("operation_goals", "Goals, and equipment that was given", longest=500, short="Goals and equipment"),
)  # fmt: skip


def pages(section: str) -> tuple[Page, ...]:
    """The pages of this therapy, under its name in the profile."""
    moving = _of("milestones", "walking", "toes", "falls")
    return (
        Page("physio", section, _FIRST, title=section, when=is_one_of("disciplines", Discipline.PHYSIO)),
        Page("physio-moving", section, _MOVING, title="Moving", when=moving),
        Page("physio-joints", section, _JOINTS, when=_of("stiff")),
        Page("physio-baby", section, _BABY, when=_of("head", "foot", "nerve")),
        Page("physio-chest", section, _CHEST, when=_of("breathing")),
        Page("physio-operation", section, _OPERATION, title="The operation", when=_of(AFTER_OPERATION)),
    )
