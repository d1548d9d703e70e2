"""Reading the audit trail. Whoever reads it is on it."""

from datetime import datetime
from uuid import UUID

from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit
from core.storage.children import ChildKeys
from core.storage.session import Session
from trail import queries
from trail.words import Entry, Wanted

# As many as a spreadsheet opens at once; the page says when there was more.
EXPORTED_AT_MOST = 20_000
_NAMED_AT_MOST = 50


async def records_about(
    session: Session, child: ChildKeys, reference: str, record: tuple[str, UUID] | None
) -> frozenset[tuple[str, UUID]] | None:
    """The records a search is about; None when it names no child at all."""
    if not child and not reference and record is None:
        return None
    found = await queries.records_of_child(session, child, reference) if child or reference else []
    return frozenset([*((one.kind, one.id) for one in found), *([record] if record else [])])


async def search(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[Entry]:
    """One page and one entry more, if there is one. The search goes on the trail of each record it is about."""
    found = await queries.entries(session, wanted, queries.PAGE + 1)
    _record(session, actor, "audit.searched", wanted, min(len(found), queries.PAGE), now)
    return found


async def export(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[Entry]:
    """Everything that was searched for, at most EXPORTED_AT_MOST."""
    found = await queries.entries(session, wanted, EXPORTED_AT_MOST)
    _record(session, actor, "audit.exported", wanted, len(found), now)
    return found


def _record(session: Session, actor: Actor, action: str, wanted: Wanted, found: int, now: datetime) -> None:
    by = [name for name in ("actor", "since", "until") if getattr(wanted, name)]
    told = {"found": found, "by": by, "shown": wanted.shown}
    if not wanted.records:
        audit.record(session, actor, action, "audit", new_id(), now, **told)
        return
    for kind, record_id in sorted(wanted.records)[:_NAMED_AT_MOST]:
        audit.record(session, actor, action, kind, record_id, now, **told)
