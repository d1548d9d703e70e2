"""Coming in through another organisation: whom it vouches for is matched to an account we have, or stays outside.

Nothing the provider says gives anybody a role or makes an account: it only says who somebody is.
"""

import secrets
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update

from accounts import rules, service
from accounts.federation_models import FederatedIdentity, FederatedSession, FederationAttempt, FederationNotice
from accounts.federation_words import ATTEMPT_LASTS, Attempt, Known, Notice, Refused, Tokens, Why
from accounts.models import StaffAccount, StaffLink, StaffSession
from accounts.words import Factor, LinkKind, Seen
from core.domain.identity import Actor, ActorKind, system
from core.domain.ids import new_token
from core.domain.nhs import parse_email
from core.storage import audit
from core.storage.columns import keys
from core.storage.session import Session

_PROVIDER = system("sign-in-provider")


def new_attempt(wanted: str, *, fresh: bool = False) -> Attempt:
    """What only the browser that asked for it can bring back (256 bits each; PKCE wants at least 43 signs)."""
    return Attempt(new_token(), new_token(), secrets.token_urlsafe(48), wanted, fresh)


async def remember_attempt(session: Session, attempt: Attempt, browser: bytes, now: datetime) -> None:
    """Keeps it for ten minutes; older ones are forgotten on the way."""
    await session.exec(delete(FederationAttempt).where(col(FederationAttempt.began_at) < now - ATTEMPT_LASTS))
    session.add(
        FederationAttempt(
            state_fingerprint=_fingerprint("state", attempt.state),
            browser=browser,
            nonce=attempt.nonce,
            verifier=attempt.verifier,
            wanted=attempt.wanted[:500],
            fresh=attempt.fresh,
            began_at=now,
        )
    )


async def take_attempt(session: Session, state: str, browser: bytes, now: datetime) -> Attempt | None:
    """The attempt this browser began with this state, once: two that come back with it at the same time get it once."""
    taken = (
        delete(FederationAttempt)
        .where(
            col(FederationAttempt.state_fingerprint) == _fingerprint("state", state),
            col(FederationAttempt.browser) == browser,
            col(FederationAttempt.began_at) > now - ATTEMPT_LASTS,
        )
        .returning(
            col(FederationAttempt.nonce),
            col(FederationAttempt.verifier),
            col(FederationAttempt.wanted),
            col(FederationAttempt.fresh),
        )
        .execution_options(synchronize_session=False)
    )
    row = (await session.exec(taken)).one_or_none()
    return Attempt(state, row[0], row[1], row[2], row[3]) if row else None


async def come_in(
    session: Session, issuer: str, known: Known, tokens: Tokens, presented: str, now: datetime, seen: Seen | None = None
) -> str:
    """Begins a session for whom the provider vouches for, and returns its token, always a new one; a session that was
    presented ends here. Refused when no open account is theirs, or they signed out there meanwhile."""
    await _refuse_if_ended(session, known, now)
    account = await _account_of(session, issuer, known) or await _link(session, issuer, known, now)
    if not account.active:
        raise Refused(Why.CLOSED, "the account is closed", account.id)
    token = await service.welcome(session, account.id, presented, now, Factor.FEDERATED, seen)
    await _note_session(session, issuer, known, tokens, token, now)
    return token


async def end_sessions(session: Session, issuer: str, notice: Notice, now: datetime) -> int:
    """Ends every session the notice is about, and says how many lived. Refused when the notice was seen before."""
    await session.exec(delete(FederationNotice).where(col(FederationNotice.seen_at) < now - ATTEMPT_LASTS))
    new = insert(FederationNotice).values(
        fingerprint=_fingerprint("notice", f"{issuer}\0{notice.id}"),
        sid_fingerprint=_fingerprint("sid", notice.session) if notice.session else None,
        seen_at=now,
    )
    seen = new.on_conflict_do_nothing().returning(col(FederationNotice.fingerprint))
    if (await session.exec(seen)).first() is None:
        raise Refused(Why.NOT_TRUE, "seen before")
    ended = await _end_those(session, issuer, notice, now)
    for staff_id in ended:
        audit.record(session, _PROVIDER, "staff.signed-out", "staff", staff_id, now, through="provider")
    return len(ended)


async def token_for_sign_out(session: Session, token: str) -> str | None:
    """The ID token behind one of our sessions, forgotten from now on; None when that session began with us."""
    kept = await _kept(session, token)
    if kept is None or kept.id_token is None:
        return None
    id_token, kept.id_token = kept.id_token, None
    return id_token


def note_refused(session: Session, refusal: Refused, now: datetime) -> None:
    """On the audit trail: whose account was tried where that is known, and why it did not open."""
    service.note_refused_sign_in(session, refusal.staff_id, now)


async def _refuse_if_ended(session: Session, known: Known, now: datetime) -> None:
    if not known.session:
        return
    late = select(FederationNotice.fingerprint).where(
        FederationNotice.sid_fingerprint == _fingerprint("sid", known.session),
        col(FederationNotice.seen_at) > now - ATTEMPT_LASTS,
    )
    if (await session.exec(late)).first():
        raise Refused(Why.LOST, "signed out at the provider meanwhile")


