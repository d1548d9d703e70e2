"""Staff, for the rest of the house."""

from datetime import datetime

from accounts import service
from accounts.queries import NeedsMe, staff_views, therapists
from accounts.rules import actor_of, cards_for
from accounts.service import add_staff, staff_with_email, start_session
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


__all__ = [
    "Need",
    "NeedsMe",
    "StaffSignIns",
    "StaffView",
    "actor_of",
    "add_staff",
    "cards_for",
    "staff_views",
    "staff_with_email",
    "start_session",
    "therapists",
]
