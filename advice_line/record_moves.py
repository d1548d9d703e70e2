"""Where a message goes after a call: whose it is now, what comes next, and until when."""

from uuid import UUID

from accounts.api import therapists
from advice_line import queries, rules
from advice_line.models import AdviceMessage
from advice_line.record_words import ENDS, CallNotes, WhatNext
from advice_line.service import Desk, close, recipient
from advice_line.words import NextTry, Outcome, Reason, Sign, State, Step
from core.domain.errors import NotPossible
from core.storage.session import Session

_REVIEW_AFTER_WRITING = 3
_REVIEW_AT_ONCE = 1


async def move_on(session: Session, desk: Desk, message: AdviceMessage, caller: UUID, notes: CallNotes) -> bool:
    """The state after a call, whose the message is now, and what comes next. True when the family is to be written to,
    because nobody could be reached."""
    was_set_aside = message.state is State.REVIEW
    step, again = await _what_next(session, desk, message, notes)
    message.state = rules.moved(message.state, step)
    message.owner_id, message.exception_reason = caller, None
    message.calling_by = message.calling_until = None
    message.first_called_at = message.first_called_at or desk.now
    message.revision += 1
    if notes.outcome is Outcome.INTERPRETER:
        message.language, message.interpreter_ok = notes.language or message.language, True
    if step is Step.HAND_ON:
        await _pass_on(session, desk, message, notes)
    elif again:
        message.call_from, message.next_action_at = again.start, again.by
    elif step is Step.CLOSE:
        close(message, desk.now)
    else:
        # Whoever was set aside before has been written to before.
        writes = not was_set_aside and recipient(message) is not None
        _set_aside(desk, message, step, _REVIEW_AFTER_WRITING if writes else _REVIEW_AT_ONCE)
        return writes
    return False


async def _what_next(
    session: Session, desk: Desk, message: AdviceMessage, notes: CallNotes
) -> tuple[Step, NextTry | None]:
    calendar, policy = desk.profile.calendar, desk.profile.advice
    if notes.outcome is Outcome.WRONG_NUMBER:
        return Step.WRONG_NUMBER, None
    if notes.outcome is Outcome.NO_ANSWER:
        tries = [*await queries.unanswered_since_we_spoke(session, message.id), desk.now]
        good = rules.parts_of(message.good_times)
        again = rules.next_try(tries, good, calendar, policy.tries, policy.tries_over_days)
        return (Step.NO_ANSWER, again) if again else (Step.TRIES_USED, None)
    if notes.following in ENDS:
        return Step.CLOSE, None
    if notes.following is WhatNext.PASSED_ON:
        return Step.HAND_ON, None
    if notes.again_on is None:
        raise NotPossible("a day to call again is missing")
    agreed = rules.call_on(calendar, notes.again_on)
    # Agreed for today: from now on, not from when we opened.
    return Step.CALL_AGAIN, NextTry(max(agreed.start, desk.now), agreed.by)


async def _pass_on(session: Session, desk: Desk, message: AdviceMessage, notes: CallNotes) -> None:
    """To another therapy, and to a colleague of it where one was named; else the next run finds somebody. The family
    waits no longer for it than for a new message."""
    if notes.pass_to is None:
        raise NotPossible("the therapy to pass it to is missing")
    if notes.colleague and notes.colleague not in {one.id for one in await therapists(session, notes.pass_to)}:
        raise NotPossible("not a colleague of that therapy")
    message.discipline = notes.pass_to
    known, said = desk.profile.advice.competences, (message.said, message.call_needs)
    message.needs = sorted(rules.needs_of(known, message.topic, notes.pass_to, map(Sign, message.signs), said))
    message.owner_id, message.pinned, message.run_id = notes.colleague, notes.colleague is not None, None
    message.exception_reason = None if notes.colleague else Reason.WAITING_FOR_RUN
    again = rules.promise(desk.profile.calendar, desk.profile.advice.due_days, desk.now, message.urgency)
    message.call_from, message.next_action_at = again.clock_start, again.due_at


def _set_aside(desk: Desk, message: AdviceMessage, step: Step, days: int) -> None:
    """Nobody could be reached: a person looks at it again within so many working days."""
    message.exception_reason = Reason.WRONG_NUMBER if step is Step.WRONG_NUMBER else Reason.REVIEW
    message.next_action_at = rules.look_again(desk.profile.calendar, desk.now, days)
