"""Carrying messages out of the house."""

from collections.abc import Mapping
from uuid import UUID

from core.storage.jobs import Job, Workbench
from notifications import service
from notifications.words import Channel, Outgoing, Provider


class OnScreen:
    """Sends nothing: the message is read at /staff/messages. For the demo, and until a provider is set."""

    name = "on screen"

    async def send(self, outgoing: Outgoing) -> None:
        """The row itself is what is shown."""

    async def has(self, reference: UUID) -> bool:
        """Showing a row twice is showing it once."""
        return False


PROVIDERS: Mapping[Channel, Provider] = dict.fromkeys(Channel, OnScreen())


async def deliver(bench: Workbench, *, message_id: str) -> None:
    """Sends one message once. Safe to die on any line: what was begun is on record before the provider hears of it,
    and a provider that may have heard is asked before it is told again."""
    await deliver_by(PROVIDERS, bench, UUID(message_id))


async def deliver_by(providers: Mapping[Channel, Provider], bench: Workbench, message_id: UUID) -> None:
    """`deliver`, with the providers to use."""
    async with bench.db.transaction() as session:
        taken = await service.take_up(session, message_id, bench.clock.now())
    if taken is None:
        return
    outgoing, may_have_left = taken
    provider = providers[outgoing.channel]
    if not (may_have_left and await provider.has(outgoing.reference)):
        await _send(provider, bench, outgoing)
    async with bench.db.transaction() as session:
        await service.note_sent(session, message_id, bench.clock.now(), provider.name)


async def _send(provider: Provider, bench: Workbench, outgoing: Outgoing) -> None:
    try:
        await provider.send(outgoing)
    except Exception as error:
        async with bench.db.transaction() as session:
            await service.note_unknown(session, outgoing.reference, bench.clock.now(), type(error).__name__)
        raise


JOBS = {service.DELIVER: Job(deliver, outside=True)}
