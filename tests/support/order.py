"""Which tests begin first: a long one that begins last leaves every other process waiting for its end."""

from collections.abc import Sequence

import pytest

# What takes ten seconds or more, by the beginning of its name. Whatever is missing here only begins later.
LONG = (
    "tests/advice_line/test_simulated_year.py",
    "tests/app/test_check.py::test_both_processes",
    "tests/app/test_keys.py::test_families",
    "tests/app/test_stack.py",
    "tests/booking/test_killed_between_hold_and_confirm.py",
    "tests/booking/test_races_over_http.py",
    "tests/booking/test_stateful_service.py",
    "tests/house/test_a_month.py",
    "tests/house/test_rights.py::test_every_page",
    "tests/journeys/test_refer_a_child.py",
)


def long_first(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """The same tests: each process is dealt one run of neighbours, and finds its share of the long ones at the start.
    Neighbours in a file stay neighbours, because they share what their file sets up."""
    files = dict.fromkeys(_head(item.nodeid) for item in items)
    long: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for number, head in enumerate(head for head in files if head in LONG):
        long[number % processes] += [item for item in items if _head(item.nodeid) == head]
    rest = [item for item in items if _head(item.nodeid) not in LONG]
    ordered: list[pytest.Item] = []
    for number, first in enumerate(long):
        end = len(items) * (number + 1) // processes
        share = max(0, end - len(ordered) - len(first)) if number + 1 < processes else len(rest)
        ordered += first + rest[:share]
        del rest[:share]
    return ordered


def _head(name: str) -> str:
    """What stands for a test in the list: the long name it begins with, or its file."""
    return next((one for one in LONG if name.startswith(one)), name.split("::", maxsplit=1)[0])
