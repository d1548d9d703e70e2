"""Messages in the language and at the reading age of whoever gets them."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import textstat  # type: ignore[import-untyped]  # it comes without types

from app.catalogues import brought_up
from core.domain.clock import london
from notifications import wording
from notifications.words import LANGUAGES, Channel, Phrase, Word
from tests.notifications.test_templates import FOLDERS, NAMES, sample

OTHERS = sorted(set(LANGUAGES) - {"en"})
EASIEST = 6.0
# Whose words may be harder than a nine-year-old reads, and why.
EXPLAINED: dict[str, str] = {}


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.TEXT])
def test_a_nine_year_old_can_read_it(folder: Path, channel: Channel) -> None:
    said = _sentences(wording.render(folder.name, channel, sample(folder)).body)
    assert textstat.flesch_kincaid_grade(said) <= EASIEST or folder.name in EXPLAINED


def test_the_measure_knows_hard_words_from_easy_ones() -> None:
    hard = "Notwithstanding the aforementioned administrative considerations, commissioning necessitates evaluation."
    assert textstat.flesch_kincaid_grade(hard) > EASIEST


@pytest.mark.parametrize("language", OTHERS)
def test_every_line_of_every_message_is_before_the_translators(language: str) -> None:
    path = wording.CATALOGUES / f"{language}.po"
    assert brought_up(path, language) == path.read_bytes(), "run make words"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_gaps_of_its_line(language: str) -> None:
    for line, theirs in wording.catalogue(language).items():
        assert wording.gaps(line) == wording.gaps(theirs), line


@pytest.mark.parametrize("language", OTHERS)
def test_a_message_can_be_said_in_each_language(language: str) -> None:
    said = wording.render("advice-received", Channel.EMAIL, _words("advice-received"), language)
    english = wording.render("advice-received", Channel.EMAIL, _words("advice-received"))
    assert said.language == language
    assert "K7MA-4QXA" in said.subject_line
    assert not set(said.body.splitlines()) & {
        line for line in english.body.splitlines() if " " in line and "'" not in line
    }
    assert {line for line in said.body.splitlines() if line.startswith("http")}


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_not_translated_is_english_and_says_so_in_theirs(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dict(wording.catalogue(language))
    known.pop("Hello,")
    monkeypatch.setattr(wording, "catalogue", lambda _: known)
    said = wording.render("advice-received", Channel.EMAIL, _words("advice-received"), language)
    english = wording.render("advice-received", Channel.EMAIL, _words("advice-received"))
    assert (said.language, said.subject_line) == ("en", english.subject_line)
    assert said.body == f"{known[wording.NOT_YET]}\n\n{english.body}"


def test_what_a_translator_is_unsure_of_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pl.po").write_text('#, fuzzy\nmsgid "Hello,"\nmsgstr "Dobranoc,"\n', encoding="utf-8")
    monkeypatch.setattr(wording, "CATALOGUES", tmp_path)
    wording.catalogue.cache_clear()
    assert wording.translation("Hello,", "pl") == ""
    wording.catalogue.cache_clear()


def test_days_times_and_our_own_words_are_said_in_their_language() -> None:
    words: dict[str, Word] = _words("booking-confirmed") | {
        "what": Phrase("an appointment"),
        "when": london(2026, 12, 1, 9, 30),
        "where": Phrase("online, by video"),
    }
    assert "an appointment" in wording.render("booking-confirmed", Channel.EMAIL, words).body
    assert "Tuesday 1 December 2026 at 9:30am" in wording.render("booking-confirmed", Channel.EMAIL, words).body
    due = _words("advice-received") | {"due": date(2026, 12, 1)}
    assert "wtorek, 1 grudnia 2026" in wording.render("advice-received", Channel.EMAIL, due, "pl").body


def test_an_email_is_read_from_right_to_left_where_the_language_is() -> None:
    urdu = wording.render("advice-received", Channel.EMAIL, _words("advice-received"), "ur")
    assert '<html lang="ur" dir="rtl">' in wording.page_of("advice-received", urdu.subject_line, urdu.body, "ur")
    assert 'dir="ltr"' in wording.page_of("advice-received", "x", "y", "pl")


def test_what_a_person_typed_is_no_html_and_no_link() -> None:
    words = _words("booking-confirmed") | {"where": "<script>alert(1)</script> www.evil.example.org"}
    said = wording.render("booking-confirmed", Channel.EMAIL, words)
    shown = wording.page_of("booking-confirmed", said.subject_line, said.body)
    assert "<script>" not in shown
    assert "www.evil" not in said.body
    assert re.findall(r'href="([^"]*)"', shown) == [str(words["manage_link"])]


def test_large_print_is_larger() -> None:
    assert "font-size:24px" in wording.page_of("booking-confirmed", "x", "y", large_print=True)
    assert "font-size:24px" not in wording.page_of("booking-confirmed", "x", "y")


def test_templates_have_gaps_and_no_other_code() -> None:
    for folder in FOLDERS:
        assert not any("{%" in wording.source(folder.name, file) for file in wording.FILES)


def _words(template: str) -> dict[str, Word]:
    found: dict[str, Word] = json.loads((wording.TEMPLATES / template / "sample.json").read_text(encoding="utf-8"))
    return found


def _sentences(body: str) -> str:
    lines = (re.sub(r"https?://\S+", "", line).strip() for line in body.splitlines())
    return " ".join(line if line.endswith((".", "?", "!")) else f"{line}." for line in lines if line)
