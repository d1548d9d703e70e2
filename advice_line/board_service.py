"""What managers do on the board: give a call to somebody, and take that back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from advice_line import board_choices, board_problem
from advice_line.board_models import AdviceMove
from advice_line.board_words import CannotTake, Choice, NotToday
from advice_line.calls import check_may_act
from advice_line.models import AdviceMessage
from advice_line.service import SUBJECT, locked, note
from advice_line.words import Happened, Reason, RunAsked
from core.domain.errors import NotAllowed, NotFound, NotPossible, Stale
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that should be somebody else's; `revision` is the message's as the page showed it."""

    message_id: UUID
    to: UUID
    revision: int


async def move(session: Session, actor: Actor, profile: Profile, wish: Wish, now: datetime) -> AdviceMove:
    """Gives a call to a colleague: theirs for today, whatever runs follow, and one follows at once to share out the
    others anew. Stale when it changed since the page was shown; NotToday; CannotTake with the reason."""
    message = await _to_move(session, actor, wish.message_id, now)
    if message.revision != wish.revision:
        raise Stale("changed since it was shown")
    choice = await _choice(session, profile, wish, now)
    before = {
        "owner_id": str(message.owner_id) if message.owner_id else None,
        "exception_reason": message.exception_reason,
        "run_id": str(message.run_id) if message.run_id else None,
        "pinned": message.pinned,
    }
    row = AdviceMove(
        message_id=message.id, at=now, by=actor.audit_name, from_staff_id=message.owner_id, to_staff_id=wish.to,
        parts=dict(choice.parts), before=before, revision=message.revision + 1,
    )  # fmt: skip
    message.owner_id, message.pinned, message.exception_reason, message.run_id = wish.to, True, None, None
    message.revision += 1
    session.add(row)
    await _tell(session, actor, message, now, "advice.moved")
    return row


async def undo(session: Session, actor: Actor, move_id: UUID, now: datetime) -> AdviceMove:
    """The call is whose it was. Stale when something happened to it since; NotPossible when it was undone before."""
    row = await session.get(AdviceMove, move_id, with_for_update=True)
    if row is None:
        raise NotFound("no such move")
    message = await _to_move(session, actor, row.message_id, now)
    if row.undone_at:
        raise NotPossible("undone before")
    if message.revision != row.revision:
        raise Stale("changed again since")
    told = row.before
    message.owner_id, message.run_id = _id(told["owner_id"]), _id(told["run_id"])
    message.exception_reason = Reason(told["exception_reason"]) if told["exception_reason"] else None
    message.pinned = told["pinned"]
    message.revision += 1
    row.undone_at, row.undone_by = now, actor.audit_name
    await _tell(session, actor, message, now, "advice.move-undone")
    return row


async def _to_move(session: Session, actor: Actor, message_id: UUID, now: datetime) -> AdviceMessage:
    if not actor.may(Right.MOVE_CALLS):
        raise NotAllowed("not theirs to move")
    message = await locked(session, message_id)
    await check_may_act(session, actor, message, now)
    return message


async def _choice(session: Session, profile: Profile, wish: Wish, now: datetime) -> Choice:
    asked = await board_problem.about(session, profile, [wish.message_id], now)
    found = board_choices.choices(asked).get(wish.message_id)
    if found is None:
        raise NotToday("no run gives it out now")
    choice = next((one for one in found if one.staff_id == wish.to), None)
    if choice is None:
        raise NotFound("not on duty today")
    if choice.cannot:
        raise CannotTake(choice.cannot)
    return choice


async def _tell(session: Session, actor: Actor, message: AdviceMessage, now: datetime, what: str) -> None:
    note(session, message.id, actor, Happened.MOVED, now, staff_id=message.owner_id)
    audit.record(session, actor, what, SUBJECT, message.id, now, to=str(message.owner_id) if message.owner_id else None)
    await tell(session, RunAsked(new_id()), now)


def _id(told: str | None) -> UUID | None:
    return UUID(told) if told else None
