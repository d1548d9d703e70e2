"""How long a session lives, what makes a password, and what a role sees on its home page."""

from datetime import datetime, timedelta

from accounts.words import Card, Need
from core.domain.identity import Role

IDLE = timedelta(minutes=15)
AT_MOST = timedelta(hours=12)
# A request is noted at most once a minute; until then it costs no write.
NOTED_EVERY = timedelta(minutes=1)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256

CARDS: tuple[Card, ...] = (
    Card(
        "Triage",
        "Read new referrals, accept them, or ask for more information.",
        "/staff/triage",
        frozenset({Role.TRIAGE, Role.THERAPIST, Role.MANAGER}),
    ),
    Card(
        "Call-backs",
        "Messages families left on the advice line, and who calls them.",
        "/staff/callbacks",
        frozenset({Role.THERAPIST, Role.MANAGER}),
    ),
    Card(
        "Clinics and sessions",
        "Screening clinics, information sessions, and who has booked.",
        "/staff/clinics",
        frozenset({Role.CLINIC_ADMIN, Role.THERAPIST, Role.MANAGER}),
    ),
    Card(
        "Messages sent",
        "The emails, texts and letters the service has sent, word for word.",
        "/staff/messages",
        frozenset({Role.MANAGER}),
    ),
    Card(
        "On duty",
        "Who takes call-backs today, and who is away.",
        "/staff/rota",
        frozenset({Role.THERAPIST, Role.MANAGER}),
    ),
    Card(
        "Exceptions",
        "What the service could not do by itself.",
        "/staff/exceptions",
        frozenset({Role.MANAGER, Role.SYSTEM_ADMIN}),
    ),
)


def is_alive(started_at: datetime, seen_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a session still counts: not signed out, used in the last 15 minutes, begun in the last 12 hours."""
    return ended_at is None and now - seen_at < IDLE and now - started_at < AT_MOST


def is_to_be_noted(seen_at: datetime, now: datetime) -> bool:
    """Whether this request is worth a write."""
    return now - seen_at >= NOTED_EVERY


def check_new_password(password: str) -> str:
    """Length is all that counts (no composition rules). ValueError with words for the person."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"Password must be {SHORTEST_PASSWORD} characters or more")
    if len(password) > LONGEST_PASSWORD:
        raise ValueError(f"Password must be {LONGEST_PASSWORD} characters or fewer")
    return password


def cards_for(roles: frozenset[Role]) -> tuple[Card, ...]:
    """The parts of the service these roles work in."""
    return tuple(card for card in CARDS if not card.roles.isdisjoint(roles))


def most_pressing_first(needs: list[Need]) -> list[Need]:
    """Only what there is something of; urgent ones first, otherwise in the order of the house."""
    return sorted((need for need in needs if need.count), key=lambda need: not need.urgent)
