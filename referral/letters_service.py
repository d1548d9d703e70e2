"""Letters about what was decided: drafted with the decision, read and changed by staff, sent once, or kept with why.

A draft leaves by itself when its time comes, so that nobody waits for somebody who went home. Everything else here only
moves that time, changes the words, or ends the draft.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from core.domain.clock import london_day
from core.domain.errors import Invalid, NotFound, NotPossible, Stale
from core.domain.identity import Actor
from core.domain.profile import Profile
from core.storage import tasks
from core.storage.session import Session
from referral import letters, letters_text, moves
from referral.letters import Letterhead
from referral.letters_reach import guard_of, reach, recipients
from referral.models import Referral, ReferralRequest
from referral.outcome_models import ReferralLetter, RequestOutcome
from referral.outcome_rules import UNDO_WITHIN, leaves_at, needs_a_look
from referral.outcome_words import LetterState, LetterTo, NotTold, Outcome
from referral.words import ReferrerKind

SEND = "referral.send-letter"
TEMPLATE = "referral-letter"
LONGEST = 6000


async def draft(
    session: Session,
    actor: Actor,
    referral: Referral,
    request: ReferralRequest,
    row: RequestOutcome,
    outcome: Outcome,
    kind: str,
    profile: Profile,
    now: datetime,
) -> None:
    """One letter to everybody concerned. Who may not be written to gets none: the draft is kept, and says why."""
    by_family = not actor.is_staff
    look = needs_a_look(
        await moves.standing_flags(session, referral.id), is_guarded=bool(await guard_of(session, referral))
    )
    leaves = leaves_at(now, by_family=by_family, look_first=look)
    for to in recipients(referral):
        letter = ReferralLetter(
            referral_id=referral.id,
            outcome_id=row.id,
            recipient=to,
            kind=kind,
            text=_words(referral, request, outcome, kind, to, profile, now),
            leaves_at=leaves,
            by=actor.audit_name,
            why="" if leaves else NotTold.LOOK_FIRST,
        )
        session.add(letter)
        where = await reach(session, referral, to)
        if isinstance(where, NotTold):
            _end(letter, LetterState.KEPT, where, now)
        await _plan(session, letter)


def _words(
    referral: Referral,
    request: ReferralRequest,
    outcome: Outcome,
    kind: str,
    to: LetterTo,
    profile: Profile,
    now: datetime,
) -> str:
    area = profile.area(request.area_id) if request.area_id else None
    return letters_text.draft(
        kind,
        to,
        outcome,
        therapy=profile.disciplines[request.discipline].name,
        is_young_person=to is LetterTo.FAMILY and referral.referrer is ReferrerKind.YOUNG_PERSON,
        urgency=request.urgency,
        target=request.target_on,
        team=area.name if area else "",
        today=london_day(now),
    )


async def edit(
    session: Session, actor: Actor, referral_id: UUID, letter_id: UUID, version: int, text: str, now: datetime
) -> None:
    """Other words. Stale when somebody changed the letter since `version`; NotPossible once it is on its way."""
    letter = await _draft(session, referral_id, letter_id, version)
    tidied = letters_text.tidy(text)
    if not tidied:
        raise Invalid({"text": "Enter the words of the letter"})
    letter.text, letter.edited_by = tidied, actor.audit_name
    await _changed(session, actor, letter, "letter-edited", now)


async def send(session: Session, actor: Actor, referral_id: UUID, letter_id: UUID, version: int, now: datetime) -> None:
    """Leaves in a moment, until which it can be stopped. Pressed twice, it leaves once."""
    letter = await _draft(session, referral_id, letter_id, version)
    where = await reach(session, await _referral(session, referral_id), letter.recipient)
    if isinstance(where, NotTold):
        _end(letter, LetterState.KEPT, where, now)
    else:
        letter.leaves_at, letter.why = now + UNDO_WITHIN, ""
    await _changed(session, actor, letter, "letter-sent", now)


async def stop(session: Session, actor: Actor, referral_id: UUID, letter_id: UUID, version: int, now: datetime) -> None:
    """It waits until somebody sends it."""
    letter = await _draft(session, referral_id, letter_id, version)
    letter.leaves_at, letter.why = None, NotTold.STOPPED
    await _changed(session, actor, letter, "letter-stopped", now)


async def keep(session: Session, actor: Actor, referral_id: UUID, letter_id: UUID, version: int, now: datetime) -> None:
    """Somebody told them in person: it is not sent, and stays on record."""
    letter = await _draft(session, referral_id, letter_id, version)
    _end(letter, LetterState.KEPT, NotTold.IN_PERSON, now)
    await _changed(session, actor, letter, "letter-told-in-person", now)


async def leave(session: Session, letter_id: UUID, head: Letterhead, now: datetime) -> None:
    """Sends a draft whose time has come, once. Whoever may not be written to any more gets nothing."""
    referral_id = (await session.exec(select(ReferralLetter.referral_id).where(ReferralLetter.id == letter_id))).first()
    if referral_id is None:
        return
    # The referral first, as everything that decides does: nobody changes the decision while its letter leaves.
    referral, _ = await moves.locked(session, referral_id)
    letter = await _locked(session, letter_id)
    if letter is None or letter.state is not LetterState.DRAFT or letter.leaves_at is None or letter.leaves_at > now:
        return
    where = await reach(session, referral, letter.recipient)
    by = moves.actor_named(letter.edited_by or letter.by)
    if isinstance(where, NotTold):
        _end(letter, LetterState.KEPT, where, now)
        moves.record(session, by, "not-told", referral.id, now, about=letter.kind, why=where)
        return
    text = letters_text.in_lines(letter.text)
    letter.message_id = await letters.write(
        session, TEMPLATE, referral, where, str(letter.id), head, now, by, letter_lines=text
    )
    letter.state, letter.ended_at, letter.why = LetterState.SENT, now, ""
    moves.record(session, by, "letter-left", referral.id, now, about=letter.kind, to=letter.recipient)


async def drop(session: Session, request_id: UUID, now: datetime) -> bool:
    """Ends every draft about this request: something else was decided. True when a letter had left already."""
    outcomes = select(RequestOutcome.id).where(RequestOutcome.request_id == request_id)
    theirs = select(ReferralLetter).where(col(ReferralLetter.outcome_id).in_(outcomes)).order_by(col(ReferralLetter.id))
    found = (await session.exec(theirs.with_for_update().execution_options(populate_existing=True))).all()
    for letter in found:
        if letter.state is LetterState.DRAFT:
            _end(letter, LetterState.DROPPED, NotTold.OVERTAKEN, now)
            letter.version += 1
    return any(letter.state is LetterState.SENT or letter.why == NotTold.IN_PERSON for letter in found)


async def _draft(session: Session, referral_id: UUID, letter_id: UUID, version: int) -> ReferralLetter:
    await moves.locked(session, referral_id)
    letter = await _locked(session, letter_id)
    if letter is None or letter.referral_id != referral_id:
        raise NotFound("no such letter")
    if letter.state is not LetterState.DRAFT:
        raise NotPossible("no draft any more")
    if letter.version != version:
        raise Stale("changed since the page was shown")
    return letter


async def _locked(session: Session, letter_id: UUID) -> ReferralLetter | None:
    found = select(ReferralLetter).where(ReferralLetter.id == letter_id).with_for_update()
    return (await session.exec(found.execution_options(populate_existing=True))).one_or_none()


async def _changed(session: Session, actor: Actor, letter: ReferralLetter, act: str, now: datetime) -> None:
    letter.version += 1
    moves.record(session, actor, act, letter.referral_id, now, about=letter.kind, to=letter.recipient)
    await _plan(session, letter)


async def _plan(session: Session, letter: ReferralLetter) -> None:
    """Each version has a task of its own; one that was overtaken finds the time moved, and does nothing."""
    if letter.state is LetterState.DRAFT and letter.leaves_at:
        key = f"letter:{letter.id}:{letter.version}"
        await tasks.plan(session, SEND, key=key, run_at=letter.leaves_at, letter_id=letter.id)


def _end(letter: ReferralLetter, state: LetterState, why: NotTold, now: datetime) -> None:
    letter.state, letter.why, letter.ended_at, letter.leaves_at = state, why, now, None


async def _referral(session: Session, referral_id: UUID) -> Referral:
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise NotFound("no such referral")
    return referral
