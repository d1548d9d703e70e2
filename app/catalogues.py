"""`make words`: brings the translators' catalogues up to what the messages say now.

Every line of a message is an entry; a line that changed keeps its old translation, marked as unsure ("fuzzy") until a
translator has looked, and is not used before that. Lines that are gone leave the file.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from notifications import wording
from notifications.phrases import PHRASES
from notifications.words import LANGUAGES


def lines() -> Catalog:
    """All there is to translate, each line with the messages it stands in."""
    catalogue = Catalog(project="Front Door", charset="utf-8", fuzzy=False)
    catalogue.add(wording.NOT_YET, auto_comments=["Said above a message that is not translated yet"])
    for phrase in PHRASES:
        catalogue.add(phrase, auto_comments=["Words inside a sentence of a message"])
    for folder in sorted(path for path in wording.TEMPLATES.iterdir() if (path / "subject.txt").is_file()):
        for file in wording.FILES:
            for line in wording.lines_of(folder.name, file):
                catalogue.add(line, locations=[(f"{folder.name}/{file}", 0)])
    return catalogue


def brought_up(path: Path, language: str) -> bytes:
    """The catalogue of a language as it should be now."""
    known = Catalog(locale=language, project="Front Door", fuzzy=False)
    if path.is_file():
        with path.open("rb") as file:
            known = read_po(file, locale=language)
    known.update(lines(), update_creation_date=False)
    told = io.BytesIO()
    write_po(told, known, width=0, omit_header=True, include_lineno=False, sort_output=True, ignore_obsolete=True)
    return told.getvalue()


def main() -> int:
    wording.CATALOGUES.mkdir(exist_ok=True)
    for language in sorted(set(LANGUAGES) - {wording.ENGLISH}):
        path = wording.CATALOGUES / f"{language}.po"
        path.write_bytes(brought_up(path, language))
    return 0


if __name__ == "__main__":
    sys.exit(main())
