"""Codes from an authenticator app (TOTP, RFC 6238) and recovery codes: each is taken once."""

import hmac
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
from sqlmodel import col, delete, func, select, update

from accounts.models import AuthenticatorApp, Passkey, RecoveryCode, StaffAccount
from accounts.words import Factor, Factors, Notice, SignInChanged
from core.domain.errors import NotPossible
from core.domain.identity import Actor
from core.domain.ids import SPOKEN, new_id
from core.storage import audit, outbox
from core.storage.columns import keys
from core.storage.session import Session

STEP = 30
HOW_MANY_CODES = 10
_RECOVERY = "staff-recovery-code"
# Clocks differ: the code before and the code after are taken too.
_AROUND = (0, -1, 1)


async def factors_of(session: Session, staff_id: UUID) -> Factors:
    """What this colleague has set up."""
    app = select(func.count()).where(
        AuthenticatorApp.staff_id == staff_id, col(AuthenticatorApp.confirmed_at).is_not(None)
    )
    passkeys = select(func.count()).where(Passkey.staff_id == staff_id)
    codes = select(func.count()).where(RecoveryCode.staff_id == staff_id, col(RecoveryCode.used_at).is_(None))
    row = (await session.exec(select(app.scalar_subquery(), passkeys.scalar_subquery(), codes.scalar_subquery()))).one()
    return Factors(app=bool(row[0]), passkeys=row[1], codes_left=row[2])


async def offer_app(session: Session, staff_id: UUID, now: datetime) -> str:
    """The secret to put into an authenticator app; the same until it is confirmed, so that reloading changes nothing.
    Counts for nothing before a code made with it has come back."""
    # One at a time, whatever is not there yet.
    await session.get_one(StaffAccount, staff_id, with_for_update=True)
    fresh = select(AuthenticatorApp).where(
        AuthenticatorApp.staff_id == staff_id, col(AuthenticatorApp.confirmed_at).is_(None)
    )
    if known := (await session.exec(fresh)).one_or_none():
        return known.secret
    made = AuthenticatorApp(staff_id=staff_id, secret=pyotp.random_base32(), made_at=now)
    session.add(made)
    await session.flush()
    return made.secret


def app_address(secret: str, name: str, service: str) -> str:
    """What the picture holds (an `otpauth:` address): it never goes into an address of ours."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=service)


async def confirm_app(session: Session, actor: Actor, code: str, now: datetime) -> bool:
    """Takes the app into use when the code is right, in place of an earlier one; False when it is not."""
    staff_id = _id(actor)
    await session.get_one(StaffAccount, staff_id, with_for_update=True)
    fresh = select(AuthenticatorApp).where(
        AuthenticatorApp.staff_id == staff_id, col(AuthenticatorApp.confirmed_at).is_(None)
    )
    made = (await session.exec(fresh)).one_or_none()
    step = _step_of(made.secret, code, now) if made else None
    if made is None or step is None:
        return False
    await _drop_app(session, staff_id)
    made.confirmed_at, made.last_step = now, step
    await _note(session, actor, "staff.factor-added", Notice.FACTOR_ADDED, now, Factor.APP)
    return True


async def remove_app(session: Session, actor: Actor, now: datetime) -> None:
    """The app's codes open nothing from now on."""
    await _drop_app(session, _id(actor))
    await _note(session, actor, "staff.factor-removed", Notice.FACTOR_REMOVED, now, Factor.APP)


async def _drop_app(session: Session, staff_id: UUID) -> None:
    live = delete(AuthenticatorApp).where(
        col(AuthenticatorApp.staff_id) == staff_id, col(AuthenticatorApp.confirmed_at).is_not(None)
    )
    await session.exec(live)
    await session.flush()


async def take_code(session: Session, staff_id: UUID, typed: str, now: datetime) -> Factor | None:
    """What the code was, when it is right: a code of the app, or a recovery code. Both are used up by this."""
    typed = "".join(sign for sign in typed.upper() if sign.isalnum())
    if len(typed) == 6 and typed.isascii() and typed.isdigit():
        return Factor.APP if await _take_app_code(session, staff_id, typed, now) else None
    return Factor.RECOVERY_CODE if await _take_recovery_code(session, staff_id, typed, now) else None


async def _take_app_code(session: Session, staff_id: UUID, code: str, now: datetime) -> bool:
    live = select(AuthenticatorApp.id, AuthenticatorApp.secret).where(
        AuthenticatorApp.staff_id == staff_id, col(AuthenticatorApp.confirmed_at).is_not(None)
    )
    found = (await session.exec(live)).one_or_none()
    step = _step_of(found[1], code, now) if found else None
    if found is None or step is None:
        return False
    # One statement, only ever forward: of two requests with one code the second finds it used.
    used = (
        update(AuthenticatorApp)
        .where(col(AuthenticatorApp.id) == found[0], col(AuthenticatorApp.last_step) < step)
        .values(last_step=step)
        .returning(col(AuthenticatorApp.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(used)).one_or_none() is not None


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step this code belongs to, when it is one of now."""
    code, here, totp = "".join(code.split()), int(now.timestamp()) // STEP, pyotp.TOTP(secret)
    steps = [here + around for around in _AROUND]
    fits = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return fits[0] if fits else None


async def new_recovery_codes(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Ten codes, shown this once; those from before open nothing any more."""
    staff_id = _id(actor)
    await session.get_one(StaffAccount, staff_id, with_for_update=True)
    await session.exec(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff_id))
    codes: set[str] = set()
    while len(codes) < HOW_MANY_CODES:
        codes.add("".join(secrets.choice(SPOKEN) for _ in range(10)))
    for code in codes:
        session.add(RecoveryCode(staff_id=staff_id, code_fingerprint=_fingerprint(staff_id, code), made_at=now))
    audit.record(session, actor, "staff.recovery-codes-made", "staff", staff_id, now)
    return [f"{code[:5]}-{code[5:]}" for code in sorted(codes)]


async def _take_recovery_code(session: Session, staff_id: UUID, code: str, now: datetime) -> bool:
    used = (
        update(RecoveryCode)
        .where(
            col(RecoveryCode.staff_id) == staff_id,
            col(RecoveryCode.code_fingerprint) == _fingerprint(staff_id, code),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
        .returning(col(RecoveryCode.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(used)).one_or_none() is not None


async def forget_factors(session: Session, staff_id: UUID) -> None:
    """Everything beside the password is gone."""
    for table in (AuthenticatorApp, RecoveryCode, Passkey):
        await session.exec(delete(table).where(col(table.staff_id) == staff_id))


async def lock(session: Session, staff_id: UUID) -> None:
    """One change of a colleague's factors at a time: two at once cannot remove the last two."""
    await session.exec(select(col(StaffAccount.id)).where(StaffAccount.id == staff_id).with_for_update())


def check_may_go(factors: Factors, going: Factor, *, required: bool) -> None:
    """NotPossible when this is the last second factor and the service demands one."""
    left = factors.passkeys - 1 if going is Factor.PASSKEY else factors.passkeys
    app_left = factors.app and going is not Factor.APP
    if required and not (left > 0 or app_left):
        raise NotPossible("the last second factor")


def _fingerprint(staff_id: UUID, code: str) -> bytes:
    return keys().fingerprint(_RECOVERY, f"{staff_id}\0{code}")


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotPossible("nobody")
    return actor.id


async def _note(session: Session, actor: Actor, action: str, notice: Notice, now: datetime, factor: Factor) -> None:
    audit.record(session, actor, action, "staff", _id(actor), now, factor=factor)
    await outbox.tell(session, SignInChanged(_id(actor), notice, new_id()), now)
