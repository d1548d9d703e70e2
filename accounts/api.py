"""Staff, for the rest of the house."""

from datetime import datetime

from accounts import service, sessions
from accounts.access import everybody, open_record, openings_waiting, reasons_typed, those_that_open
from accounts.access_rules import Opened
from accounts.federation import Federation
from accounts.federation_words import Provider
from accounts.links import StaffLetter, letter_to, letter_with_link
from accounts.queries import NeedsMe, staff_views, therapists
from accounts.rules import RIGHTS, actor_of, cards_for
from accounts.service import add_staff, staff_with_email, start_session
from accounts.staffing import invite_first
from accounts.words import Need, StaffView
from core.domain.identity import Actor
from core.storage.keys import Keyring
from core.storage.session import Database


class StaffSignIns:
    """Tells who holds a staff cookie (`core.web.house.SignIns`)."""

    def __init__(self, db: Database, keys: Keyring) -> None:
        self._db, self._keys = db, keys

    async def who(self, token: str, now: datetime, *, in_use: bool = True) -> Actor | None:
        """The member of staff, or None when the token is unknown, idle too long, too old or signed out. What is not
        `in_use` (a list that refreshes itself) does not keep the session alive."""
        async with self._db.transaction() as session:
            return await service.holder(session, self._keys, token, now, in_use=in_use)

    async def is_lately_proved(self, token: str, now: datetime) -> bool:
        """Whether its holder showed who they are within the last quarter of an hour."""
        async with self._db.transaction() as session:
            proved = await sessions.proved_at(session, service.session_fingerprint(token))
        return proved is not None and now - proved < sessions.PROOF_GOOD_FOR


__all__ = [
    "RIGHTS",
    "Federation",
    "Need",
    "NeedsMe",
    "Opened",
    "Provider",
    "StaffLetter",
    "StaffSignIns",
    "StaffView",
    "actor_of",
    "add_staff",
    "cards_for",
    "everybody",
    "invite_first",
    "letter_to",
    "letter_with_link",
    "open_record",
    "openings_waiting",
    "reasons_typed",
    "staff_views",
    "staff_with_email",
    "start_session",
    "therapists",
    "those_that_open",
]
