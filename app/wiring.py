"""Settings in, a house out: the one place that knows which concrete thing stands behind each name."""

import hashlib
import hmac
import logging
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from obstore.store import S3Store
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy.ext.asyncio import AsyncEngine

from accounts.api import StaffSignIns
from app.assets import manifest
from app.post import make_post_room
from core.domain.clock import Clock, SystemClock
from core.domain.profile import load_profile
from core.domain.settings import Settings
from core.storage.columns import latest_keys, use_keys
from core.storage.files_scanner import ClamAV, Scanner
from core.storage.files_store import BucketStore, FileStore, FolderStore
from core.storage.jobs import Workbench
from core.storage.keys import Keyring, KeysFile, parse_keyring
from core.storage.session import APP_ROLE, Database, make_engine
from core.web.house import House
from core.web.limits import Limits
from core.web.live import Herald
from core.web.templates import Templates
from workers.wake import Wakening

ROOT = Path(__file__).parent.parent
log = logging.getLogger("frontdoor.wiring")


def make_redis(url: str) -> Redis:
    """A client that gives up quickly: whatever Redis does for a page must be done without it too."""
    client: Redis = Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 1))
    return client


def make_house(
    settings: Settings,
    engine: AsyncEngine,
    redis: Redis,
    clock: Clock | None = None,
    database: Database | None = None,
) -> House:
    """Puts the house together. RuntimeError names what is missing."""
    keys = keys_of(settings)
    use_keys(keys)
    db = database or Database(engine, wake=Wakening(redis), tell=Herald(redis))
    # The look-up key in it never changes, and that is all pages use it for; what is sealed asks for the keys of now.
    ring = latest_keys()
    secret = _secret(settings, ring.lookup)
    profile = load_profile(_from_root(settings.profile))
    return House(
        db=db,
        clock=clock or SystemClock(),
        profile=profile,
        templates=Templates(ROOT / "templates", manifest()),
        limits=Limits(redis, secret),
        keys=ring,
        sign_ins=StaffSignIns(db, ring),
        secret=secret,
        address=settings.address,
        secure=settings.secure_cookies,
        demo=settings.demo,
        second_factor_required=settings.second_factor_required,
        voicemail_secret=_voicemail_secret(settings),
        post_room=make_post_room(settings, profile, redis),
        files=make_files(settings),
        scanner=make_scanner(settings),
    )


def make_bench(settings: Settings, engine: AsyncEngine, redis: Redis, pool: Executor | None = None) -> Workbench:
    """The worker's side of the house. RuntimeError or FileNotFoundError names what is missing."""
    use_keys(keys_of(settings))
    profile = load_profile(_from_root(settings.profile))
    return Workbench(
        db=Database(engine, wake=Wakening(redis), tell=Herald(redis)),
        clock=SystemClock(),
        profile=profile,
        address=settings.address,
        pool=pool,
        post_room=make_post_room(settings, profile, redis),
        files=make_files(settings),
        scanner=make_scanner(settings),
    )


def keys_of(settings: Settings) -> Keyring | KeysFile:
    """The keys of the setting KEYS, for as long as this process lives, or of the keys file, which may change meanwhile.
    FileNotFoundError names the file when it is missing, ValueError says what is wrong with the keys."""
    if settings.keys:
        return parse_keyring(settings.keys.get_secret_value())
    return KeysFile(settings.keys_path)


def bench_of(house: House) -> Workbench:
    """The bench of the web process, for its own sweep: no pool, the worker has that."""
    return Workbench(
        db=house.db,
        clock=house.clock,
        profile=house.profile,
        address=house.address,
        post_room=house.post_room,
        files=house.files,
        scanner=house.scanner,
    )


def make_engine_for(settings: Settings) -> AsyncEngine:
    """The engine for the database of the settings. RuntimeError when none is named."""
    if settings.database_url is None:
        raise RuntimeError("DATABASE_URL is not set; `make run` starts a database of its own")
    return make_engine(settings.database_url, settings.pool_size, role=APP_ROLE)


def make_files(settings: Settings) -> FileStore:
    """Where files stand: the bucket of the settings, or else a folder of the data directory."""
    if not settings.files_bucket:
        return FolderStore(settings.files_dir or settings.data_dir / "files")
    told: dict[str, Any] = {"region": settings.files_region}
    if settings.files_endpoint:
        told |= {"endpoint": settings.files_endpoint, "virtual_hosted_style_request": False}
        told["client_options"] = {"allow_http": settings.files_endpoint.startswith("http://")}
    if settings.files_key_id and settings.files_secret_key:
        told |= {"access_key_id": settings.files_key_id}
        told["secret_access_key"] = settings.files_secret_key.get_secret_value()
    return BucketStore(S3Store(settings.files_bucket, **told))


def make_scanner(settings: Settings) -> Scanner | None:
    """ClamAV, where it is named. ValueError when its address is none."""
    return ClamAV(settings.clamav_url) if settings.clamav_url else None


def _secret(settings: Settings, lookup_key: bytes) -> bytes:
    """What form tokens are made with. Without a SECRET_KEY it is derived from the look-up key, so that all processes
    of one service agree and nothing is ever a known default."""
    if settings.secret_key:
        return hashlib.sha256(settings.secret_key.get_secret_value().encode()).digest()
    return hmac.digest(lookup_key, b"form tokens", hashlib.sha256)


def _voicemail_secret(settings: Settings) -> bytes:
    return settings.voicemail_secret.get_secret_value().encode() if settings.voicemail_secret else b""


def _from_root(path: Path) -> Path:
    return path if path.is_absolute() or path.exists() else ROOT / path
