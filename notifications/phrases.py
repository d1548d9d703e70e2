"""Our own words that other rooms put into the gaps of a message, kept together for the translators. Pure."""

from notifications.words import Phrase

APPOINTMENT = Phrase("an appointment")
INFORMATION_SESSION = Phrase("a place at an information session")
WORKSHOP = Phrase("a place at a workshop")
YOUR_APPOINTMENT = Phrase("your appointment")
YOUR_INFORMATION_SESSION = Phrase("your place at an information session")
YOUR_WORKSHOP = Phrase("your place at a workshop")
ONLINE = Phrase("online, by video")
DEAR_PARENT = Phrase("Dear parent or carer")
DEAR_COLLEAGUE = Phrase("Dear colleague")
HELLO = Phrase("Hello")

PHRASES: tuple[str, ...] = tuple(phrase.text for phrase in list(globals().values()) if isinstance(phrase, Phrase))
