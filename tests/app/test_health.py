"""A probe tells a service that is down from one that runs and has a promise to make good."""

import json

import pytest

from app.embedded import free_port
from app.health import ask, understood
from core.domain.settings import Settings

WELL = {"database": True, "migrations": True, "redis": True, "worker": True, "auditor": True}


def test_well_is_ready() -> None:
    answer = understood(200, json.dumps(WELL))
    assert (answer.ready, answer.serving, answer.said) == (True, True, "ready")


def test_a_broken_promise_is_named_and_does_not_mean_down() -> None:
    answer = understood(503, json.dumps({**WELL, "auditor": False, "broken": ["a message without an owner"]}))
    assert (answer.ready, answer.serving, answer.said) == (False, True, "a message without an owner")


@pytest.mark.parametrize("part", ["database", "migrations", "redis", "worker"])
def test_a_part_that_is_not_well_is_named_and_means_down(part: str) -> None:
    answer = understood(503, json.dumps({**WELL, part: False, "auditor": False}))
    assert not answer.serving
    assert part in answer.said


@pytest.mark.parametrize("text", ["", "<h1>Sorry</h1>", "[]", "null"])
def test_nonsense_means_down(text: str) -> None:
    assert not understood(500, text).serving


def test_silence_means_down() -> None:
    answer = ask(Settings(port=free_port()))
    assert not answer.serving
    assert answer.said.startswith("no answer")
