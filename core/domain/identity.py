"""Who is asking."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a member of staff is here to do; one person may have several."""

    THERAPIST = "therapist"
    TRIAGE = "triage"
    CLINIC_ADMIN = "clinic-admin"
    MANAGER = "manager"
    GOVERNANCE = "governance"
    SYSTEM_ADMIN = "system-admin"


class Right(StrEnum):
    """Something staff may do. Which role holds which right is one table, `accounts.rules.RIGHTS`."""

    READ_REFERRALS = "read referrals"
    DECIDE_REFERRALS = "decide referrals"
    CLEAR_FLAGS = "clear flags"
    SEE_CLINICS = "see clinics"
    RUN_CLINICS = "run clinics"
    SEE_CALLS = "see calls"
    MAKE_CALLS = "make calls"
    MOVE_CALLS = "move calls"
    CHANGE_ROTA = "change the rota"
    WRITE_TEXTS = "write advice texts"
    READ_MESSAGES = "read messages"
    RUN_MESSAGES = "run messages"
    SEE_EXCEPTIONS = "see exceptions"
    MANAGE_ACCOUNTS = "manage accounts"
    READ_AUDIT = "read the audit trail"
    BREAK_GLASS = "break glass"
    MARK_FAMILY = "mark staff as family"
    RUN_PRIVACY = "run privacy"


class Reason(StrEnum):
    """Why this person may see this record; it stands on the audit trail beside who, what and when."""

    MY_CASE = "my case"
    MY_CALL = "my call"
    MY_CLINIC = "my clinic"
    MY_TRIAGE = "my triage"
    MY_SERVICE = "my service"
    BREAK_GLASS = "emergency"


class Discipline(StrEnum):
    """The three therapies of the service."""

    OT = "ot"
    SLT = "slt"
    PHYSIO = "physio"


class ActorKind(StrEnum):
    PUBLIC = "public"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a visitor of the public pages, a member of staff, or the service itself.

    `id` is the staff id; a visitor has none. `name` is what colleagues read on the page, never logged
    (so it is left out of `repr`); the service itself has the name of the job. `areas` are the teams of a member of
    staff; none means that they work in every team.
    """

    kind: ActorKind
    id: UUID | None = None
    name: str = field(default="", repr=False)
    roles: frozenset[Role] = field(default_factory=frozenset)
    disciplines: frozenset[Discipline] = field(default_factory=frozenset)
    rights: frozenset[Right] = field(default_factory=frozenset)
    areas: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_staff(self) -> bool:
        return self.kind is ActorKind.STAFF

    def has(self, *roles: Role) -> bool:
        """True when the actor holds at least one of these roles."""
        return not self.roles.isdisjoint(roles)

    def may(self, *rights: Right) -> bool:
        """True when the actor holds at least one of these rights."""
        return not self.rights.isdisjoint(rights)

    def works_in(self, discipline: Discipline, areas: Collection[str]) -> bool:
        """True when the discipline is theirs and so is one of the teams; work of no team is everybody's."""
        return discipline in self.disciplines and not (areas and self.areas and self.areas.isdisjoint(areas))

    @property
    def audit_name(self) -> str:
        """How the audit trail names the actor: no personal data."""
        match self.kind:
            case ActorKind.STAFF:
                return f"staff:{self.id}"
            case ActorKind.SYSTEM if self.name:
                return f"system:{self.name}"
        return str(self.kind)


PUBLIC = Actor(ActorKind.PUBLIC)


def system(name: str) -> Actor:
    """The service itself, acting as the named job."""
    return Actor(ActorKind.SYSTEM, name=name)
