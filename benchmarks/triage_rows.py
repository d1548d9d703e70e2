"""Referrals by the hundred thousand, for `triage_growth`: copies of one invented referral, made inside the database.

What is encrypted may be the same in each; what is searched for is not: hashes of NHS numbers and names differ, and
birthdays are those of 18 years. Keys are in the order of time, as ours are. Before a long fill the indexes that only
make things fast are put away, and made again after it: that takes a tenth of the time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

AREAS = {"common": "east", "rare": "south"}
_TABLES = ("referral", "referral_request", "referral_flag", "information_request", "queue_place", "decided_place")
_BATCH, _LONG, _PATIENCE = 100_000, 100_000, 900

# One in ten is open, most of them with nobody; the five rare ones are physiotherapy in a team that has no others, with
# a flag and a question whose answer is overdue. Five more, decided, are turned away where nobody else is.
_FRESH = """
    create temp table fresh as
    select n, uuidv7(received_at - now()) as id, received_at, is_open, is_rare, is_away,
        case when is_rare then 'physio' when n % 30 = 0 then 'ot' else 'slt' end as discipline,
        case when is_rare or is_rare_away then $3::text
            else ($4::text[])[1 + n / 10 % cardinality($4::text[])] end as area,
        is_open and (is_rare or n % 70 = 0) as flagged,
        case when is_rare then current_date - 400 when is_open and n % 90 = 0 then current_date + n / 90 % 30 - 20 end
            as asked_until,
        case when is_open then case when n % 200 < 20 then 0 when n % 200 < 80 then 1 else 2 end end as pressing,
        case when is_open and not is_rare and n between 20 and 400 then $5::uuid end as owner_id
    from (
        select n, n % 10 = 0 as is_open, n % 2000 = 0 and n <= 10000 as is_rare,
            n % 4 = 1 as is_away, n % 2000 = 1 and n <= 10000 as is_rare_away,
            now() - (case when n % 10 = 0 then n % 400 else n % 3650 end) * interval '1 day' as received_at
        from generate_series($1::int + 1, $2::int) n) every
"""
_FILL = (
    """
    insert into referral (
        id, reference, draft_id, referrer, questions_version, answers, child_first, child_last, child_born, nhs_number,
        address, postcode, phone, email, nhs_number_key, surname_born_key, born_key, phone_key, email_key, area_ids,
        received_at, pressing, asked_until, owner_id, owned_since)
    select f.id,
        overlay(translate(lpad(to_hex(n), 8, '0'), '0123456789abcdef', '34679ACDEFGHJKMN') placing '-' from 5 for 0),
        gen_random_uuid(), m.referrer, m.questions_version, m.answers, m.child_first, m.child_last, m.child_born,
        m.nhs_number, m.address, m.postcode, m.phone, m.email,
        sha256(('nhs' || n)::bytea), sha256(('name' || n)::bytea), sha256(('born' || n % 6570)::bytea),
        sha256(('phone' || n)::bytea), sha256(('email' || n)::bytea), array[area],
        f.received_at, f.pressing, f.asked_until, f.owner_id, case when f.owner_id is not null then now() end
    from (select * from referral where nhs_number is not null order by id limit 1) m, fresh f
    """,
    """
    insert into referral_request (id, referral_id, discipline, state, urgency, target_on, area_id, version)
    select uuidv7(received_at - now()), id, discipline,
        case when asked_until is not null then 'waiting-for-information'
            when is_open then case when n % 40 = 0 then 'received' else 'in-triage' end
            when n % 2 = 0 then 'accepted' when is_away then 'not-accepted' else 'discharged' end,
        (array['urgent', 'soon', 'routine'])[1 + coalesce(pressing, 2)], received_at::date + 126,
        case when not is_open and not is_away then area end, 1
    from fresh
    """,
    """
    insert into referral_flag (id, referral_id, kind, raised_at)
    select gen_random_uuid(), id, 'choking', received_at from fresh where flagged
    """,
    """
    insert into information_request (id, request_id, what, asked_of, due_on, asked_at, asked_by)
    select gen_random_uuid(), q.id, (select what from information_request limit 1), 'family', f.asked_until, now(),
        'system:bench'
    from fresh f join referral_request q on q.referral_id = f.id where f.asked_until is not null
    """,
    """
    insert into queue_place
    select f.id, f.discipline, listed, q.state, f.pressing, f.received_at, f.flagged, f.asked_until, f.owner_id is null
    from fresh f join referral_request q on q.referral_id = f.id, unnest(array['', f.area]) listed where f.is_open
    """,
    """
    insert into decided_place (referral_id, discipline, area, whose, state)
    select id, discipline, area, '', 'not-accepted' from fresh where is_away
    """,
    "drop table fresh",
)


async def grow(connection: asyncpg.Connection, before: int, after: int) -> None:
    """The referrals from one number to another; counted and vacuumed, as the database does by itself in time."""
    owner = await connection.fetchval("select id from staff_account where name = 'Grace Example'")
    most = [area for area in ("east", "north", "west") if area != AREAS["rare"]]
    async with _unindexed(connection, is_long=after - before >= _LONG):
        for first in range(before, after, _BATCH):
            last = min(first + _BATCH, after)
            await connection.execute("set synchronous_commit = off")
            await connection.execute(_FRESH, first, last, AREAS["rare"], most, owner, timeout=_PATIENCE)
            await connection.execute("analyze fresh")
            for statement in _FILL:
                await connection.execute(statement, timeout=_PATIENCE)
    for table in _TABLES:
        await connection.execute(f"vacuum analyze {table}", timeout=_PATIENCE)


_INDEXES = """
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made from pg_index
    where indrelid = any($1::text[]::regclass[]) and not indisunique
"""


@asynccontextmanager
async def _unindexed(connection: asyncpg.Connection, *, is_long: bool) -> AsyncIterator[None]:
    found = await connection.fetch(_INDEXES, list(_TABLES)) if is_long else []
    for index in found:
        await connection.execute(f"drop index {index['name']}")
    yield
    await connection.execute("set maintenance_work_mem = '512MB'")
    for index in found:
        await connection.execute(index["made"], timeout=_PATIENCE)
