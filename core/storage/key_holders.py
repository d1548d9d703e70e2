"""Which process holds which keys: each says so every ten seconds, so that a new key is only written with once everybody
can read it. Ids of keys are no secret."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from core.storage.base import datetime, instant
from core.storage.columns import latest_keys
from core.storage.session import Database

TELL_EVERY = 10.0
# Silent for longer than this, a process has ended, or its connection has.
_GONE = timedelta(seconds=45)

_TELL = sa.text("""
    insert into key_holder (process_id, role, holds, writes_with, seen_at)
    values (:process, :role, :holds, :writes_with, clock_timestamp())
    on conflict (process_id) do update
    set holds = excluded.holds, writes_with = excluded.writes_with, seen_at = excluded.seen_at
""").bindparams(sa.bindparam("holds", type_=ARRAY(sa.Text)))
_FORGET = sa.text("delete from key_holder where seen_at < clock_timestamp() - interval '1 day'")
_LATE = sa.text("""
    select role, count(*) as processes from key_holder
    where seen_at > clock_timestamp() - cast(:gone as interval)
      and (seen_at < :since or not (:key_id = any(holds)) or (:writing and writes_with <> :key_id))
    group by role order by role
""").bindparams(sa.bindparam("gone", type_=sa.Interval))


class KeyHolder(SQLModel, table=True):
    """One process that reads and writes records; by the database's clock."""

    __tablename__ = "key_holder"

    process_id: UUID = Field(primary_key=True)
    role: str = Field(max_length=20)
    holds: list[str] = Field(sa_type=ARRAY(sa.Text))
    writes_with: str = Field(max_length=4)
    seen_at: datetime = instant()


async def tell_keys(db: Database, process: UUID, role: str) -> None:
    """Looks at the keys now and says which this process holds from this moment on."""
    ring = latest_keys()
    told = {"process": process, "role": role, "holds": sorted(ring.data), "writes_with": ring.current}
    async with db.transaction() as session:
        connection = await session.connection()
        await connection.execute(_TELL, told)
        await connection.execute(_FORGET)


async def processes_without(db: Database, key_id: str, since: datetime, *, writing: bool = False) -> dict[str, int]:
    """Role → how many living processes have not said since then that they hold this key (or, with `writing`, that they
    write with it)."""
    given = {"gone": _GONE, "since": since, "key_id": key_id, "writing": writing}
    async with db.transaction() as session:
        rows = await (await session.connection()).execute(_LATE, given)
        return {row.role: row.processes for row in rows}


async def database_time(db: Database) -> datetime:
    """The moment by the clock that `seen_at` is measured with."""
    async with db.transaction() as session:
        moment: datetime = await (await session.connection()).scalar(sa.text("select clock_timestamp()"))
        return moment
