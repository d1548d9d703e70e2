"""What in the settings must not go live as it is. `frontdoor check` lists it; outside a demo nothing starts with it.

Each finding is one plain sentence that says what to set.
"""

import json
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app import assets
from core.domain.settings import Settings

_ROOT = Path(__file__).resolve().parents[1]
_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
_SHORTEST_SECRET = 32
# A secret drawn by chance has many different signs; a placeholder or a phrase repeated has few.
_FEWEST_SIGNS = 10
_EVERYBODY_KNOWS = frozenset(
    {"postgres", "password", "frontdoor", "changeme", "change-me", "secret", "admin", "redis", "root", "test", "demo"}
)
_TOO_OPEN = stat.S_IRWXG | stat.S_IRWXO


class Unsafe(SystemExit):
    """The service does not start; the words say all that has to be put right."""

    def __init__(self, problems: list[str]) -> None:
        listed = "\n".join(f"- {problem}" for problem in problems)
        super().__init__(
            f"Front Door does not start. To put right before real records go in:\n{listed}\n"
            "docs/runbook.md explains each setting. To try the service with invented people, set DEMO=1."
        )


def refuse_unsafe(settings: Settings) -> None:
    """Raises Unsafe, with everything at once, unless this is a demo."""
    if not settings.demo and (problems := findings(settings)):
        raise Unsafe(problems)


def findings(settings: Settings) -> list[str]:
    """A sentence for each setting that is missing or unsafe for a service that holds real records."""
    return [
        *_servers(settings),
        *_connections(settings),
        *_address(settings),
        *_sign_in(settings),
        *_secrets(settings),
        *_keys(settings),
        *_provider(settings),
        *_files(settings),
    ]


def _servers(settings: Settings) -> Iterator[str]:
    if not settings.database_url:
        yield "DATABASE_URL is not set: records would be kept in the embedded PostgreSQL, on this disk only."
    if not settings.redis_url:
        yield "REDIS_URL is not set: every process needs the same Redis."
    if settings.demo:
        yield "DEMO is on: invented people and sign-ins everybody can read are put into the database."
    if settings.log_level.upper() == "DEBUG":
        yield "LOG_LEVEL is DEBUG: traces of errors may hold what people typed. Set INFO."


def _connections(settings: Settings) -> Iterator[str]:
    if settings.database_url:
        database = urlsplit(settings.database_url)
        if not (_stays_here(database, settings) or set(parse_qs(database.query).get("ssl", ())) & _ENCRYPTED):
            yield (
                "DATABASE_URL goes to another machine without TLS: add ?ssl=verify-full (or require), or set "
                "PRIVATE_NETWORK=1 if nobody else can reach that network."
            )
        if _is_known(database):
            yield "DATABASE_URL has a password everybody knows: make a new one (openssl rand -hex 32)."
    if settings.redis_url:
        cache = urlsplit(settings.redis_url)
        if cache.scheme != "rediss" and not _stays_here(cache, settings):
            yield (
                "REDIS_URL goes to another machine without TLS: use rediss://, or set PRIVATE_NETWORK=1 if nobody else "
                "can reach that network."
            )
        if _is_known(cache):
            yield "REDIS_URL has a password everybody knows: make a new one (openssl rand -hex 32)."


def _stays_here(where: SplitResult, settings: Settings) -> bool:
    """On this machine, by a socket or by loopback, or on a network the operator vouches for."""
    host = where.hostname or ""
    return settings.private_network or host in ("", "localhost") or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_known(where: SplitResult) -> bool:
    return unquote(where.password or "").lower() in _EVERYBODY_KNOWS


def _address(settings: Settings) -> Iterator[str]:
    if not settings.public_address:
        yield "PUBLIC_ADDRESS is not set: links in messages would lead to localhost. Set https://… as people type it."
    elif not settings.secure_cookies:
        yield "PUBLIC_ADDRESS does not begin with https://: cookies and records would travel in the clear."
    if not settings.hosts:
        yield "ALLOWED_HOSTS is not set: the service answers to any name in a request. Set the name people type."
    elif any("*" in host for host in settings.hosts):
        yield "ALLOWED_HOSTS has a * in it: write out every name the service answers to."


