"""What an administrator does with the accounts of colleagues."""

from collections.abc import Set
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from accounts import arrivals, factors, links, sessions
from accounts.models import StaffAccount
from accounts.service import email_fingerprint
from accounts.words import LinkKind, Notice, Profiled, SignInChanged, StaffInvited, StaffLeft
from core.domain.errors import Invalid, NotFound, NotPossible
from core.domain.identity import Actor, Role, system
from core.domain.ids import new_id
from core.domain.nhs import parse_email
from core.storage import audit, outbox
from core.storage.session import Session

_COMMAND_LINE = system("command-line")
LAST_ADMIN = "This is the last system administrator. Make somebody else one first"
NOT_ONESELF = "You cannot do this to your own account. Ask another system administrator"


async def invite(session: Session, by: Actor, name: str, email: str, profiled: Profiled, now: datetime) -> UUID:
    """An account that opens when its owner follows the link in the e-mail. Invalid when the address has an account."""
    email = parse_email(email)
    account = StaffAccount(
        name=name,
        email=email,
        email_fingerprint=email_fingerprint(email),
        password_hash="",
        active=False,
        added_at=now,
    )
    _set(account, profiled)
    # Two invitations at once: the second waits here and then finds the first.
    await session.exec(select(col(StaffAccount.id)).where(StaffAccount.id == by.id).with_for_update())
    known = select(StaffAccount.id).where(StaffAccount.email_fingerprint == account.email_fingerprint)
    if (await session.exec(known)).one_or_none():
        raise Invalid({"email": "Somebody with this email address has an account already"})
    session.add(account)
    await session.flush()
    audit.record(session, by, "staff.invited", "staff", account.id, now, **_told(profiled))
    await _send_link(session, by, account, now)
    return account.id


async def invite_first(session: Session, name: str, email: str, role: Role, now: datetime) -> str:
    """Invites somebody from the command line, where nobody is signed in yet: as `invite`, and returns the path of the
    link, which whoever runs the command may hand over."""
    staff_id = await invite(session, _COMMAND_LINE, name, email, Profiled(frozenset({role})), now)
    letter = await links.letter_with_link(session, await links.newest_link(session, staff_id), now)
    if letter is None:
        raise NotFound("no such link")
    return letter.path


async def invite_again(session: Session, by: Actor, staff_id: UUID, now: datetime) -> None:
    """A new link; the one before opens nothing any more. NotPossible for whoever has joined or was closed."""
    account = await _locked(session, staff_id)
    if account.active or account.left_at:
        raise NotPossible("not invited")
    await links.end_links(session, staff_id, now)
    audit.record(session, by, "staff.invited-again", "staff", staff_id, now)
    await _send_link(session, by, account, now)


async def _send_link(session: Session, by: Actor, account: StaffAccount, now: datetime) -> None:
    link_id = await links.make_link(session, LinkKind.INVITATION, account.id, now, by.id)
    await outbox.tell(session, StaffInvited(link_id), now)


async def change(session: Session, by: Actor, staff_id: UUID, profiled: Profiled, now: datetime) -> None:
    """What a colleague is here to do; counts from their next request. Invalid where it must not be so."""
    others = await _lock_administrators(session, except_for=staff_id)
    account = await _locked(session, staff_id)
    before = frozenset(map(Role, account.roles))
    if staff_id == by.id and profiled.roles != before:
        raise Invalid({"roles": NOT_ONESELF})
    if Role.SYSTEM_ADMIN in before - profiled.roles and account.active and not others:
        raise Invalid({"roles": LAST_ADMIN})
    _set(account, profiled)
    audit.record(session, by, "staff.changed", "staff", staff_id, now, before=sorted(before), **_told(profiled))


async def close(session: Session, by: Actor, staff_id: UUID, now: datetime) -> None:
    """A colleague has left, or an invitation is taken back: nothing opens from this moment, and their work is handed
    over. NotPossible for oneself and for the last system administrator. Closing twice changes nothing."""
    others = await _lock_administrators(session, except_for=staff_id)
    account = await _locked(session, staff_id)
    if staff_id == by.id:
        raise NotPossible(NOT_ONESELF)
    if account.left_at:
        return
    if account.active and Role.SYSTEM_ADMIN.value in account.roles and not others:
        raise NotPossible(LAST_ADMIN)
    account.active, account.left_at, account.password_hash = False, now, ""
    await _shut_out(session, staff_id, now)
    await factors.forget_factors(session, staff_id)
    audit.record(session, by, "staff.closed", "staff", staff_id, now)
    await outbox.tell(session, StaffLeft(staff_id), now)


async def reset_factors(session: Session, by: Actor, staff_id: UUID, reason: str, now: datetime) -> None:
    """Somebody has lost their phone and their codes: they are signed out and set up a second factor at the next
    sign-in. The reason is a kind, not a story. NotPossible for oneself."""
    if staff_id == by.id:
        raise NotPossible(NOT_ONESELF)
    account = await _locked(session, staff_id)
    if not account.active:
        raise NotPossible("not active")
    await factors.forget_factors(session, staff_id)
    await _shut_out(session, staff_id, now)
    audit.record(session, by, "staff.factors-reset", "staff", staff_id, now, reason=reason)
    await outbox.tell(session, SignInChanged(staff_id, Notice.FACTOR_RESET, new_id()), now)


async def _shut_out(session: Session, staff_id: UUID, now: datetime) -> None:
    await sessions.end_all(session, staff_id, now)
    await arrivals.end_halves(session, staff_id, now)
    await arrivals.forget_devices(session, staff_id)
    await links.end_links(session, staff_id, now)


async def _locked(session: Session, staff_id: UUID) -> StaffAccount:
    account = await session.get(StaffAccount, staff_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound("no such member of staff")
    return account


async def _lock_administrators(session: Session, *, except_for: UUID) -> Set[UUID]:
    """The other active system administrators. Locked, in one order, so that two of them cannot remove each other."""
    found = (
        select(StaffAccount)
        .where(col(StaffAccount.active), col(StaffAccount.roles).contains([Role.SYSTEM_ADMIN.value]))
        .order_by(col(StaffAccount.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id for row in await session.exec(found)} - {except_for}


def _set(account: StaffAccount, profiled: Profiled) -> None:
    account.roles = sorted(profiled.roles)
    account.disciplines = sorted(profiled.disciplines)
    account.languages = sorted(profiled.languages)
    account.areas = sorted(profiled.areas)


def _told(profiled: Profiled) -> dict[str, list[str]]:
    return {"roles": sorted(profiled.roles), "disciplines": sorted(profiled.disciplines)}
