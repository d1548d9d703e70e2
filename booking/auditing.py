"""Rule 3 of the house, no place is sold twice, asked of the data themselves. Each of these must count nothing."""

from datetime import datetime

import sqlalchemy as sa

from core.storage.session import Session

_NEVER: dict[str, str] = {
    "a place with two owners": """
        select count(*) from place where booking_id is not null and held_by is not null""",
    "a booking without its place": """
        select count(*) from booking b where b.state = 'booked' and not exists (
            select 1 from place p where p.booking_id = b.id and p.sitting_id = b.sitting_id and p.state = 'booked')""",
    "a place of a cancelled booking": """
        select count(*) from place p join booking b on b.id = p.booking_id where b.state <> 'booked'""",
    "more bookings than places": """
        select count(*) from (
            select b.sitting_id from booking b where b.state = 'booked' group by b.sitting_id having count(*) > (
                select count(*) from place p where p.sitting_id = b.sitting_id and p.state <> 'withdrawn')) oversold""",
    "a hold that hangs": """
        select count(*) from place p left join place_hold h on h.id = p.held_by
        where p.state = 'held' and p.held_until > :now
          and (h.id is null or h.ended_at is not null or h.sitting_id <> p.sitting_id or h.until <> p.held_until)""",
    "a hold or offer that hardly ends": """
        select count(*) from place where held_until > cast(:now as timestamptz) + interval '14 days'""",
}


async def audit_checks(session: Session, now: datetime) -> list[tuple[str, int]]:
    """What must never be, and how often it is."""
    connection = await session.connection()
    counts = []
    for name, query in _NEVER.items():
        given = {"now": now} if ":now" in query else {}
        counts.append((name, int(await connection.scalar(sa.text(query), given) or 0)))
    return counts
