"""What is difficult, in people's own words, and what professionals have measured."""

from core.web.questions import Kind, Option, Question, is_one_of
from referral.questions_asking import PARENTS, YOUNG_PEOPLE, Page, When, line, passage
from referral.words import PROFESSIONALS

SECTION, EVIDENCE = "What is difficult", "What you have measured"
EMERGENCY = "components/emergency.html"
_LEVELS = tuple(Option(str(level), str(level)) for level in range(11))

_WORRIES = (
    passage("worries", "What worries you most?", "Enter what worries you most", short="What worries you",
            hint="You only need to tell us once, for all therapies."),
    line("since", "When did it begin?", longest=100, width="20"),
    passage("effect", "How does it affect daily life?", "Enter how it affects daily life",
            hint="For example, at home, at nursery or school, or with friends.", short="Effect on daily life"),
)  # fmt: skip
_HOPES = (
    passage("tried", "What has been tried so far, for how long, and did it help?", short="Tried so far"),
    passage("hopes", "What do you hope will change?", short="Hopes"),
)  # fmt: skip
_THEIR_VIEW = (passage("own_view", "What does {child} say about it?", longest=1000, short="In their own words",
                       hint="In words, pictures or signs. Leave this blank if you do not know."),)  # fmt: skip


def _level(name: str, label: str, short: str) -> Question:
    return Question(
        name, Kind.SELECT, label, hint="0 is not worried, 10 is very worried.", short=short, options=_LEVELS
    )


_OF_CHILD = _level("level_child", "How worried is {child}?", "Worry, 0 to 10: child")
_OF_SELF = _level("level_child", "How worried are you?", "Worry, 0 to 10")
_OF_PARENT = _level("level_parent", "How worried are you?", "Worry, 0 to 10: parent or carer")
_OF_THEM = _level("level_parent", "How worried are the parents or carers?", "Worry, 0 to 10: parent or carer")
_OF_SETTING = _level("level_setting", "How worried is the nursery, school or college?", "Worry, 0 to 10: setting")


def _of(*disciplines: str) -> When:
    return is_one_of("disciplines", *disciplines)


_MEASURED = (
    line("wellcomm", "WellComm: section and colour", when=_of("slt"), short="WellComm"),
    line("asq", "ASQ-3 scores", short="ASQ-3"),
    line("speech_screen", "Speech-sound screen", when=_of("slt")),
    line("language_screen", "Language screen", when=_of("slt")),
    line("sensory_pack", "Sensory pack or workshop, and when", when=_of("ot"), short="Sensory pack or workshop"),
    line("physical_log", "Physical literacy programmes, and how long", when=_of("ot", "physio"),
         short="Physical literacy"),
    passage("measured_more", "Anything else you have seen or measured", longest=2000, short="Seen or measured"),
)  # fmt: skip


PAGES = (
    Page("worries", SECTION, _WORRIES, title="Your worries", note=EMERGENCY),
    Page("own-view", SECTION, (*_THEIR_VIEW, _OF_CHILD, _OF_PARENT), title="How it feels", whom=PARENTS,
         note=EMERGENCY),
    Page("own-worry", SECTION, (_OF_SELF,), whom=YOUNG_PEOPLE),
    Page("their-view", SECTION, (*_THEIR_VIEW, _OF_CHILD, _OF_THEM, _OF_SETTING), title="How it feels",
         whom=PROFESSIONALS, note=EMERGENCY),
    Page("hopes", SECTION, _HOPES, title="What helps and what you hope for", note=EMERGENCY),
)  # fmt: skip
MEASURED = (Page("measured", EVIDENCE, _MEASURED, title="What you have measured", whom=PROFESSIONALS),)
