"""What is asked about an advice text."""

from collections.abc import Mapping

from advice_line.snippet_words import LONGEST_BODY, LONGEST_LINK, LONGEST_TITLE, Snippet, Text
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.questions import Answers, Kind, Option, Question

_EVERY = "every"


def _whole_address(told: str) -> str:
    if not told.startswith("https://") or " " in told or "." not in told:
        raise ValueError("Enter the whole address of the page, beginning with https://")
    return told


def text_questions(profile: Profile) -> tuple[Question, ...]:
    """The words, and for which therapy."""
    therapies = [Option(one, words.name.capitalize()) for one, words in profile.disciplines.items()]
    return (
        Question("title", Kind.TEXT, "Title", missing="Enter a title", longest=LONGEST_TITLE),
        Question(
            "body",
            Kind.LONG_TEXT,
            "Text",
            hint="A few plain sentences for a family. Name nobody.",
            missing="Enter the text",
            longest=LONGEST_BODY,
        ),
        Question(
            "link",
            Kind.TEXT,
            "Page to read on",
            hint="For example, https://www.nhs.uk/baby/",
            longest=LONGEST_LINK,
            check=_whole_address,
        ),
        Question(
            "therapy",
            Kind.RADIOS,
            "For which therapy?",
            missing="Select a therapy",
            options=(*therapies, Option(_EVERY, "All of them", after_or=True)),
        ),
    )


def text_from(answers: Answers) -> tuple[Text, Discipline | None]:
    """The words and the therapy; none for all of them."""
    therapy = str(answers["therapy"])
    text = Text(str(answers["title"]), str(answers["body"]), str(answers["link"]) if "link" in answers else None)
    return text, None if therapy == _EVERY else Discipline(therapy)


def as_answers(snippet: Snippet) -> Mapping[str, str]:
    """The text as it stands, to be changed."""
    told = {"title": snippet.text.title, "body": snippet.text.body, "therapy": snippet.discipline or _EVERY}
    return told | ({"link": snippet.text.link} if snippet.text.link else {})
