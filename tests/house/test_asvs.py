"""The checklist of the ASVS names only tests that exist."""

import re
from pathlib import Path

import pytest

from tests.support.house import ROOT

_NAMED = re.compile(r"`((?:tests/)?[\w/.]*test_\w+\.py)(?:::(test_\w+))?`|`(tests/\w+(?:/\w+)*)`")
_ALONE = re.compile(r"`(test_\w+)`")
CHECKLIST = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")


def place_of(named: str) -> Path:
    return ROOT / "tests" / named.removeprefix("tests/")


def has_test(named: str) -> bool:
    """Whether there is the file or directory, and in it the test, that `tests/…::test_…` names."""
    where, _, name = named.partition("::")
    path = place_of(where)
    return path.exists() and (not name or f"def {name}(" in path.read_text(encoding="utf-8"))


def rows() -> list[str]:
    return [line for line in CHECKLIST.splitlines() if line.startswith("| ") and "Requirement" not in line]


def test_every_row_has_a_test_or_a_reason() -> None:
    assert [row for row in rows() if len(row.split("|")) != 4 or not row.split("|")[2].strip()] == []
    assert len(rows()) > 40


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[2:40])
def test_every_test_a_row_names_exists(row: str) -> None:
    files = [f"{file or room}{'::' + name if name else ''}" for file, name, room in _NAMED.findall(row)]
    assert [one for one in files if not has_test(one)] == []
    texts = "".join(place_of(one.partition("::")[0]).read_text(encoding="utf-8") for one in files if ".py" in one)
    assert [name for name in _ALONE.findall(row) if f"def {name}(" not in texts] == []


def test_the_look_for_tests_sees_a_missing_one() -> None:
    assert not has_test("tests/house/test_asvs.py::test_that_nobody_wrote" + "_yet")
    assert not has_test("tests/house/test_nothing.py")
    assert has_test("house/test_asvs.py::test_every_test_a_row_names_exists")
