"""Files a family adds on the page of its referral: kept with its words, seen by staff, and gone when never sent."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.audit import AuditEntry
from core.storage.files import StoredFile
from core.storage.files_words import FileRefused
from core.storage.jobs import Workbench
from core.storage.keeping import Told
from core.storage.session import Database
from core.web.csrf import FIELD
from core.web.house import House
from referral import files_added, service, status_service
from referral.keeping import keeper
from referral.outcome_models import ReferralAddition
from referral.words import Asked, Enquiry, RequestState
from tests.conftest import Drain, StaffVisit
from tests.referral.outcome_support import request_of
from tests.referral.support import EVE, PARENT, PROFILE, SLT, received
from tests.referral.test_files import PAPER, PHONE, photo
from tests.referral.test_status import behind
from tests.support.visit import Visit

Chosen = tuple[str, bytes]
LETTER: Chosen = ("letter.pdf", PAPER)
FIVE_MB = b"%PDF-" + bytes(5 * 1024 * 1024)


class Family(Visit):
    """A family on the page that takes words and files; `once` is that of the page shown last."""

    where = ""
    once = ""

    async def sends(self, text: str, *files: Chosen, page: str = "add", **more: str) -> str:
        """The words shown when it was not taken, empty when it was."""
        data = {FIELD: self._token, "once": self.once, "text": text, "answer": text, **more}
        chosen = [("file", one) for one in files] or [("file", ("", b""))]
        self._seen(reply := await self.client.post(f"{self.where}/{page}", data=data, files=chosen))
        self.remember(reply.text)
        return reply.text if reply.status_code in (200, 422) else ""

    async def opens(self, page: str = "add") -> str:
        text = (await self.get(f"{self.where}/{page}")).text
        self.remember(text)
        return text

    def remember(self, text: str) -> None:
        if found := re.search(r'name="once" value="([^"]+)"', text):
            self.once = found[1]


@pytest.fixture
async def referral_id(house: House, db: Database, clock: MovedClock) -> UUID:
    return await received(db, clock.now())


@pytest.fixture
async def family(visit: Visit, db: Database, referral_id: UUID) -> Family:
    """Let in, with the form before it."""
    family = Family(visit.client)
    family.where = await behind(family, db, referral_id)
    await family.opens()
    return family


async def kept(db: Database, about_id: UUID | None = None) -> list[str]:
    """The names of files that are there; of one referral, when it is named."""
    async with db.transaction() as session:
        rows = await session.exec(select(StoredFile).order_by(StoredFile.id))  # type: ignore[arg-type]
        return [row.name for row in rows if row.dropped_at is None and about_id in (None, row.about_id)]


async def additions(db: Database) -> list[str]:
    async with db.transaction() as session:
        return list(await session.exec(select(ReferralAddition.text)))


async def test_files_go_to_the_referral_with_the_words_and_sent_twice_they_are_there_once(
    family: Family, db: Database, referral_id: UUID
) -> None:
    for _ in range(2):
        assert not await family.sends("She has a splint now.", LETTER, ("splint.jpg", photo()))
    assert await kept(db, referral_id) == ["letter.pdf", "splint.jpg"]
    assert await additions(db) == ["She has a splint now."]
    page = (await family.get(family.where)).text
    assert "Files you added" in page
    assert "letter.pdf" in page
    assert "splint.jpg" in page


async def test_staff_find_them_on_the_case_and_the_reading_is_on_record(
    family: Family, db: Database, referral_id: UUID, staff_visit: StaffVisit
) -> None:
    await family.sends("She has a splint now.", ("splint.jpg", photo()))
    eve = await staff_visit(Role.TRIAGE)
    case = (await eve.get(f"/staff/triage/{referral_id}")).text
    assert "the family added it on Monday 23 November 2026" in case
    found = re.search(rf"/staff/triage/{referral_id}/files/([0-9a-f-]+)", case)
    assert found
    reply = await eve.get(found[0])
    assert reply.headers["content-disposition"].startswith("attachment")
    assert PHONE not in reply.content
    async with db.transaction() as session:
        read = (await session.exec(select(AuditEntry).where(AuditEntry.action == "referral.file-read"))).one()
        told = (await session.exec(select(AuditEntry).where(AuditEntry.action == "referral.information-added"))).one()
    assert (read.subject_id, read.detail) == (referral_id, {"file": found[1]})
    assert told.detail["files"] == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("letter.pdf", b"MZ a program")], "must be a PDF, Word document (DOCX), JPG, PNG or HEIC"),
        ([("large.pdf", b"%PDF-" + bytes(11 * 1024 * 1024))], "must be smaller than 10 MB"),
        ([(f"{n}.pdf", FIVE_MB) for n in range(5)], "4.pdf: Your files are too large together"),
        ([(f"{n}.pdf", PAPER) for n in range(6)], "Select up to 5 files at once"),
    ],
    ids=["program", "large", "together", "many"],
)
async def test_what_is_not_taken_is_explained_beside_the_field_and_the_words_stay(
    family: Family, db: Database, referral_id: UUID, files: list[Chosen], words: str
) -> None:
    page = await family.sends("She has a <splint>.", *files)
    assert family.last is not None
    assert family.last.status_code == 422
    assert page.count(words) == 2
    assert "She has a &lt;splint&gt;.</textarea>" in page
    assert await kept(db, referral_id) == []
    assert await additions(db) == []


async def test_a_file_stays_chosen_while_words_are_missing_and_can_be_taken_back(
    family: Family, db: Database, referral_id: UUID
) -> None:
    page = await family.sends(" ", LETTER, ("other.pdf", PAPER + b" other"))
    assert "2 files are ready to send" in page
    assert "Enter what you want to tell us" in page
    taken_back = re.findall(r'name="take_back" value="([^"]+)"', page)[0]
    page = await family.sends("Half a sent", take_back=taken_back)
    assert family.last is not None
    assert family.last.status_code == 200
    assert "1 file is ready to send" in page
    assert "Half a sent</textarea>" in page
    assert "1 file is ready" in await family.sends("Half a sent", take_back="nonsense")
    assert not await family.sends("Half a sentence.", ("other.pdf", PAPER + b" other"))
    assert await kept(db, referral_id) == ["other.pdf"]


async def test_all_that_is_ever_added_to_a_referral_has_a_limit(
    family: Family, db: Database, referral_id: UUID
) -> None:
    for name in "abcd":
        await family.opens()
        refused = await family.sends(f"Report {name}", (f"{name}.pdf", FIVE_MB), ("small.pdf", PAPER + name.encode()))
        assert ("You have sent as many files as we can take" in refused) is (name == "d")
    assert len(await kept(db, referral_id)) == 6


async def test_the_same_page_sent_again_with_other_words_loses_neither(
    family: Family, db: Database, referral_id: UUID
) -> None:
    for text in ("First.", "Second, after going back.", "Second, after going back.", "First."):
        await family.sends(text, LETTER if text == "First." else ("second.pdf", PAPER))
    assert await additions(db) == ["First.", "Second, after going back."]
    assert await kept(db, referral_id) == ["letter.pdf", "second.pdf"]


async def test_a_file_that_was_forgotten_comes_along_when_the_same_words_are_sent_again(
    family: Family, db: Database, referral_id: UUID
) -> None:
    for files in ([LETTER], [LETTER, ("forgotten.pdf", PAPER + b" two")]):
        assert not await family.sends("She has a splint now.", *files)
    assert await kept(db, referral_id) == ["letter.pdf", "forgotten.pdf"]
    assert await kept(db) == ["letter.pdf", "forgotten.pdf"], "and nothing waits to be sent"
    assert await additions(db) == ["She has a splint now."]
    async with db.transaction() as session:
        entries = await session.exec(select(AuditEntry).where(AuditEntry.action == "referral.information-added"))
        assert [entry.detail["files"] for entry in entries] == [1, 1]


async def test_two_pages_sent_at_once_do_not_go_over_the_limit_together(
    family: Family, db: Database, referral_id: UUID, clock: MovedClock
) -> None:
    bags = []
    for name in "ab":
        await family.opens()
        await family.sends("", *[(f"{name}{n}.pdf", FIVE_MB + name.encode()) for n in range(3)])
        bags.append(UUID(family.once))

    async def adds(once: UUID) -> bool:
        async with db.transaction() as session:
            return await status_service.add(session, referral_id, once, "Reports.", PROFILE, clock.now())

    assert await adds(bags[0])
    with pytest.raises(FileRefused):
        await adds(bags[1])
    assert len(await kept(db, referral_id)) == 3


async def test_whoever_is_asked_answers_with_files(
    family: Family, db: Database, referral_id: UUID, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    async with db.transaction() as session:
        asked = Enquiry("How does she hold a pen?", Asked.FAMILY, clock.now().date() + timedelta(days=7))
        asked_id = await service.ask(session, EVE, referral_id, SLT, 1, asked, clock.now())
    page = f"information/{asked_id}"
    assert "Add photos, letters or reports" in await family.opens(page)
    assert "1 file is ready to send" in await family.sends("", LETTER, page=page)
    assert not await family.sends("With three fingers.", page=page)
    async with db.transaction() as session:
        assert (await request_of(session, referral_id, SLT)).state is RequestState.IN_TRIAGE
    assert await kept(db, referral_id) == ["letter.pdf"]
    # Back, with a file that was forgotten: it is not lost, and a wrong one is not passed over
    for name, content, where in (("more.pdf", PAPER + b"2", "?done=answered"), ("bad.pdf", b"MZ", "/add")):
        assert not await family.sends("With three fingers.", (name, content), page=page)
        assert family.last is not None
        assert family.last.headers["location"].endswith(where)
    assert await kept(db, referral_id) == ["letter.pdf", "more.pdf"]


async def test_nobody_adds_to_a_referral_they_were_not_let_in_to_nor_reaches_anothers_bag(
    family: Family, db: Database, referral_id: UUID, clock: MovedClock
) -> None:
    other_id, there = await received(db, clock.now(), PARENT), family.where
    await family.sends("", LETTER)
    family.where = f"/referral-status/view/{other_id}"
    await family.sends("Mine?", LETTER)
    assert family.last is not None
    assert family.last.headers["location"] == "/referral-status"
    assert await kept(db) == ["letter.pdf"]
    async with db.transaction() as session:
        await status_service.add(session, other_id, UUID(family.once), "Theirs", PROFILE, clock.now())
    assert await kept(db, other_id) == []
    family.where = there
    assert not await family.sends("Ours.")
    assert await kept(db, referral_id) == ["letter.pdf"]


async def test_what_was_chosen_and_never_sent_goes_after_a_day_and_what_was_sent_stays(
    family: Family, db: Database, house: House, bench: Workbench, clock: MovedClock, drain: Drain, referral_id: UUID
) -> None:
    await family.sends("Here it is.", LETTER)
    await family.opens()
    await family.sends("", ("never.pdf", PAPER))
    for hours, left in ((23, ["letter.pdf", "never.pdf"]), (2, ["letter.pdf"])):
        clock.move_on(hours=hours)
        async with db.transaction() as session:
            await files_added.tidy(session, bench)
        assert await kept(db) == left
    await drain()
    assert len(house.files.objects) == 1  # type: ignore[attr-defined]


async def test_they_are_told_with_the_referral_and_go_with_it(family: Family, db: Database, referral_id: UUID) -> None:
    await family.sends("Here it is.", LETTER)
    async with db.transaction() as session:
        told: list[Told] = await keeper.tell(session, [referral_id])
        assert [one.value for one in told if one.place == "stored_file.name"] == ["letter.pdf"]
        assert (await keeper.forget(session, [referral_id]))["stored_file"] == 1
    assert await kept(db) == []
