"""A house for tests: the real thing, with a clock that can be moved and keys of its own."""

from pathlib import Path

from redis.asyncio import Redis

from accounts.api import StaffSignIns
from app.assets import build, manifest
from core.domain.clock import MovedClock
from core.domain.profile import load_profile
from core.storage.columns import use_keys
from core.storage.keys import Keyring, new_keyring
from core.storage.session import Database
from core.web.house import House
from core.web.limits import Limits
from core.web.templates import Templates

ROOT = Path(__file__).parents[2]
ADDRESS = "https://testserver"

_profile = load_profile(ROOT / "profiles" / "hertfordshire.toml")
_keyring: Keyring = new_keyring()
_shared: list[Templates] = []


def templates() -> Templates:
    """Compiled once for all tests."""
    if not _shared:
        build()
        _shared.append(Templates(ROOT / "templates", manifest()))
    return _shared[0]


def make_house(db: Database, clock: MovedClock, redis: Redis, *, address: str = ADDRESS) -> House:
    """A demo-mode house (test NHS numbers are taken) reached at `address`."""
    use_keys(_keyring)
    return House(
        db=db,
        clock=clock,
        profile=_profile,
        templates=templates(),
        limits=Limits(redis, b"limits of the tests"),
        keys=_keyring,
        sign_ins=StaffSignIns(db, _keyring),
        secret=b"secret of the tests",
        address=address,
        secure=address.startswith("https://"),
        demo=True,
        second_factor_required=False,
    )
