"""What each therapy asks beside the common questions (annex §1.3), and how it is named. Part of `questions.py`'s
version."""

from collections.abc import Mapping

from core.domain.identity import Discipline
from core.web.questions import Kind, Option, Question
from referral.rules import AFTER_OPERATION, EATING

ABOUT: Mapping[Discipline, str] = {
    Discipline.SLT: "Talking, understanding, eating and drinking",
    Discipline.OT: "Everyday skills, like dressing and writing, senses, and equipment at home",
    Discipline.PHYSIO: "Moving, walking, strength, balance and pain",
}


_SHORT: Mapping[Discipline, str] = {
    Discipline.SLT: "Speech and language",
    Discipline.OT: "Everyday skills",
    Discipline.PHYSIO: "Moving",
}


def _areas(discipline: Discipline, *options: Option) -> Question:
    return Question(
        f"{discipline}_areas",
        Kind.CHECKBOXES,
        "What is difficult?",
        hint="Select all that apply.",
        missing="Select what is difficult",
        short=f"{_SHORT[discipline]}: what is difficult",
        options=options,
    )


SECTIONS: Mapping[Discipline, tuple[Question, ...]] = {
    Discipline.SLT: (
        _areas(
            Discipline.SLT,
            Option("speech", "Saying sounds and words clearly"),
            Option("understanding", "Understanding what others say"),
            Option("talking", "Using words and sentences"),
            Option("social", "Talking and playing with others"),
            Option("stammering", "Stammering"),
            Option("voice", "A hoarse or lost voice"),
            Option("mutism", "Talking in some places and not in others"),
            Option(EATING, "Eating, drinking or swallowing"),
        ),
        Question(
            "slt_understood",
            Kind.RADIOS,
            "Who understands their speech?",
            missing="Select who understands their speech",
            options=(
                Option("most", "Most people"),
                Option("family", "Mostly family"),
                Option("few", "Hardly anyone"),
                Option("too-young", "They do not talk yet"),
            ),
        ),
        Question(
            "slt_hearing",
            Kind.RADIOS,
            "Has their hearing been tested in the last 12 months?",
            missing="Select if their hearing has been tested",
            short="Hearing tested in the last 12 months",
            options=(
                Option("clear", "Yes, and it was fine"),
                Option("loss", "Yes, and they had difficulty hearing"),
                Option("no", "No"),
                Option("unsure", "I am not sure"),
            ),
        ),
    ),
    Discipline.OT: (
        _areas(
            Discipline.OT,
            Option("dressing", "Dressing, washing or using the toilet"),
            Option("eating", "Using a spoon, fork or cup"),
            Option("writing", "Writing, drawing or using scissors"),
            Option("play", "Playing, PE or riding a bike"),
            Option("senses", "Noise, touch and other senses"),
            Option("sleep", "Sleep and daily routine"),
            Option("equipment", "Seating, equipment or getting around the home"),
        ),
        Question("ot_help", Kind.LONG_TEXT, "What help do they need that others of their age do not?", longest=2000,
                 missing="Enter what help they need", short="Help needed"),
    ),
    Discipline.PHYSIO: (
        _areas(
            Discipline.PHYSIO,
            Option("walking", "Walking, or learning to walk"),
            Option("falls", "Falling or tripping often"),
            Option("milestones", "Sitting, crawling or standing later than expected"),
            Option("stiff", "Stiff, floppy or very bendy joints or muscles"),
            Option("breathing", "A chest condition that needs physiotherapy"),
            Option(AFTER_OPERATION, "Getting better after an operation"),
        ),
        Question(
            "physio_pain",
            Kind.RADIOS,
            "Are they in pain?",
            missing="Select if they are in pain",
            options=(
                Option("no", "No"),
                Option("sometimes", "Sometimes"),
                Option("often", "Often, or it wakes them at night"),
                Option("unsure", "I am not sure"),
            ),
        ),
    ),
}  # fmt: skip


def therapies(names: tuple[tuple[Discipline, str], ...]) -> Question:
    """Which therapies are wanted, by the profile's names."""
    return Question(
        "disciplines",
        Kind.CHECKBOXES,
        "Which therapies are you asking for?",
        hint="Select all that apply. If you are not sure, select what fits best: therapists talk with each other.",
        missing="Select at least one therapy",
        short="Therapies",
        options=tuple(
            Option(discipline, name[:1].upper() + name[1:], hint=ABOUT[discipline]) for discipline, name in names
        ),
    )
