"""A key can be changed for another while families and staff go on working: nothing is unreadable or written over."""

import asyncio
import os
import random
import signal
import stat
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pydantic import SecretStr
from sqlmodel import select

from app.cli import main
from app.keys import KeysStay, announced_key, list_keys, next_keys, ring_of, rotate, with_new_key
from app.keys import retire as take_away
from app.models import metadata
from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.domain.settings import Settings
from core.storage import columns
from core.storage.columns import keys, use_keys
from core.storage.drafts import Draft
from core.storage.key_holders import tell_keys
from core.storage.keys import (
    KeysFile,
    Undecipherable,
    load_keyring,
    make_keys_file,
    new_keyring,
    parse_keyring,
    spell_keyring,
)
from core.storage.rotation import keys_in_use, reseal, sealed_tables
from core.storage.session import Database, make_engine
from tests.support.servers import Servers, fresh_database

ROOT = Path(__file__).parents[2]
DRAFTS = next(table for table in sealed_tables(metadata) if table.name == "draft")


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    """What a test does to the keys of this process is undone."""
    kept = columns._Vault.keyring
    yield
    columns._Vault.keyring = kept


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A keys file, which this process uses as a web process does."""
    made = tmp_path / "keys.json"
    make_keys_file(made)
    use_keys(KeysFile(made))
    return made


@dataclass
class Place:
    """A database of one's own, and settings that lead to it."""

    db: Database
    settings: Settings
    said: list[str] = field(default_factory=list)


@pytest.fixture
async def place(template: Servers, path: Path) -> AsyncIterator[Place]:
    async with fresh_database(template) as url:
        engine = make_engine(url)
        yield Place(Database(engine), Settings(database_url=url, keys_file=path, demo=True))
        await engine.dispose()


async def add_drafts(place: Place, clock: MovedClock, count: int) -> list[UUID]:
    now, made = clock.now(), [new_id() for _ in range(count)]
    async with place.db.transaction() as session:
        for one in made:
            draft = Draft(id=one, owner=one.bytes, journey="refer", version="1", started_at=now, saved_at=now)
            draft.answers = {"name": f"Invented {one}", "count": 0}
            session.add(draft)
    return made


async def in_use(place: Place) -> Counter[str]:
    return await keys_in_use(place.db, DRAFTS)


async def answers(place: Place) -> dict[UUID, dict[str, object]]:
    async with place.db.transaction() as session:
        return {draft.id: draft.answers for draft in await session.exec(select(Draft))}


@asynccontextmanager
async def a_process(place: Place, role: str = "web") -> AsyncIterator[None]:
    """Tells which keys it holds as a web process does, only more often."""
    stopping, process = asyncio.Event(), new_id()

    async def tell() -> None:
        while not stopping.is_set():
            await tell_keys(place.db, process, role)
            await asyncio.sleep(0.1)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        stopping.set()
        await telling


async def test_everything_is_sealed_with_the_new_key_and_still_says_the_same(
    place: Place, path: Path, clock: MovedClock
) -> None:
    made = await add_drafts(place, clock, 250)
    before = await answers(place)
    async with a_process(place), a_process(place, "worker"):
        await rotate(place.settings, place.said.append)
    assert await in_use(place) == Counter({"k002": 250})
    assert await answers(place) == before
    assert len(made) == len(before)
    assert "draft: 250 done, 0 left" in place.said
    assert load_keyring(path).current == "k002"


async def test_families_go_on_writing_meanwhile_and_a_rotation_that_was_killed_goes_on(
    place: Place, path: Path, clock: MovedClock
) -> None:
    """The service in this process, the command in another, which is killed twice on the way."""
    made = await add_drafts(place, clock, 1200)
    async with a_process(place), a_process(place, "worker"), writers(place, clock, made) as wrote:
        for _ in range(2):
            await rotate_until_killed(place)
        assert len(await in_use(place)) > 1
        said = await rotate_elsewhere(place)
        assert "Everything is sealed with k002." in said
    assert await in_use(place) == Counter({"k002": len(made) + wrote.added})
    for one, count in wrote.counts.items():
        assert wrote.last[one] == count
    read = await answers(place)
    assert {one: read[one]["count"] for one in wrote.counts} == wrote.counts
    assert all(read[one]["name"] == f"Invented {one}" for one in made)
    assert sum(wrote.counts.values()) > 20


@dataclass
class Wrote:
    """What writers know they have written: id → how often; and how many were new."""

    counts: Counter[UUID] = field(default_factory=Counter)
    last: dict[UUID, int] = field(default_factory=dict)
    added: int = 0
    problems: list[str] = field(default_factory=list)


