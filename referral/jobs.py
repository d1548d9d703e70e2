"""What workers do for referrals: tell people what has become true."""

from datetime import date
from uuid import UUID

from sqlmodel import col, select

from core.domain.identity import Actor, ActorKind, system
from core.storage import audit
from core.storage.children import keys_of
from core.storage.jobs import Job, Workbench
from core.storage.marks import is_restricted
from core.storage.session import Session
from notifications.api import Word
from referral import letters
from referral.letters import Addressee, Letterhead
from referral.models import InformationRequest, Referral, ReferralRequest, RequestEvent
from referral.words import Asked, RequestState

ACKNOWLEDGE = "referral.acknowledge"
TELL_ACCEPTED = "referral.tell_accepted"
TELL_ASKED = "referral.tell_asked"
_SERVICE = system("referral")


async def acknowledge(session: Session, bench: Workbench, *, referral_id: str) -> None:
    """Tells the family and the referrer that we have the referral, and by when we aim to see the child."""
    referral = await session.get(Referral, UUID(referral_id))
    if referral is None:
        return
    targets = select(col(ReferralRequest.target_on)).where(ReferralRequest.referral_id == referral.id)
    target: date = max((await session.exec(targets.order_by(col(ReferralRequest.id)))).all())
    everyone = [letters.family_of(referral), letters.referrer_of(referral)]
    await _tell(session, bench, letters.RECEIVED, referral, everyone, "1", target=target)


async def tell_accepted(session: Session, bench: Workbench, *, referral_id: str, request_id: str) -> None:
    """Tells the family and the referrer that one part was accepted, unless it has been withdrawn since."""
    referral = await session.get(Referral, UUID(referral_id))
    request = await session.get(ReferralRequest, UUID(request_id))
    if referral is None or request is None or request.state is RequestState.WITHDRAWN:
        return
    everyone = [letters.family_of(referral), letters.referrer_of(referral)]
    accepted = select(RequestEvent.by).where(
        RequestEvent.request_id == request.id, RequestEvent.after == RequestState.ACCEPTED
    )
    by = (await session.exec(accepted.order_by(col(RequestEvent.id).desc()))).first()
    await _tell(session, bench, "referral-accepted", referral, everyone, request_id, _actor(by))


async def tell_asked(
    session: Session, bench: Workbench, *, referral_id: str, request_id: str, information_id: str
) -> None:
    """Tells whoever was asked that we need to know more, unless that has been settled. Schools and others are asked by
    the clinician in person."""
    referral = await session.get(Referral, UUID(referral_id))
    asked = await session.get(InformationRequest, UUID(information_id))
    if referral is None or asked is None or asked.ended_at is not None:
        return
    whom = _whom(referral, asked.asked_of)
    if asked.asked_of in (Asked.FAMILY, Asked.REFERRER):
        await _tell(
            session,
            bench,
            "referral-more-information",
            referral,
            [whom],
            information_id,
            _actor(asked.asked_by),
            due=asked.due_on,
        )


def _actor(audit_name: str | None) -> Actor:
    """Who decided, as the record names them."""
    kind, _, staff_id = (audit_name or "").partition(":")
    return Actor(ActorKind.STAFF, UUID(staff_id)) if kind == ActorKind.STAFF else _SERVICE


def _whom(referral: Referral, asked: Asked) -> Addressee | None:
    """A family that referred the child themselves is the referrer too."""
    if asked is Asked.REFERRER:
        return letters.referrer_of(referral) or letters.family_of(referral)
    return letters.family_of(referral)


async def _tell(
    session: Session,
    bench: Workbench,
    template: str,
    referral: Referral,
    addressees: list[Addressee | None],
    occasion: str,
    by: Actor = _SERVICE,
    **words: Word,
) -> None:
    head, now = Letterhead(bench.profile.service, bench.profile.phone, bench.address), bench.clock.now()
    restricted = await is_restricted(session, keys_of(referral.nhs_number_key, referral.surname_born_key))
    # A restricted record is only stored (UK GDPR, article 18): nothing is written by itself, a person decides.
    reachable = [] if restricted else [one for one in addressees if one]
    for addressee in reachable:
        await letters.write(session, template, referral, addressee, occasion, head, now, by, **words)
    if not reachable:
        # Nobody may be written to: whoever reads the case sees it there, and calls.
        audit.record(session, _SERVICE, "referral.not-told", "referral", referral.id, now, about=template)


JOBS = {ACKNOWLEDGE: Job(acknowledge), TELL_ACCEPTED: Job(tell_accepted), TELL_ASKED: Job(tell_asked)}
