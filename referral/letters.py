"""What families and referrers are sent about a referral. The words stand in `templates/messages/`; they name neither
the child nor a therapy, and lead to the page that asks for the reference and the date of birth."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from core.domain.identity import Actor, system
from core.storage.children import keys_of
from core.storage.session import Session
from core.web.questions import Answers
from notifications.api import Channel, Phrase, Recipient, Word, phrases, send_message
from referral import rules
from referral.models import Referral
from referral.questions import NONE
from referral.words import PROFESSIONALS, Agreement, ReferrerKind

RECEIVED = "referral-received"
_SERVICE = system("referral")


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


def ways(referrer: ReferrerKind, answers: Answers) -> list[Channel]:
    """How the family may be written to, as they asked, best first: a text only where nobody else reads it, a letter
    only where there is nothing else and messages are safe. Nothing when nothing may be written: then somebody calls."""
    agreed, safe, wanted = answers.get("agreed"), answers.get("safe") == "yes", answers.get("updates", [])
    if not rules.may_write_to_family(referrer, Agreement(str(agreed)) if agreed else None):
        return []
    allowed = [Channel.EMAIL] if answers.get("email") else []
    if "text" in wanted and rules.may_text(str(answers["phone"]), safe=safe):
        allowed.append(Channel.TEXT)
    may_tell_parents = answers.get("tell_parents") == "yes"
    if not allowed and rules.may_send_letter(
        referrer, safe=safe, chose_it=NONE in wanted, may_tell_parents=may_tell_parents
    ):
        allowed.append(Channel.LETTER)
    return allowed


def reach(referrer: ReferrerKind, answers: Answers) -> Channel | None:
    """The best way to write to the family; None when nothing may be written."""
    return next(iter(ways(referrer, answers)), None)


def family_of(referral: Referral) -> Addressee | None:
    """The family, when they may be written to. A young person who referred themselves is written to in their own name
    and at what they gave for themselves: never a parent."""
    is_young_person = referral.referrer is ReferrerKind.YOUNG_PERSON
    own_name = f"{referral.child_first} {referral.child_last}"
    name = own_name if is_young_person else referral.answers.get("adult_name") or own_name
    addresses = {
        Channel.EMAIL: referral.email,
        Channel.TEXT: referral.phone,
        Channel.LETTER: f"{name}\n{referral.address}",
    }
    allowed = ways(referral.referrer, referral.answers)
    reachable = [Recipient(channel, address) for channel in allowed if (address := addresses[channel])]
    if not reachable:
        return None
    first, *others = reachable
    greeting = phrases.HELLO if is_young_person else phrases.DEAR_PARENT
    return Addressee(greeting, replace(first, alternatives=tuple(others)))


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
    by: Actor = _SERVICE,
    **words: Word,
) -> UUID:
    """Writes one message, once for this occasion and recipient; its id. `by` is who decided what it tells."""
    common: dict[str, Word] = {
        "greeting": addressee.greeting,
        "reference": referral.reference,
        "status_link": f"{head.address}/referral-status",
        "phone": head.phone,
        "service": head.service,
    }
    return await send_message(
        session,
        template=template,
        to=addressee.to,
        purpose=template,
        subject_id=referral.id,
        occasion=occasion,
        words={**common, **words},
        child=keys_of(referral.nhs_number_key, referral.surname_born_key),
        now=now,
        by=by,
        answers=template == RECEIVED,
    )
