"""Signing in and out, and adding staff."""

from collections.abc import Set
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sa
from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import col, update

from accounts import queries, rules
from accounts.models import StaffAccount, StaffSession
from accounts.passwords import check_password
from accounts.words import Factor, Secret, Seen, StaffView
from core.domain.errors import NotFound
from core.domain.identity import PUBLIC, Actor, Discipline, Role, system
from core.domain.ids import new_token
from core.domain.nhs import parse_email
from core.storage import audit
from core.storage.columns import keys
from core.storage.keys import Keyring
from core.storage.session import Session

# OWASP's first choice for argon2id (Password Storage Cheat Sheet): 46 MiB, one pass.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
# However many people try at once, hashing takes at most this many threads and times 46 MiB.
_AT_ONCE = CapacityLimiter(2)
_NOBODY = UUID(int=0)
_SETUP = system("setup")
_TOKEN = "staff-session"  # noqa: S105 - the kind of a fingerprint, not a secret


def email_fingerprint(email: str) -> bytes:
    """How an account is found: capital letters do not make another person."""
    return keys().fingerprint("email", email.lower())


async def add_staff(
    session: Session,
    *,
    name: str,
    email: str,
    password: str,
    roles: Set[Role],
    now: datetime,
    disciplines: Set[Discipline] = frozenset(),
    languages: Set[str] = frozenset(),
    areas: Set[str] = frozenset(),
    by: Actor = _SETUP,
) -> UUID:
    """A new account. ValueError for a password or e-mail address that cannot be one; IntegrityError when the e-mail
    address has an account already or no role is given."""
    email = parse_email(email)
    account = StaffAccount(
        name=name,
        email=email,
        email_fingerprint=email_fingerprint(email),
        password_hash=await new_hash(password, (name, email)),
        roles=sorted(roles),
        disciplines=sorted(disciplines),
        languages=sorted(languages),
        areas=sorted(areas),
        added_at=now,
        joined_at=now,
    )
    session.add(account)
    await session.flush()
    audit.record(session, by, "staff.added", "staff", account.id, now, roles=account.roles)
    return account.id


async def staff_with_email(session: Session, email: str) -> StaffView | None:
    """The active member of staff with this e-mail address."""
    account = await queries.account_of(session, email_fingerprint(email))
    return queries.view_of(account) if account else None


async def secret_of(session: Session, email: str) -> Secret:
    """What the password typed with this e-mail address is to be checked against."""
    account = await queries.account_of(session, email_fingerprint(email))
    return Secret(account.id, account.password_hash) if account else Secret()


async def password_fits(secret: Secret, password: str) -> bool:
    """Whether the password opens the account. Takes the same work for an unknown e-mail address as for a wrong
    password, and does not hold up other requests."""
    fits = await to_thread.run_sync(_verify, secret.hashed, password, limiter=_AT_ONCE)
    return fits and secret.staff_id is not None


async def sign_in(session: Session, staff_id: UUID, password: str, presented: str, now: datetime) -> str:
    """For whoever has no second factor: renews the hash where it is weak, and welcomes."""
    await renew_hash(session, staff_id, password)
    return await welcome(session, staff_id, presented, now)


async def renew_hash(session: Session, staff_id: UUID, password: str) -> None:
    """Makes a hash anew that was made with less work than today's; `password` was found right."""
    account = await _active(session, staff_id)
    if _HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = await _hash(password)


async def welcome(
    session: Session,
    staff_id: UUID,
    presented: str,
    now: datetime,
    factor: Factor = Factor.NONE,
    seen: Seen | None = None,
) -> str:
    """Begins a session and returns its token, always a new one; a session that was presented ends here."""
    account = await _active(session, staff_id)
    if presented:
        await _end(session, presented, now)
    token = await start_session(session, staff_id, now, factor, seen)
    actor = rules.actor_of(queries.view_of(account))
    audit.record(session, actor, "staff.signed-in", "staff", staff_id, now, factor=factor)
    return token


async def start_session(
    session: Session, staff_id: UUID, now: datetime, factor: Factor = Factor.NONE, seen: Seen | None = None
) -> str:
    """A session of this member of staff; the token is only ever stored as a keyed hash."""
    token, seen = new_token(), seen or Seen()
    begun = StaffSession(
        token_fingerprint=session_fingerprint(token),
        staff_id=staff_id,
        started_at=now,
        seen_at=now,
        proved_at=now,
        factor=factor,
        device=seen.device or None,
        place=seen.place or None,
    )
    session.add(begun)
    await session.flush()
    return token


def session_fingerprint(token: str) -> bytes:
    """How a session is found."""
    return keys().fingerprint(_TOKEN, token)


async def _active(session: Session, staff_id: UUID) -> StaffAccount:
    account = await session.get(StaffAccount, staff_id, with_for_update=True)
    if account is None or not account.active:
        raise NotFound("no such member of staff")
    return account


def note_refused_sign_in(session: Session, staff_id: UUID | None, now: datetime) -> None:
    """On the audit trail: whose account was tried where that is known, never what was typed."""
    audit.record(session, PUBLIC, "staff.sign-in-refused", "staff", staff_id or _NOBODY, now)


async def sign_out(session: Session, token: str, now: datetime) -> None:
    """Ends the session for good; harmless when it has ended or never was."""
    if (staff_id := await _end(session, token, now)) is None:
        return
    account = await session.get_one(StaffAccount, staff_id)
    audit.record(session, rules.actor_of(queries.view_of(account)), "staff.signed-out", "staff", staff_id, now)


async def holder(session: Session, ring: Keyring, token: str, now: datetime, *, in_use: bool = True) -> Actor | None:
    """Whose session this is, while it lives. Notes that it was used, at most once a minute."""
    fingerprint = ring.fingerprint(_TOKEN, token)
    found = await queries.session_of(session, fingerprint)
    if found is None:
        return None
    kept, account = found
    if not rules.is_alive(kept.started_at, kept.seen_at, kept.ended_at, now):
        return None
    if in_use and rules.is_to_be_noted(kept.seen_at, now) and not await _note_use(session, kept.id, now):
        return None
    return rules.actor_of(queries.view_of(account))


async def _note_use(session: Session, session_id: UUID, now: datetime) -> bool:
    # Only a session that still lives is moved on, in one statement: a sign-out in between is never undone.
    moved = (
        update(StaffSession)
        .where(col(StaffSession.id) == session_id, col(StaffSession.ended_at).is_(None))
        .values(seen_at=sa.func.greatest(col(StaffSession.seen_at), now))
        .returning(col(StaffSession.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(moved)).one_or_none() is not None


async def _end(session: Session, token: str, now: datetime) -> UUID | None:
    ended = (
        update(StaffSession)
        .where(col(StaffSession.token_fingerprint) == session_fingerprint(token), col(StaffSession.ended_at).is_(None))
        .values(ended_at=now)
        .returning(col(StaffSession.staff_id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(ended)).scalar_one_or_none()


async def new_hash(password: str, own: tuple[str, ...]) -> str:
    """The hash of a password somebody has chosen; `own` is what it must not be made of. ValueError with words for the
    person when it is too short or too easy to guess."""
    await to_thread.run_sync(check_password, password, own, limiter=_AT_ONCE)
    return await _hash(password)


async def _hash(password: str) -> str:
    return await to_thread.run_sync(_HASHER.hash, password, limiter=_AT_ONCE)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """The hash of a password nobody knows, made as everyone's are."""
    return _HASHER.hash(new_token())


def _verify(hashed: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(hashed or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
