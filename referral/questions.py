"""The questions of a referral as data, put together: every page in the order of the form. The families beside this
module hold them by theme; fields follow annex §1.2 and §1.3, wording the NHS service manual.

A referral keeps the version it answered. Change `QUESTIONS_VERSION` with any question, and print the new version
(`python -m referral.versions`): `versions/` keeps every one, so that what was asked can always be read as it was asked.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import ModuleType

from core.domain.identity import Discipline
from core.web.questions import Question
from referral import (
    questions_child,
    questions_concern,
    questions_consent,
    questions_contacts,
    questions_health,
    questions_ot,
    questions_physio,
    questions_safety,
    questions_school,
    questions_slt,
    questions_start,
)
from referral.questions_asking import NONE, Page
from referral.questions_consent import CONSENTS
from referral.questions_contacts import UPDATES
from referral.questions_start import AGREED, SIGNS, URGENT_NOW, WHO
from referral.words import PROFESSIONALS

QUESTIONS_VERSION = "2026-12"

THERAPIES: Mapping[Discipline, Callable[[str], tuple[Page, ...]]] = {
    Discipline.SLT: questions_slt.pages,
    Discipline.OT: questions_ot.pages,
    Discipline.PHYSIO: questions_physio.pages,
}
_COMMON: tuple[ModuleType, ...] = (
    questions_contacts,
    questions_safety,
    questions_health,
    questions_school,
    questions_concern,
)


def common_pages() -> tuple[Page, ...]:
    """What is asked once, whatever therapies are wanted, after the child's name and before the therapies."""
    pages: tuple[Page, ...] = tuple(page for family in _COMMON for page in family.PAGES)
    return spoken((*questions_child.PAGES, *pages))


def therapy_pages(discipline: Discipline, section: str) -> tuple[Page, ...]:
    return spoken(THERAPIES[discipline](section))


def last_pages() -> tuple[Page, ...]:
    """What professionals measured, and who agrees to what."""
    return spoken((*questions_concern.MEASURED, *questions_consent.PAGES))


def every_page(named: Callable[[Discipline], str]) -> tuple[Page, ...]:
    """All that any referral is asked, in the order of the form and before it is put in anybody's words; `named` says
    how a therapy's section is called. Which therapies there are is the profile's, and no page here."""
    start = (("who", WHO), ("urgent", URGENT_NOW), ("signs", SIGNS))
    therapies = (page for discipline in THERAPIES for page in THERAPIES[discipline](named(discipline)))
    return (
        *(Page(slug, questions_start.START, (question,)) for slug, question in start),
        questions_start.ROLE,
        questions_start.WORK_CONTACT,
        Page("agreement", questions_start.ABOUT_YOU, (AGREED,), whom=PROFESSIONALS),
        questions_start.WHO_AGREED,
        *questions_child.NAMES,
        *questions_child.PAGES,
        *(page for family in _COMMON for page in family.PAGES),
        *therapies,
        *questions_concern.MEASURED,
        *questions_consent.PAGES,
    )


def spoken(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """The pages in the words of each kind of reader."""
    return tuple(said for page in pages for said in page.spoken())


@lru_cache(maxsize=1)
def every_question() -> dict[str, Question]:
    """Question id → the question, for whoever must name an answer. Where wordings differ, a parent's."""
    therapies = tuple(page for discipline in THERAPIES for page in therapy_pages(discipline, discipline.value))
    first = (*questions_start.PAGES, *questions_child.NAMES)
    asked = (one for page in (*first, *common_pages(), *therapies, *last_pages()) for one in page.questions)
    found: dict[str, Question] = {one.id: one for one in (WHO, URGENT_NOW, SIGNS, AGREED)}
    for one in asked:
        found.setdefault(one.id, one)
    return found


__all__ = [
    "AGREED",
    "CONSENTS",
    "NONE",
    "QUESTIONS_VERSION",
    "SIGNS",
    "THERAPIES",
    "UPDATES",
    "URGENT_NOW",
    "WHO",
    "common_pages",
    "every_page",
    "every_question",
    "last_pages",
    "spoken",
    "therapy_pages",
]
