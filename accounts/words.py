"""The nouns of staff accounts."""

from dataclasses import dataclass, field
from uuid import UUID

from core.domain.identity import Discipline, Right, Role


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff as other rooms see one. `languages` are ISO 639-1 codes beside English ("pl"); `areas` are
    the ids of the profile; no area means every area. Name and e-mail stay out of `repr`."""

    id: UUID
    name: str = field(repr=False)
    email: str = field(repr=False)
    roles: frozenset[Role]
    disciplines: frozenset[Discipline]
    languages: frozenset[str]
    areas: frozenset[str]
    active: bool


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for whoever looks: `label` is a line of the home page ("Messages to call back")."""

    label: str
    count: int
    href: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the service on the staff home page, for whoever has the `right`."""

    title: str
    words: str
    href: str
    right: Right


@dataclass(frozen=True, slots=True)
class Secret:
    """What a password is checked against: an account's argon2 hash; neither when nobody who may sign in has the
    e-mail address."""

    staff_id: UUID | None = None
    hashed: str | None = field(default=None, repr=False)
