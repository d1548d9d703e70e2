"""The exact words of a message: a template, what stands in its gaps, and the language of whoever reads it.

A template is read line by line. Each line with words is one entry of a gettext catalogue
(`templates/messages/locale/<language>.po`), gaps and all, so that a translator sees whole sentences. A message is in
one language: where a single line has no translation yet, all of it is English, and its first line says so in theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, meta

from core.domain.calendar import spoken_date, spoken_instant
from core.domain.clock import in_london
from notifications import rules
from notifications.words import LANGUAGES, Channel, Phrase, Rendered, Word

TEMPLATES = Path(__file__).parent.parent / "templates" / "messages"
CATALOGUES = TEMPLATES / "locale"
FILES = ("subject.txt", "body.txt", "easy.txt", "text.txt")
ENGLISH = "en"
# Said in the reader's own language above a message that is not in it.
NOT_YET = "We do not have this message in your language yet. Call us, and we will read it to you with an interpreter."

_plain = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text: nothing here is read as HTML
    auto_reload=False,
)
_pages = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, auto_reload=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an e-mail: its lines, or the one address that it is."""

    lines: tuple[str, ...]
    link: str = ""


def render(
    template: str, channel: Channel, words: Mapping[str, Word], language: str = ENGLISH, *, easy_read: bool = False
) -> Rendered:
    """The exact words. `words` are the gaps of all files of the template, whichever channel it goes by; an instant or
    a day is written as the language writes it, a Phrase is translated, text is what somebody may have typed.

    Raises WordsDoNotFit, or TemplateNotFound when the template has no words for this channel."""
    asked = placeholders(template)
    rules.check_names(frozenset().union(*asked.values()), words)
    rules.check_subject(asked["subject.txt"])
    files = files_for(template, channel, easy_read=easy_read)
    ordinary = files_for(template, channel)
    if not is_whole(template, language, words, files) and is_whole(template, language, words, ordinary):
        files = ordinary  # their own language is easier than easy words in another
    spoken = language if is_whole(template, language, words, files) else ENGLISH
    fitted = {name: _fit(name, word, spoken) for name, word in words.items()}
    told = [_say(template, file, fitted, spoken) for file in files]
    if spoken != language and (note := translation(NOT_YET, language)):
        told[-1] = f"{note}\n\n{told[-1]}"
    return Rendered("" if channel is Channel.TEXT else told[0], told[-1], spoken)


def files_for(template: str, channel: Channel, *, easy_read: bool = False) -> tuple[str, ...]:
    """What a channel is made of, its words last. Easy read is there for some messages only."""
    if channel is Channel.TEXT:
        return ("text.txt",)
    easy = easy_read and bool(source(template, "easy.txt"))
    return ("subject.txt", "easy.txt" if easy else "body.txt")


def page_of(template: str, subject: str, body: str, language: str = ENGLISH, *, large_print: bool = False) -> str:
    """An e-mail as HTML, from the very words that were kept. Whatever a person typed is escaped."""
    return _pages.get_template(f"{template}/body.html").render(
        subject=subject,
        paragraphs=paragraphs(body),
        language=language,
        direction=direction(language),
        large_print=large_print,
    )


def direction(language: str) -> str:
    """Which way it is read, as HTML says it."""
    return "rtl" if LANGUAGES[language].right_to_left else "ltr"


def paragraphs(body: str) -> list[Paragraph]:
    """The paragraphs of a body; an address on a line of its own is a paragraph of its own."""
    found: list[Paragraph] = []
    for block in body.split("\n\n"):
        lines: list[str] = []
        for line in filter(None, map(str.strip, block.splitlines())):
            if line.startswith(("https://", "http://")) and " " not in line:
                found += [Paragraph(tuple(lines))] if lines else []
                found.append(Paragraph((line,), line))
                lines = []
            else:
                lines.append(line)
        found += [Paragraph(tuple(lines))] if lines else []
    return found


def is_whole(template: str, language: str, words: Mapping[str, Word], files: tuple[str, ...]) -> bool:
    """Whether every line of these files, and every phrase, can be said in a language."""
    said = [line for file in files for line in lines_of(template, file)]
    said += [word.text for word in words.values() if isinstance(word, Phrase)]
    return language == ENGLISH or all(translation(line, language) for line in said)


@lru_cache(maxsize=512)
def placeholders(template: str) -> Mapping[str, frozenset[str]]:
    """File → the names it asks for; no file is an empty set."""
    return {file: gaps(source(template, file)) for file in FILES}


def gaps(words: str) -> frozenset[str]:
    """The names of the gaps in a line or a template."""
    return frozenset(meta.find_undeclared_variables(_plain.parse(words)))


@lru_cache(maxsize=2048)
def source(template: str, file: str) -> str:
    """A template as it stands; nothing when there is none."""
    path = TEMPLATES / template / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@lru_cache(maxsize=2048)
def lines_of(template: str, file: str) -> tuple[str, ...]:
    """The lines that have words of their own to translate."""
    return tuple(line for line in map(str.strip, source(template, file).splitlines()) if _has_words(line))


def translation(line: str, language: str) -> str:
    """A line in another language; nothing when there is none yet. English is its own."""
    return line if language == ENGLISH else catalogue(language).get(line, "")


@lru_cache(maxsize=64)
def catalogue(language: str) -> Mapping[str, str]:
    """English line → theirs. What a translator has marked as unsure is left out."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        entries = read_po(file, locale=language)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string and not entry.fuzzy}


def _say(template: str, file: str, words: Mapping[str, str], language: str) -> str:
    if not (english := source(template, file)):
        return _plain.get_template(f"{template}/{file}").render(words)  # raises TemplateNotFound
    lines = (line.strip() for line in english.splitlines())
    told = "\n".join(translation(line, language) if _has_words(line) else line for line in lines)
    return _template(told).render(words).strip()


@lru_cache(maxsize=2048)
def _template(words: str) -> Template:
    return _plain.from_string(words)


@lru_cache(maxsize=4096)
def _has_words(line: str) -> bool:
    return any(sign.isalpha() for sign in _template(line).render(dict.fromkeys(gaps(line), "")))


def _fit(name: str, word: Word, language: str) -> str:
    match word:
        case Phrase():
            return translation(word.text, language)
        case datetime():
            return _instant(word, language)
        case date():
            return spoken_date(word) if language == ENGLISH else format_date(word, "EEEE, d MMMM y", locale=language)
    return rules.fit(name, word)


def _instant(at: datetime, language: str) -> str:
    if language == ENGLISH:
        return spoken_instant(at)
    wall = in_london(at)
    return f"{format_date(wall, 'EEEE, d MMMM y', locale=language)}, {format_time(wall, 'HH:mm', locale=language)}"
