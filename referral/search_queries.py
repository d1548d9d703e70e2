"""Finding referrals by what somebody knows of a child. The database compares keyed hashes: it is never asked
for a name, a number or a date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from core.domain.identity import Actor, Right
from core.storage.children import keys_from
from core.storage.session import Session
from core.web.questions import Answers
from referral import queue_queries
from referral.models import Referral
from referral.queue_reach import seen_by
from referral.views import QueueLine

MOST = 25


@dataclass(frozen=True, slots=True)
class Found:
    """`lines` are the referrals this colleague may read, newest first; `others` are (id, reference) of those that need
    a reason. Names of the others are not told."""

    lines: list[QueueLine]
    others: list[tuple[UUID, str]]

    @property
    def ids(self) -> list[UUID]:
        return [line.id for line in self.lines] + [one for one, _ in self.others]


async def find(session: Session, actor: Actor, answers: Answers) -> Found:
    """What matches everything that was typed. A constant number of queries."""
    found = select(Referral.id, Referral.reference, seen_by(actor, Referral.id)).where(*_matches(answers))
    rows = (await session.exec(found.order_by(col(Referral.id).desc()).limit(MOST))).all()
    lines = await queue_queries.lines(session, [referral_id for referral_id, _, may in rows if may])
    others = [(referral_id, reference) for referral_id, reference, may in rows if not may]
    return Found(lines, others if actor.may(Right.BREAK_GLASS) else [])


def _matches(answers: Answers) -> Iterator[Any]:
    given = {name: str(value) for name, value in answers.items()}
    if "reference" in given:
        yield col(Referral.reference) == given["reference"]
    if "nhs_number" in given:
        yield col(Referral.nhs_number_key).in_(keys_from(given["nhs_number"]).nhs)
    if "last" in given and "born" in given:
        named = keys_from(last=given["last"], born=date.fromisoformat(given["born"])).named
        yield col(Referral.surname_born_key).in_(named)