@asynccontextmanager
async def writers(place: Place, clock: MovedClock, made: list[UUID]) -> AsyncIterator[Wrote]:
    """Families who read, change and begin drafts, two at a time, and count each change inside the row."""
    wrote, stopping = Wrote(), asyncio.Event()

    async def write(chance: random.Random) -> None:
        while not stopping.is_set():
            one = chance.choice(made)
            async with place.db.transaction() as session:
                draft = (await session.exec(select(Draft).where(Draft.id == one).with_for_update())).one()
                told = dict(draft.answers)
                # Long enough that a batch of the rotation meets a row in hand.
                await asyncio.sleep(chance.random() / 50)
                told["count"] += 1
                draft.answers = told
            wrote.counts[one] += 1
            wrote.last[one] = told["count"]
            if chance.random() < 0.2:
                await add_drafts(place, clock, 1)
                wrote.added += 1

    writing = [asyncio.create_task(write(random.Random(seed))) for seed in range(2)]
    try:
        yield wrote
    finally:
        stopping.set()
        await asyncio.gather(*writing)


async def started(place: Place) -> asyncio.subprocess.Process:
    env = os.environ | {"DATABASE_URL": place.settings.database_url or "", "KEYS_FILE": str(place.settings.keys_path)}
    command = (sys.executable, "-u", "-m", "app.cli", "keys", "rotate")
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=env, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )


async def rotate_until_killed(place: Place) -> None:
    """SIGKILL as soon as the first rows are done."""
    command = await started(place)
    assert command.stdout is not None
    async with asyncio.timeout(60):
        while b" done, " not in (line := await command.stdout.readline()):
            assert line, "ended by itself"
    with suppress(ProcessLookupError):
        command.send_signal(signal.SIGKILL)
    await command.wait()


async def rotate_elsewhere(place: Place) -> str:
    command = await started(place)
    async with asyncio.timeout(120):
        said, _ = await command.communicate()
    assert command.returncode == 0, said.decode()
    return said.decode()


async def test_a_row_that_changes_between_two_looks_keeps_what_was_written_last(
    place: Place, path: Path, clock: MovedClock
) -> None:
    (one,) = await add_drafts(place, clock, 1)
    ring = with_new_key(load_keyring(path))
    ring = type(ring)(data=ring.data, current="k002", lookup=ring.lookup)
    async with place.db.transaction() as session:
        draft = (await session.exec(select(Draft).where(Draft.id == one).with_for_update())).one()
        draft.answers = {"name": "written last"}
        await session.flush()
        told = [(p.done, p.busy) async for p in reseal(place.db, DRAFTS, ring)]
    assert told == [(0, 1)]
    assert (await answers(place))[one] == {"name": "written last"}


