"""What the auditor asks of messages (design, rule 4)."""

from datetime import datetime

import sqlalchemy as sa

from core.storage.session import Session

# Written, and neither on its way, nor waiting for a switch, nor for a person, nor given up where people see it.
_FORGOTTEN = sa.text("""
    select count(*) from message where state in ('waiting', 'sending', 'unknown')
      and held_at is null and needs_person_since is null
      and not exists (
        select 1 from task where kind = 'notifications.deliver' and done_at is null
          and payload ->> 'message_id' = message.id::text
      )
""")


async def audit_checks(session: Session, now: datetime) -> list[tuple[str, int]]:
    """What is broken, by name; 0 is well."""
    connection = await session.connection()
    return [("messages: written and forgotten", int(await connection.scalar(_FORGOTTEN) or 0))]
