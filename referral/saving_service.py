"""Saving a referral for later, and coming back to it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import select

from core.domain.calendar import spoken_date
from core.domain.clock import london_day
from core.domain.guard import NO_GUARD, Guard
from core.domain.identity import PUBLIC
from core.domain.ids import new_token
from core.domain.nhs import parse_phone
from core.storage import audit
from core.storage.children import ChildKeys, keys_from
from core.storage.columns import keys
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web.questions import Answers
from notifications.api import Recipient, drop_waiting, may_reach, send_message
from referral import forms, guarding
from referral.letters import Letterhead
from referral.saving_models import SavedReferral
from referral.saving_rules import KEPT_FOR

SAVED = "referral-saved"
# The page that says which phone and email are never used.
NOT_TOLD = "not-told"


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


def may_go_to(to: Recipient, draft: Draft) -> bool:
    """False for what the form says must never be used; that page counts even while it is only half filled in."""
    left = (draft.unfinished or {}).get(NOT_TOLD, {})
    return all(may_reach(to, _guard(draft.answers | said)) for said in ({}, _as_kept(left)))


async def stop_links(session: Session, draft_id: UUID, now: datetime) -> int:
    """The form is sent: links that have not left have nothing to lead to."""
    return await drop_waiting(session, PUBLIC, SAVED, draft_id, "no longer of use", now)


async def stop_barred_links(session: Session, draft_id: UUID, answers: Answers, now: datetime) -> int:
    """Links that have not left do not go to who turned out to be barred."""
    guard = _guard(answers)
    return await drop_waiting(
        session, PUBLIC, SAVED, draft_id, "must not be contacted", now, to=lambda to: not may_reach(to, guard)
    )


def _guard(answers: Answers) -> Guard:
    guarded = forms.guarded_by(answers)
    return Guard(barred=frozenset(guarding.keys_of_ways(guarded))) if guarded else NO_GUARD


def _as_kept(typed: Mapping[str, Any]) -> dict[str, Any]:
    """A page as it was left, in the way answers are kept; a number that is none bars nothing."""
    said = {name: str(value).strip() for name, value in typed.items()}
    try:
        said["not_tell_phone"] = parse_phone(said.get("not_tell_phone", ""))
    except ValueError:
        said["not_tell_phone"] = ""
    return said
