"""Recordings in words, and what a message waits for that came without a number."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_line.service import correct_number
from advice_line.voice_words import (
    as_answer,
    first_words,
    from_answer,
    length_words,
    shown_phone,
    spoken_words,
)
from advice_line.words import Reason, State
from core.domain.clock import MovedClock
from core.storage.session import Session
from tests.advice_line.support import desk, leave

FILE = UUID("01920000-0000-7000-8000-000000000001")


@given(st.uuids(), st.none() | st.integers(0, 10_000))
def test_an_answer_names_the_recording_it_was_made_from(file_id: UUID, seconds: int | None) -> None:
    spoken = from_answer(as_answer(file_id, seconds))
    assert (spoken.file_id, spoken.seconds) == (file_id, seconds)


@pytest.mark.parametrize(
    "value", ["", "x", str(FILE), f"{FILE}:", f"{FILE}:1234567890", f"{FILE}:-1", f"{FILE}:4\n", "٣:4"]
)
def test_an_answer_somebody_made_up_names_none(value: str) -> None:
    with pytest.raises(ValueError, match="Record your message again"):
        from_answer(value)
    assert spoken_words(value) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "Length not known"),
        (0, "less than a second"),
        (1, "1 second"),
        (60, "1 minute"),
        (61, "1 minute 1 second"),
        (180, "3 minutes"),
    ],
)
def test_a_length_is_said_as_people_say_it(seconds: int | None, words: str) -> None:
    assert length_words(seconds) == words


def test_one_line_stands_for_a_message_however_it_was_left() -> None:
    assert first_words("Typed", has_voice=True, written="Written down") == "Typed"
    assert first_words("", has_voice=True, written="Written down") == "Written down"
    assert first_words("", has_voice=True) == "Spoken message"
    assert first_words("", has_voice=False) == ""
    assert (shown_phone("+447700900123"), shown_phone("")) == ("07700 900123", "Number not shown")


async def test_without_a_number_a_person_looks_first_and_with_one_it_is_shared_out(
    session: Session, clock: MovedClock
) -> None:
    message = await leave(session, clock.now(), phone="", email=None, safe_to_leave_message=False)
    assert (message.state, message.exception_reason) == (State.REVIEW, Reason.WRONG_NUMBER)
    assert message.next_action_at == message.due_at
    await correct_number(session, desk(clock.now()), message.id, "+447700900123")
    assert (message.exception_reason, message.run_id) == (Reason.WAITING_FOR_RUN, None)
