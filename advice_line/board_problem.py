"""Some calls and everybody who could take them today, read as a run reads them."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from advice_line import rules, runs
from advice_line.board_choices import Asked
from advice_line.problem import Problem
from advice_line.rota import slots_left
from core.domain.clock import london_day
from core.domain.profile import Profile
from core.storage.session import Session

_SOME = f"{runs.DUE} and id = any(:ids)"
_IDS = sa.bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=True)))
_READ_SOME = sa.text(_SOME).bindparams(_IDS)
_READ_MET = runs.talks_about(_SOME).bindparams(_IDS)
_READ_OWNED = sa.text("""
    select owner_id, count(*) as calls from advice_message
    where closed_at is null and owner_id is not null and state <> 'review' and call_from < :tomorrow
      and (calling_until is null or calling_until <= clock_timestamp())
    group by owner_id
""")


async def about(session: Session, profile: Profile, ids: Collection[UUID], now: datetime) -> Asked:
    """Those of these calls that a run could give to somebody now. Eight queries."""
    day, minutes, connection = london_day(now), profile.advice.call_minutes, await session.connection()
    moment = {"tomorrow": rules.end_of_day(now), "ids": list(ids)}
    rows = (await connection.execute(_READ_SOME, moment)).all()
    talks = (await connection.execute(_READ_MET, moment | {"since": now - runs.MEMORY})).all()
    owned = await connection.execute(_READ_OWNED, {"tomorrow": moment["tomorrow"]})
    here, used = await runs.those_here(session, day), await runs.used_today(session, now)
    whole_day = Counter({view.id: min(used[view.id], duty.slots) for duty, view in here})
    able = runs.able_today(here, whole_day, profile, rules.start_of_day(now))
    in_time = frozenset(str(view.id) for duty, view in here if slots_left(duty, day, now, minutes, 0))
    return Asked(
        Problem(tuple(runs.wanted_of(row, day) for row in rows), able, runs.met_of(talks, day)),
        {str(row.owner_id): int(row.calls) for row in owned},
        in_time,
    )
