"""A house for tests: the real thing, with a clock that can be moved and keys of its own."""

from pathlib import Path

from litestar import Litestar
from redis.asyncio import Redis

from accounts.api import Federation, StaffSignIns
from app import assets
from app.factory import build, move_in
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
_built: list[Litestar] = []


def templates() -> Templates:
    """Compiled once for all tests."""
    if not _shared:
        assets.build()
        _shared.append(Templates(ROOT / "templates", assets.manifest()))
    return _shared[0]


def built(house: House, redis: Redis, federation: Federation | None = None) -> Litestar:
    """The application with this house in it. Built once a process, which takes half a second and more; whoever asks
    moves in, and whoever was there before has moved out."""
    if not _built:
        _built.append(build(house, redis=redis))
    move_in(_built[0], house, redis=redis, federation=federation)
    return _built[0]


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