async def _account_of(session: Session, issuer: str, known: Known) -> StaffAccount | None:
    """The account this person is known by, kept from being closed meanwhile."""
    linked = (
        select(StaffAccount)
        .join(FederatedIdentity, col(FederatedIdentity.staff_id) == StaffAccount.id)
        .where(
            FederatedIdentity.issuer == issuer,
            FederatedIdentity.subject_fingerprint == _fingerprint("subject", known.subject),
        )
        .with_for_update(of=StaffAccount)
    )
    return (await session.exec(linked)).one_or_none()


async def _link(session: Session, issuer: str, known: Known, now: datetime) -> StaffAccount:
    """The first time: the account invited or kept under the address the provider is certain about."""
    account = await _account_with(session, known.email)
    if account is None:
        raise Refused(Why.NO_ACCOUNT, "nobody was invited under a certain address")
    # Under the lock: somebody else may have linked it a moment ago.
    taken = select(FederatedIdentity).where(
        FederatedIdentity.issuer == issuer, FederatedIdentity.staff_id == account.id
    )
    if other := (await session.exec(taken)).one_or_none():
        if other.subject_fingerprint != _fingerprint("subject", known.subject):
            raise Refused(Why.NO_ACCOUNT, "the account is linked to somebody else there", account.id)
        return account
    if not account.active:
        await _accept_invitation(session, account, now)
    subject = _fingerprint("subject", known.subject)
    session.add(FederatedIdentity(issuer=issuer, subject_fingerprint=subject, staff_id=account.id, linked_at=now))
    await session.flush()
    audit.record(session, _actor(account), "staff.linked", "staff", account.id, now)
    return account


async def _account_with(session: Session, email: str) -> StaffAccount | None:
    try:
        fingerprint = service.email_fingerprint(parse_email(email))
    except ValueError:
        return None
    found = select(StaffAccount).where(StaffAccount.email_fingerprint == fingerprint).with_for_update()
    return (await session.exec(found)).one_or_none()


async def _accept_invitation(session: Session, account: StaffAccount, now: datetime) -> None:
    """Coming in this way takes an invitation up, as its link would have. Refused when there is none that is open."""
    taken = (
        update(StaffLink)
        .where(
            col(StaffLink.staff_id) == account.id,
            col(StaffLink.kind) == LinkKind.INVITATION,
            col(StaffLink.ended_at).is_(None),
            col(StaffLink.expires_at) > now,
        )
        .values(ended_at=now, token=None)
        .returning(col(StaffLink.id))
        .execution_options(synchronize_session=False)
    )
    if account.left_at is not None or not (await session.exec(taken)).all():
        raise Refused(Why.CLOSED, "the account is closed", account.id)
    account.active, account.joined_at = True, now
    audit.record(session, _actor(account), "staff.joined", "staff", account.id, now, through="provider")


async def _note_session(session: Session, issuer: str, known: Known, tokens: Tokens, token: str, now: datetime) -> None:
    ours = select(StaffSession.id).where(StaffSession.token_fingerprint == service.session_fingerprint(token))
    await _forget_old_tokens(session, now)
    session.add(
        FederatedSession(
            session_id=(await session.exec(ours)).one(),
            issuer=issuer,
            subject_fingerprint=_fingerprint("subject", known.subject),
            sid_fingerprint=_fingerprint("sid", known.session) if known.session else None,
            id_token=tokens.id_token,
            began_at=now,
        )
    )
    await session.flush()


async def _forget_old_tokens(session: Session, now: datetime) -> None:
    old = col(FederatedSession.began_at) < now - rules.AT_MOST
    forgotten = update(FederatedSession).where(old, col(FederatedSession.id_token).is_not(None)).values(id_token=None)
    await session.exec(forgotten.execution_options(synchronize_session=False))


async def _end_those(session: Session, issuer: str, notice: Notice, now: datetime) -> list[UUID]:
    """Whose sessions were ended, one entry for each."""
    meant = [col(FederatedSession.issuer) == issuer]
    if notice.session:
        meant.append(col(FederatedSession.sid_fingerprint) == _fingerprint("sid", notice.session))
    if notice.subject:
        meant.append(col(FederatedSession.subject_fingerprint) == _fingerprint("subject", notice.subject))
    theirs = select(FederatedSession.session_id).where(*meant)
    await session.exec(
        update(FederatedSession).where(*meant).values(id_token=None).execution_options(synchronize_session=False)
    )
    ended = (
        update(StaffSession)
        .where(col(StaffSession.id).in_(theirs), col(StaffSession.ended_at).is_(None))
        .values(ended_at=sa.func.greatest(col(StaffSession.started_at), now))
        .returning(col(StaffSession.staff_id))
        .execution_options(synchronize_session=False)
    )
    return list((await session.exec(ended)).scalars())


async def _kept(session: Session, token: str) -> FederatedSession | None:
    found = (
        select(FederatedSession)
        .join(StaffSession, col(StaffSession.id) == FederatedSession.session_id)
        .where(StaffSession.token_fingerprint == service.session_fingerprint(token))
    )
    return (await session.exec(found)).one_or_none()


def _actor(account: StaffAccount) -> Actor:
    return Actor(ActorKind.STAFF, account.id)


def _fingerprint(kind: str, value: str) -> bytes:
    return keys().fingerprint(f"federation-{kind}", value)
