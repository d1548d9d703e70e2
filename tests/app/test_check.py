"""Outside a demo nothing starts that is not safe for real records, and whoever starts it is told all of why at once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from app.check import Unsafe, findings, refuse_unsafe
from app.cli import main
from app.demo.staff import seed_staff
from app.embedded import free_port
from app.strangers import demo_accounts, refuse_demo_accounts
from core.domain.settings import Settings
from core.storage import columns
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import load_keyring, make_keys_file, new_keyring, spell_keyring
from core.storage.session import Database, make_engine
from tests.support.servers import Servers, fresh_database

ROOT = Path(__file__).parents[2]
SECRET = "4f1d9b7c2e8a605314bd9c7e2f8a60534f1d9b7c2e8a6053"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    kept = columns._Vault.keyring
    yield
    columns._Vault.keyring = kept


@pytest.fixture
def safe(tmp_path: Path) -> dict[str, Any]:
    """Settings a trust may go live with."""
    make_keys_file(tmp_path / "keys.json")
    return {
        "database_url": "postgresql://door:a-long-password@db.example.org/door?ssl=verify-full",
        "redis_url": "rediss://:a-long-password@cache.example.org:6379/0",
        "public_address": "https://door.example.org",
        "allowed_hosts": "door.example.org",
        "keys_file": tmp_path / "keys.json",
        "secret_key": SecretStr(SECRET),
        "files_dir": tmp_path / "files",
    }


def test_settings_that_are_safe_start(safe: dict[str, Any]) -> None:
    assert findings(Settings(**safe)) == []
    refuse_unsafe(Settings(**safe))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no database": ({"database_url": None}, "DATABASE_URL is not set"),
    "a database without TLS": ({"database_url": "postgresql://a:b3@db.example.org/d"}, "DATABASE_URL goes to another"),
    "a database that may do without": (
        {"database_url": "postgresql://db/d?ssl=prefer"},
        "DATABASE_URL goes to another",
    ),
    "a database password all know": ({"database_url": "postgresql://a:postgres@localhost/d"}, "everybody knows"),
    "no Redis": ({"redis_url": None}, "REDIS_URL is not set"),
    "Redis without TLS": ({"redis_url": "redis://cache.example.org"}, "REDIS_URL goes to another"),
    "a Redis password all know": ({"redis_url": "rediss://:redis@cache.example.org"}, "REDIS_URL has a password"),
    "no address": ({"public_address": None}, "PUBLIC_ADDRESS is not set"),
    "cookies in the clear": ({"public_address": "http://door.example.org"}, "PUBLIC_ADDRESS does not begin"),
    "any host": ({"allowed_hosts": ""}, "ALLOWED_HOSTS is not set"),
    "a wildcard host": ({"allowed_hosts": "door.example.org,*.example.org"}, "ALLOWED_HOSTS has a *"),
    "a short secret": ({"secret_key": SecretStr("short")}, "SECRET_KEY is shorter"),
    "a placeholder": ({"secret_key": SecretStr("s" * 48)}, "SECRET_KEY looks like a placeholder"),
    "a default": ({"secret_key": SecretStr("please-change-me-before-you-go-live-0123456789")}, "SECRET_KEY looks like"),
    "debug": ({"log_level": "debug"}, "LOG_LEVEL is DEBUG"),
    "a password alone": ({"second_factor": "offered"}, "SECOND_FACTOR is offered"),
    "no keys": ({"keys_file": Path("/nowhere/keys.json")}, "KEYS_FILE: there is no"),
    "keys twice": ({"keys": SecretStr(spell_keyring(new_keyring()))}, "KEYS and KEYS_FILE are both set"),
    "keys that are none": ({"keys": SecretStr("{}"), "keys_file": None}, "KEYS: the keys cannot be read"),
    "nowhere for files": ({"files_dir": None}, "FILES_DIR is not set"),
    "no profile": ({"profile": Path("profiles/nowhere.toml")}, "PROFILE: there is no"),
    "a provider in the clear": ({"oidc_issuer": "http://id.example.org"}, "OIDC_ISSUER does not begin"),
    "a provider that does not know us": ({"oidc_issuer": "https://id.example.org"}, "OIDC_CLIENT_ID is not set"),
    "a provider without proof": ({"oidc_issuer": "https://id.example.org"}, "OIDC_PRIVATE_KEY_FILE is not set"),
    "a provider's word on a password": ({"oidc_issuer": "https://id.example.org"}, "OIDC_ACR and OIDC_AMR"),
}


@pytest.mark.parametrize(("wrong", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_unsafe_is_refused_with_one_sentence_that_names_it(
    safe: dict[str, Any], wrong: dict[str, Any], told: str
) -> None:
    settings = Settings(**(safe | wrong))
    assert sum(told in finding for finding in findings(settings)) == 1
    with pytest.raises(Unsafe, match="does not start"):
        refuse_unsafe(settings)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_keys_that_others_can_read_are_refused(safe: dict[str, Any], mode: int) -> None:
    safe["keys_file"].chmod(mode)
    assert "can be read by others" in " ".join(findings(Settings(**safe)))


def test_a_private_key_for_the_provider_is_looked_at_and_never_shown(safe: dict[str, Any], tmp_path: Path) -> None:
    key = tmp_path / "oidc.pem"
    key.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    key.chmod(0o600)
    provider: dict[str, Any] = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "door", "oidc_acr": "AAL3"}
    settings = Settings(**safe, **provider, oidc_private_key_file=key)
    assert findings(settings) == []
    key.chmod(0o644)
    assert "OIDC_PRIVATE_KEY_FILE" in findings(settings)[0]
    key.write_text("a secret by mistake", encoding="ascii")
    key.chmod(0o600)
    (told,) = findings(settings)
    assert "holds no private key" in told
    assert "by mistake" not in told


@pytest.mark.parametrize(
    ("database", "redis", "private"),
    [
        ("postgresql://localhost/d", "redis://localhost", False),
        ("postgresql://127.0.0.1/d", "redis://127.0.0.1:6379", False),
        ("postgresql://[::1]/d", "redis://[::1]", False),
        ("postgresql:///d?host=/run/postgresql", "unix:///run/redis.sock", False),
        ("postgresql://postgres/d", "redis://redis", True),
        ("postgresql://db.example.org/d?sslmode=require", "rediss://cache.example.org", False),
    ],
)
def test_what_never_leaves_the_machine_or_a_private_network_needs_no_tls(
    safe: dict[str, Any], database: str, redis: str, private: bool
) -> None:
    given = safe | {"database_url": database, "redis_url": redis, "private_network": private}
    assert findings(Settings(**given)) == []


def test_everything_that_is_wrong_is_listed_at_once_and_no_secret_with_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("hunter2"), public_address="http://x.example.org")
    with pytest.raises(Unsafe) as refused:
        refuse_unsafe(settings)
    told = str(refused.value)
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_ADDRESS", "ALLOWED_HOSTS", "SECRET_KEY", "KEYS_FILE"):
        assert f"- {name}" in told
    assert "hunter2" not in told


def test_a_demo_starts_with_anything_and_check_says_that_it_is_one(tmp_path: Path) -> None:
    settings = Settings(demo=True, data_dir=tmp_path)
    refuse_unsafe(settings)
    assert "DEMO is on" in " ".join(findings(settings))


@pytest.mark.parametrize("verb", ["serve", "worker", "up"])
def test_no_verb_starts_the_service_with_unsafe_settings(verb: str, tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "PORT": str(free_port()), "DEMO": "0", "SECRET_KEY": "hunter2"}
    told = CliRunner().invoke(main, [verb], env=env)
    assert told.exit_code == 1
    assert "Front Door does not start" in told.output
    assert "- SECRET_KEY is shorter" in told.output
    assert "hunter2" not in told.output


def test_an_application_server_of_somebodys_own_does_not_get_one_either(tmp_path: Path) -> None:
    code = "from app.factory import create_app; create_app()"
    env = os.environ | {"DATA_DIR": str(tmp_path), "DEMO": "0"}
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert told.returncode == 1
    assert "Front Door does not start" in told.stderr


# What the database says


async def test_demo_accounts_keep_a_service_for_real_records_from_starting(bench: Workbench) -> None:
    await refuse_demo_accounts(bench.db)
    async with bench.db.transaction() as session:
        await seed_staff(session, bench)
    with pytest.raises(Unsafe, match="accounts of the demo"):
        await refuse_demo_accounts(bench.db)
    assert "amira@example.org" in await demo_accounts(bench.db)


async def test_a_database_that_is_away_keeps_nobody_from_starting() -> None:
    use_keys(new_keyring())
    engine = make_engine("postgresql+asyncpg://127.0.0.1:1/nowhere")
    await refuse_demo_accounts(Database(engine))
    await engine.dispose()


async def test_both_processes_start_safely_set_and_not_over_a_demo(
    template: Servers, safe: dict[str, Any], bench: Workbench
) -> None:
    """Real processes on a real database; first empty, then with the demo's people in it."""
    async with fresh_database(template) as url:
        given = safe | {"database_url": url, "redis_url": template.redis}
        env = environment(given) | {"PORT": str(free_port())}
        assert starts("serve", env)
        assert starts("worker", env)
        use_keys(load_keyring(safe["keys_file"]))
        engine = make_engine(url)
        async with Database(engine).transaction() as session:
            await seed_staff(session, bench)
        await engine.dispose()
        for verb in ("serve", "worker"):
            told = ended(verb, env)
            assert "accounts of the demo (amira@example.org" in told
            assert told.count("\n- ") == 1


def environment(settings: dict[str, Any]) -> dict[str, str]:
    hidden = {name: value.get_secret_value() for name, value in settings.items() if isinstance(value, SecretStr)}
    spelled = settings | hidden
    others = {name: value for name, value in os.environ.items() if name != "DEMO"}
    return others | {name.upper(): str(value) for name, value in spelled.items()}


def command(verb: str, env: dict[str, str]) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "app.cli", verb]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def starts(verb: str, env: dict[str, str]) -> bool:
    """Whether it comes to work; then it is stopped."""
    process = command(verb, env)
    assert process.stdout is not None
    try:
        if verb == "worker":
            return any("worker ready" in line for line in process.stdout)
        return answers_within_a_minute(process, f"http://127.0.0.1:{env['PORT']}/health/live")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def answers_within_a_minute(process: subprocess.Popen[str], address: str) -> bool:
    for _ in range(240):
        if process.poll() is not None:
            return False
        try:
            # Under a name it answers to.
            return httpx.get(address, headers={"Host": "door.example.org"}, trust_env=False).status_code == 200
        except httpx.HTTPError:
            time.sleep(0.25)
    return False


def ended(verb: str, env: dict[str, str]) -> str:
    process = command(verb, env)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    return said
