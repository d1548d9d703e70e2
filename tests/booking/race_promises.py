"""What must hold after every race, asked of all rounds at once; each counts nothing when all is well."""

from datetime import datetime

import sqlalchemy as sa

from core.storage.session import Session

BROKEN: dict[str, str] = {
    "more holds than held places": """
        select count(*) from place_hold h where h.ended_at is null and h.until > :now
          and not exists (select 1 from place p where p.held_by = h.id)
          and not exists (select 1 from sitting s where s.id = h.sitting_id and s.state = 'cancelled')""",
    "a turn without its place": """
        select count(*) from waiting_turn t where t.state = 'open' and t.until > :now
          and not exists (select 1 from place p where p.held_by = t.id)
          and not exists (select 1 from sitting s where s.id = t.sitting_id and s.state = 'cancelled')""",
    "a place of a cancelled sitting": """
        select count(*) from place p join sitting s on s.id = p.sitting_id
        where s.state = 'cancelled' and p.state <> 'withdrawn'""",
    "a booking of a cancelled sitting": """
        select count(*) from booking b join sitting s on s.id = b.sitting_id
        where s.state = 'cancelled' and b.state = 'booked'""",
    "more bookings than places ever": """
        select count(*) from (select b.sitting_id from booking b where b.state = 'booked' group by b.sitting_id
          having count(*) > (select count(*) from place p where p.sitting_id = b.sitting_id)) over""",
    "a draft or turn booked twice": """
        select count(*) from (select draft_id from booking group by draft_id having count(*) > 1) twice""",
    "a cancellation told twice": """
        select count(*) from (select booking_id from booking_event where happened = 'cancelled'
          group by booking_id having count(*) > 1) twice""",
    "a turn ended twice": """
        select count(*) from (select payload ->> 'turn_id' from outbox_fact where name = 'TurnEnded'
          group by 1 having count(*) > 1) twice""",
    "a sitting cancelled twice": """
        select count(*) from (select payload ->> 'sitting_id' from outbox_fact where name = 'SittingCancelled'
          group by 1 having count(*) > 1) twice""",
    "a capacity cut twice": """
        select count(*) from (select sitting_id from sitting_event where happened = 'capacity'
          group by sitting_id having count(*) > 1) twice""",
    "somebody with two places kept": """
        select count(*) from (select waiting_id from waiting_turn where state = 'open'
          group by waiting_id having count(*) > 1) twice""",
    "overtaken on the list": """
        select count(*) from waiting w join waiting o on o.offer_id = w.offer_id
        where w.state = 'waiting' and o.state = 'offered' and w.joined_at < o.joined_at
          and not exists (select 1 from waiting_turn t where t.waiting_id = w.id)""",
}


async def what_is_broken(session: Session, now: datetime) -> dict[str, int]:
    """Each promise that does not hold, and how often."""
    connection = await session.connection()
    found: dict[str, int] = {}
    for name, query in BROKEN.items():
        given = {"now": now} if ":now" in query else {}
        if count := int(await connection.scalar(sa.text(query), given) or 0):
            found[name] = count
    return found
