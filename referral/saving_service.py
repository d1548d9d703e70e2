"""Saving a referral for later, and coming back to it."""

from datetime import date, datetime

from sqlmodel import select

from core.domain.calendar import spoken_date
from core.domain.clock import london_day
from core.domain.identity import PUBLIC
from core.domain.ids import new_token
from core.storage import audit
from core.storage.children import ChildKeys, keys_from
from core.storage.columns import keys
from core.storage.drafts import Draft
from core.storage.session import Session
from notifications.api import Recipient, send_message
from referral.letters import Letterhead
from referral.saving_models import SavedReferral
from referral.saving_rules import KEPT_FOR

SAVED = "referral-saved"


def holder_key(holder: str) -> bytes:
    """How a draft knows the browsers that share it."""
    return keys().fingerprint("referral-holder", holder)


def link_key(token: str) -> bytes:
    """How the database knows a link."""
    return keys().fingerprint("referral-saving", token)


async def save(
    session: Session, draft: Draft, born: str, holder: str, to: Recipient, head: Letterhead, now: datetime
) -> SavedReferral:
    """Gives the draft to the holder, and sends a link to it. `born` opens the link until the referral says otherwise.
    Links sent before keep working, and lead to the same."""
    token = new_token()
    saved = SavedReferral(
        draft_id=draft.id,
        link=link_key(token),
        born_key=_born_key(born),
        holder=holder,
        saved_at=now,
        ends_at=now + KEPT_FOR,
    )
    session.add(saved)
    # The draft is kept as long as the link works.
    draft.owner, draft.saved_at = holder_key(holder), now
    await session.flush()
    await _send_link(session, saved, token, to, head, _child(draft), now)
    audit.record(session, PUBLIC, "draft.saved", "draft", draft.id, now, channel=to.channel.value)
    return saved


async def _send_link(
    session: Session, saved: SavedReferral, token: str, to: Recipient, head: Letterhead, child: ChildKeys, now: datetime
) -> None:
    words = {
        "save_link": f"{head.address}/refer/return/{token}",
        "until": spoken_date(london_day(saved.ends_at)),
        "phone": head.phone,
        "service": head.service,
    }
    await send_message(
        session,
        template=SAVED,
        to=to,
        purpose=SAVED,
        subject_id=saved.draft_id,
        occasion=str(saved.id),
        words=words,
        child=child,
        now=now,
        by=PUBLIC,
        answers=True,
    )


def _child(draft: Draft) -> ChildKeys:
    """The child the draft names so far: an earlier referral may have said whom nobody may tell."""
    told = draft.answers
    born = date.fromisoformat(told["child_born"]) if told.get("child_born") else None
    return keys_from(str(told.get("nhs_number") or ""), str(told.get("child_last", "")), born)


async def behind(session: Session, token: str) -> tuple[SavedReferral, Draft] | None:
    """The newest of what this link leads to; None when we never gave it out, or it was deleted since."""
    found = select(SavedReferral, Draft).where(
        SavedReferral.link == link_key(token), Draft.id == SavedReferral.draft_id
    )
    return (await session.exec(found)).one_or_none()


def opens(saved: SavedReferral, draft: Draft, born: str) -> bool:
    """Whether this date of birth opens the link: the referral’s own, else the one given when it was saved."""
    told = str(draft.answers.get("child_born", ""))
    return told == born if told else saved.born_key == _born_key(born)


def _born_key(born: str) -> bytes:
    return keys().fingerprint("referral-saving-born", born)
