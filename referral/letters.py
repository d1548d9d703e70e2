"""What families and referrers are sent about a referral. The words stand in `templates/messages/`; they name neither
the child nor a therapy, and lead to the page that asks for the reference and the date of birth."""

from dataclasses import dataclass
from datetime import datetime

from core.storage.session import Session
from core.web.questions import Answers
from notifications.api import Channel, Phrase, Recipient, Word, phrases, send_message
from referral import rules
from referral.models import Referral
from referral.words import PROFESSIONALS, Agreement, ReferrerKind

RECEIVED = "referral-received"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes. `address` is the public address of the service."""

    service: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message greets, and how it reaches them."""

    greeting: Phrase
    to: Recipient


def reach(referrer: ReferrerKind, answers: Answers) -> Channel | None:
    """How the family may be written to: as they asked, a text only where nobody else reads it, a letter only where
    messages are safe. None when nothing may be written: then somebody calls."""
    agreed, safe = answers.get("agreed"), answers.get("safe") == "yes"
    if not rules.may_write_to_family(referrer, Agreement(str(agreed)) if agreed else None):
        return None
    if answers.get("email"):
        return Channel.EMAIL
    if "text" in answers.get("updates", []) and rules.may_text(str(answers["phone"]), safe=safe):
        return Channel.TEXT
    return Channel.LETTER if safe else None


def family_of(referral: Referral) -> Addressee | None:
    """The family, when they may be written to."""
    name = referral.answers.get("adult_name") or f"{referral.child_first} {referral.child_last}"
    addresses = {
        Channel.EMAIL: referral.email,
        Channel.TEXT: referral.phone,
        Channel.LETTER: f"{name}\n{referral.address}",
    }
    channel = reach(referral.referrer, referral.answers)
    address = addresses[channel] if channel else None
    if channel is None or not address:
        return None
    greeting = phrases.HELLO if referral.referrer is ReferrerKind.YOUNG_PERSON else phrases.DEAR_PARENT
    return Addressee(greeting, Recipient(channel, address))


def referrer_of(referral: Referral) -> Addressee | None:
    """The professional who referred; None when the family did so themselves."""
    if referral.referrer not in PROFESSIONALS:
        return None
    return Addressee(phrases.DEAR_COLLEAGUE, Recipient(Channel.EMAIL, referral.answers["ref_email"]))


async def write(
    session: Session,
    template: str,
    referral: Referral,
    addressee: Addressee,
    occasion: str,
    head: Letterhead,
    now: datetime,
    **words: Word,
) -> None:
    """Writes one message, once for this occasion and recipient."""
    common: dict[str, Word] = {
        "greeting": addressee.greeting,
        "reference": referral.reference,
        "status_link": f"{head.address}/referral-status",
        "phone": head.phone,
        "service": head.service,
    }
    await send_message(
        session,
        template=template,
        to=addressee.to,
        purpose=template,
        subject_id=referral.id,
        occasion=occasion,
        words={**common, **words},
        now=now,
        answers=template == RECEIVED,
    )
