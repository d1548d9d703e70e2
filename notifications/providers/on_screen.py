"""The outbox on the screen: messages are read at /staff/messages."""

from uuid import UUID

from notifications.words import Channel, DeliveryState, Final, Outgoing, Receipt


class OnScreen:
    """Sends nothing: the row itself is what is shown. For the demo, and until a provider is set."""

    name = "on screen"
    can_be_asked = True

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Shown from now on."""
        return Receipt(DeliveryState.SENT)

    async def find(self, reference: UUID) -> Receipt | None:
        """Showing a row twice is showing it once."""
        return Receipt(DeliveryState.SENT)


class Nobody:
    """Stands where other channels have a provider and this one has none: a person has to tell the family."""

    can_be_asked = True

    def __init__(self, channel: Channel) -> None:
        self.name = f"nobody ({channel})"

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Always refuses."""
        raise Final("no provider for this channel")

    async def find(self, reference: UUID) -> Receipt | None:
        """Nothing was ever taken over."""
        return None
