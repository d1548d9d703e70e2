"""Files that come with a referral: taken with the form, handed to the referral, fetched only by who may read it."""

import io

import pytest
from PIL import Image
from sqlmodel import select

from core.domain.identity import Role
from core.storage.audit import AuditEntry
from core.storage.files import StoredFile
from core.storage.files_words import Scan
from core.web.csrf import FIELD
from core.web.house import House
from referral import files_presenters
from referral.models import Referral
from tests.conftest import StaffVisit
from tests.referral.support import PARENT, fill_in, send
from tests.support.visit import Visit

PAPER = b"%PDF-1.7\ninvented\n%%EOF"
PHONE = b"Invented Family Phone"


def photo() -> bytes:
    """A picture that tells which phone took it, and where."""
    told, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = PHONE.decode()
    exif.get_ifd(0x8825)[2] = (51.0, 45.0, 12.0)
    Image.new("RGB", (60, 40), "teal").save(told, "JPEG", exif=exif)
    return told.getvalue()


async def adds(visit: Visit, content: bytes, name: str = "letter.pdf", **more: str) -> int:
    """Chooses a file and uploads it; the status of the answer."""
    await visit.get("/refer/files")
    files = {"file": (name, content)} if name else None
    reply = await visit.client.post(
        "/refer/file/added", data={FIELD: visit._token, **more}, files=files or {"x": ("", b"")}
    )
    visit.last = reply
    return reply.status_code


async def kept(house: House) -> list[StoredFile]:
    async with house.db.transaction() as session:
        return list((await session.exec(select(StoredFile).order_by(StoredFile.id))).all())  # type: ignore[arg-type]


@pytest.fixture
async def begun(visit: Visit) -> Visit:
    """Everything is answered but for the last press."""
    await fill_in(visit, PARENT)
    return visit


async def test_files_are_listed_and_can_be_taken_back(begun: Visit, house: House) -> None:
    assert await adds(begun, PAPER) == 303
    page = await begun.get("/refer/files")
    assert "letter.pdf" in page.text
    assert "1 file added" in page.text
    assert 'Remove<span class="nhsuk-u-visually-hidden"> letter.pdf</span>' in page.text
    assert "letter.pdf" in (await begun.get("/refer/check")).text
    [row] = await kept(house)
    for _ in range(2):
        await begun.get("/refer/files")
        assert (await begun.post(f"/refer/file/remove/{row.id}")).status_code == 303
    assert "letter.pdf" not in (await begun.get("/refer/files")).text


async def test_a_chosen_file_goes_along_when_somebody_just_continues(begun: Visit, house: House) -> None:
    assert await adds(begun, PAPER, go="on") == 303
    assert begun.last is not None
    assert begun.last.headers["location"] == "/refer/check"
    assert len(await kept(house)) == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ a program", "letter.pdf", "must be a PDF, Word document (DOCX), JPG, PNG or HEIC"),
        (b"%PDF-" + bytes(11 * 1024 * 1024), "large.pdf", "must be smaller than 10 MB"),
        (b"x", "", "Select a file"),
    ],
    ids=["program", "large", "none"],
)
async def test_a_file_that_is_not_taken_is_explained_and_the_others_stay(
    begun: Visit, house: House, content: bytes, name: str, words: str
) -> None:
    await adds(begun, PAPER)
    assert await adds(begun, content, name) == 422
    assert begun.last is not None
    assert words in begun.last.text
    assert "letter.pdf" in begun.last.text
    assert len(await kept(house)) == 1


async def test_together_they_have_a_limit(begun: Visit, house: House) -> None:
    for _ in range(2):
        assert await adds(begun, b"%PDF-" + bytes(10 * 1024 * 1024 - 5)) == 303
    assert await adds(begun, PAPER) == 422
    assert len(await kept(house)) == 2


async def test_staff_fetch_a_photo_without_what_the_phone_told(
    begun: Visit, house: House, staff_visit: StaffVisit
) -> None:
    assert PHONE in photo()
    await adds(begun, photo(), "splint.jpg")
    await send(begun, PARENT)
    [row] = await kept(house)
    async with house.db.transaction() as session:
        referral = (await session.exec(select(Referral))).one()
    assert row.about_id == referral.id
    eve = await staff_visit(Role.TRIAGE)
    address = f"/staff/triage/{referral.id}/files/{row.id}"
    case = (await eve.get(f"/staff/triage/{referral.id}")).text
    assert address in case
    assert "Not scanned for viruses" in case
    reply = await eve.get(address)
    assert PHONE not in reply.content
    assert Image.open(io.BytesIO(reply.content)).getexif().get_ifd(0x8825) == {}
    assert reply.headers["content-disposition"].startswith('attachment; filename="splint.jpg"')
    assert reply.headers["x-content-type-options"] == "nosniff"
    async with house.db.transaction() as session:
        read = (await session.exec(select(AuditEntry).where(AuditEntry.action == "referral.file-read"))).one()
    assert read.detail == {"file": str(row.id)}


async def test_nobody_else_fetches_it_and_an_infected_one_is_locked(
    begun: Visit, house: House, staff_visit: StaffVisit
) -> None:
    await adds(begun, PAPER)
    await send(begun, PARENT)
    [row] = await kept(house)
    address = f"/staff/triage/{row.about_id}/files/{row.id}"
    assert (await begun.get(address)).status_code in (303, 401, 403)
    assert (await (await staff_visit(Role.SYSTEM_ADMIN, name="Rae Invented")).get(address)).status_code == 403
    async with house.db.transaction() as session:
        other = await session.get(StoredFile, row.id)
        assert other
        other.scan = Scan.INFECTED
    eve = await staff_visit(Role.TRIAGE)
    case = await eve.get(f"/staff/triage/{row.about_id}")
    assert "Virus found" in case.text
    assert address not in case.text
    assert (await eve.get(address)).status_code == 409


async def test_a_file_of_another_referral_is_not_found(begun: Visit, house: House, staff_visit: StaffVisit) -> None:
    await adds(begun, PAPER)
    [draft_file] = await kept(house)
    await send(begun, PARENT)
    async with house.db.transaction() as session:
        referral = (await session.exec(select(Referral))).one()
        moved = await session.get(StoredFile, draft_file.id)
        assert moved
        moved.purpose = "advice"
    eve = await staff_visit(Role.TRIAGE)
    assert (await eve.get(f"/staff/triage/{referral.id}/files/{draft_file.id}")).status_code == 404


@pytest.mark.parametrize(("count", "words"), [(1, "1 KB"), (150_000, "146 KB"), (3_500_000, "3.3 MB")])
def test_a_size_is_said_as_phones_say_it(count: int, words: str) -> None:
    assert files_presenters.size(count) == words
