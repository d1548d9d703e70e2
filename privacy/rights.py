"""Requests to see, correct or restrict what is kept about a child: one function for each thing a person does."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor, system
from core.domain.ids import new_reference
from core.domain.keeping import Whose
from core.storage import audit, outbox
from core.storage.children import ChildKeys, keys_from, keys_of
from core.storage.keeping import Kept, Told
from core.storage.marks import MarkKind, RecordMark
from core.storage.session import Session
from privacy import copies, queries, rooms, rules
from privacy.models import AccessCopy, PrivacyEvent, RightsRequest
from privacy.words import Child, CopyWanted, Happened, RequestKind, RequestState

SUBJECT = "rights-request"
_SERVICE = system("privacy")


async def receive(
    session: Session,
    actor: Actor,
    kind: RequestKind,
    child: Child,
    asker: Mapping[str, str],
    asked: str,
    received_on: date,
    now: datetime,
) -> RightsRequest:
    """Somebody asked; the clock of one month runs from the day it came in."""
    keys = keys_from(child.nhs_number or "", child.last, child.born)
    request = RightsRequest(
        reference=new_reference(),
        kind=kind,
        child={
            "first": child.first,
            "last": child.last,
            "born": child.born.isoformat() if child.born else "",
            "nhs_number": child.nhs_number or "",
        },
        nhs_key=next(iter(keys.nhs), None),
        named_key=next(iter(keys.named), None),
        asker=dict(asker),
        asked=asked,
        received_on=received_on,
        due_on=rules.answer_by(received_on),
    )
    session.add(request)
    await session.flush()
    _note(session, actor, request.id, Happened.RECEIVED, now, detail={"request": kind})
    return request


async def extend(session: Session, actor: Actor, request_id: UUID, why: str, now: datetime) -> None:
    """Two more months for a complex request, once; the asker is told why."""
    request = await _open(session, request_id)
    if request.extended_at is not None or london_day(now) > request.due_on:
        raise NotPossible("extended before, or too late")
    request.due_on = rules.answer_by(request.received_on, extended=True)
    request.extended_at, request.extended_why = now, why
    _note(session, actor, request.id, Happened.EXTENDED, now, why)


async def records_about(session: Session, request: RightsRequest) -> list[Kept]:
    """Every record that may be about this child, for a person to choose from: twins share a surname and a birthday."""
    keys = await rooms.all_keys(session, keys_of(request.nhs_key, request.named_key))
    return [kept for kept in await rooms.known(session, keys) if kept.id != request.id]


async def choose(session: Session, actor: Actor, request_id: UUID, chosen: Collection[UUID], now: datetime) -> None:
    """These records are about this child. A subject access copy is prepared of them by a job."""
    request = await _open(session, request_id)
    about = await records_about(session, request)
    request.records = [[kept.kind, str(kept.id)] for kept in about if kept.id in set(chosen)]
    if not request.records:
        raise NotFound("no such records")
    _note(session, actor, request.id, Happened.CHOSEN, now, detail={"records": len(request.records)})
    for kind, record_id in request.records:
        audit.record(session, actor, "record.chosen-for-request", kind, UUID(record_id), now, request=str(request.id))
    if request.kind is RequestKind.ACCESS:
        await outbox.tell(session, CopyWanted(request.id), now)


async def prepare_copy(session: Session, request_id: UUID, now: datetime) -> None:
    """Gathers everything about the chosen records. A copy that was released is not changed any more."""
    request = await queries.request(session, request_id, lock=True)
    if request is None or request.state is not RequestState.OPEN:
        return
    known = await queries.copy_of(session, request_id, lock=True)
    if known and known.released_at:
        return
    told: list[tuple[str, Told]] = []
    for kind in dict.fromkeys(kind for kind, _ in request.records):
        ids = [UUID(record_id) for one, record_id in request.records if one == kind]
        told += [(kind, piece) for piece in await rooms.BY_KIND[kind].tell(session, ids)]
    told += [("seen", piece) for piece in await copies.who_saw(session, [UUID(one) for _, one in request.records])]
    content = await copies.as_content(session, told)
    copy = known or AccessCopy(request_id=request.id, prepared_at=now, expires_at=now + rules.COPY_KEPT)
    copy.content, copy.prepared_at, copy.expires_at = content, now, now + rules.COPY_KEPT
    copy.left_out = [n for n, piece in enumerate(content) if piece["whose"] != Whose.CHILD]
    session.add(copy)
    _note(session, _SERVICE, request.id, Happened.PREPARED, now, detail={"pieces": len(content)})


async def release(session: Session, actor: Actor, request_id: UUID, left_out: Collection[int], now: datetime) -> None:
    """A person has read the copy and says what is not given. From now on it can be fetched, for 30 days."""
    request = await _open(session, request_id)
    copy = await queries.copy_of(session, request_id, lock=True)
    if copy is None or copy.content is None or copy.released_at:
        raise NotPossible("not prepared, or released before")
    copy.left_out = sorted(n for n in set(left_out) if 0 <= n < len(copy.content))
    copy.released_at, copy.released_by = now, actor.audit_name
    copy.expires_at = now + rules.COPY_KEPT
    detail = {"left_out": len(copy.left_out), "pieces": len(copy.content)}
    _note(session, actor, request.id, Happened.RELEASED, now, detail=detail)


async def fetch(session: Session, actor: Actor, request_id: UUID, now: datetime) -> bytes:
    """The released copy as a ZIP file of a page to read and JSON; that it was fetched is on record."""
    request, copy = await queries.request(session, request_id), await queries.copy_of(session, request_id)
    if request is None or copy is None or copy.released_at is None or copy.content is None or copy.expires_at <= now:
        raise NotFound("no released copy")
    _note(session, actor, request_id, Happened.DOWNLOADED, now)
    return copies.zipped(request.reference, copy.prepared_at, copy.content, frozenset(copy.left_out))


async def empty_expired(session: Session, now: datetime) -> int:
    """Copies are not kept longer than they can be fetched."""
    expired = await copies.expired(session, now)
    for copy in expired:
        copy.content, copy.left_out = None, []
        audit.record(session, _SERVICE, "rights.copy-emptied", SUBJECT, copy.request_id, now)
    return len(expired)


async def correct(session: Session, actor: Actor, request_id: UUID, record_id: UUID, words: str, now: datetime) -> None:
    """Puts a note on a record: what was written is not changed, whoever reads it sees what is right (article 16)."""
    request = await _open(session, request_id)
    if (
        request.kind is not RequestKind.CORRECTION
        or [True for _, one in request.records if one == str(record_id)] == []
    ):
        raise NotFound("no such record of this request")
    session.add(
        RecordMark(
            kind=MarkKind.CORRECTED,
            record_id=record_id,
            request_id=request.id,
            words=words,
            set_at=now,
            set_by=actor.audit_name,
        )
    )
    _note(session, actor, request.id, Happened.NOTED, now, words)


async def restrict(session: Session, actor: Actor, request_id: UUID, words: str, now: datetime) -> None:
    """What is kept about this child may only be stored until it is lifted (article 18)."""
    request = await _open(session, request_id)
    keys = await rooms.all_keys(session, keys_of(request.nhs_key, request.named_key))
    if request.kind is not RequestKind.RESTRICTION or not keys:
        raise NotPossible("not asked for")
    for nhs, named in _pairs(keys):
        mark = RecordMark(kind=MarkKind.RESTRICTED, request_id=request.id, words=words, set_at=now,
                          set_by=actor.audit_name, nhs_number_key=nhs, surname_born_key=named)  # fmt: skip
        session.add(mark)
    _note(session, actor, request.id, Happened.RESTRICTED, now, words)


def _pairs(keys: ChildKeys) -> list[tuple[bytes | None, bytes | None]]:
    return [(one, None) for one in sorted(keys.nhs)] + [(None, one) for one in sorted(keys.named)]


async def lift(session: Session, actor: Actor, request_id: UUID, why: str, now: datetime) -> None:
    """The restriction ends; whoever asked for it is told first (article 18(3))."""
    standing = [mark for mark in await queries.marks_of(session, request_id) if mark.lifted_at is None]
    lifted = [mark for mark in standing if mark.kind is MarkKind.RESTRICTED]
    if not lifted:
        raise NotPossible("nothing is restricted")
    for mark in lifted:
        mark.lifted_at, mark.lifted_by = now, actor.audit_name
    _note(session, actor, request_id, Happened.LIFTED, now, why)


async def answer(
    session: Session, actor: Actor, request_id: UUID, decision: str, now: datetime, *, refused: bool = False
) -> None:
    """The asker has been told what was decided. A copy must have been released before access is done."""
    request = await _open(session, request_id)
    if request.kind is RequestKind.ACCESS and not refused:
        copy = await queries.copy_of(session, request_id)
        if copy is None or copy.released_at is None:
            raise NotPossible("nothing was released")
    request.state = RequestState.REFUSED if refused else RequestState.DONE
    request.decision, request.ended_at = decision, now
    _note(session, actor, request.id, Happened.REFUSED if refused else Happened.DONE, now, decision)


def note_read(session: Session, actor: Actor, request: RightsRequest, now: datetime) -> None:
    """A person has it on the screen, and with it whom it is about."""
    audit.record(session, actor, "rights.read", SUBJECT, request.id, now)


async def _open(session: Session, request_id: UUID) -> RightsRequest:
    request = await queries.request(session, request_id, lock=True)
    if request is None:
        raise NotFound("no such request")
    if request.state is not RequestState.OPEN:
        raise NotPossible("answered")
    return request


def _note(
    session: Session,
    actor: Actor,
    request_id: UUID,
    happened: Happened,
    now: datetime,
    why: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    session.add(PrivacyEvent(request_id=request_id, happened=happened, at=now, by=actor.audit_name, why=why))
    audit.record(session, actor, f"rights.{happened}", SUBJECT, request_id, now, **(detail or {}))
