"""The history of the rota: every change keeps the rows it touched as they were, so that it can be undone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from advice_line.models import AdviceAbsence, AdviceDuty
from advice_line.rota_models import AdviceRotaChange, AdviceSwap
from advice_line.rota_words import RotaAct
from advice_line.words import RunAsked
from core.domain.clock import london_day
from core.domain.errors import NotAllowed, NotFound, NotPossible, Stale
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.storage import audit
from core.storage.base import Row
from core.storage.outbox import tell
from core.storage.session import Session

_TABLES: Mapping[str, type[Row]] = {
    "duty": AdviceDuty,
    "absence": AdviceAbsence,
    "swap": AdviceSwap,
}
_NAMES = {model: name for name, model in _TABLES.items()}
_COUNTS = "revision"


@dataclass(frozen=True, slots=True)
class Touched:
    """A row as it was and as it is; None when it was not there."""

    model: type[Row]
    id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Concerns:
    """Whose rota a change is about, and from which day to which."""

    staff_id: UUID
    first: date
    last: date | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day <= (self.last or date.max)


def picture(row: Row) -> dict[str, Any]:
    """A row as it is now, as JSON holds it."""
    told: dict[str, Any] = json.loads(row.model_dump_json())
    return told


def added(row: Row) -> Touched:
    return Touched(type(row), row.id, None, picture(row))


def changed(row: Row, before: dict[str, Any]) -> Touched:
    return Touched(type(row), row.id, before, picture(row))


def removed(row: Row) -> Touched:
    return Touched(type(row), row.id, picture(row), None)


def keep(
    session: Session, actor: Actor, act: RotaAct, about: Concerns, rows: Sequence[Touched], now: datetime
) -> AdviceRotaChange:
    """Writes a change into the history and on the audit trail."""
    change = AdviceRotaChange(
        at=now, by=actor.audit_name, act=act, staff_id=about.staff_id, first_day=about.first, last_day=about.last,
        rows=[
            {"table": _NAMES[one.model], "id": str(one.id), "before": one.before, "after": one.after} for one in rows
        ],
    )  # fmt: skip
    session.add(change)
    audit.record(
        session, actor, f"rota.{act}", "staff", about.staff_id, now, change=str(change.id),
        first=about.first.isoformat(), last=about.last.isoformat() if about.last else None,
    )  # fmt: skip
    return change


async def share_out_again(session: Session, about: Concerns, now: datetime) -> None:
    """Asks for a run when the rota of today has changed; other days have their own morning run."""
    if about.holds(london_day(now)):
        await tell(session, RunAsked(new_id()), now)


async def undo(session: Session, actor: Actor, change_id: UUID, now: datetime) -> AdviceRotaChange:
    """Puts every row of a change back as it was. Managers undo any change, others what they did to their own rota.
    Stale when something was changed again meanwhile, NotPossible when it was undone before. Doing so asks for a run
    where today is concerned."""
    change = await session.get(AdviceRotaChange, change_id, with_for_update=True)
    if change is None:
        raise NotFound("no such change")
    if not (actor.may(Right.CHANGE_ROTA) or (change.staff_id == actor.id and change.by == actor.audit_name)):
        raise NotAllowed("not their change")
    if change.undone_at:
        raise NotPossible("undone before")
    for one in change.rows:
        await _put_back(session, one)
    change.undone_at, change.undone_by = now, actor.audit_name
    audit.record(session, actor, "rota.undone", "staff", change.staff_id, now, change=str(change.id))
    await share_out_again(session, Concerns(change.staff_id, change.first_day, change.last_day), now)
    return change


async def _put_back(session: Session, one: Mapping[str, Any]) -> None:
    model = _TABLES[one["table"]]
    row = await session.get(model, UUID(one["id"]), with_for_update=True, populate_existing=True)
    if _counted_apart(picture(row) if row else None) != _counted_apart(one["after"]):
        raise Stale("changed again since")
    if one["before"] is None:
        await session.delete(row)
        return
    before = model.model_validate(one["before"])
    if row is None:
        session.add(before)
        return
    for name in model.model_fields:
        if name not in ("id", _COUNTS):
            setattr(row, name, getattr(before, name))
    if _COUNTS in model.model_fields:
        # A page shown before must not be saved over this.
        setattr(row, _COUNTS, getattr(row, _COUNTS) + 1)


def _counted_apart(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A picture without how often the row was changed: undoing a later change counts too."""
    return None if told is None else {name: value for name, value in told.items() if name != _COUNTS}