async def test_a_new_key_is_not_used_before_every_process_holds_it(
    place: Place, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.keys._PATIENCE", 1.0)
    deaf = load_keyring(path)

    async def tells_of_old_keys() -> None:
        while True:
            use_keys(deaf)
            await tell_keys(place.db, UUID(int=1), "worker")
            await asyncio.sleep(0.1)

    telling = asyncio.create_task(tells_of_old_keys())
    with pytest.raises(KeysStay, match=r"Not every process holds k002 \(1 worker\)"):
        await rotate(place.settings, place.said.append)
    telling.cancel()
    assert load_keyring(path).current == "k001"
    assert announced_key(load_keyring(path)) == "k002"


async def test_processes_that_ended_long_ago_keep_nobody_waiting(place: Place) -> None:
    await tell_keys(place.db, UUID(int=1), "worker")
    async with place.db.transaction() as session:
        await (await session.connection()).execute(
            sa.text("update key_holder set seen_at = seen_at - interval '1 minute'")
        )
    await rotate(place.settings, place.said.append)
    assert load_keyring(place.settings.keys_path).current == "k002"


async def test_an_old_key_goes_only_when_nothing_needs_it(place: Place, path: Path, clock: MovedClock) -> None:
    await add_drafts(place, clock, 3)
    with pytest.raises(KeysStay, match="k001 is the key that writes"):
        await take_away(place.settings, "k001", place.said.append)
    await rotate(place.settings, place.said.append)
    await add_one_with_the_old_key(place, path, clock)
    with pytest.raises(KeysStay, match="1 rows still need k001"):
        await take_away(place.settings, "k001", place.said.append)
    await rotate(place.settings, place.said.append)
    assert sorted(load_keyring(path).data) == ["k001", "k002"], "it went on, and made no third key"
    await take_away(place.settings, "k001", place.said.append)
    assert sorted(load_keyring(path).data) == ["k002"]
    assert len(await answers(place)) == 4


async def add_one_with_the_old_key(place: Place, path: Path, clock: MovedClock) -> None:
    ring = load_keyring(path)
    use_keys(type(ring)(data=ring.data, current="k001", lookup=ring.lookup))
    await add_drafts(place, clock, 1)
    use_keys(KeysFile(path))


async def test_the_list_says_what_each_key_does_and_never_what_it_is(
    place: Place, path: Path, clock: MovedClock
) -> None:
    await add_drafts(place, clock, 2)
    await rotate(place.settings, place.said.append)
    place.said.clear()
    await list_keys(place.settings, place.said.append)
    assert place.said == ["k001  only reads  needed by 0 rows", "k002  writes and reads  needed by 2 rows"]


async def test_rows_no_key_opens_are_told_of_and_left_alone(place: Place, path: Path, clock: MovedClock) -> None:
    await add_drafts(place, clock, 2)
    lost = new_keyring()
    use_keys(type(lost)(data={"k009": lost.data["k001"]}, current="k009", lookup=lost.lookup))
    await add_drafts(place, clock, 1)
    use_keys(KeysFile(path))
    with pytest.raises(KeysStay, match="1 rows open with no key that is here"):
        await rotate(place.settings, place.said.append)
    assert (await in_use(place))["k009"] == 1


async def test_two_commands_do_not_work_on_the_keys_at_once(place: Place) -> None:
    both = await asyncio.gather(
        rotate(place.settings, place.said.append), rotate(place.settings, place.said.append), return_exceptions=True
    )
    assert [type(one) for one in both if one is not None] in ([KeysStay], [])
    assert len(load_keyring(place.settings.keys_path).data) <= 3


def test_every_sealed_column_of_the_service_is_known() -> None:
    tables = {table.name: set(table.places) for table in sealed_tables(metadata)}
    assert {"draft", "referral", "booking", "advice_message", "message", "staff_account"} <= set(tables)
    assert tables["draft"] == {"answers", "sent_token", "unfinished"}


# The file


def test_a_process_notices_a_new_key_by_itself(path: Path) -> None:
    ring = with_new_key(load_keyring(path))
    newer = type(ring)(data=ring.data, current="k002", lookup=ring.lookup)
    sealed = newer.seal("Ada Invented", "p")
    path.write_text(spell_keyring(newer), encoding="ascii")
    assert columns.open_sealed(sealed, "p") == "Ada Invented"
    assert keys().current == "k002"


@pytest.mark.parametrize("broken", ["", "{", '{"current": "k002"}', "[]"])
def test_a_file_that_cannot_be_read_changes_nothing(path: Path, broken: str) -> None:
    before = keys()
    path.write_text(broken, encoding="ascii")
    assert columns.latest_keys() is before
    path.unlink()
    assert columns.latest_keys() is before


def test_a_file_with_another_look_up_key_is_not_taken_over(path: Path) -> None:
    before = keys()
    path.write_text(spell_keyring(new_keyring()), encoding="ascii")
    assert columns.latest_keys() is before


def test_a_key_nobody_has_is_asked_for_once_and_said_to_be_missing(path: Path) -> None:
    with pytest.raises(Undecipherable, match="does not hold"):
        columns.open_sealed(new_keyring().seal("x", "p").replace(b"k001", b"k777"), "p")


async def test_the_file_stays_for_its_owner_only(place: Place, path: Path) -> None:
    await rotate(place.settings, place.said.append)
    assert kept(path) == (0o600, ["keys.json"])


def kept(path: Path) -> tuple[int, list[str]]:
    """The mode of the file, and all that lies beside it."""
    return stat.S_IMODE(path.stat().st_mode), [one.name for one in path.parent.iterdir()]


# Keys from the setting KEYS


def test_keys_may_come_from_a_setting_and_are_never_shown() -> None:
    ring = new_keyring()
    settings = Settings(keys=SecretStr(spell_keyring(ring)))
    assert ring_of(settings) == ring
    shown = f"{settings!r} {ring!r} {ring_of(settings)}"
    assert all(hidden not in shown for hidden in (spell_keyring(ring)[40:80], repr(ring.lookup)[2:20]))


@pytest.mark.parametrize("text", ["", "{}", '{"current": "k001", "data": {}, "lookup": ""}', "secret"])
def test_keys_that_cannot_be_read_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="the keys") as refused:
        parse_keyring(text)
    assert "secret" not in str(refused.value)


def test_the_next_step_of_a_rotation_by_setting_is_announce_then_use() -> None:
    announced = next_keys(new_keyring())
    assert (announced.current, sorted(announced.data)) == ("k001", ["k001", "k002"])
    assert (next_keys(announced).current, sorted(next_keys(announced).data)) == ("k002", ["k001", "k002"])


def test_the_command_line_shows_the_next_step_only_for_the_setting(tmp_path: Path) -> None:
    ring = new_keyring()
    told = CliRunner().invoke(main, ["keys", "next"], env={"KEYS": spell_keyring(ring)})
    assert sorted(parse_keyring(told.output).data) == ["k001", "k002"]
    assert CliRunner().invoke(main, ["keys", "next"], env={"KEYS_FILE": str(tmp_path / "k")}).exit_code == 1
    assert parse_keyring(CliRunner().invoke(main, ["keys", "make", "--print"]).output).current == "k001"


async def test_with_keys_from_a_setting_only_what_is_sealed_changes(
    place: Place, path: Path, clock: MovedClock
) -> None:
    await add_drafts(place, clock, 5)
    used = next_keys(next_keys(load_keyring(path)))
    settings = place.settings.model_copy(update={"keys": SecretStr(spell_keyring(used)), "keys_file": None})
    use_keys(used)
    await rotate(settings, place.said.append)
    assert await in_use(place) == Counter({"k002": 5})
    with pytest.raises(KeysStay, match="setting KEYS"):
        await take_away(settings, "k001", place.said.append)
