"""Every message template of the house: whole, private, and in the service's voice.

A folder `templates/messages/<name>/` holds `subject.txt`, `body.txt` and `text.txt`, and `sample.json`: a word for each
placeholder, all invented.
"""

import json
import re
from pathlib import Path

import pytest

from notifications import rules, wording
from notifications.words import Channel

FOLDERS = sorted(path for path in wording.TEMPLATES.iterdir() if (path / "sample.json").is_file())
NAMES = [folder.name for folder in FOLDERS]
GREETINGS = ("Dear parent or carer", "Dear colleague", "Hello")
# What must not be read on a locked screen.
_PRIVATE = re.compile(
    r"therap(?!ies\b)|occupational|speech|physio|\bOT\b|\bSLT\b|diagnos|safeguard|autis|dyspha", re.IGNORECASE
)


def sample(folder: Path) -> dict[str, str]:
    words: dict[str, str] = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
    return words


@pytest.fixture(params=FOLDERS, ids=NAMES)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_each_channel_can_be_said_with_the_sample(folder: Path) -> None:
    for channel in Channel:
        said = wording.render(folder.name, channel, sample(folder))
        assert said.body
        assert "{{" not in said.subject_line + said.body


def test_a_missing_or_an_unused_word_is_refused(folder: Path) -> None:
    words = sample(folder)
    for name in words:
        with pytest.raises(rules.WordsDoNotFit, match="missing"):
            wording.render(folder.name, Channel.EMAIL, {k: v for k, v in words.items() if k != name})
    with pytest.raises(rules.WordsDoNotFit, match="unused"):
        wording.render(folder.name, Channel.EMAIL, words | {"not_in_any_file": "x"})


def test_the_subject_shows_no_more_than_a_reference(folder: Path) -> None:
    assert wording.placeholders(folder.name)["subject.txt"] <= rules.SUBJECT_MAY_HOLD
    assert not _PRIVATE.search((folder / "subject.txt").read_text(encoding="utf-8"))


def test_it_greets_whoever_it_is_for(folder: Path) -> None:
    assert wording.render(folder.name, Channel.EMAIL, sample(folder)).body.startswith(GREETINGS)


def test_a_text_fits_and_says_nothing_private(folder: Path) -> None:
    text = wording.render(folder.name, Channel.TEXT, sample(folder)).body
    assert len(text) <= rules.LONGEST_TEXT
    assert not _PRIVATE.search(text)


def test_it_says_where_to_call(folder: Path) -> None:
    assert any(name.endswith("phone") for name in wording.placeholders(folder.name)["body.txt"])


def test_every_folder_has_all_its_files(folder: Path) -> None:
    assert {"subject.txt", "body.txt", "body.html", "text.txt", "sample.json"} <= {
        path.name for path in folder.iterdir()
    }


EASY = sorted(folder.name for folder in FOLDERS if (folder / "easy.txt").is_file())


def test_the_messages_most_families_get_are_there_in_easy_read() -> None:
    assert EASY == [
        "advice-received",
        "booking-cancelled",
        "booking-confirmed",
        "booking-reminder",
        "place-offered",
        "referral-received",
    ]


@pytest.mark.parametrize("name", EASY)
def test_easy_read_says_one_short_idea_a_line(name: str) -> None:
    words = sample(wording.TEMPLATES / name)
    said = wording.render(name, Channel.EMAIL, words, easy_read=True).body
    assert said != wording.render(name, Channel.EMAIL, words).body
    lines = [line for line in said.splitlines() if not line.startswith("http")]
    assert [line for line in lines if len(line.split()) > 12] == []
    asked = wording.placeholders(name)
    assert asked["easy.txt"] <= asked["body.txt"]
    assert {"phone"} | {gap for gap in asked["body.txt"] if gap.endswith("link")} <= asked["easy.txt"]


def test_easy_words_in_english_do_not_displace_ordinary_ones_in_their_language() -> None:
    words = sample(wording.TEMPLATES / "advice-received")
    said = wording.render("advice-received", Channel.EMAIL, words, "pl", easy_read=True)
    assert said.language == "pl"
