"""Messages to people, for the rest of the house.

>>> await send_message(
...     session, template="booking-confirmed", to=Recipient(Channel.EMAIL, address), purpose="booking-confirmed",
...     subject_id=booking.id, occasion="1", words={"reference": booking.reference, "manage_link": link}, now=now,
... )
"""

from notifications.queries import messages_about
from notifications.rules import WordsDoNotFit
from notifications.service import send_message
from notifications.words import Channel, DeliveryState, MessageView, Recipient

__all__ = ["Channel", "DeliveryState", "MessageView", "Recipient", "WordsDoNotFit", "messages_about", "send_message"]
