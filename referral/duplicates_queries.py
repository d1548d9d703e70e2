"""Which other referrals may be about the same child. Hashes find them, names are compared after opening, and only those
this colleague may read are told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import load_only
from sqlmodel import col, select

from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.storage.session import Session
from referral.access import may_read_about
from referral.duplicates_models import DuplicateVerdict
from referral.duplicates_rules import alike, likeness
from referral.duplicates_words import Alike, Twin, VerdictView
from referral.models import Referral, ReferralRequest
from referral.queries import as_child
from referral.words import RequestState

# Looked at, and shown; in a large service many children are born on one day.
MOST_COMPARED, MOST_SHOWN = 400, 10


async def twins(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> list[Twin]:
    """The surest first, then the most alike."""
    mine = await _one(session, referral_id)
    found = [(row, why) for row in await _candidates(session, mine) if (why := alike(as_child(mine), as_child(row)))]
    found.sort(key=lambda pair: (list(Alike).index(pair[1]), -likeness(as_child(mine), as_child(pair[0]))))
    near = found[: MOST_SHOWN * 2]
    readable = await may_read_about(session, actor, [row.id for row, _ in near], now)
    return await _told(session, mine, [(row, why) for row, why in near if row.id in readable][:MOST_SHOWN])


async def pair(session: Session, referral_id: UUID, other_id: UUID) -> tuple[Twin, Twin]:
    """Two referrals, to be shown side by side; both were opened by whoever asks. NotFound when nothing about them is
    alike."""
    mine, other = await _one(session, referral_id), await _one(session, other_id)
    why = alike(as_child(mine), as_child(other))
    if why is None or referral_id == other_id:
        raise NotFound("nothing alike")
    here, there = await _told(session, mine, [(mine, why), (other, why)])
    return here, there


async def _one(session: Session, referral_id: UUID) -> Referral:
    found = select(Referral).where(Referral.id == referral_id).options(_no_more_than_needed())
    row = (await session.exec(found)).one_or_none()
    if row is None:
        raise NotFound("no such referral")
    return row


def _no_more_than_needed() -> Any:
    names = "id reference referrer child_first child_last child_born nhs_number address postcode phone email"
    names += " received_at nhs_number_key surname_born_key born_key"
    return load_only(*(getattr(Referral, name) for name in names.split()))


async def _candidates(session: Session, mine: Referral) -> Sequence[Referral]:
    """Everybody with this NHS number or this surname and birthday; of those born that day, the newest."""
    same = [col(Referral.surname_born_key) == mine.surname_born_key]
    if mine.nhs_number_key:
        same.append(col(Referral.nhs_number_key) == mine.nhs_number_key)
    sure = select(Referral).where(sa.or_(*same), Referral.id != mine.id)
    rows = list((await session.exec(_newest(sure))).all())
    if mine.born_key:
        known = {row.id for row in rows}
        born = select(Referral).where(Referral.born_key == mine.born_key, Referral.id != mine.id)
        rows += [row for row in await session.exec(_newest(born)) if row.id not in known]
    return rows


def _newest(found: Any) -> Any:
    return found.options(_no_more_than_needed()).order_by(col(Referral.id).desc()).limit(MOST_COMPARED)


async def _told(session: Session, mine: Referral, found: Sequence[tuple[Referral, Alike]]) -> list[Twin]:
    ids = [row.id for row, _ in found]
    states = await _states(session, ids)
    verdicts = await _verdicts(session, mine.id, ids)
    return [
        Twin(
            id=row.id,
            reference=row.reference,
            alike=why,
            child=as_child(row),
            phone=row.phone,
            email=row.email or "",
            referrer=row.referrer,
            received_at=row.received_at,
            states=tuple(states.get(row.id, [])),
            verdict=verdicts.get(row.id),
        )
        for row, why in found
    ]


async def _states(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, RequestState]]]:
    found = select(ReferralRequest.referral_id, ReferralRequest.discipline, ReferralRequest.state)
    states: dict[UUID, list[tuple[str, RequestState]]] = {}
    found = found.where(col(ReferralRequest.referral_id).in_(ids)).order_by(col(ReferralRequest.id))
    for referral_id, discipline, state in await session.exec(found):
        states.setdefault(referral_id, []).append((discipline, RequestState(state)))
    return states


async def _verdicts(session: Session, referral_id: UUID, others: Sequence[UUID]) -> dict[UUID, VerdictView]:
    """The newest word about this referral and each of the others, whichever of the two was open then."""
    one, two = col(DuplicateVerdict.referral_id), col(DuplicateVerdict.other_id)
    about = sa.or_(sa.and_(one == referral_id, two.in_(others)), sa.and_(two == referral_id, one.in_(others)))
    found = select(DuplicateVerdict).where(about).order_by(col(DuplicateVerdict.id))
    said: dict[UUID, VerdictView] = {}
    for row in await session.exec(found):
        other = row.other_id if row.referral_id == referral_id else row.referral_id
        said[other] = VerdictView(row.verdict, row.at, row.by, row.why or "")
    return said
