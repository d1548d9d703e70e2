"""Carrying messages out of the house."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from core.storage.jobs import Job, NotYet, Workbench
from notifications import queries, staff_letters
from notifications.dispatch import DELIVER, Heard, Note
from notifications.postroom import PostRoom, desk_of, post_room_of
from notifications.words import Final, Outgoing, Provider, Retryable, Send, Throttled

# A worker waits so long for its turn; then the message goes back to the queue and others may be looked at.
_PATIENCE = 10.0
# Between taking up and handing over; with a provider's own patience less than `delivery.FIRST_ASK`.
_HAND_OVER_WITHIN = 10.0


async def deliver(bench: Workbench, *, message_id: str) -> None:
    """Sends one message once. Safe to die on any line: what was begun is on record before the provider hears of it,
    and a provider that may have heard is asked before it is told again."""
    await carry(post_room_of(bench.post_room), bench, UUID(message_id))


async def carry(post: PostRoom, bench: Workbench, message_id: UUID) -> None:
    """`deliver`, with the post room to use. NotYet when it must be taken up again."""
    await _turn(post, bench, message_id)
    desk, before = desk_of(bench.db), time.monotonic() + _HAND_OVER_WITHIN
    taken = await desk.take_up((message_id, bench.clock.now()))
    if taken.at:
        raise NotYet(taken.at)
    if taken.outgoing is None:
        return
    provider, outgoing = post.providers[taken.outgoing.channel], replace(taken.outgoing, send_before=before)
    heard = await (_ask if taken.what is Send.ASK else _send)(provider, outgoing)
    note = heard(now=bench.clock.now())
    if note.heard is Heard.THROTTLED and post.pace:
        await post.pace.push_back(note.seconds)
    if back_at := await desk.note(note):
        raise NotYet(back_at)


async def _turn(post: PostRoom, bench: Workbench, message_id: UUID) -> None:
    """Waits until the provider's limits allow one more; what is urgent may take what is kept for it."""
    if post.pace is None or not await post.pace.take():
        return
    async with bench.db.transaction() as session:
        urgent = await queries.is_urgent(session, message_id)
    ends = time.monotonic() + _PATIENCE
    while wait := await post.pace.take(urgent=urgent):
        if time.monotonic() + wait > ends:
            raise NotYet(bench.clock.now() + timedelta(seconds=max(wait, 1.0)))
        await asyncio.sleep(wait)


async def _send(provider: Provider, outgoing: Outgoing) -> partial[Note]:
    """Hands it over; what came of it, still to be dated."""
    note = partial(Note, outgoing.reference, provider=provider.name)
    try:
        return partial(note, Heard.RECEIPT, receipt=await provider.send(outgoing))
    except Throttled as error:
        return partial(note, Heard.THROTTLED, why=str(error), seconds=error.seconds)
    except Final as error:
        return partial(note, Heard.REFUSED, why=str(error))
    except Retryable as error:
        return partial(note, Heard.SILENCE if error.may_have_left else Heard.NOT_TAKEN, why=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a provider's code raises, nobody knows what left
        return partial(note, Heard.SILENCE, why=type(error).__name__)


async def _ask(provider: Provider, outgoing: Outgoing) -> partial[Note]:
    """It may have left: what does the provider know of it?"""
    note = partial(Note, outgoing.reference, provider=provider.name)
    if not provider.can_be_asked:
        return partial(note, Heard.CANNOT_BE_ASKED, why="cannot be asked")
    try:
        receipt = await provider.find(outgoing.reference)
    except Exception as error:  # noqa: BLE001 - no answer is no answer
        return partial(note, Heard.SILENCE, why=str(error) if isinstance(error, Retryable) else type(error).__name__)
    return partial(note, Heard.RECEIPT, receipt=receipt, why="asked") if receipt else partial(note, Heard.NOTHING_KNOWN)


JOBS = {DELIVER: Job(deliver, outside=True), **staff_letters.JOBS}
