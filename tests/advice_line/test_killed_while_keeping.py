"""The web process is killed at one await after another while a voicemail is taken. The provider got no answer and hands
it over again: then there is one message with one recording, and no sound that belongs to nobody is ever served."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from advice_line.models import AdviceMessage
from advice_line.voice_models import AdviceVoice
from advice_line.voice_tidying import ABANDONED, tidy
from advice_line.voicemail_service import take
from advice_line.voicemail_words import Voicemail
from app.demo.sounds import hum
from app.wiring import bench_of
from core.domain.clock import MovedClock
from core.storage.files import StoredFile, read_file
from core.storage.files_store import FolderStore
from core.storage.session import Database, make_engine
from core.web.house import House
from tests.advice_line.support import desk
from tests.support.dying import dies, everything_else_ended
from tests.support.servers import Servers, fresh_database

TOLD = Voicemail("CA-7", "+447700900321", 4, hum())
_MOST_AWAITS = 200
_EVERY = 3


@pytest.fixture
async def databases(template: Servers) -> AsyncIterator[tuple[Database, Database]]:
    """Two over one database. The second has opened nothing: a process that begins with it opens its own connections."""
    async with fresh_database(template) as url:
        one, two = make_engine(url), make_engine(url)
        yield Database(one), Database(two)
        await one.dispose()
        await two.dispose()


async def test_killed_at_any_moment_a_voicemail_is_one_message_with_its_sound(
    databases: tuple[Database, Database], house: House, clock: MovedClock, tmp_path: Path
) -> None:
    db, unused = databases
    files, died = FolderStore(tmp_path), 0
    for n in range(1, _MOST_AWAITS, _EVERY):
        told = Voicemail(f"CA-{n}", TOLD.number, TOLD.seconds, TOLD.recording)
        if not dies(lambda one=told: take(unused, files, None, desk(clock.now()), one), at=n):  # type: ignore[misc]
            break
        died += 1
        await everything_else_ended(db)
        before = await messages(db)
        message = await take(db, files, None, desk(clock.now()), told)
        assert await messages(db) == died >= before
        assert await the_sound_of(db, files, message) == TOLD.recording
    assert died > 8
    await nothing_else_is_kept(db, clock, house, died)


async def messages(db: Database) -> int:
    async with db.transaction() as session:
        return len((await session.exec(select(AdviceMessage))).all())


async def the_sound_of(db: Database, files: FolderStore, message: AdviceMessage) -> bytes:
    async with db.transaction() as session:
        voice = (await session.exec(select(AdviceVoice).where(AdviceVoice.message_id == message.id))).one()
        assert voice.file_id
        return (await read_file(session, files, voice.file_id))[1]


async def nothing_else_is_kept(db: Database, clock: MovedClock, house: House, died: int) -> None:
    """Once what was abandoned is tidied away, each message has its file and there is no other."""
    clock.move_to(clock.now() + ABANDONED + timedelta(days=1))
    async with db.transaction() as session:
        await tidy(session, bench_of(house))
        kept = (await session.exec(select(StoredFile.about_id).where(col(StoredFile.dropped_at).is_(None)))).all()
        assert set(kept) == set((await session.exec(select(AdviceMessage.id))).all())
        assert len(kept) == died + 1


async def test_handed_over_twice_at_once_it_is_one_message_with_one_sound(
    databases: tuple[Database, Database], house: House, clock: MovedClock, tmp_path: Path
) -> None:
    db, files = databases[0], FolderStore(tmp_path)
    one, other = await asyncio.gather(*(take(db, files, None, desk(clock.now()), TOLD) for _ in range(2)))
    assert one.id == other.id
    assert await messages(db) == 1
    assert await the_sound_of(db, files, one) == TOLD.recording
    async with db.transaction() as session:
        kept = (await session.exec(select(StoredFile.about_id).where(col(StoredFile.dropped_at).is_(None)))).all()
    assert kept == [one.id]
