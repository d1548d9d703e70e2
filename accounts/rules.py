"""How long a session lives, what makes a password, and what a role sees on its home page."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.words import Card, Need, StaffView
from core.domain.identity import Actor, ActorKind, Right, Role

IDLE = timedelta(minutes=15)
AT_MOST = timedelta(hours=12)
# A request is noted at most once a minute; until then it costs no write.
NOTED_EVERY = timedelta(minutes=1)

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256

# Who may do what. Everything else is refused; which of the children's records it reaches is the rooms' to say.
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.THERAPIST: frozenset(
        {
            Right.READ_REFERRALS,
            Right.CLEAR_FLAGS,
            Right.SEE_CLINICS,
            Right.SEE_CALLS,
            Right.MAKE_CALLS,
            Right.READ_MESSAGES,
            Right.BREAK_GLASS,
        }
    ),
    Role.TRIAGE: frozenset(
        {
            Right.READ_REFERRALS,
            Right.DECIDE_REFERRALS,
            Right.CLEAR_FLAGS,
            Right.READ_MESSAGES,
            Right.BREAK_GLASS,
        }
    ),
    Role.CLINIC_ADMIN: frozenset({Right.SEE_CLINICS, Right.RUN_CLINICS, Right.READ_MESSAGES}),
    Role.MANAGER: frozenset(
        {
            Right.READ_REFERRALS,
            Right.DECIDE_REFERRALS,
            Right.CLEAR_FLAGS,
            Right.SEE_CLINICS,
            Right.RUN_CLINICS,
            Right.SEE_CALLS,
            Right.MAKE_CALLS,
            Right.MOVE_CALLS,
            Right.CHANGE_ROTA,
            Right.WRITE_TEXTS,
            Right.READ_MESSAGES,
            Right.RUN_MESSAGES,
            Right.SEE_EXCEPTIONS,
        }
    ),
    Role.GOVERNANCE: frozenset({Right.READ_AUDIT, Right.MARK_FAMILY, Right.RUN_PRIVACY}),
    Role.SYSTEM_ADMIN: frozenset({Right.MANAGE_ACCOUNTS, Right.SEE_EXCEPTIONS}),
}

CARDS: tuple[Card, ...] = (
    Card(
        "Triage",
        "Read new referrals, accept them, or ask for more information.",
        "/staff/triage",
        Right.READ_REFERRALS,
    ),
    Card(
        "Call-backs",
        "Messages families left on the advice line, and who calls them.",
        "/staff/callbacks",
        Right.SEE_CALLS,
    ),
    Card(
        "Clinics and sessions",
        "Screening clinics, information sessions, and who has booked.",
        "/staff/clinics",
        Right.SEE_CLINICS,
    ),
    Card(
        "Messages sent",
        "The emails, texts and letters the service has sent, word for word.",
        "/staff/messages",
        Right.RUN_MESSAGES,
    ),
    Card(
        "On duty",
        "Who takes call-backs today, and who is away.",
        "/staff/rota",
        Right.SEE_CALLS,
    ),
    Card(
        "Accounts",
        "Invite colleagues, change what they may do, and close accounts.",
        "/staff/accounts",
        Right.MANAGE_ACCOUNTS,
    ),
    Card(
        "Exceptions",
        "What the service could not do by itself.",
        "/staff/exceptions",
        Right.SEE_EXCEPTIONS,
    ),
    Card(
        "Audit trail",
        "Who saw or changed which record, and records opened in an emergency.",
        "/staff/audit",
        Right.READ_AUDIT,
    ),
    Card(
        "Information governance",
        "What may be deleted, requests for copies and corrections, and complaints about information.",
        "/staff/privacy",
        Right.RUN_PRIVACY,
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


def rights_of(roles: frozenset[Role]) -> frozenset[Right]:
    """All that these roles may do together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def actor_of(staff: StaffView) -> Actor:
    """Who acts when this person acts."""
    return Actor(
        ActorKind.STAFF,
        staff.id,
        staff.name,
        staff.roles,
        staff.disciplines,
        rights_of(staff.roles),
        staff.areas,
    )


def cards_for(rights: frozenset[Right]) -> tuple[Card, ...]:
    """The parts of the service that whoever has these rights works in."""
    return tuple(card for card in CARDS if card.right in rights)


def most_pressing_first(needs: list[Need]) -> list[Need]:
    """Only what there is something of; urgent ones first, otherwise in the order of the house."""
    return sorted((need for need in needs if need.count), key=lambda need: not need.urgent)
