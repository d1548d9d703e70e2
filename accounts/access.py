"""Opening a child's record: with a reason, in an emergency, or not at all."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from accounts import access_rules
from accounts.access_models import FamilyMark, RecordOpening
from accounts.access_rules import Opened, RecordOpenedWithoutReason
from accounts.models import StaffAccount
from accounts.queries import view_of
from accounts.words import StaffView
from core.domain.errors import NotAllowed, NotFound, OwnFamily, ReasonNeeded
from core.domain.identity import Actor, Reason, Right
from core.storage import audit
from core.storage.children import ChildKeys, ChildRecord, keys_of
from core.storage.guards import guard_about
from core.storage.outbox import tell
from core.storage.session import Session

MOST = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody who is family of a child; which child, only the hashes know."""

    id: UUID
    staff_id: UUID
    marked_at: datetime
    marked_by: UUID
    keys: ChildKeys


async def open_record(
    session: Session, actor: Actor, record: ChildRecord, reason: Reason | None, now: datetime
) -> Opened:
    """What lets this person see this record: the `reason` its room found, or an emergency that is still on. The room
    puts it on the audit trail. Raises OwnFamily, whatever the reason; ReasonNeeded when there is none."""
    if actor.id is None or not actor.is_staff:
        raise NotAllowed("staff only")
    if record.keys.meets(await family_of(session, actor.id)):
        raise OwnFamily("family of the child")
    if reason is not None:
        return Opened(reason, guard=await guard_about(session, record.keys))
    until = await _open_until(session, actor.id, record, now)
    if until is None or not access_rules.is_open(until, now) or not actor.may(Right.BREAK_GLASS):
        raise ReasonNeeded(record.kind, record.id)
    return Opened(Reason.BREAK_GLASS, until, await guard_about(session, record.keys))


async def those_that_open(ids: Iterable[UUID], open_one: Callable[[UUID], Awaitable[Opened]]) -> set[UUID]:
    """Those of these records that a room's way to open one lets this person see; nothing is raised."""
    found: set[UUID] = set()
    for record_id in ids:
        with suppress(NotFound, NotAllowed):
            await open_one(record_id)
            found.add(record_id)
    return found


async def family_of(session: Session, staff_id: UUID) -> ChildKeys:
    """The children this member of staff is family of."""
    found = select(FamilyMark).where(FamilyMark.staff_id == staff_id, col(FamilyMark.ended_at).is_(None))
    family = ChildKeys()
    for mark in await session.exec(found):
        family |= keys_of(mark.nhs_number_key, mark.surname_born_key)
    return family


async def _open_until(session: Session, staff_id: UUID, record: ChildRecord, now: datetime) -> datetime | None:
    found = select(sa.func.max(RecordOpening.until)).where(
        RecordOpening.staff_id == staff_id,
        RecordOpening.kind == record.kind,
        RecordOpening.record_id == record.id,
        col(RecordOpening.until) > now,
    )
    return (await session.exec(found)).one()


async def break_glass(
    session: Session, actor: Actor, kind: str, record_id: UUID, why: str, now: datetime
) -> RecordOpening:
    """Opens one record for one person for an hour. The audit trail and governance hear of it at once."""
    access_rules.check_may_break_glass(actor)
    access_rules.where(kind, record_id)
    assert actor.id is not None  # noqa: S101 - only staff have the right
    opening = RecordOpening(
        staff_id=actor.id,
        kind=kind,
        record_id=record_id,
        why=access_rules.check_why(why),
        opened_at=now,
        until=now + access_rules.OPEN_FOR,
    )
    session.add(opening)
    await session.flush()
    audit.record(session, actor, "record.opened-in-emergency", kind, record_id, now, opening=str(opening.id))
    await tell(session, RecordOpenedWithoutReason(opening.id, actor.id), now)
    return opening


async def openings(session: Session, after: UUID | None = None, *, waiting: bool = False) -> Sequence[RecordOpening]:
    """Emergencies, newest first; only those governance has not looked at when `waiting`."""
    found = select(RecordOpening).order_by(col(RecordOpening.id).desc()).limit(MOST)
    if after:
        found = found.where(col(RecordOpening.id) < after)
    if waiting:
        found = found.where(col(RecordOpening.looked_at).is_(None))
    return (await session.exec(found)).all()


async def openings_waiting(session: Session) -> int:
    """How many emergencies governance has not looked at."""
    found = select(sa.func.count()).select_from(RecordOpening).where(col(RecordOpening.looked_at).is_(None))
    return (await session.exec(found)).one()


async def reasons_typed(session: Session, opening_ids: Collection[UUID]) -> dict[UUID, str]:
    """What was typed when these records were opened."""
    if not opening_ids:
        return {}
    found = select(RecordOpening).where(col(RecordOpening.id).in_(opening_ids))
    return {row.id: row.why for row in await session.exec(found)}


async def note_looked_at(session: Session, actor: Actor, opening_id: UUID, now: datetime) -> None:
    """Governance has looked at an emergency; the first look counts. Nobody looks at their own: NotAllowed."""
    opening = await session.get(RecordOpening, opening_id, with_for_update=True)
    if opening is None:
        raise NotFound("no such opening")
    if opening.staff_id == actor.id:
        raise NotAllowed("own opening")
    if opening.looked_at is None:
        opening.looked_at, opening.looked_by = now, actor.id
        audit.record(session, actor, "record.emergency-looked-at", opening.kind, opening.record_id, now)


async def mark_family(session: Session, actor: Actor, staff_id: UUID, child: ChildKeys, now: datetime) -> UUID:
    """From now on this colleague cannot open records about this child. Only hashes of the child are kept."""
    if actor.id is None or not child:
        raise NotAllowed("nobody to mark")
    nhs, named = next(iter(child.nhs), None), next(iter(child.named), None)
    mark = FamilyMark(staff_id=staff_id, nhs_number_key=nhs, surname_born_key=named, marked_at=now, marked_by=actor.id)
    session.add(mark)
    await session.flush()
    audit.record(session, actor, "staff.marked-as-family", "staff", staff_id, now, mark=str(mark.id))
    return mark.id


async def end_mark(session: Session, actor: Actor, mark_id: UUID, now: datetime) -> None:
    """The mark was wrong or is no longer true. Nobody ends their own: NotAllowed. NotFound when it has ended."""
    mark = await session.get(FamilyMark, mark_id, with_for_update=True)
    if mark is None or mark.ended_at is not None:
        raise NotFound("no such mark")
    if mark.staff_id == actor.id:
        raise NotAllowed("own mark")
    mark.ended_at, mark.ended_by = now, actor.id
    audit.record(session, actor, "staff.family-mark-ended", "staff", mark.staff_id, now, mark=str(mark_id))


async def marks(session: Session) -> list[Mark]:
    """Every mark that stands, newest first."""
    found = select(FamilyMark).where(col(FamilyMark.ended_at).is_(None)).order_by(col(FamilyMark.id).desc())
    return [
        Mark(row.id, row.staff_id, row.marked_at, row.marked_by, keys_of(row.nhs_number_key, row.surname_born_key))
        for row in await session.exec(found)
    ]


async def everybody(session: Session) -> list[StaffView]:
    """All staff, those who have left included, in the order of their names."""
    views = [view_of(row) for row in await session.exec(select(StaffAccount))]
    return sorted(views, key=lambda view: (view.name.casefold(), view.id))
