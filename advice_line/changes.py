"""When the ground moves: somebody is away or has left, a manager wants the calls shared out again."""

from datetime import datetime, timedelta
from uuid import UUID

from advice_line.rota_absence import enter_absence, release
from advice_line.words import RunAsked
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session

_FOR_EVER = timedelta(days=36_500)


async def release_leaver(session: Session, actor: Actor, staff_id: UUID, now: datetime) -> int:
    """Somebody has left: all their open calls are nobody's, those of later days too, until a run gives them to others;
    returns how many. Doing it twice changes nothing."""
    return await release(session, actor, staff_id, now, before=now + _FOR_EVER)


async def ask_for_run(session: Session, actor: Actor, now: datetime) -> UUID:
    """A manager wants today's calls shared out again; returns what the run's cause will name (`jobs.run_again`)."""
    request = new_id()
    audit.record(session, actor, "advice.run-asked", "advice-run", request, now)
    await tell(session, RunAsked(request), now)
    return request


__all__ = ["ask_for_run", "enter_absence", "release_leaver"]
