"""`frontdoor check`: what in the settings must not go live as it is."""

import stat
from collections.abc import Iterator
from pathlib import Path

from app import assets
from core.domain.settings import Settings

_ROOT = Path(__file__).resolve().parents[1]


def findings(settings: Settings) -> list[str]:
    """A sentence for each setting that is missing or unsafe for a service that holds real records."""
    return [*_servers(settings), *_address(settings), *_secrets(settings), *_files(settings)]


def _servers(settings: Settings) -> Iterator[str]:
    if not settings.database_url:
        yield "DATABASE_URL is not set: records would be kept in the embedded PostgreSQL, on this disk only."
    if not settings.redis_url:
        yield "REDIS_URL is not set: every process needs the same Redis."
    if settings.demo:
        yield "DEMO is on: invented people and sign-ins everybody can read are put into the database."


def _address(settings: Settings) -> Iterator[str]:
    if not settings.public_address:
        yield "PUBLIC_ADDRESS is not set: links in messages would lead to localhost."
    elif not settings.address.startswith("https://"):
        yield "PUBLIC_ADDRESS does not begin with https://: cookies and records would travel in the clear."
    if not settings.hosts:
        yield "ALLOWED_HOSTS is not set: the service answers to any name in a request."


def _secrets(settings: Settings) -> Iterator[str]:
    if settings.secret_key and len(settings.secret_key.get_secret_value()) < 32:
        yield "SECRET_KEY is shorter than 32 characters."
    keys = settings.keys_path
    if not keys.exists():
        yield f"KEYS_FILE: there is no {keys}. Make it once (`frontdoor keys make`), keep a copy elsewhere."
    elif keys.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"KEYS_FILE: {keys} can be read by others on this machine. Give it mode 0600."


def _files(settings: Settings) -> Iterator[str]:
    if not settings.profile.is_file() and not (_ROOT / settings.profile).is_file():
        yield f"PROFILE: there is no {settings.profile}."
    try:
        assets.manifest()
    except assets.NotBuilt as problem:
        yield str(problem)
