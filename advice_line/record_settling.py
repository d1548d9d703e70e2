"""What follows from a recorded call, once it can no longer be taken back."""

from uuid import UUID

from advice_line import snippet_service
from advice_line.models import AdviceCall
from advice_line.record_undo import held
from advice_line.record_words import ENDS, MessagePassedOn, WhatNext
from advice_line.service import Desk, write_to_family
from advice_line.words import CallbackMade, MessageClosed, Outcome, State
from core.domain.errors import NotFound
from core.storage.jobs import Workbench
from core.storage.outbox import tell
from core.storage.session import Session


async def settle_call(session: Session, bench: Workbench, call_id: str) -> None:
    """Writes to the family and tells the house. Nothing when it was taken back, or done before."""
    now = bench.clock.now()
    try:
        message, record = await held(session, UUID(call_id))
    except NotFound:
        return
    if record.taken_back_at or record.settled_at:
        return
    record.settled_at, record.typed = now, None
    desk = Desk(bench.profile, bench.address, now)
    # Whoever put their number right meanwhile is no longer out of reach.
    if record.writes and message.state is State.REVIEW:
        await write_to_family(session, desk, message, f"call:{call_id}")
    if record.sends_advice:
        await snippet_service.send_advice(session, desk, message, record.id, record.staff_id)
    call = await session.get_one(AdviceCall, record.id)
    if call.outcome is not Outcome.REVIEWED:
        await tell(session, CallbackMade(message.id, record.staff_id, call.outcome), now)
    if call.outcome is Outcome.REVIEWED or record.what_next in ENDS:
        await tell(session, MessageClosed(message.id), now)
    if record.what_next is WhatNext.PASSED_ON:
        await tell(session, MessagePassedOn(message.id), now)
