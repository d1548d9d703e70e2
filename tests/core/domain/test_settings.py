"""Settings come from the environment; nothing set means nothing, and secrets are not printed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.domain.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def test_nothing_has_to_be_set() -> None:
    settings = Settings()
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.address == "http://localhost:8000"
    assert settings.keys_path == Path(".data/keys.json")
    assert settings.hosts == []
    assert not settings.demo


def test_a_setting_is_read_from_its_name_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("DATA_DIR", "/srv/door")
    monkeypatch.setenv("DEMO", "true")
    settings = Settings()
    assert settings.address == "http://localhost:8123"
    assert settings.keys_path == Path("/srv/door/keys.json")
    assert settings.demo


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_setting_that_is_set_to_nothing_counts_as_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "")
    assert Settings() == Settings.model_construct()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db/door", "postgresql+asyncpg://u:p@db/door"),
        ("postgres://u:p@db/door?ssl=require", "postgresql+asyncpg://u:p@db/door?ssl=require"),
        ("postgresql+asyncpg://u:p@db/door", "postgresql+asyncpg://u:p@db/door"),
    ],
)
def test_the_database_is_always_spoken_to_through_asyncpg(
    given: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert Settings().database_url == used


@pytest.mark.parametrize(
    ("public", "address", "secure"),
    [
        ("https://door.example.org/", "https://door.example.org", True),
        ("HTTPS://door.example.org", "HTTPS://door.example.org", True),
        ("http://door.example.org", "http://door.example.org", False),
    ],
)
def test_cookies_are_secure_exactly_when_people_come_over_tls(public: str, address: str, secure: bool) -> None:
    settings = Settings(public_address=public)
    assert settings.address == address
    assert settings.secure_cookies is secure


def test_hosts_are_split_at_commas_and_blanks_are_dropped() -> None:
    assert Settings(allowed_hosts=" door.example.org, ,b.example.org,").hosts == [
        "door.example.org",
        "b.example.org",
    ]


def test_a_keys_file_wins_over_the_data_directory() -> None:
    assert Settings(keys_file=Path("/run/keys.json"), data_dir=Path("/srv")).keys_path == Path("/run/keys.json")


def test_no_password_or_key_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hush-db@db/door")
    monkeypatch.setenv("REDIS_URL", "redis://:hush-redis@redis")
    monkeypatch.setenv("SECRET_KEY", "hush-key")
    settings = Settings()
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings)


def test_settings_do_not_change_once_read() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]
