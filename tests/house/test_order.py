"""Long tests begin first, and none is lost by it."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.house import ROOT
from tests.support.order import LONG, long_first


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_every_test_is_run_once_and_each_process_begins_with_a_long_one(processes: int) -> None:
    names = [f"tests/core/test_{n}.py::test_{m}" for n in range(40) for m in range(5)] + [f"{one}[x]" for one in LONG]
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]
    ordered = [item.nodeid for item in long_first(items, processes)]
    assert sorted(ordered) == sorted(names)
    for number in range(processes):
        assert ordered[len(names) * number // processes].startswith(LONG)


def test_few_tests_are_few_tests() -> None:
    items: list[Any] = [SimpleNamespace(nodeid=f"{LONG[0]}::test_{n}") for n in range(2)]
    assert long_first(items, 3) == items
    assert long_first([], 3) == []


def test_the_list_names_what_there_is() -> None:
    for name in LONG:
        file, _, test = name.partition("::")
        assert f"def {test}" in (ROOT / file).read_text(encoding="utf-8"), name
