"""Promises about the code itself: it stays small, says what it needs, and tells nobody's address."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from app import states
from app.migrate import alembic_config
from app.models import metadata
from core.domain.settings import Settings
from tests.support.house import ROOT

PACKAGES = (
    "app",
    "workers",
    "core",
    "accounts",
    "notifications",
    "referral",
    "booking",
    "advice_line",
    "trail",
    "privacy",
    "monitoring",
)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 300, 30


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with the lines of its body, its docstring not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield node.name, (node.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    assert [(name, lines) for name, lines in functions(path) if lines > LONGEST_FUNCTION] == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert not [path for path in MODULES if re.search(r"(utils?|helpers?|common|manager|misc)$", path.stem)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


def test_every_setting_is_explained_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in runbook] == []


def test_every_setting_of_an_operator_reaches_the_containers() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    # For one machine without containers; and keys stand in a file there.
    elsewhere = {"data_dir", "port", "demo", "keys"}
    missing = {name for name in Settings.model_fields if f"\n    {name.upper()}: " not in compose}
    assert missing == elsewhere


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_pins_carry_names_versions_and_hashes_and_no_address() -> None:
    registries = re.compile(rb"pypi\.org|pythonhosted|registry\.npmjs|--(extra-)?index-url|\"resolved\"")
    assert [
        name_of(path) for path in tracked() if path != Path(__file__) and registries.search(path.read_bytes())
    ] == []


def test_there_is_one_head_of_the_migrations() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("")).get_heads()) == 1


async def test_the_migrations_make_what_the_models_say(shared_engine: AsyncEngine) -> None:
    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with shared_engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_every_constraint_of_the_models_is_in_the_database(shared_engine: AsyncEngine) -> None:
    """Alembic does not compare CHECK and EXCLUDE constraints; names do."""
    async with shared_engine.connect() as connection:
        there = set((await connection.exec_driver_sql("select conname from pg_constraint")).scalars())
    named = {str(c.name) for table in metadata.sorted_tables for c in table.constraints if c.name}
    assert sorted(named - there) == []


def test_the_drawn_states_are_those_of_the_rules() -> None:
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == states.page()
