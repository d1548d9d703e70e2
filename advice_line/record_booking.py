"""A clinic or session booked after a call: what booking is told of the family, and what the record says of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.api import StaffView, staff_views
from advice_line import record_queries
from advice_line.models import AdviceMessage
from advice_line.presenters import name_of
from advice_line.queries import message as message_of
from advice_line.record_models import AdviceBooking, AdviceRecord
from advice_line.record_words import LastCall
from advice_line.service import SUBJECT, note
from advice_line.words import Caller, Happened, Known
from booking.api import BookedLine, Booker, KnownFamily, begin_known, lines_about
from core.domain.calendar import spoken_instant
from core.domain.identity import Actor, ActorKind
from core.domain.nhs import is_mobile
from core.domain.profile import Profile
from core.storage import audit
from core.storage.children import keys_of
from core.storage.jobs import Workbench
from core.storage.session import Session


async def begin_booking(
    session: Session,
    owner: bytes,
    message: AdviceMessage,
    last: LastCall,
    profile: Profile,
    now: datetime,
    *,
    instead: bool,
) -> str:
    """Booking begins with what the message says of the family. The reference of another family that this colleague is
    booking for in the same browser; then nothing has begun."""
    family, child = known_family(message, last), keys_of(named=message.child_key)
    [me] = (await staff_views(session, {last.staff_id})).values()
    return await begin_known(session, owner, family, booker(me, profile, last), child, now, instead=instead)


def booker(me: StaffView, profile: Profile, last: LastCall) -> Booker:
    """Who called, with the work their account says: the therapy of the call when it is theirs."""
    therapy = last.discipline if last.discipline in me.disciplines else next(iter(sorted(me.disciplines)), None)
    work = profile.disciplines[therapy].therapist if therapy else "colleague"
    return Booker(me.id, me.name, f"{work.capitalize()}, {profile.service}", me.email)


def known_family(message: AdviceMessage, last: LastCall) -> KnownFamily:
    """What the message says, as booking asks it. Only a parent's own name, phone and email are the family's: those of a
    professional are not, nor a young person's, and who left a voicemail is not known."""
    child, seen = message.child or {}, {Known.NO: "no", Known.UNSURE: "not-sure"}
    is_parent, phone = message.caller_kind is Caller.PARENT, message.caller["phone"]
    return KnownFamily(
        subject_id=message.id,
        occasion_id=last.call_id,
        reference=message.reference,
        way_back=f"/staff/callbacks/calls/{last.call_id}",
        child={f"child_{name}": child[name] for name in ("first", "last", "born") if child},
        parent_name=message.caller["name"] if is_parent else "",
        email=(message.caller["email"] or "") if is_parent else "",
        phone=phone if is_parent else "",
        texts=message.safe_to_leave_message or not (phone and is_mobile(phone)),
        parent_knows=is_parent,
        seen=seen.get(message.known, "") if message.known else "",
        not_told=message.not_told or "",
    )


async def note_booking(
    session: Session, bench: Workbench, booking_id: str, subject_id: str, occasion_id: str, staff_id: str
) -> None:
    """Writes on the record of the call that something was booked, once; also when the call was taken back meanwhile,
    for the booking stands. Nothing where the record is no longer kept."""
    message, now = await message_of(session, UUID(subject_id), lock=True), bench.clock.now()
    record = await session.get(AdviceRecord, UUID(occasion_id))
    if message is None or record is None or await record_queries.is_noted(session, UUID(booking_id)):
        return
    booker_id = UUID(staff_id)
    session.add(
        AdviceBooking(message_id=message.id, call_id=record.id, booking_id=UUID(booking_id), staff_id=booker_id, at=now)
    )
    actor = Actor(ActorKind.STAFF, id=booker_id)
    note(session, message.id, actor, Happened.BOOKED, now, staff_id=booker_id)
    audit.record(session, actor, "advice.booked", SUBJECT, message.id, now, booking=booking_id)


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking beside the call it came from. `line` is how it stands now, None when it is no longer kept;
    `taken_back` when the call is, and the booking went on."""

    when: str
    by: str
    taken_back: bool
    line: BookedLine | None


async def booked_lines(session: Session, actor: Actor, message_id: UUID, now: datetime) -> list[Booked]:
    """What was booked after calls about this message, as it stands now and as this person may see it."""
    found = await record_queries.bookings_of(session, message_id)
    if not found:
        return []
    lines = await lines_about(session, actor, [one.booking_id for one, _ in found], now)
    names = await staff_views(session, {one.staff_id for one, _ in found})
    return [
        Booked(spoken_instant(one.at), name_of(one.staff_id, names), back, lines.get(one.booking_id))
        for one, back in found
    ]
