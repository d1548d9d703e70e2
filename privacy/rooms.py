"""Every kind of record there is, and what is encrypted but about no child: the whole of what is kept, on one page."""

from collections.abc import Mapping
from typing import Any

import advice_line.api
import booking.api
import referral.api
from core.storage import draft_keeping
from core.storage.children import ChildKeys
from core.storage.keeping import Keeper, Kept
from core.storage.session import Session
from privacy import keeping

# In the order in which a look goes through them; a run remembers how far it came by the number.
KEEPERS: tuple[Keeper[Any], ...] = (
    draft_keeping.keeper,
    booking.api.keeper,
    booking.api.waiting_keeper,
    advice_line.api.keeper,
    advice_line.api.recording_keeper,
    referral.api.keeper,
    keeping.requests,
    keeping.complaints,
)
# Parts of a child's health record, which goes as a whole.
CLINICAL = KEEPERS[1:-2]
BY_KIND: Mapping[str, Keeper[Any]] = {keeper.kind: keeper for keeper in KEEPERS}

# Encrypted, and no part of any child's record; by the beginning of `table.column`. A test holds every encrypted column
# against the keepers and this list.
NOT_OF_A_CHILD: Mapping[str, str] = {
    "staff_": "about a colleague: their account, sign-ins and second factors",
    "clinic_": "why a clinic is closed or a colleague away",
    "sitting": "about a clinic: its video link and what changed",
    "offer": "about what can be booked",
    "message_switch.": "why a kind of message was stopped",
    "message_wish": "found by the address it is about, not by a child: how somebody wants to be written to",
    "retention_hold.": "why nothing may be deleted; told to a court, not to whom it is about",
    "access_copy.": "a copy of what is told anyway",
    "privacy_complaint.": "found by the complaint's reference; a complaint names no child by a key",
    "federation_": "about signing in through another organisation",
}

_TWICE = 2


async def known(session: Session, keys: ChildKeys) -> list[Kept]:
    """Every record about a child, in every room."""
    return [kept for keeper in KEEPERS for kept in await keeper.known(session, keys)]


async def all_keys(session: Session, keys: ChildKeys) -> ChildKeys:
    """These keys and those of the records they find: an NHS number leads to a surname and date of birth, and back."""
    for _ in range(_TWICE):
        for kept in [one for keeper in KEEPERS[1:] for one in await keeper.known(session, keys)]:
            keys |= kept.keys
    return keys
