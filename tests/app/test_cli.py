"""The command line is quick, keeps its promises to operators and gives no secret away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from app.check import findings
from app.cli import main
from core.domain.settings import Settings


def frontdoor(*words: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"DATABASE_URL": "", "REDIS_URL": "", **env})


def test_help_does_not_load_the_service() -> None:
    code = "import sys, app.cli; print([m for m in ('litestar', 'sqlalchemy', 'pydantic') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("verb", ["up", "serve", "worker", "migrate", "seed", "keys", "audit", "check"])
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


def test_check_finds_what_must_not_go_live(tmp_path: Path) -> None:
    demo = " ".join(findings(Settings(demo=True, data_dir=tmp_path, public_address="http://x.example.org")))
    for name in ("DATABASE_URL", "REDIS_URL", "DEMO", "PUBLIC_ADDRESS", "ALLOWED_HOSTS", "KEYS_FILE"):
        assert name in demo


def test_check_is_content_with_a_service_set_up_for_real(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    os.close(os.open(keys, os.O_CREAT, 0o600))
    real = Settings(
        database_url="postgresql://db/frontdoor",
        redis_url="redis://cache",
        public_address="https://frontdoor.example.org",
        allowed_hosts="frontdoor.example.org",
        keys_file=keys,
        secret_key=SecretStr("s" * 48),
    )
    assert [finding for finding in findings(real) if "styles" not in finding] == []
    keys.chmod(0o644)
    assert "KEYS_FILE" in " ".join(findings(real))
