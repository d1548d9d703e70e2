"""Advice texts: written by leads, read by all on the desk; no version is ever lost."""

import pytest

from core.domain.identity import Discipline, Role
from core.domain.ids import new_id
from tests.conftest import StaffVisit
from tests.support.visit import Visit

TEXTS = "/staff/callbacks/texts"
WORDS = {"title": "Share books", "body": "Every day.", "link": "https://example.org/books", "therapy": "slt"}


@pytest.fixture
async def grace(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.MANAGER, name="Grace Invented")


@pytest.fixture
async def text(grace: Visit) -> str:
    """The address of a text."""
    made = str(new_id())
    await grace.get(f"{TEXTS}/new")
    for _ in range(2):
        assert (await grace.post(f"{TEXTS}/new", WORDS | {"text": made})).status_code == 303
    return f"{TEXTS}/{made}"


async def test_a_text_sent_twice_is_one(grace: Visit, text: str) -> None:
    page = await grace.get(TEXTS)
    assert page.text.count("Share books") == 1
    assert text in page.text


async def test_every_version_stays_with_who_wrote_it(grace: Visit, text: str) -> None:
    await grace.post(text, WORDS | {"body": "Twice a day.", "therapy": "every", "seen": "1"})
    page = (await grace.get(text)).text
    assert "Version 2: Share books" in page
    assert "Version 1: Share books" in page
    assert "Every day." in page
    assert page.count("Grace Invented, Monday 23 November 2026") == 2


async def test_whoever_was_slower_keeps_what_they_typed(grace: Visit, text: str) -> None:
    await grace.post(text, WORDS | {"body": "Twice a day.", "seen": "1"})
    page = await grace.post(text, WORDS | {"body": "Three times.", "seen": "1"})
    assert page.status_code == 409
    assert "A colleague saved a newer version" in page.text
    assert "Three times." in page.text
    assert "Twice a day." in page.text
    assert (await grace.post(text, WORDS | {"body": "Three times.", "seen": "2"})).status_code == 303


@pytest.mark.parametrize(
    "link", ["http://example.org", "javascript:alert(1)", "https://two words.example", "https://x"]
)
async def test_a_link_is_a_whole_address(grace: Visit, link: str) -> None:
    await grace.get(f"{TEXTS}/new")
    page = await grace.post(f"{TEXTS}/new", WORDS | {"link": link, "text": str(new_id())})
    assert page.status_code == 422
    assert "Enter the whole address of the page" in page.text


async def test_a_text_no_longer_used_is_not_offered_and_can_come_back(grace: Visit, text: str) -> None:
    await grace.post(f"{text}/use", {"retired": "yes"})
    assert "No longer used" in (await grace.get(TEXTS)).text
    await grace.get(text)
    await grace.post(f"{text}/use", {"retired": "no"})
    assert "No longer used" not in (await grace.get(TEXTS)).text


async def test_a_therapist_reads_and_does_not_write(staff_visit: StaffVisit, text: str) -> None:
    amira = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,), name="Amira Invented")
    assert "Every day." in (await amira.get(text)).text
    assert "Save as version" not in (await amira.get(text)).text
    assert (await amira.get(f"{TEXTS}/new")).status_code == 403
    await amira.get("/staff/callbacks")
    assert (await amira.post(text, WORDS | {"seen": "1"})).status_code == 403
