"""What every page may lean on, put together once by the wiring and handed to handlers as `house`."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeAlias

from litestar.di import NamedDependency

from core.domain.clock import Clock
from core.domain.identity import Actor
from core.domain.profile import Profile
from core.storage.closed_days import with_closed_days
from core.storage.files_scanner import Scanner
from core.storage.files_store import FileStore, MemoryStore
from core.storage.keys import Keyring
from core.storage.session import Database
from core.web.limits import Limits
from core.web.templates import Templates


class SignIns(Protocol):
    """Tells who holds a staff cookie. `accounts` provides it; the floor only asks."""

    async def is_lately_proved(self, token: str, now: datetime) -> bool:
        """Whether its holder showed who they are within the last minutes: a password alone opens what matters no more
        when somebody walked away from their screen."""
        ...

    async def who(self, token: str, now: datetime, *, in_use: bool = True) -> Actor | None:
        """The member of staff, or None when the token is unknown, idle too long, too old or signed out. A page that
        refreshes itself is not `in_use`: it does not keep a session alive in an empty room."""
        ...


@dataclass(frozen=True)
class House:
    """`address` is the public address without a trailing slash; `secure` says it is reached over TLS;
    `second_factor_required` that a password alone signs no member of staff in; `post_room` is what the
    web process sends messages with while no worker is there (`notifications.postroom`); `voicemail_secret` what a
    telephony provider signs with, empty where there is none; `files` keeps what people send, and `scanner` looks for
    viruses in it, where there is one."""

    db: Database
    clock: Clock
    profile: Profile
    templates: Templates
    limits: Limits
    keys: Keyring
    sign_ins: SignIns
    secret: bytes
    address: str
    secure: bool
    demo: bool
    second_factor_required: bool = True
    post_room: object = None
    voicemail_secret: bytes = field(default=b"", repr=False)
    files: FileStore = field(default_factory=MemoryStore)
    scanner: Scanner | None = None

    async def today(self) -> "House":
        """The same house with the closed days that managers have added, for pages that count days."""
        async with self.db.transaction() as session:
            profile = await with_closed_days(session, self.profile)
        return self if profile is self.profile else replace(self, profile=profile)


# How a handler asks for it: `house: InHouse`.
InHouse: TypeAlias = NamedDependency[House]
