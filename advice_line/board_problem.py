"""Some calls and everybody who could take them today, read as a run reads them."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from advice_line import rules, run_queries
from advice_line.board_choices import Asked
from advice_line.problem import Problem
from core.domain.clock import london_day
from core.domain.profile import Profile
from core.storage.session import Session

_SOME = "id = any(:ids)"
_IDS = sa.bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=True)))
_READ_SOME = run_queries.calls_due(_SOME).bindparams(_IDS)
_READ_MET = run_queries.talks_about(_SOME).bindparams(_IDS)
_CALLING = """
    select owner_id, -count(*) as calls from advice_message
    where closed_at is null and owner_id is not null and state <> 'review' and call_from < :tomorrow
      and calling_by is not null and calling_until > clock_timestamp()
    group by owner_id
"""
# Whose is what, without the few that somebody is calling now: both are counted from an index.
_READ_CALLING = sa.text(_CALLING)
_READ_OWNED = sa.text(f"""
    select owner_id, count(*) as calls from advice_message
    where closed_at is null and owner_id is not null and state <> 'review' and call_from < :tomorrow
    group by owner_id
    union all {_CALLING}
""")  # noqa: S608 - nothing in it was typed


async def about(
    session: Session,
    profile: Profile,
    ids: Collection[UUID],
    now: datetime,
    owned: Mapping[UUID, int] | None = None,
) -> Asked:
    """Those of these calls that a run could give to somebody now. `owned`: how many calls of today each person has,
    where a page has counted them already. Nine queries at most."""
    day, connection = london_day(now), await session.connection()
    moment = {"tomorrow": rules.end_of_day(now), "ids": list(ids)}
    rows = (await connection.execute(_READ_SOME, moment)).all()
    talks = (await connection.execute(_READ_MET, moment | {"since": now - run_queries.MEMORY})).all()
    counted = await connection.execute(_READ_OWNED if owned is None else _READ_CALLING, moment)
    waiting = Counter(owned)
    for row in counted:
        waiting[row.owner_id] += int(row.calls)
    here = await run_queries.those_here(session, profile.calendar, now)
    used = await run_queries.used_today(session, now)
    whole_day = Counter({view.id: min(used[view.id], duty.slots) for duty, view in here.duties})
    able = here.able(whole_day, profile, rules.start_of_day(now))
    better = run_queries.better_known(profile)
    return Asked(
        Problem(tuple(run_queries.wanted_of(row, day, better) for row in rows), able, run_queries.met_of(talks, day)),
        {str(owner_id): calls for owner_id, calls in waiting.items() if calls > 0},
        here.in_time(profile, now),
    )
