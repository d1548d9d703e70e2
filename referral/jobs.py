"""What workers do for referrals: tell people what has become true."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from core.domain.identity import Actor, system
from core.storage import audit
from core.storage.jobs import Job, Workbench
from core.storage.session import Session
from notifications.api import Word
from referral import case_jobs, files_added, letters, letters_service, moves
from referral.letters import Letterhead
from referral.letters_reach import reach, recipients
from referral.models import InformationRequest, Referral, ReferralRequest
from referral.outcome_words import LetterTo, NotTold
from referral.words import Asked

ACKNOWLEDGE = "referral.acknowledge"
TELL_ASKED = "referral.tell_asked"
TELL_AGAIN = "referral.tell_again"
_SERVICE = system("referral")


async def acknowledge(session: Session, bench: Workbench, *, referral_id: str) -> None:
    """Tells the family and the referrer that we have the referral, and by when we aim to see the child."""
    referral = await session.get(Referral, UUID(referral_id))
    if referral is None:
        return
    targets = select(col(ReferralRequest.target_on)).where(ReferralRequest.referral_id == referral.id)
    target: date = max((await session.exec(targets.order_by(col(ReferralRequest.id)))).all())
    await _tell(session, bench, letters.RECEIVED, referral, recipients(referral), "1", target=target)


async def send_letter(session: Session, bench: Workbench, *, letter_id: str) -> None:
    """Sends a letter about a decision, when it is still to be sent and its time has come."""
    head = Letterhead(bench.profile.service, bench.profile.phone, bench.address)
    await letters_service.leave(session, UUID(letter_id), head, bench.clock.now())


async def tell_asked(
    session: Session, bench: Workbench, *, referral_id: str, request_id: str, information_id: str
) -> None:
    """Tells whoever was asked that we need to know more, unless that has been settled. Schools and others are asked by
    the clinician in person."""
    await _tell_who_was_asked(session, bench, "referral-more-information", referral_id, information_id, information_id)


async def tell_again(
    session: Session, bench: Workbench, *, referral_id: str, request_id: str, information_id: str, times: int
) -> None:
    """The same, for the `times`-th time; each reminder is one."""
    occasion = f"{information_id}-{times}"
    await _tell_who_was_asked(session, bench, "referral-reminder", referral_id, information_id, occasion)


async def _tell_who_was_asked(
    session: Session, bench: Workbench, template: str, referral_id: str, information_id: str, occasion: str
) -> None:
    referral = await session.get(Referral, UUID(referral_id))
    asked = await session.get(InformationRequest, UUID(information_id))
    if referral is None or asked is None or asked.ended_at is not None:
        return
    if asked.asked_of in (Asked.FAMILY, Asked.REFERRER):
        whom, by = [_whom(referral, asked.asked_of)], moves.actor_named(asked.asked_by)
        await _tell(session, bench, template, referral, whom, occasion, by, due=asked.due_on)


def _whom(referral: Referral, asked: Asked) -> LetterTo:
    """A family that referred the child themselves is the referrer too."""
    return recipients(referral)[-1] if asked is Asked.REFERRER else LetterTo.FAMILY


async def _tell(
    session: Session,
    bench: Workbench,
    template: str,
    referral: Referral,
    whom: Sequence[LetterTo],
    occasion: str,
    by: Actor = _SERVICE,
    **words: Word,
) -> None:
    head, now = Letterhead(bench.profile.service, bench.profile.phone, bench.address), bench.clock.now()
    # Who must not be contacted, and a record that may only be stored: nothing is written by itself, a person decides.
    found = [await reach(session, referral, one, tells=False) for one in whom]
    reachable = [one for one in found if not isinstance(one, NotTold)]
    for addressee in reachable:
        await letters.write(session, template, referral, addressee, occasion, head, now, by, **words)
    if not reachable:
        # Nobody may be written to: whoever reads the case sees it there, and calls.
        audit.record(session, _SERVICE, "referral.not-told", "referral", referral.id, now, about=template)


JOBS = {
    ACKNOWLEDGE: Job(acknowledge),
    letters_service.SEND: Job(send_letter),
    TELL_ASKED: Job(tell_asked),
    TELL_AGAIN: Job(tell_again),
    **case_jobs.JOBS,
    **files_added.JOBS,
}
