"""What a clinician may decide, for tests: one of each kind, and what has become of it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from core.domain.identity import Actor, Discipline
from core.storage.session import Database, Session
from notifications.api import MessageView, messages_about
from referral import outcome_service
from referral.models import Referral, ReferralRequest
from referral.outcome_models import ReferralLetter
from referral.outcome_words import ComesNext, Outcome, WhyNot
from referral.words import RequestStep, Urgency
from tests.referral.support import EVE, PROFILE

ACCEPTED = Outcome(
    RequestStep.ACCEPT, Urgency.URGENT, "west", "speech", ComesNext.CLINIC, words="We will call you to find a day."
)
SIGNPOSTED = Outcome(
    RequestStep.SIGNPOST, place="The talking tips workshop", words="It shows games that help.", todo="Book a place"
)
REDIRECTED = Outcome(RequestStep.REDIRECT, place="The hearing clinic", words="They test hearing first.")
NOT_ACCEPTED = Outcome(
    RequestStep.NOT_ACCEPT, why_not=WhyNot.UNIVERSAL, words="A workshop comes first.", todo="Book a workshop."
)
WITHDRAWN = Outcome(RequestStep.WITHDRAW, words="You asked us to stop.", why="The mother called.")
REOPENED = Outcome(RequestStep.REOPEN, words="We were wrong.", why="A mistake")
CLOSED = (ACCEPTED, SIGNPOSTED, REDIRECTED, NOT_ACCEPTED, WITHDRAWN)


def joined(reference: str) -> Outcome:
    return Outcome(RequestStep.MARK_DUPLICATE, other=reference, words="We had one from your school.")


async def decide(
    session: Session,
    referral_id: UUID,
    discipline: Discipline,
    outcome: Outcome,
    now: datetime,
    *,
    version: int | None = None,
    by: Actor = EVE,
) -> UUID:
    return await outcome_service.decide(session, by, referral_id, discipline, version, outcome, PROFILE, now)


async def request_of(session: Session, referral_id: UUID, discipline: Discipline) -> ReferralRequest:
    found = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id)
    return (await session.exec(found.where(ReferralRequest.discipline == discipline))).one()


async def referral_of(session: Session, referral_id: UUID) -> Referral:
    return await session.get_one(Referral, referral_id)


async def letters_of(session: Session, referral_id: UUID) -> list[ReferralLetter]:
    found = select(ReferralLetter).where(ReferralLetter.referral_id == referral_id)
    return list(await session.exec(found.order_by(col(ReferralLetter.id))))


async def written(db: Database, referral_id: UUID) -> list[MessageView]:
    async with db.transaction() as session:
        return list(await messages_about(session, referral_id))
