"""What the advice line keeps about people, for information governance: how long, what is told, what goes."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line.models import AdviceMessage
from advice_line.voice_models import AdviceVoice
from advice_line.voice_tidying import forget_sound
from core.domain.clock import london_day
from core.domain.keeping import Matter, Whose
from core.storage.children import ChildKeys, keys_of
from core.storage.keeping import Keeper, Kept
from core.storage.session import Session


class AdviceKeeper(Keeper[AdviceMessage]):
    """Messages with their calls. One about a named child is part of the child's record."""

    kind = "advice-message"
    title = "Advice line messages"
    model = AdviceMessage
    told: ClassVar = {
        "advice_message.caller.name": ("Who left it", Whose.OTHER_PERSON),
        "advice_message.caller.role": ("Their work", Whose.OTHER_PERSON),
        "advice_message.caller.phone": ("Phone", Whose.OTHER_PERSON),
        "advice_message.caller.email": ("Email", Whose.OTHER_PERSON),
        "advice_message.child.first": ("First name", Whose.CHILD),
        "advice_message.child.last": ("Last name", Whose.CHILD),
        "advice_message.child.born": ("Date of birth", Whose.CHILD),
        "advice_message.said": ("The message", Whose.OTHER_WORDS),
        "advice_message.not_times": ("When not to call", Whose.OTHER_WORDS),
        "advice_message.call_needs": ("To make the call work", Whose.OTHER_WORDS),
        "advice_message.not_told": ("Who must not be told", Whose.OTHER_WORDS),
        "advice_voice.written": ("What was said in the recording, written down", Whose.OTHER_WORDS),
        "advice_voice.written_by": ("Who wrote it down", Whose.STAFF),
        "advice_addition.said": ("Added to the message later", Whose.OTHER_WORDS),
        "advice_call.notes": ("Notes of the call", Whose.CHILD),
        "advice_call.staff_id": ("Who called", Whose.STAFF),
        "advice_record.typed.notes": ("Notes of the call, taken back", Whose.CHILD),
        "advice_record.staff_id": ("Who called", Whose.STAFF),
        "advice_booking.staff_id": ("Who booked a clinic or session after it", Whose.STAFF),
        "advice_concern.done": ("What was done about a worry about safety", Whose.OTHER_WORDS),
        "advice_concern.raised_by": ("Who was worried", Whose.STAFF),
        "advice_concern.seen_by": ("Who looked at it", Whose.STAFF),
        "message.address": ("Sent to", Whose.OTHER_PERSON),
        "message.subject_line": ("Subject", Whose.CHILD),
        "message.body": ("Message", Whose.CHILD),
    }

    async def facts(self, session: Session, rows: Sequence[AdviceMessage]) -> list[Kept]:
        """A message is over once it is closed or withdrawn."""
        return [
            Kept(
                kind=self.kind,
                id=row.id,
                matter=Matter.CHILD if row.child else Matter.ENQUIRY,
                reference=row.reference,
                born=date.fromisoformat(row.child["born"]) if row.child else None,
                over_on=london_day(row.closed_at) if row.closed_at else None,
                keys=keys_of(None, row.child_key),
                first=row.child["first"] if row.child else "",
            )
            for row in rows
        ]

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return col(AdviceMessage.child_key).in_(keys.named)


class RecordingKeeper(Keeper[AdviceVoice]):
    """The sound of spoken messages. It goes long before the message; what was written down of it stays. Nobody is told
    of it here: it is told with its message."""

    kind = "advice-recording"
    title = "Recordings of the advice line"
    model = AdviceVoice
    told: ClassVar = {
        "advice_voice.written": ("What was said in the recording, written down", Whose.OTHER_WORDS),
        "advice_voice.written_by": ("Who wrote it down", Whose.STAFF),
    }

    async def facts(self, session: Session, rows: Sequence[AdviceVoice]) -> list[Kept]:
        """A recording is over when its message is. Those whose sound is gone are no records any more."""
        sound = [row for row in rows if row.file_id]
        ids = [row.message_id for row in sound]
        messages = {m.id: m for m in await session.exec(select(AdviceMessage).where(col(AdviceMessage.id).in_(ids)))}
        return [self._kept(row, messages[row.message_id]) for row in sound]

    def _kept(self, row: AdviceVoice, message: AdviceMessage) -> Kept:
        return Kept(
            kind=self.kind,
            id=row.id,
            matter=Matter.RECORDING,
            reference=message.reference,
            born=None,
            over_on=london_day(message.closed_at) if message.closed_at else None,
            keys=keys_of(None, message.child_key),
        )

    async def known(self, session: Session, keys: ChildKeys) -> list[Kept]:
        return []

    async def forget(self, session: Session, ids: Collection[UUID]) -> dict[str, int]:
        """Only the sound: the row says that there was one."""
        count = await forget_sound(session, ids, await _now(session))
        return {"stored_file": count} if count else {}


async def _now(session: Session) -> datetime:
    found: datetime = (await session.exec(select(sa.func.clock_timestamp()))).one()
    return found


keeper = AdviceKeeper()
recording_keeper = RecordingKeeper()
