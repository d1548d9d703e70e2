"""What was decided, written and added about a referral. Whoever shows it has opened the record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.storage.session import Session
from referral.models import Referral, ReferralRequest
from referral.outcome_models import ReferralAddition, ReferralLetter, RequestOutcome
from referral.outcome_words import AdditionView, LetterState, LetterTo, LetterView, NotTold, OutcomeView


@dataclass(frozen=True, slots=True)
class Told:
    """`outcomes` is every decision by request, oldest first; `others` the references of referrals that go on instead of
    duplicates."""

    outcomes: dict[UUID, list[OutcomeView]]
    letters: list[LetterView]
    additions: list[AdditionView]
    others: dict[UUID, str]

    def last(self, request_id: UUID) -> OutcomeView | None:
        return next(reversed(self.outcomes.get(request_id, [])), None)

    def letters_about(self, request_id: UUID) -> list[LetterView]:
        """Newest decision first."""
        about = {one.id for one in self.outcomes.get(request_id, [])}
        return [letter for letter in reversed(self.letters) if letter.outcome_id in about]


async def told_about(session: Session, referral_id: UUID) -> Told:
    """Everything about one referral. A constant number of queries."""
    requests = select(ReferralRequest.id).where(ReferralRequest.referral_id == referral_id)
    decided = select(RequestOutcome).where(col(RequestOutcome.request_id).in_(requests))
    outcomes: dict[UUID, list[OutcomeView]] = {}
    for row in await session.exec(decided.order_by(col(RequestOutcome.id))):
        outcomes.setdefault(row.request_id, []).append(_outcome(row))
    letters = select(ReferralLetter).where(ReferralLetter.referral_id == referral_id).order_by(col(ReferralLetter.id))
    added = select(ReferralAddition).where(ReferralAddition.referral_id == referral_id)
    return Told(
        outcomes=outcomes,
        letters=[as_letter(row) for row in await session.exec(letters)],
        additions=[_addition(row) for row in await session.exec(added.order_by(col(ReferralAddition.id)))],
        others=await _references(session, (one.duplicate_of for each in outcomes.values() for one in each)),
    )


async def letter(session: Session, referral_id: UUID, letter_id: UUID) -> LetterView | None:
    found = select(ReferralLetter).where(ReferralLetter.id == letter_id, ReferralLetter.referral_id == referral_id)
    row = (await session.exec(found)).one_or_none()
    return as_letter(row) if row else None


async def letters_for_family(session: Session, referral_id: UUID) -> list[LetterView]:
    """What has been sent to the family, newest first."""
    found = select(ReferralLetter).where(
        ReferralLetter.referral_id == referral_id,
        ReferralLetter.recipient == LetterTo.FAMILY,
        ReferralLetter.state == LetterState.SENT,
    )
    return [as_letter(row) for row in await session.exec(found.order_by(col(ReferralLetter.ended_at).desc()))]


async def waiting_for_somebody(session: Session) -> tuple[int, int]:
    """(letters that leave only when somebody has read them, what families added and nobody has read)."""
    letters = sa.select(sa.func.count()).where(
        col(ReferralLetter.state) == LetterState.DRAFT, col(ReferralLetter.leaves_at).is_(None)
    )
    added = sa.select(sa.func.count()).where(col(ReferralAddition.read_at).is_(None))
    found = sa.select(letters.scalar_subquery(), added.scalar_subquery())
    row = (await (await session.connection()).execute(found)).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True, slots=True)
class Waits:
    """Something on a referral that waits for a colleague. Names no child."""

    reference: str
    referral_id: UUID
    letter_id: UUID | None
    since: datetime


async def waiting(session: Session, most: int) -> tuple[list[Waits], list[Waits]]:
    """(letters somebody must read first, what families added), the oldest of each."""
    letters = (
        sa.select(col(Referral.reference), col(Referral.id), col(ReferralLetter.id), col(RequestOutcome.at))
        .join(ReferralLetter, col(ReferralLetter.referral_id) == Referral.id)
        .join(RequestOutcome, col(RequestOutcome.id) == ReferralLetter.outcome_id)
        .where(col(ReferralLetter.state) == LetterState.DRAFT, col(ReferralLetter.leaves_at).is_(None))
        .order_by(col(ReferralLetter.id))
    )
    added = (
        sa.select(col(Referral.reference), col(Referral.id), sa.null(), col(ReferralAddition.at))
        .join(ReferralAddition, col(ReferralAddition.referral_id) == Referral.id)
        .where(col(ReferralAddition.read_at).is_(None))
        .order_by(col(ReferralAddition.at), col(ReferralAddition.id))
    )
    connection = await session.connection()
    found = [(await connection.execute(query.limit(most))).all() for query in (letters, added)]
    return [Waits(*row) for row in found[0]], [Waits(*row) for row in found[1]]


async def _references(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    found = select(Referral.id, Referral.reference).where(col(Referral.id).in_(wanted))
    return {row[0]: row[1] for row in await session.exec(found)}


def _outcome(row: RequestOutcome) -> OutcomeView:
    return OutcomeView(
        id=row.id,
        request_id=row.request_id,
        step=row.step,
        at=row.at,
        by=row.by,
        pathway=row.pathway,
        comes_next=row.comes_next,
        why_not=row.why_not,
        place=row.place or "",
        words=row.words or "",
        todo=row.todo or "",
        duplicate_of=row.duplicate_of,
        booked_for=row.booked_for,
    )


def as_letter(row: ReferralLetter) -> LetterView:
    return LetterView(
        id=row.id,
        outcome_id=row.outcome_id,
        recipient=row.recipient,
        state=row.state,
        kind=row.kind,
        text=row.text,
        leaves_at=row.leaves_at,
        ended_at=row.ended_at,
        why=NotTold(row.why) if row.why else None,
        version=row.version,
        edited_by=row.edited_by,
        message_id=row.message_id,
    )


def _addition(row: ReferralAddition) -> AdditionView:
    return AdditionView(row.id, row.at, row.text, row.read_at, row.read_by)
