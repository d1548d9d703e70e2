"""Links in e-mails to colleagues: an invitation, or a new password. Each opens once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select, update

from accounts import arrivals, queries, rules, sessions
from accounts.models import PasswordAsk, StaffAccount, StaffLink
from accounts.service import email_fingerprint, new_hash
from accounts.words import LinkKind, NewPasswordAsked, NewPasswordLinkMade, Notice, SignInChanged
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.domain.ids import new_id, new_token
from core.storage import audit, outbox
from core.storage.columns import keys
from core.storage.session import Session

GOOD_FOR = {LinkKind.INVITATION: timedelta(days=7), LinkKind.NEW_PASSWORD: timedelta(minutes=30)}
# More at once would only fill the letter box.
MOST_OPEN = 3
_PAGES = {LinkKind.INVITATION: "/staff/sign-in/invitation", LinkKind.NEW_PASSWORD: "/staff/sign-in/new-password"}


@dataclass(frozen=True, slots=True)
class StaffLetter:
    """What an e-mail to a colleague needs; `path` holds the secret of the link, where there is one."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    path: str = field(default="", repr=False)
    expires_at: datetime | None = None


async def make_link(session: Session, kind: LinkKind, staff_id: UUID, now: datetime, by: UUID | None = None) -> UUID:
    """A new link. Its secret is kept, encrypted, until it is used or has run out; the letter reads it there."""
    token = new_token()
    link = StaffLink(
        kind=kind,
        staff_id=staff_id,
        token_fingerprint=_fingerprint(kind, token),
        token=token,
        made_at=now,
        made_by=by,
        expires_at=now + GOOD_FOR[kind],
    )
    session.add(link)
    await session.flush()
    return link.id


async def end_links(session: Session, staff_id: UUID, now: datetime) -> None:
    """No link of this colleague opens anything any more."""
    await session.exec(
        update(StaffLink)
        .where(col(StaffLink.staff_id) == staff_id, col(StaffLink.ended_at).is_(None))
        .values(ended_at=now, token=None)
        .execution_options(synchronize_session=False)
    )


async def holder_of(
    session: Session, kind: LinkKind, token: str, now: datetime, *, lock: bool = False
) -> StaffAccount | None:
    """Whose link this is, while it opens. With `lock` a second request with the same link waits for the first."""
    found = select(StaffLink).where(StaffLink.token_fingerprint == _fingerprint(kind, token))
    link = (await session.exec(found.with_for_update() if lock else found)).one_or_none()
    if link is None or link.ended_at or link.expires_at <= now:
        return None
    account = await session.get(StaffAccount, link.staff_id, with_for_update=lock)
    fits = account is not None and account.left_at is None and account.active == (kind is LinkKind.NEW_PASSWORD)
    return account if fits else None


async def join(session: Session, token: str, password: str, service: str, now: datetime) -> UUID:
    """An invited colleague chooses a password: the account opens, the invitation is used up. NotFound when it does not
    open; ValueError with words when the password cannot be taken."""
    account = await holder_of(session, LinkKind.INVITATION, token, now, lock=True)
    if account is None:
        raise NotFound("no such invitation")
    account.password_hash = await new_hash(password, (account.name, account.email, service))
    account.active, account.joined_at = True, now
    await end_links(session, account.id, now)
    audit.record(session, _actor(account), "staff.joined", "staff", account.id, now)
    return account.id


async def choose_new_password(session: Session, token: str, password: str, service: str, now: datetime) -> UUID:
    """Somebody who forgot the password has a new one; they are signed out everywhere and no browser is known any more.
    NotFound when the link does not open; ValueError with words when the password cannot be taken."""
    account = await holder_of(session, LinkKind.NEW_PASSWORD, token, now, lock=True)
    if account is None:
        raise NotFound("no such link")
    await _change(session, account, password, service, now)
    await arrivals.forget_devices(session, account.id)
    await sessions.end_all(session, account.id, now)
    return account.id


async def change_password(
    session: Session, actor: Actor, password: str, service: str, session_token: str, now: datetime
) -> None:
    """Somebody signed in chooses another password; their other sessions end. ValueError with words."""
    account = await session.get_one(StaffAccount, actor.id, with_for_update=True)
    await _change(session, account, password, service, now)
    await sessions.end_others(session, actor, session_token, now)


async def _change(session: Session, account: StaffAccount, password: str, service: str, now: datetime) -> None:
    account.password_hash = await new_hash(password, (account.name, account.email, service))
    await end_links(session, account.id, now)
    await arrivals.end_halves(session, account.id, now)
    audit.record(session, _actor(account), "staff.password-changed", "staff", account.id, now)
    await outbox.tell(session, SignInChanged(account.id, Notice.PASSWORD_CHANGED, new_id()), now)


async def ask_new_password(session: Session, email: str, now: datetime) -> None:
    """Notes that somebody asked, with the same work for an address nobody has; a worker looks it up."""
    ask = PasswordAsk(email_fingerprint=email_fingerprint(email), asked_at=now)
    session.add(ask)
    await session.flush()
    await outbox.tell(session, NewPasswordAsked(ask.id), now)


async def answer_ask(session: Session, ask_id: UUID, now: datetime) -> None:
    """Makes the link when the address belongs to an active account; once for each time it was asked."""
    ask = await session.get(PasswordAsk, ask_id, with_for_update=True)
    if ask is None or ask.done_at:
        return
    ask.done_at = now
    account = await queries.account_of(session, ask.email_fingerprint)
    if account is None or await _how_many_open(session, account.id, now) >= MOST_OPEN:
        return
    link_id = await make_link(session, LinkKind.NEW_PASSWORD, account.id, now)
    audit.record(session, _actor(account), "staff.new-password-asked", "staff", account.id, now)
    await outbox.tell(session, NewPasswordLinkMade(link_id), now)


async def _how_many_open(session: Session, staff_id: UUID, now: datetime) -> int:
    still_open = select(StaffLink.id).where(
        StaffLink.staff_id == staff_id, col(StaffLink.ended_at).is_(None), StaffLink.expires_at > now
    )
    return len((await session.exec(still_open)).all())


async def newest_link(session: Session, staff_id: UUID) -> UUID:
    """The last link made for this colleague."""
    newest = select(StaffLink.id).where(StaffLink.staff_id == staff_id).order_by(col(StaffLink.id).desc()).limit(1)
    return (await session.exec(newest)).one()


async def letter_with_link(session: Session, link_id: UUID, now: datetime) -> StaffLetter | None:
    """What the e-mail with this link says; None when the link has ended."""
    link = await session.get(StaffLink, link_id)
    if link is None or link.ended_at or link.token is None or link.expires_at <= now:
        return None
    account = await session.get_one(StaffAccount, link.staff_id)
    return StaffLetter(account.name, account.email, f"{_PAGES[link.kind]}/{link.token}", link.expires_at)


async def letter_to(session: Session, staff_id: UUID) -> StaffLetter | None:
    """To whom a notice goes; None when they have left."""
    account = await session.get(StaffAccount, staff_id)
    return StaffLetter(account.name, account.email) if account and account.active else None


def _fingerprint(kind: LinkKind, token: str) -> bytes:
    return keys().fingerprint(f"staff-link-{kind}", token)


def _actor(account: StaffAccount) -> Actor:
    return rules.actor_of(queries.view_of(account))
