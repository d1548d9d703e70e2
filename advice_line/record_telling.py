"""A worry about a child's safety is told to the safeguarding lead at once, by e-mail and without a name."""

from uuid import UUID

from advice_line.models import AdviceMessage
from advice_line.record_models import AdviceConcern
from core.storage.jobs import Workbench
from core.storage.session import Session
from core.storage.tasks import URGENT
from notifications.api import NO_CHILD, Channel, Recipient, send_message

PURPOSE = "advice-worry"


async def tell_lead(session: Session, bench: Workbench, message_id: str, concern_id: str | None = None) -> None:
    """Once for each worry: the reference and where to read it, for who can sign in. Whoever raised it calls the lead as
    well, so nothing waits for this."""
    concern = await session.get(AdviceConcern, UUID(concern_id)) if concern_id else None
    message = await session.get(AdviceMessage, UUID(message_id))
    if concern is None or message is None:
        return
    await send_message(
        session,
        template=PURPOSE,
        to=Recipient(Channel.EMAIL, bench.profile.safeguarding.email),
        purpose=PURPOSE,
        subject_id=message.id,
        occasion=str(concern.id),
        words={
            "reference": message.reference,
            "worry_link": f"{bench.address}/staff/callbacks/concerns/{concern.id}",
            "phone": bench.profile.phone,
            "service": bench.profile.service,
        },
        # It names nobody, and nothing said about a family holds it back.
        child=NO_CHILD,
        now=bench.clock.now(),
        priority=URGENT,
    )
