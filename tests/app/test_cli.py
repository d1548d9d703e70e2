"""The command line is quick, keeps its promises to operators and gives no secret away."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from core.domain.settings import Settings
from trail.words import Fault, Found, Head


def frontdoor(*words: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"DATABASE_URL": "", "REDIS_URL": "", **env})


def test_help_does_not_load_the_service() -> None:
    code = "import sys, app.cli; print([m for m in ('litestar', 'sqlalchemy', 'pydantic') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("verb", ["up", "serve", "worker", "migrate", "seed", "keys", "audit", "check", "invite"])
def test_every_verb_explains_itself(verb: str) -> None:
    told = frontdoor(verb, "--help")
    assert told.exit_code == 0
    assert verb in frontdoor("--help").output


def test_keys_are_made_once_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert frontdoor("keys", "make", KEYS_FILE=str(path)).exit_code == 0
    made = path.read_bytes()
    again = frontdoor("keys", "make", KEYS_FILE=str(path))
    assert again.exit_code == 1
    assert "stays as it is" in again.output
    assert path.read_bytes() == made


def test_settings_that_cannot_be_read_are_named_without_their_value() -> None:
    told = frontdoor("check", PORT="a-secret-by-mistake")
    assert told.exit_code == 1
    assert "PORT" in told.output
    assert "a-secret-by-mistake" not in told.output


def test_the_trail_is_walked_and_its_head_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walked(_: Settings, noted: Head | None) -> tuple[Head, list[Found]]:
        return Head(7, b"\x01"), [Found(Fault.CHANGED, 3)] if noted else []

    monkeypatch.setattr("app.trail.verify_trail", walked)
    monkeypatch.setattr("app.cli.with_servers", lambda: nullcontext(Settings()))
    assert (CliRunner().invoke(main, ["audit", "verify"]).exit_code) == 0
    told = CliRunner().invoke(main, ["audit", "verify", "--head", "5:00"])
    assert told.exit_code == 1
    assert "BROKEN" in told.output
    assert "Head: 7:01" in told.output