def _sign_in(settings: Settings) -> Iterator[str]:
    if settings.second_factor == "offered":
        yield "SECOND_FACTOR is offered: staff could come in with a password alone. Set required, or take it away."


def _secrets(settings: Settings) -> Iterator[str]:
    if settings.secret_key is None:
        return
    secret = settings.secret_key.get_secret_value()
    if len(secret) < _SHORTEST_SECRET:
        yield f"SECRET_KEY is shorter than {_SHORTEST_SECRET} characters: make one with openssl rand -hex 32."
    elif len(set(secret)) < _FEWEST_SIGNS or any(word in secret.lower() for word in ("change", "example", "default")):
        yield "SECRET_KEY looks like a placeholder: make one with openssl rand -hex 32."


def _keys(settings: Settings) -> Iterator[str]:
    if settings.keys and settings.keys_file:
        yield "KEYS and KEYS_FILE are both set: take one away, so that nobody has to guess which counts."
    if settings.keys:
        from core.storage.keys import parse_keyring

        try:
            parse_keyring(settings.keys.get_secret_value())
        except ValueError as problem:
            yield f"KEYS: {problem}."
        return
    path = settings.keys_path
    if not path.exists():
        yield f"KEYS_FILE: there is no {path}. Make it once (`frontdoor keys make`), keep a copy elsewhere."
    elif _is_open(path):
        yield f"KEYS_FILE: {path} can be read by others on this machine. Give it mode 0600."
    else:
        yield from _unreadable_keys(path)


def _unreadable_keys(path: Path) -> Iterator[str]:
    from core.storage.keys import load_keyring

    try:
        load_keyring(path)
    except OSError:
        yield f"KEYS_FILE: {path} cannot be read by the user the service runs as. Make it theirs."
    except ValueError as problem:
        yield f"KEYS_FILE: {path}: {problem}."


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & _TOO_OPEN)


def _provider(settings: Settings) -> Iterator[str]:
    if not settings.oidc_issuer:
        return
    if not settings.oidc_issuer.startswith("https://"):
        yield "OIDC_ISSUER does not begin with https://: anybody on the way could sign in as anybody."
    if not settings.oidc_client_id:
        yield "OIDC_CLIENT_ID is not set: the provider gave it to you when you registered the service."
    if not (settings.oidc_acr or settings.oidc_amr or settings.oidc_factor_by_policy):
        yield (
            "OIDC_ACR and OIDC_AMR are not set: a password alone might be enough at the provider. Set what it must "
            "vouch for, or OIDC_FACTOR_BY_POLICY=1 if its own rules ask everybody for a second factor."
        )
    yield from _provider_key(settings)


def _provider_key(settings: Settings) -> Iterator[str]:
    path = settings.oidc_private_key_file
    if path is None:
        if settings.oidc_client_secret is None:
            yield "OIDC_PRIVATE_KEY_FILE is not set: without it or OIDC_CLIENT_SECRET it cannot be known that it is us."
    elif not path.is_file():
        yield f"OIDC_PRIVATE_KEY_FILE: there is no {path}."
    elif _is_open(path):
        yield f"OIDC_PRIVATE_KEY_FILE: {path} can be read by others on this machine. Give it mode 0600."
    else:
        yield from _unreadable_provider_key(settings, path)


def _unreadable_provider_key(settings: Settings, path: Path) -> Iterator[str]:
    from app.provider import make_federation

    try:
        make_federation(settings)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, its content must not be repeated
        yield f"OIDC_PRIVATE_KEY_FILE: {path} holds no private key that fits OIDC_ALGORITHM."


def _files(settings: Settings) -> Iterator[str]:
    if not settings.profile.is_file() and not (_ROOT / settings.profile).is_file():
        yield f"PROFILE: there is no {settings.profile}."
    if not (settings.files_dir or settings.files_bucket):
        yield "FILES_DIR is not set: letters would be kept where no other process and no backup has them."
    try:
        assets.manifest()
    except (assets.NotBuilt, json.JSONDecodeError) as problem:
        yield str(problem)
