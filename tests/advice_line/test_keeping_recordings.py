"""How long recordings are kept: while a family may come back, until some time after the call, and never longer."""

from datetime import timedelta

from sqlmodel import col, select

from advice_line.keeping import recording_keeper
from advice_line.models import AdviceMessage
from advice_line.service import leave_message, withdraw
from advice_line.voice_files import give_to, keep
from advice_line.voice_models import AdviceVoice
from advice_line.voice_queries import for_case
from advice_line.voice_tidying import ABANDONED, tidy
from advice_line.voice_words import Spoken
from app.demo.sounds import hum
from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.domain.keeping import Matter
from core.storage.drafts import start_draft
from core.storage.files import StoredFile
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from privacy.rules import due
from tests.advice_line.support import a_message, again, desk, profile


async def kept_in(db: Database) -> set[object]:
    async with db.transaction() as session:
        found = select(StoredFile.about_id).where(col(StoredFile.dropped_at).is_(None))
        return set((await session.exec(found)).all())


async def a_spoken_message(house: House) -> AdviceMessage:
    draft, now = new_id(), house.clock.now()
    file = await keep(house.db, house.files, house.scanner, draft, hum(), now)
    voice = Spoken(file.id, 1)
    async with house.db.transaction() as session:
        message, _ = await leave_message(session, desk(now), a_message(voice=voice), draft_id=draft)
        await give_to(session, draft, message.id, voice, now)
    return message


async def test_what_was_begun_and_never_sent_goes_when_its_draft_is_gone(
    house: House, bench: Workbench, clock: MovedClock, db: Database
) -> None:
    sent = await a_spoken_message(house)
    async with db.transaction() as session:
        draft = await start_draft(session, b"owner", "advice", "1", clock.now())
    nobodys = new_id()
    for about in (draft.id, nobodys):
        await keep(db, house.files, house.scanner, about, hum(), clock.now())
    for wait, left in ((ABANDONED, {sent.id, draft.id, nobodys}), (timedelta(seconds=1), {sent.id, draft.id})):
        clock.move_to(clock.now() + wait)
        async with db.transaction() as session:
            await tidy(session, bench)
        assert await kept_in(db) == left


async def test_the_sound_goes_some_time_after_the_message_is_over_and_the_words_stay(
    house: House, clock: MovedClock, db: Database
) -> None:
    message = await a_spoken_message(house)
    async with db.transaction() as session:
        [voice] = await session.exec(select(AdviceVoice))
        [kept] = await recording_keeper.again(session, [voice.id])
        assert (kept.matter, kept.over_on) == (Matter.RECORDING, None), "nothing goes while somebody waits for a call"
        await withdraw(session, message.id, clock.now())
        [kept] = await recording_keeper.again(session, [voice.id])
        found = due(kept.matter, kept.born, kept.over_on, profile.retention)
        assert found
        assert kept.over_on
        assert found.on == kept.over_on + timedelta(days=90)
        assert await recording_keeper.forget(session, [voice.id]) == {"stored_file": 1}
        assert await recording_keeper.again(session, [voice.id]) == [], "there is nothing left to look at"
        shown = (await for_case(session, await again(session, message.id)))["voice"]
    assert (shown.has_sound, shown.was_deleted, shown.length) == (False, True, "1 second")
    assert await kept_in(db) == set()


async def test_a_message_that_goes_takes_its_sound_along(house: House, db: Database) -> None:
    from advice_line.keeping import keeper

    message = await a_spoken_message(house)
    async with db.transaction() as session:
        counts = await keeper.forget(session, [message.id])
    assert counts["advice_voice"] == 1
    assert await kept_in(db) == set()
