"""Referrals that may be about the same child, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from accounts.api import StaffView
from core.domain.calendar import spoken_date, spoken_instant
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.domain.nhs import show_nhs_number, show_phone
from core.domain.profile import Profile
from referral.duplicates_words import Alike, Twin, Verdict, VerdictView
from referral.presenters import tag, who
from referral.words import ReferrerKind

ALIKE: Mapping[Alike, str] = {
    Alike.NHS_NUMBER: "Same NHS number",
    Alike.NAME_AND_BIRTH: "Same last name and date of birth (could be a twin)",
    Alike.CLOSE_SPELLING: "Same date of birth and a name spelt much alike",
}
_MISSING = "Not given"
_VERDICTS = {Verdict.SAME: "The same child", Verdict.DIFFERENT: "Not the same child"}
_REFERRERS = {
    ReferrerKind.PARENT: "Parent or carer",
    ReferrerKind.YOUNG_PERSON: "The young person",
    ReferrerKind.HEALTH: "Health professional",
    ReferrerKind.EDUCATION: "Education",
    ReferrerKind.SOCIAL_CARE: "Social care",
}


@dataclass(frozen=True, slots=True)
class TwinLine:
    """One on the case page. `settled` is True once somebody said that it is another child."""

    name: str = field(repr=False)
    reference: str
    why: str
    states: str
    said: str = field(repr=False)
    settled: bool
    href: str


def lines(twins: Iterable[Twin], base: str, profile: Profile, staff: Mapping[UUID, StaffView]) -> list[TwinLine]:
    return [
        TwinLine(
            name=f"{twin.child.first} {twin.child.last}, born {spoken_date(twin.child.born)}",
            reference=twin.reference,
            why=ALIKE[twin.alike],
            states=_states(twin, profile),
            said=verdict_in_words(twin.verdict, staff),
            settled=twin.verdict is not None and twin.verdict.verdict is Verdict.DIFFERENT,
            href=f"{base}/compare/{twin.id}",
        )
        for twin in twins
    ]


def _states(twin: Twin, profile: Profile) -> str:
    told = [
        f"{profile.disciplines[Discipline(name)].short}: {tag(state)['text'].lower()}" for name, state in twin.states
    ]
    return ", ".join(told)


def verdict_in_words(said: VerdictView | None, staff: Mapping[UUID, StaffView]) -> str:
    """What somebody said about the two, empty when nobody has."""
    if said is None:
        return ""
    why = f" “{said.why}”" if said.why else ""
    return f"{_VERDICTS[said.verdict]}, says {who(said.by, staff)} on {spoken_instant(said.at)}.{why}"


def side_by_side(one: Twin, other: Twin, profile: Profile) -> list[tuple[str, str, str, str]]:
    """(what, here, there, how they compare)."""
    rows = zip(_rows(one, profile), _rows(other, profile), strict=True)
    return [(name, here, there, _compared(here, there)) for (name, here), (_, there) in rows]


def _compared(here: str, there: str) -> str:
    if _MISSING in (here, there):
        return "Cannot tell"
    return "Same" if here.casefold() == there.casefold() else "Different"


def _rows(twin: Twin, profile: Profile) -> list[tuple[str, str]]:
    child = twin.child
    return [
        ("First name", child.first),
        ("Last name", child.last),
        ("Born", f"{child.born.day} {child.born:%B %Y}"),
        ("NHS number", show_nhs_number(child.nhs_number) if child.nhs_number else _MISSING),
        ("Address", child.address),
        ("Phone", show_phone(twin.phone)),
        ("Email", twin.email or _MISSING),
        ("Referred by", _REFERRERS[twin.referrer]),
        ("Received", spoken_date(london_day(twin.received_at))),
        ("Therapies", _states(twin, profile)),
    ]
