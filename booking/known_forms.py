"""What is known of a family, as answers to the questions of booking. What is not known for certain is asked."""

from booking import forms, on_behalf
from booking.known_words import Booker, KnownFamily
from booking.words import ContactBy
from core.domain.guard import Guard
from core.domain.nhs import is_mobile
from core.storage.columns import keys
from core.web.questions import Question, Value

_ASKED = {question.id: question for question in (*forms.SCREENING.questions, *forms.SESSION.questions)}


def answers_of(family: KnownFamily, booker: Booker, guard: Guard) -> dict[str, Value]:
    """The booker books for the parent or carer, who is written to; never where the `guard` of the child bars it."""
    told: dict[str, str] = {
        forms.KNOWN.id: family.seen,
        **family.child,
        forms.NAME.id: booker.name,
        on_behalf.ROLE.id: booker.role,
        on_behalf.OWN_EMAIL.id: booker.email,
        on_behalf.PARENT.id: family.parent_name,
        on_behalf.KNOWS.id: "yes" if family.parent_knows else "",
        **_reached_by(family, guard),
    }
    kept: dict[str, Value] = {name: value for name, value in told.items() if value and _fits(_ASKED[name], value)}
    return kept | {on_behalf.ON_BEHALF.id: ["yes"]}


def _fits(question: Question, value: str) -> bool:
    """What is longer than the question takes is asked instead of being cut."""
    return len(value) <= question.longest


def _reached_by(family: KnownFamily, guard: Guard) -> dict[str, str]:
    """By email where there is one; by text only where that is safe. How else is asked."""
    email = "" if _barred("email", family.email.casefold(), guard) else family.email
    phone = "" if _barred("phone", family.phone, guard) else family.phone
    if email:
        return {on_behalf.BY.id: ContactBy.EMAIL, on_behalf.EMAIL.id: email, on_behalf.PHONE.id: phone}
    if phone and family.texts and is_mobile(phone):
        return {on_behalf.BY.id: ContactBy.TEXT, on_behalf.MOBILE.id: phone}
    return {}


def _barred(kind: str, value: str, guard: Guard) -> bool:
    return bool(value) and keys().fingerprint(kind, value) in guard.barred
