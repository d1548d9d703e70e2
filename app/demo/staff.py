"""The demo's staff. All invented; they exist in demo mode only, so one password that everybody can read is enough."""

from dataclasses import dataclass
from uuid import UUID

from accounts.api import add_staff, staff_with_email
from core.domain.identity import Discipline, Role
from core.storage.jobs import Workbench
from core.storage.session import Session

PASSWORD = "demo only, everyone invented"  # noqa: S105 - public on purpose


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """What `make run` prints for a newcomer."""

    email: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class _Invented:
    name: str
    says: str
    roles: frozenset[Role]
    disciplines: frozenset[Discipline] = frozenset()
    languages: frozenset[str] = frozenset()
    areas: int | None = None  # the n-th area of the profile; None works in all

    @property
    def key(self) -> str:
        return self.name.split(maxsplit=1)[0].lower()

    @property
    def email(self) -> str:
        return f"{self.key}@example.org"


_THERAPIST = frozenset({Role.THERAPIST})
_STAFF = (
    _Invented("Amira Example", "speech and language therapist", _THERAPIST, frozenset({Discipline.SLT}), areas=0),
    _Invented("Ben Example", "occupational therapist", _THERAPIST, frozenset({Discipline.OT}), areas=1),
    _Invented("Chloe Example", "physiotherapist", _THERAPIST, frozenset({Discipline.PHYSIO})),
    _Invented(
        "Dan Example",
        "speech and language and occupational therapist, speaks Polish",
        _THERAPIST,
        frozenset({Discipline.SLT, Discipline.OT}),
        frozenset({"pl"}),
    ),
    _Invented("Eve Example", "triage", frozenset({Role.TRIAGE})),
    _Invented("Femi Example", "clinic administrator", frozenset({Role.CLINIC_ADMIN})),
    _Invented("Grace Example", "manager", frozenset({Role.MANAGER})),
    _Invented("Hana Example", "information governance", frozenset({Role.GOVERNANCE})),
    _Invented("Ivo Example", "system administrator", frozenset({Role.SYSTEM_ADMIN})),
)

DEMO_SIGN_INS = [DemoSignIn(one.email, PASSWORD, one.says) for one in _STAFF]


async def seed_staff(session: Session, bench: Workbench) -> dict[str, UUID]:
    """First name → id. Whoever has an account already keeps it."""
    return {one.key: await _account(session, bench, one) for one in _STAFF}


async def _account(session: Session, bench: Workbench, one: _Invented) -> UUID:
    if known := await staff_with_email(session, one.email):
        return known.id
    areas = bench.profile.areas
    return await add_staff(
        session,
        name=one.name,
        email=one.email,
        password=PASSWORD,
        roles=one.roles,
        disciplines=one.disciplines,
        languages=one.languages,
        areas=frozenset() if one.areas is None else frozenset({areas[one.areas % len(areas)].id}),
        now=bench.clock.now(),
    )
