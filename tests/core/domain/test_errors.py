"""The tree of errors: one root, conflicts together, and nothing personal in a message."""

import inspect
from datetime import timedelta

import pytest

from core.domain import errors

EVERY_ERROR = [
    thing
    for _, thing in inspect.getmembers(errors, inspect.isclass)
    if issubclass(thing, Exception) and thing.__module__ == errors.__name__
]


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_error_stands_under_one_root_and_in_the_drawn_tree(error: type[Exception]) -> None:
    assert issubclass(error, errors.FrontDoorError)
    assert error.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("error", [errors.Stale, errors.PlaceGone, errors.NotPossible])
def test_whatever_the_world_moving_on_causes_can_be_caught_as_a_conflict(error: type[Exception]) -> None:
    assert issubclass(error, errors.Conflict)


@pytest.mark.parametrize("error", [errors.NotFound, errors.NotAllowed, errors.SignInNeeded, errors.Invalid])
def test_what_the_asker_did_wrong_is_no_conflict(error: type[Exception]) -> None:
    assert not issubclass(error, errors.Conflict)


def test_invalid_answers_carry_a_message_for_each_question_but_never_print_them() -> None:
    error = errors.Invalid({"first-name": "“Mina” is too short"})

    assert error.messages == {"first-name": "“Mina” is too short"}
    assert "Mina" not in str(error)


def test_later_changes_to_what_was_handed_in_do_not_change_the_error() -> None:
    messages = {"postcode": "Enter a postcode"}
    error = errors.Invalid(messages)
    messages.clear()

    assert error.messages == {"postcode": "Enter a postcode"}


def test_too_many_tries_says_how_long_to_wait() -> None:
    assert errors.TooManyTries(timedelta(minutes=5)).retry_after == timedelta(minutes=5)
