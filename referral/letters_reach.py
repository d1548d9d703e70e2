"""Whether somebody may be written to about a referral, and where: asked again before every single message."""

from dataclasses import replace

from sqlmodel import col, select

from core.domain.guard import Guard
from core.storage.children import keys_of
from core.storage.guards import guard_about
from core.storage.marks import is_restricted
from core.storage.session import Session
from notifications.api import without_barred
from referral import letters, rules
from referral.letters import Addressee
from referral.models import Referral, ReferralConsent
from referral.outcome_rules import may_tell_referrer
from referral.outcome_words import LetterTo, NotTold
from referral.words import PROFESSIONALS, Agreement, ConsentKind


async def guard_of(session: Session, referral: Referral) -> Guard:
    """Who must not be contacted or told, whichever referral of the child says so."""
    return await guard_about(session, keys_of(referral.nhs_number_key, referral.surname_born_key))


async def reach(
    session: Session, referral: Referral, recipient: LetterTo, *, tells: bool = True
) -> Addressee | NotTold:
    """Where this recipient may be written to, or why not. `tells`: the message says what was decided, for which a
    referrer needs the family's consent."""
    if await is_restricted(session, keys_of(referral.nhs_number_key, referral.surname_born_key)):
        return NotTold.RESTRICTED
    guard = await guard_of(session, referral)
    if recipient is LetterTo.FAMILY:
        return _family(referral, guard)
    if tells and not may_tell_referrer(referral.referrer, await _consents(session, referral)):
        return NotTold.NO_CONSENT
    return _unless_barred(letters.referrer_of(referral), guard)


def recipients(referral: Referral) -> tuple[LetterTo, ...]:
    """Who is concerned: a family that referred the child themselves is the referrer too."""
    return tuple(LetterTo) if referral.referrer in PROFESSIONALS else (LetterTo.FAMILY,)


def _family(referral: Referral, guard: Guard) -> Addressee | NotTold:
    agreed = referral.answers.get("agreed")
    if not rules.may_write_to_family(referral.referrer, Agreement(str(agreed)) if agreed else None):
        return NotTold.FAMILY_NOT_ASKED
    return _unless_barred(letters.family_of(referral), guard)


def _unless_barred(addressee: Addressee | None, guard: Guard) -> Addressee | NotTold:
    if addressee is None:
        return NotTold.NO_SAFE_WAY
    allowed = without_barred(addressee.to, guard)
    return replace(addressee, to=allowed) if allowed else NotTold.BARRED


async def _consents(session: Session, referral: Referral) -> dict[ConsentKind, bool]:
    """What the family last said to each."""
    found = select(ReferralConsent).where(ReferralConsent.referral_id == referral.id)
    rows = await session.exec(found.order_by(col(ReferralConsent.id)))
    return {row.kind: row.given and row.withdrawn_at is None for row in rows}
