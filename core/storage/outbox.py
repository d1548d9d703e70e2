"""Facts, told in the transaction that made them true and delivered by the worker afterwards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from core.domain.facts import Fact
from core.domain.ids import new_id
from core.storage.base import instant
from core.storage.session import Session
from core.storage.tasks import plan

DELIVER = "facts.deliver"


class OutboxFact(SQLModel, table=True):
    """A fact as it was told. Kept: the history of the service in its own words."""

    __tablename__ = "outbox_fact"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=80)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    told_at: datetime = instant()


async def tell(session: Session, fact: Fact, now: datetime) -> None:
    """Writes the fact and plans its delivery; `workers/reactions.py` says what it sets going."""
    row = OutboxFact(name=type(fact).__name__, payload=fact.payload(), told_at=now)
    session.add(row)
    await plan(session, DELIVER, key=f"fact:{row.id}", run_at=now, fact_id=row.id)


async def read_fact(session: Session, fact_id: UUID) -> Fact | None:
    """The fact of this id, or None. KeyError when this version of the service does not know its name."""
    row = await session.get(OutboxFact, fact_id)
    return Fact.restore(row.name, row.payload) if row else None
