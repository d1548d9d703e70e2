"""What the demo's messages desk has to see to: a purpose that is stopped with a message that waits, one that reached
nobody, one in Polish. Nobody here exists."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from advice_line.models import AdviceMessage
from core.domain.clock import london_day
from core.domain.identity import Actor, ActorKind
from core.storage.jobs import Workbench
from core.storage.session import Session
from notifications import desk, dispatch
from notifications.api import NO_CHILD, Channel, Recipient, Wishes, Word, send_message, set_wishes
from notifications.words import DeliveryState, Receipt

_POLISH = Recipient(Channel.EMAIL, "ola.invented@example.org")
_WRONG = Recipient(Channel.EMAIL, "no-such-mailbox@example.org")
_STOPPED = "advice-no-answer"


async def seed(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    """All about the advice message that was left last."""
    newest = select(AdviceMessage.id).order_by(col(AdviceMessage.received_at).desc(), col(AdviceMessage.id)).limit(1)
    about, now = (await session.exec(newest)).one(), bench.clock.now()
    manager = Actor(ActorKind.STAFF, staff["grace"], "Grace Example")
    await set_wishes(session, manager, [_POLISH], Wishes(language="pl"), now)
    await _received(session, bench, about, _POLISH, now)
    lost = await _received(session, bench, about, _WRONG, now - timedelta(hours=2))
    await session.flush()
    await dispatch.hear(session, lost, Receipt(DeliveryState.FAILED), now - timedelta(hours=1), "GOV.UK Notify")
    await desk.stop(session, manager, _STOPPED, "Invented: the words name the wrong day.", now)
    await _say(session, bench, _STOPPED, about, _POLISH, now, {})


async def _received(session: Session, bench: Workbench, about: UUID, to: Recipient, now: datetime) -> UUID:
    due = london_day(bench.clock.now()) + timedelta(days=2)
    return await _say(session, bench, "advice-received", about, to, now, {"due": due})


async def _say(
    session: Session, bench: Workbench, template: str, about: UUID, to: Recipient, now: datetime, more: dict[str, Word]
) -> UUID:
    words: dict[str, Word] = {
        "reference": "K7MA-4QXA",
        "follow_link": f"{bench.address}/advice/invented-link",
        "phone": bench.profile.phone,
        "service": bench.profile.service,
    }
    return await send_message(
        session,
        template=template,
        to=to,
        purpose=template,
        subject_id=about,
        occasion="demo",
        words=words | more,
        child=NO_CHILD,
        now=now,
        answers=True,
    )
