"""`frontdoor keys`: which keys there are, a new one for everything, and an old one taken away.

A key is added in two steps, *announced* and then *used*: everybody must be able to read it before anybody writes with
it. Processes tell every ten seconds which keys they hold, and each step waits until all that live have told.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import sqlalchemy as sa

from app.models import metadata
from app.wiring import keys_of, make_engine_for
from core.domain.settings import Settings
from core.storage.key_holders import database_time, processes_without
from core.storage.keys import Keyring, KeysFile, load_keyring, replace_keys_file
from core.storage.rotation import Progress, keys_in_use, reseal, sealed_tables
from core.storage.session import Database

Say = Callable[[str], None]

# Any fixed number, another one than the migrations'.
_ONE_AT_A_TIME = 7_302_614_993
_PATIENCE = 180.0
_LOOK_AGAIN = 0.5
_PASSES = 20
# Between two batches of a hundred rows, so that those who work feel nothing.
_PAUSE = 0.02


class KeysStay(Exception):
    """Nothing was changed, or no further; the message says why and what to do."""


async def list_keys(settings: Settings, say: Say) -> None:
    """Every key, what it does, and how many rows need it."""
    ring = ring_of(settings)
    async with _database(settings) as db:
        needed = await _needed(db)
    for key_id in sorted({*ring.data, *needed}):
        say(f"{key_id}  {_does(ring, key_id)}  needed by {needed[key_id]} rows")


async def rotate(settings: Settings, say: Say) -> None:
    """A new key for everything, or on with what was begun. KeysStay says what keeps it from finishing."""
    async with _database(settings, alone=True) as db:
        ring = ring_of(settings)
        if not settings.keys:
            ring = await _new_key(settings, db, ring, say)
        await _all_write_with(db, ring.current, say)
        await _reseal_all(db, ring, say)
    old = sorted(set(ring.data) - {ring.current})
    say(f"Everything is sealed with {ring.current}.")
    if old:
        say(f"Backups made before now still need {', '.join(old)}: keep a copy with them.")
        say(f"Take it out of the service when you are ready: frontdoor keys retire {old[0]}")


async def retire(settings: Settings, key_id: str, say: Say) -> None:
    """Takes an old key away. KeysStay while a row needs it or a process still writes with it."""
    if settings.keys:
        raise KeysStay("The keys are in the setting KEYS: take it out there, once `frontdoor keys list` shows no need.")
    async with _database(settings, alone=True) as db:
        ring = ring_of(settings)
        if key_id not in ring.data:
            raise KeysStay(f"There is no key {key_id}. `frontdoor keys list` shows them.")
        if key_id == ring.current:
            raise KeysStay(f"{key_id} is the key that writes. Rotate first: frontdoor keys rotate")
        await _all_write_with(db, ring.current, say)
        if rows := (await _needed(db))[key_id]:
            raise KeysStay(f"{rows} rows still need {key_id}. Finish first: frontdoor keys rotate")
    kept = {name: key for name, key in ring.data.items() if name != key_id}
    replace_keys_file(settings.keys_path, replace(ring, data=kept))
    say(f"{key_id} is gone from {settings.keys_path}. Backups that need it can only be read with your own copy of it.")


def ring_of(settings: Settings) -> Keyring:
    """The keys as they are now."""
    keys = keys_of(settings)
    return keys.ring() if isinstance(keys, KeysFile) else keys


def announced_key(ring: Keyring) -> str | None:
    """The key that was added but does not write yet."""
    newest = max(ring.data)
    return newest if newest > ring.current else None


def with_new_key(ring: Keyring) -> Keyring:
    """One more key, which everybody can read and nobody writes with yet."""
    number = int(max(ring.data).removeprefix("k")) + 1
    if number > 999:
        raise KeysStay("There have been 999 keys; ids have no room for another.")
    return replace(ring, data={**ring.data, f"k{number:03d}": secrets.token_bytes(32)})


def next_keys(ring: Keyring) -> Keyring:
    """The next step for keys that are not in a file: a new one announced, or the announced one used."""
    return replace(ring, current=ready) if (ready := announced_key(ring)) else with_new_key(ring)


async def _new_key(settings: Settings, db: Database, ring: Keyring, say: Say) -> Keyring:
    """The keys with a new current one; or as they are, where the last rotation is not finished."""
    if announced_key(ring) is None:
        needed = await _needed(db)
        if any(needed[old] for old in set(ring.data) - {ring.current}):
            say(f"Going on with {ring.current}.")
            return ring
        ring = with_new_key(ring)
        replace_keys_file(settings.keys_path, ring)
    ready = announced_key(ring) or ring.current
    say(f"{ready} is in {settings.keys_path}. Copy it to your safe place now. Waiting until every process holds it …")
    await _wait(db, ready, writing=False)
    ring = replace(load_keyring(settings.keys_path), current=ready)
    replace_keys_file(settings.keys_path, ring)
    return ring


async def _all_write_with(db: Database, key_id: str, say: Say) -> None:
    say(f"Waiting until every process writes with {key_id} …")
    await _wait(db, key_id, writing=True)


async def _wait(db: Database, key_id: str, *, writing: bool) -> None:
    since, late = await database_time(db), {"": 1}
    for _ in range(int(_PATIENCE / _LOOK_AGAIN)):
        late = await processes_without(db, key_id, since, writing=writing)
        if not late:
            return
        await asyncio.sleep(_LOOK_AGAIN)
    who = ", ".join(f"{count} {role}" for role, count in late.items())
    raise KeysStay(
        f"Not every process {'writes with' if writing else 'holds'} {key_id} ({who}): do they all read the same keys? "
        "Nothing is lost; put it right and run this again."
    )


async def _reseal_all(db: Database, ring: Keyring, say: Say) -> None:
    for _ in range(_PASSES):
        needed = await _needed_by_table(db)
        left = {name: sum(n for key, n in counted.items() if key != ring.current) for name, counted in needed.items()}
        if not any(left.values()):
            return
        unreadable = await _one_pass(db, ring, left, say)
        if unreadable and unreadable == sum((await _left(db, ring)).values()):
            raise KeysStay(
                f"{unreadable} rows open with no key that is here. They stay as they are, and so must the old keys: "
                "find the file they were written with."
            )
    raise KeysStay("Some rows are changed by others all the time. Run this again when it is quieter.")


async def _one_pass(db: Database, ring: Keyring, left: dict[str, int], say: Say) -> int:
    """Through every table that needs it once; how many rows opened with no key."""
    unreadable = 0
    for table in sealed_tables(metadata):
        if not left[table.name]:
            continue
        last: Progress | None = None
        async for progress in reseal(db, table, ring, pause=_PAUSE):
            last = progress
            say(f"{table.name}: {progress.done} done, {max(left[table.name] - progress.done, 0)} left")
        unreadable += last.unreadable if last else 0
    return unreadable


async def _left(db: Database, ring: Keyring) -> dict[str, int]:
    needed = await _needed_by_table(db)
    return {name: sum(n for key, n in counted.items() if key != ring.current) for name, counted in needed.items()}


async def _needed(db: Database) -> Counter[str]:
    return sum((await _needed_by_table(db)).values(), Counter())


async def _needed_by_table(db: Database) -> dict[str, Counter[str]]:
    return {table.name: await keys_in_use(db, table) for table in sealed_tables(metadata)}


def _does(ring: Keyring, key_id: str) -> str:
    if key_id == ring.current:
        return "writes and reads"
    if key_id not in ring.data:
        return "MISSING: nobody can read what it sealed"
    return "announced, not used yet" if key_id == announced_key(ring) else "only reads"


@asynccontextmanager
async def _database(settings: Settings, *, alone: bool = False) -> AsyncIterator[Database]:
    """`alone`: KeysStay when another command is at work on the keys. The lock ends with the process."""
    engine = make_engine_for(settings)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            lock = sa.text(f"select pg_try_advisory_lock({_ONE_AT_A_TIME})")
            if alone and not await connection.scalar(lock):
                raise KeysStay("Another `frontdoor keys` command is at work. Wait until it has finished.")
            yield Database(engine)
    finally:
        await engine.dispose()
