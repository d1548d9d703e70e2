"""Complaints about how we handle personal data: received, acknowledged within 30 days, answered."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.domain.ids import new_reference
from core.storage import audit
from core.storage.session import Session
from privacy import queries, rules
from privacy.models import Complaint, PrivacyEvent
from privacy.words import ComplaintStep, Happened, Upheld

SUBJECT = "privacy-complaint"


async def receive(
    session: Session,
    actor: Actor,
    by: Mapping[str, str],
    words: str,
    now: datetime,
    *,
    received_at: datetime | None = None,
    draft_id: UUID | None = None,
) -> Complaint:
    """A complaint, from the website or as somebody told us. The clock runs from the day it came in."""
    came = received_at or now
    complaint = Complaint(
        reference=new_reference(),
        draft_id=draft_id,
        by=dict(by),
        words=words,
        received_at=came,
        acknowledge_by=rules.acknowledge_by(london_day(came)),
    )
    session.add(complaint)
    await session.flush()
    _note(session, actor, complaint.id, Happened.RECEIVED, now)
    return complaint


async def acknowledge(session: Session, actor: Actor, complaint_id: UUID, how: str, now: datetime) -> None:
    """The person was told that we have it, and how. NotPossible when that was done before."""
    complaint = await _locked(session, complaint_id)
    complaint.state = rules.complaint_after(complaint.state, ComplaintStep.ACKNOWLEDGE)
    complaint.acknowledged_at = now
    _note(session, actor, complaint.id, Happened.ACKNOWLEDGED, now, how)


async def close(
    session: Session, actor: Actor, complaint_id: UUID, upheld: Upheld, outcome: str, now: datetime
) -> None:
    """The person was told the outcome. NotPossible before it was acknowledged."""
    complaint = await _locked(session, complaint_id)
    complaint.state = rules.complaint_after(complaint.state, ComplaintStep.CLOSE)
    complaint.upheld, complaint.outcome, complaint.closed_at = upheld, outcome, now
    _note(session, actor, complaint.id, Happened.CLOSED, now, outcome)


def note_read(session: Session, actor: Actor, complaint: Complaint, now: datetime) -> None:
    """A person has it on the screen, and with it who complained."""
    audit.record(session, actor, "complaint.read", SUBJECT, complaint.id, now)


async def _locked(session: Session, complaint_id: UUID) -> Complaint:
    complaint = await queries.complaint(session, complaint_id, lock=True)
    if complaint is None:
        raise NotFound("no such complaint")
    return complaint


def _note(
    session: Session, actor: Actor, complaint_id: UUID, happened: Happened, now: datetime, why: str | None = None
) -> None:
    session.add(PrivacyEvent(complaint_id=complaint_id, happened=happened, at=now, by=actor.audit_name, why=why))
    audit.record(session, actor, f"complaint.{happened}", SUBJECT, complaint_id, now)
