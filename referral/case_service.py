"""What staff do with a case before and beside deciding it. Each function is one act; the caller commits."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from accounts.api import Opened
from core.domain.clock import london_day
from core.domain.errors import Conflict, Invalid, NotFound, NotPossible
from core.domain.identity import Actor
from core.storage import outbox
from core.storage.session import Session
from referral import claims, moves, queries, queue_marks
from referral.access import open_referral
from referral.case_models import CaseNote
from referral.case_words import InformationChased
from referral.claims_models import ReferralReader
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest
from referral.views import Case
from referral.words import Asked


class AlreadyCleared(Conflict):
    """Somebody else has looked at the flag and said why: `by` (their audit name), `at` and `note`."""

    def __init__(self, by: str, at: datetime, note: str) -> None:
        super().__init__("cleared by somebody else")
        self.by, self.at, self.note = by, at, note


async def open_case(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> tuple[Case, Opened]:
    """A member of staff reads a referral, which goes on the audit trail with the reason. Nothing else changes. Raises
    what `open_referral` does."""
    opened = await open_referral(session, actor, referral_id, now)
    case = await queries.case(session, referral_id)
    if case is None:
        raise NotFound("no such referral")
    moves.record(session, actor, "seen", referral_id, now, why=opened.reason)
    return case, opened


def record_listed(session: Session, actor: Actor, referral_ids: Iterable[UUID], now: datetime) -> None:
    """A member of staff has these children's names on the screen."""
    for referral_id in referral_ids:
        moves.record(session, actor, "listed", referral_id, now)


async def give(
    session: Session, actor: Actor, referral_id: UUID, had: UUID | None, to: UUID | None, note: str, now: datetime
) -> None:
    """As `claims.give`; once somebody has it, its triage has begun, and the family is told that it is being read."""
    referral, requests = await moves.locked(session, referral_id)
    await claims.give(session, actor, referral_id, had, to, note, now)
    if to is not None:
        for request in requests:
            moves.begin(session, actor, request, now)
    await queue_marks.remark(session, referral)


async def still_here(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> None:
    """This colleague has the case on the screen. Forgotten rows of others are cleared out on the way."""
    seen_at, clock = col(ReferralReader.seen_at), sa.func.clock_timestamp()
    connection = await session.connection()
    await connection.execute(
        sa.delete(ReferralReader).where(
            col(ReferralReader.referral_id) == referral_id, seen_at < clock - timedelta(hours=1)
        )
    )
    here = insert(ReferralReader).values(referral_id=referral_id, staff_id=actor.id, opened_at=now)
    await connection.execute(
        here.on_conflict_do_update(index_elements=["referral_id", "staff_id"], set_={"seen_at": clock})
    )


async def clear_flag(session: Session, actor: Actor, referral_id: UUID, flag_id: UUID, why: str, now: datetime) -> None:
    """A clinician has looked, and says what they think. The same said twice is one; AlreadyCleared when it was somebody
    else, whose words stand."""
    if not why:
        raise Invalid({"why": "Say why this can be cleared"})
    referral, _ = await moves.locked(session, referral_id)
    flag = await session.get(ReferralFlag, flag_id, populate_existing=True)
    if flag is None or flag.referral_id != referral_id:
        raise NotFound("no such flag")
    if flag.cleared_at is not None:
        if (flag.cleared_by, flag.note) == (actor.audit_name, why):
            return
        raise AlreadyCleared(flag.cleared_by or "", flag.cleared_at, flag.note or "")
    flag.cleared_at, flag.cleared_by, flag.note = now, actor.audit_name, why
    await queue_marks.remark(session, referral)
    moves.record(session, actor, "flag-cleared", referral_id, now, flag=flag.kind)


async def add_note(session: Session, actor: Actor, referral_id: UUID, once: UUID, text: str, now: datetime) -> None:
    """An internal note. Pressed twice it is one."""
    note = CaseNote(referral_id=referral_id, once=once, at=now, by=actor.audit_name, text=text)
    values = {name: getattr(note, name) for name in ("id", "referral_id", "once", "at", "by", "text")}
    once_only = insert(CaseNote).values(values).on_conflict_do_nothing(constraint="uq_case_note_once")
    kept = once_only.returning(col(CaseNote.id))
    if (await (await session.connection()).execute(kept)).first() is not None:
        moves.record(session, actor, "noted", referral_id, now)


async def chase(
    session: Session, actor: Actor, referral_id: UUID, information_id: UUID, seen: int, now: datetime
) -> None:
    """Reminds whoever was asked, or notes that a colleague did. `seen` is how many reminders the page showed: pressed
    twice, or by two at once, it is one. NotPossible when nothing is waited for any more."""
    await moves.locked(session, referral_id)
    asked = await _asked(session, referral_id, information_id)
    if asked.ended_at is not None:
        raise NotPossible("answered or no longer needed")
    if asked.chases != seen:
        return
    asked.chases, asked.chased_at = seen + 1, now
    moves.record(session, actor, "chased", referral_id, now, asked_of=asked.asked_of, times=asked.chases)
    await outbox.tell(session, InformationChased(referral_id, asked.request_id, asked.id, asked.chases), now)


async def _asked(session: Session, referral_id: UUID, information_id: UUID) -> InformationRequest:
    found = (
        select(InformationRequest)
        .join(ReferralRequest, col(ReferralRequest.id) == InformationRequest.request_id)
        .where(InformationRequest.id == information_id, ReferralRequest.referral_id == referral_id)
    )
    asked = (await session.exec(found.execution_options(populate_existing=True))).one_or_none()
    if asked is None:
        raise NotFound("nothing of this kind was asked about this referral")
    return asked


async def due_for_a_reminder(session: Session, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(referral, enquiry) where the last day is near or past and nobody has reminded yet, the longest due first.
    Schools and others are reminded by a person."""
    soon = london_day(now) + REMIND_BEFORE
    found = (
        select(Referral.id, InformationRequest.id)
        .join(ReferralRequest, col(ReferralRequest.referral_id) == Referral.id)
        .join(InformationRequest, col(InformationRequest.request_id) == ReferralRequest.id)
        .where(col(Referral.asked_until) <= soon, col(InformationRequest.ended_at).is_(None))
        .where(InformationRequest.chases == 0, InformationRequest.due_on <= soon)
        .where(col(InformationRequest.asked_of).in_([Asked.FAMILY, Asked.REFERRER]))
        .order_by(col(Referral.asked_until), col(InformationRequest.id))
    )
    return [(row[0], row[1]) for row in await session.exec(found.limit(most))]


REMIND_BEFORE = timedelta(days=3)
