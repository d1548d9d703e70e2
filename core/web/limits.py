"""How often something may be tried. Counted in Redis so that all processes share one count; when Redis is away each
process counts for itself, so a limit loosens but never vanishes and never turns a visitor away by mistake."""

import hashlib
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.domain.errors import TooManyTries

# One round trip and no race: the count and its expiry are set together on the server.
_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`allowed` tries in `window`, counted apart for every `name` and subject."""

    name: str
    allowed: int
    window: timedelta


@dataclass
class _OwnCount:
    """What one process counts while Redis is away."""

    counts: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def add(self, key: str, window: timedelta) -> tuple[int, float]:
        now = time.monotonic()
        count, ends = self.counts.pop(key, (0, 0.0))
        if ends <= now:
            count, ends = 0, now + window.total_seconds()
        self.counts[key] = (count + 1, ends)
        if len(self.counts) > _REMEMBERED:
            self.counts.popitem(last=False)
        return count + 1, ends - now


class Limits:
    """Keys in Redis are keyed hashes: no address, e-mail or reference can be read off them."""

    def __init__(self, redis: Redis, secret: bytes) -> None:
        self._redis = redis
        self._count = redis.register_script(_COUNT)
        self._secret = secret
        self._own = _OwnCount()

    async def spend(self, limit: Limit, subject: str) -> None:
        """Counts one try of `subject`. Raises TooManyTries once more than `allowed` were made in the window."""
        count, left = await self._add(limit, self._key(limit, subject))
        if count > limit.allowed:
            raise TooManyTries(timedelta(seconds=max(left, 1)))

    async def forgive(self, limit: Limit, subject: str) -> None:
        """Forgets the tries of `subject`, after one that succeeded."""
        key = self._key(limit, subject)
        self._own.counts.pop(key, None)
        try:
            await self._redis.delete(key)
        except (RedisError, OSError, TimeoutError):
            return

    async def is_shared(self) -> bool:
        """True while Redis answers, so that all processes share one count."""
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def _add(self, limit: Limit, key: str) -> tuple[int, float]:
        try:
            count, left = await self._count(keys=[key], args=[int(limit.window.total_seconds() * 1000)])
        except (RedisError, OSError, TimeoutError):
            return self._own.add(key, limit.window)
        return int(count), int(left) / 1000

    def _key(self, limit: Limit, subject: str) -> str:
        return f"limit:{limit.name}:{hmac.digest(self._secret, subject.encode(), hashlib.sha256).hex()[:32]}"
