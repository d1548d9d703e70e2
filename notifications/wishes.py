"""How people want to be written to: kept by address, looked up before anything is said."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit
from core.storage.columns import keys
from core.storage.session import Session
from notifications import courtesy
from notifications.models import Message, MessageStep
from notifications.wish_models import ContactWish
from notifications.words import Channel, DeliveryState, Recipient, Wishes

# The kinds of fingerprint the rest of the house finds people by.
_FOUND_BY = {Channel.EMAIL: "email", Channel.TEXT: "phone", Channel.LETTER: "postal-address"}
_ASKED_FOR = select(ContactWish).where(ContactWish.recipient == sa.bindparam("recipient"))
_WISHES = ("language", "no_texts", "easy_read", "large_print", "never")


def fingerprint_of(to: Recipient) -> bytes:
    """How somebody is found again without the address being kept in clear."""
    return keys().fingerprint(_FOUND_BY[to.channel], to.address)


async def wishes_of(session: Session, to: Recipient) -> Wishes | None:
    """What was asked for at this address; None when nobody asked for anything."""
    row = (await session.exec(_ASKED_FOR, params={"recipient": fingerprint_of(to)})).one_or_none()
    return Wishes(**{name: getattr(row, name) for name in _WISHES}) if row else None


async def set_wishes(
    session: Session, actor: Actor, recipients: Iterable[Recipient], wishes: Wishes, now: datetime
) -> None:
    """Notes what somebody wants for each address of theirs; the last word counts. On the audit trail without it."""
    told = {name: getattr(wishes, name) for name in _WISHES}
    for to in recipients:
        row = {"recipient": fingerprint_of(to), **told, "changed_at": now, "changed_by": actor.audit_name}
        new = insert(ContactWish).values(id=new_id(), **row)
        stored = new.on_conflict_do_update(index_elements=["recipient"], set_=row).returning(col(ContactWish.id))
        wish_id = (await session.exec(stored)).scalar_one()
        audit.record(session, actor, "wishes.changed", "contact-wish", wish_id, now, **told)


async def drop_unwanted(session: Session, actor: Actor, recipients: Iterable[Recipient], now: datetime) -> int:
    """What waits for somebody who must not be contacted is not sent, and a person is told; how many that is."""
    waiting = select(Message).where(
        Message.state == DeliveryState.WAITING,
        col(Message.recipient).in_([fingerprint_of(to) for to in recipients]),
    )
    rows = (await session.exec(waiting.order_by(col(Message.id)).with_for_update())).all()
    why = courtesy.way_to(Recipient(Channel.EMAIL, ""), Wishes(never=True)).why
    for row in rows:
        row.state, row.held_at, row.needs_person_since = DeliveryState.DROPPED, None, now
        session.add(
            MessageStep(message_id=row.id, state=DeliveryState.DROPPED, at=now, actor=actor.audit_name, why=why)
        )
    return len(rows)
