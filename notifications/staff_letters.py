"""E-mails to colleagues about how they sign in. The secret of a link is read from its row; no task ever holds it."""

from uuid import UUID

from accounts.api import StaffLetter, letter_to, letter_with_link
from core.domain.calendar import spoken_instant
from core.storage.jobs import Job, Workbench
from core.storage.session import Session
from core.storage.tasks import URGENT
from notifications.barred import NO_CHILD
from notifications.service import send_message
from notifications.words import Channel, Recipient

# What a notice says has changed.
_CHANGED = {
    "password-changed": "Your password was changed.",
    "factor-added": "A second step was added to your account: an authenticator app or a passkey.",
    "factor-removed": "A second step was removed from your account.",
    "factor-reset": "A system administrator has reset your second step. Set up a new one when you next sign in.",
    "recovery-code-used": "Somebody signed in as you with one of your recovery codes.",
}


async def send_link(session: Session, bench: Workbench, *, link_id: str) -> None:
    """The e-mail with an invitation or with the way to a new password, unless the link has ended."""
    letter = await letter_with_link(session, UUID(link_id), bench.clock.now())
    if letter is None or letter.expires_at is None:
        return
    template = "staff-invitation" if "/invitation/" in letter.path else "staff-new-password"
    words = {"staff_link": bench.address + letter.path, "until": spoken_instant(letter.expires_at)}
    await _send(session, bench, template, letter, UUID(link_id), words)


async def tell_change(session: Session, bench: Workbench, *, staff_id: str, notice: str, change_id: str) -> None:
    """Tells a colleague that how they sign in has changed, in case it was not them."""
    letter = await letter_to(session, UUID(staff_id))
    if letter and notice in _CHANGED:
        words = {"what": _CHANGED[notice], "account_link": f"{bench.address}/staff/account"}
        await _send(session, bench, "staff-sign-in-changed", letter, UUID(change_id), words)


async def _send(
    session: Session, bench: Workbench, template: str, letter: StaffLetter, subject: UUID, words: dict[str, str]
) -> None:
    now = bench.clock.now()
    await send_message(
        session,
        template=template,
        to=Recipient(Channel.EMAIL, letter.email),
        purpose=template,
        subject_id=subject,
        occasion="1",
        words={**words, "name": letter.name, "service": bench.profile.service, "phone": bench.profile.phone},
        child=NO_CHILD,
        now=now,
        priority=URGENT,
        answers=True,
    )


JOBS = {"staff.send-link": Job(send_link), "staff.tell-change": Job(tell_change)}
