"""Files are what they are and not what they are called; they hold nothing besides; no row is without its object, and no
object stays without its row."""

import io
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pillow_heif
import pytest
from obstore.store import S3Store
from PIL import Image
from sqlmodel import select

from app.wiring import bench_of
from core.domain.clock import london
from core.domain.errors import NotFound
from core.domain.ids import new_id
from core.storage import files_jobs
from core.storage.files import (
    FileInfected,
    StoredFile,
    drop_file,
    files_about,
    hand_over,
    open_object,
    read_file,
    store_file,
)
from core.storage.files_kinds import kind_of
from core.storage.files_scanner import ClamAV, ScannerAway
from core.storage.files_store import BucketStore, FileStore, FolderStore, MemoryStore
from core.storage.files_words import DOCX, HEIC, JPEG, PAPERS, PDF, PNG, FileRefused, Refusal, Scan
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from tests.conftest import Drain
from tests.support.stand_ins import EICAR, bucket, clamd

NOW = london(2026, 11, 23, 10)
PAPER = b"%PDF-1.7\ninvented\n%%EOF"
# Where a photograph was taken, and by whom: invented, and searched for in what is kept.
_SECRET = b"Invented Family Phone"


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture that was held sideways and tells where it was taken and with what."""
    picture, told = Image.new("RGB", size, "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = _SECRET.decode()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (51.0, 45.0, 12.0)
    if kind == "HEIF":
        pillow_heif.from_pillow(picture).save(told, format="HEIF", exif=exif.tobytes())
    else:
        picture.save(told, kind, exif=exif)
    return told.getvalue()


def document(*more: str, unpacked: int = 10) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as parcel:
        for name in ("[Content_Types].xml", "word/document.xml", *more):
            parcel.writestr(name, b"x" * unpacked)
    return told.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PAPER, PDF),
        (document(), DOCX),
        (photo(), JPEG),
        (photo("PNG"), PNG),
        (photo("HEIF"), HEIC),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"\x1aE\xdf\xa3" + bytes(20), "audio/webm"),
        (b"OggS" + bytes(20), "audio/ogg"),
        (b"\0\0\0\x1cftypM4A " + bytes(20), "audio/mp4"),
        (document("word/vbaProject.bin"), None),
        (document(unpacked=120_000_000), None),
        (document()[:40], None),
        (b"MZ\x90\0 a program", None),
        (b"<html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"RIFF\x24\0\0\0AVI ", None),
        (b"", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_what_it_holds(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


async def _store(db: Database, files: FileStore, content: bytes, **more: Any) -> StoredFile:
    given: dict[str, Any] = {"purpose": "invented", "about_id": new_id(), "name": "a letter.txt", "kinds": PAPERS}
    return await store_file(db, files, more.pop("scanner", None), content=content, now=NOW, **given | more)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
async def test_a_photograph_tells_nothing_but_the_picture_and_stands_upright(db: Database, kind: str) -> None:
    files, sent = MemoryStore(), photo(kind)
    assert _SECRET in sent
    row = await _store(db, files, sent)
    kept = await open_object(files, row)
    assert _SECRET not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.width, picture.height) == (40, 60)
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert row.media_type == (PNG if kind == "PNG" else JPEG)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Refusal.EMPTY),
        (b"%PDF-" + bytes(10 * 1024 * 1024), Refusal.TOO_BIG),
        (b"MZ\x90\0 a program", Refusal.WRONG_KIND),
        (b"RIFF\x24\0\0\0WAVEfmt ", Refusal.WRONG_KIND),
        (photo()[:300], Refusal.BROKEN),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), Refusal.BROKEN),
    ],
    ids=["empty", "too big", "a program", "sound among papers", "cut short", "no picture"],
)
async def test_what_is_refused_leaves_nothing_behind(db: Database, content: bytes, why: Refusal) -> None:
    files = MemoryStore()
    with pytest.raises(FileRefused) as refused:
        await _store(db, files, content)
    assert refused.value.reason is why
    assert refused.value.words
    assert files.objects == {}
    async with db.transaction() as session:
        assert (await session.exec(select(StoredFile))).all() == []


@pytest.mark.usefixtures("house")
async def test_files_of_one_draft_have_a_size_together(db: Database) -> None:
    files, draft = MemoryStore(), new_id()
    await _store(db, files, PAPER, about_id=draft, together=2 * len(PAPER))
    await _store(db, files, PAPER, about_id=draft, together=2 * len(PAPER))
    with pytest.raises(FileRefused, match=Refusal.TOO_MUCH):
        await _store(db, files, PAPER, about_id=draft, together=2 * len(PAPER))
    assert len(files.objects) == 2


@pytest.mark.usefixtures("house")
async def test_the_store_sees_neither_words_nor_names_and_notices_a_swap(db: Database) -> None:
    files = MemoryStore()
    one, other = await _store(db, files, PAPER), await _store(db, files, PAPER + b"2")
    assert all(b"PDF" not in sealed for sealed in files.objects.values())
    assert "letter" not in "".join(files.objects)
    files.objects[one.key] = files.objects[other.key]
    with pytest.raises(Exception, match="changed since it was kept"):
        await open_object(files, one)


@pytest.mark.usefixtures("house")
async def test_a_dropped_file_is_gone_for_everybody_and_then_from_the_disk(
    db: Database, house: House, drain: Drain
) -> None:
    row = await _store(db, house.files, PAPER)
    async with db.transaction() as session:
        await drop_file(session, row.id, NOW)
        await drop_file(session, row.id, NOW)
    async with db.transaction() as session:
        with pytest.raises(NotFound):
            await read_file(session, house.files, row.id)
    await files_jobs.remove(bench_of(house), str(row.id))
    await files_jobs.remove(bench_of(house), str(row.id))
    with pytest.raises(FileNotFoundError):
        await house.files.get(row.key)
    async with db.transaction() as session:
        assert (await session.exec(select(StoredFile))).all() == []


@pytest.mark.usefixtures("house")
async def test_a_file_goes_with_what_its_draft_became(db: Database) -> None:
    files, draft, record = MemoryStore(), new_id(), new_id()
    row = await _store(db, files, PAPER, about_id=draft)
    async with db.transaction() as session:
        await hand_over(session, "invented", draft, record)
    async with db.transaction() as session:
        assert await files_about(session, "invented", draft) == []
        assert [one.id for one in await files_about(session, "invented", record)] == [row.id]


async def test_an_object_whose_row_never_came_is_swept_away_and_a_fresh_one_is_left(db: Database, house: House) -> None:
    """Whoever wrote it died before the row; or is about to write it."""
    kept, fresh, lost = await _store(db, house.files, PAPER), new_id(), UUID("01939f3a-0000-7000-8000-000000000000")
    for key in (fresh, lost):
        await house.files.put(key.hex, b"sealed")
    await files_jobs.sweep(bench_of(house))
    assert [found async for keys in house.files.all_keys() for found in keys] == sorted((kept.key, fresh.hex))


async def test_a_virus_is_refused_and_a_scanner_that_is_away_turns_nobody_away(db: Database, house: House) -> None:
    about = new_id()
    async with clamd() as address:
        scanner = ClamAV(address)
        assert (await _store(db, house.files, PAPER, scanner=scanner)).scan is Scan.CLEAN
        with pytest.raises(FileRefused, match=Refusal.INFECTED):
            await _store(db, house.files, PAPER + EICAR, scanner=scanner)
    for content in (PAPER, PAPER + EICAR):
        assert (await _store(db, house.files, content, scanner=scanner, about_id=about)).scan is Scan.NOT_SCANNED
    async with clamd() as address:
        await files_jobs.scan_all(_with_scanner(house, ClamAV(address)))
    async with db.transaction() as session:
        clean, infected = await files_about(session, "invented", about)
        assert (clean.scan, infected.scan) == (Scan.CLEAN, Scan.INFECTED)
        with pytest.raises(FileInfected):
            await read_file(session, house.files, infected.id)


def _with_scanner(house: House, scanner: ClamAV) -> Workbench:
    bench = bench_of(house)
    return Workbench(bench.db, bench.clock, bench.profile, bench.address, files=bench.files, scanner=scanner)


@pytest.mark.parametrize("answers", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK and"])
async def test_only_a_whole_verdict_counts(answers: bytes) -> None:
    async with clamd(answers=answers) as address:
        with pytest.raises(ScannerAway):
            await ClamAV(address).scan(PAPER)


@contextmanager
def _in_folder(tmp_path: Path) -> Any:
    yield FolderStore(tmp_path / "files")


@contextmanager
def _in_bucket(tmp_path: Path) -> Any:
    with bucket() as (endpoint, _):
        yield BucketStore(
            S3Store(
                "front-door",
                endpoint=endpoint,
                region="eu-west-2",
                access_key_id="invented",
                secret_access_key="invented",
                client_options={"allow_http": True},
                virtual_hosted_style_request=False,
            )
        )


@pytest.mark.parametrize("open_store", [_in_folder, _in_bucket])
async def test_every_store_keeps_whole_objects_by_our_keys(tmp_path: Path, open_store: Callable[[Path], Any]) -> None:
    with open_store(tmp_path) as files:
        key, other = new_id().hex, new_id().hex
        await files.put(key, b"first")
        await files.put(key, b"second")
        await files.put(other, b"")
        assert await files.get(key) == b"second"
        assert sorted([found async for keys in files.all_keys() for found in keys]) == sorted((key, other))
        await files.delete(key)
        await files.delete(key)
        for wrong in (key, "../" + key, ""):
            with pytest.raises(FileNotFoundError):
                await files.get(wrong)


async def test_only_its_owner_may_read_the_folder_and_a_broken_write_leaves_no_key(tmp_path: Path) -> None:
    files, key = FolderStore(tmp_path / "files"), new_id().hex
    await files.put(key, b"sealed")
    [path] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert path.stat().st_mode & 0o777 == 0o600
    path.with_name(f"{key}.0000.new").write_bytes(b"cut sh")
    assert [found async for keys in files.all_keys() for found in keys] == [key]
