"""What families do about a referral by themselves: tell more, withdraw, come back. Each is one act, and twice the same
press is one."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.errors import NotFound, NotPossible
from core.domain.identity import PUBLIC, Actor, Discipline
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.storage import outbox
from core.storage.columns import keys
from core.storage.session import Session
from referral import files_added, flags, moves, outcome_rules, outcome_service, queue_marks, red_flags, rules
from referral.outcome_models import ReferralAddition
from referral.outcome_words import InformationAdded, Outcome
from referral.words import FlagKind, RequestStep

_ONCE = insert(ReferralAddition.__table__).on_conflict_do_nothing(  # type: ignore[attr-defined]
    index_elements=["referral_id", "once"]
)
WANTS_TO_WITHDRAW = "The family asks to withdraw this referral ({therapies}). Please call them before it is closed."


async def add(session: Session, referral_id: UUID, once: UUID, text: str, profile: Profile, now: datetime) -> bool:
    """Keeps what a family tells us, with the files it chose; whoever reads the case sees both. Words that may mean
    danger raise urgency and flags, as on the form. False when the same words were sent before; a file that came with
    them only now is kept. Raises what `files_added.hand_to_referral` does."""
    referral, requests = await moves.locked(session, referral_id)
    addition_id = await _keep(session, referral_id, once, text, now)
    files = await files_added.hand_to_referral(session, referral_id, once, now, again=addition_id is None)
    if addition_id is None:
        if files:
            moves.record(session, PUBLIC, "information-added", referral_id, now, files=files)
        return False
    signs = red_flags.signs_in_words([text])
    raised = await flags.stand(session, referral_id, [FlagKind(sign.value) for sign in signs], now)
    if raised:
        urgency = rules.urgency_of([sign for sign in signs if FlagKind(sign.value) in raised], [])
        for request in requests:
            outcome_service.raise_to(referral, request, urgency, profile)
        await queue_marks.remark(session, referral)
    moves.record(session, PUBLIC, "information-added", referral_id, now, flags=raised, files=files)
    await outbox.tell(session, InformationAdded(referral_id, addition_id), now)
    return True


async def _keep(session: Session, referral_id: UUID, once: UUID, text: str, now: datetime) -> UUID | None:
    """Its id; None when the same was sent before. Other words from the same page, after somebody went back to it, are
    kept beside the first."""
    values = {"id": new_id(), "referral_id": referral_id, "once": once, "at": now, "text": text}
    first = await session.exec(_ONCE.values(values).returning(col(ReferralAddition.id)))
    addition_id: UUID | None = first.scalar_one_or_none()
    if addition_id:
        return addition_id
    same = select(ReferralAddition.text).where(
        ReferralAddition.referral_id == referral_id, ReferralAddition.once == once
    )
    if (await session.exec(same)).one() == text:
        return None
    # Keyed, so that it tells nothing of the words.
    values["once"] = UUID(bytes=keys().fingerprint("addition", f"{once}{text}")[:16])
    again = await session.exec(_ONCE.values(values).returning(col(ReferralAddition.id)))
    other: UUID | None = again.scalar_one_or_none()
    return other


async def withdraw(
    session: Session, referral_id: UUID, wanted: list[Discipline], once: UUID, profile: Profile, now: datetime
) -> bool:
    """Takes these therapies back. With a flag that no clinician has looked at, one calls the family first: False, and
    their wish is on the case. Withdrawn twice is withdrawn."""
    _, requests = await moves.locked(session, referral_id)
    open_ones = [one for one in requests if one.discipline in wanted and outcome_rules.may_withdraw(one.state)]
    if not open_ones:
        return True
    if not outcome_rules.may_close_by_themselves(await moves.standing_flags(session, referral_id)):
        therapies = ", ".join(profile.disciplines[one.discipline].name for one in open_ones)
        await add(session, referral_id, once, WANTS_TO_WITHDRAW.format(therapies=therapies), profile, now)
        return False
    for one in open_ones:
        outcome = Outcome(RequestStep.WITHDRAW)
        await outcome_service.decide(session, PUBLIC, referral_id, one.discipline, None, outcome, profile, now)
    return True


async def come_back(
    session: Session, referral_id: UUID, discipline: Discipline, profile: Profile, now: datetime
) -> None:
    """Takes a family's own withdrawal back; the clock still runs from the day we received the referral. NotPossible for
    what staff decided, or after four weeks. Twice is once."""
    _, requests = await moves.locked(session, referral_id)
    request = moves.current(requests, discipline)
    if rules.is_open(request.state):
        return
    last = (await outcome_service.last_outcomes(session, [request.id])).get(request.id)
    if last is None or not outcome_rules.may_come_back(request.state, last.by, last.at, now):
        raise NotPossible("call us: this cannot be taken back here")
    outcome = Outcome(RequestStep.COME_BACK)
    await outcome_service.decide(session, PUBLIC, referral_id, discipline, None, outcome, profile, now)


async def read_addition(session: Session, actor: Actor, referral_id: UUID, addition_id: UUID, now: datetime) -> None:
    """A colleague has read what a family added; who reads it first is kept."""
    read = (
        sa.update(ReferralAddition)
        .where(col(ReferralAddition.id) == addition_id, col(ReferralAddition.referral_id) == referral_id)
        .where(col(ReferralAddition.read_at).is_(None))
        .values(read_at=now, read_by=actor.audit_name)
        .returning(col(ReferralAddition.id))
        .execution_options(synchronize_session=False)
    )
    if (await (await session.connection()).execute(read)).first():
        moves.record(session, actor, "addition-read", referral_id, now)
    elif not await _is_there(session, referral_id, addition_id):
        raise NotFound("no such addition")


async def _is_there(session: Session, referral_id: UUID, addition_id: UUID) -> bool:
    found = select(ReferralAddition.id).where(
        ReferralAddition.id == addition_id, ReferralAddition.referral_id == referral_id
    )
    return (await session.exec(found)).first() is not None
