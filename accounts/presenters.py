"""Accounts in words, for the pages of administrators."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.directory import Account
from accounts.forms import LANGUAGES, ROLE_WORDS
from accounts.words import StaffView, Standing
from core.domain.calendar import spoken_instant
from core.domain.profile import Profile
from core.web.questions import Answers

STANDINGS = {Standing.ACTIVE: "Active", Standing.INVITED: "Invited", Standing.CLOSED: "Closed"}
_COLOURS = {Standing.ACTIVE: "green", Standing.INVITED: "blue", Standing.CLOSED: "grey"}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as a line of the list and as a page of its own."""

    id: UUID
    name: str = field(repr=False)
    email: str = field(repr=False)
    roles: str
    disciplines: str
    areas: str
    languages: str
    standing: Standing
    tag: dict[str, str]
    used: str
    added: str
    left: str
    has_factor: bool


def account_line(account: Account, profile: Profile) -> AccountLine:
    """The words for one account."""
    view = account.view
    areas = {area.id: area.name for area in profile.areas}
    return AccountLine(
        id=view.id,
        name=view.name,
        email=view.email,
        roles=_listed(ROLE_WORDS[role][0] for role in ROLE_WORDS if role in view.roles),
        disciplines=_listed(profile.disciplines[one].name for one in sorted(view.disciplines)) or "None",
        areas=_listed(areas.get(one, one) for one in sorted(view.areas)) or "All areas",
        languages=_listed(LANGUAGES.get(one, one) for one in sorted(view.languages)) or "English",
        standing=account.standing,
        tag={"text": STANDINGS[account.standing], "classes": f"nhsuk-tag--{_COLOURS[account.standing]}"},
        used=_when(account.used_at) or "Never",
        added=_when(account.added_at),
        left=_when(account.left_at),
        has_factor=account.has_factor,
    )


def as_answers(view: StaffView) -> Answers:
    """What an administrator decided before, as the form shows it."""
    return {
        "roles": sorted(view.roles),
        "disciplines": sorted(view.disciplines),
        "languages": sorted(view.languages),
        "areas": sorted(view.areas),
    }


def _when(at: datetime | None) -> str:
    return spoken_instant(at) if at else ""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
