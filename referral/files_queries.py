"""The files of a referral, for the page that shows it."""

from typing import Any
from uuid import UUID

from core.storage.files import StoredFile, files_about
from core.storage.session import Session
from referral import files_presenters
from referral.files_added import added
from referral.files_words import PURPOSE


async def around(session: Session, referral_id: UUID) -> dict[str, Any]:
    """What the case page says about them."""
    return {"files": files_presenters.lines(await all_of(session, referral_id))}


async def all_of(session: Session, referral_id: UUID) -> list[StoredFile]:
    """Those that came with the form, then those the family sent later."""
    return [*await files_about(session, PURPOSE, referral_id), *await added(session, referral_id)]
