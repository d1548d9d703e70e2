"""How fast messages leave the house: one token bucket in Redis that all workers share.

A part of it is kept for urgent messages. When Redis is away every process keeps to a small share of the rate on its
own: slower, never faster than the provider allows. A provider that says "too many" empties the bucket for everybody.
"""

import time
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

_KEY = "pace:messages"
# Redis' own clock, so that machines need not agree; one round trip and no race. The rule is that of `Bucket.take`.
_TAKE = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local rate, most, floor = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'until')
local tokens, at = tonumber(held[1]) or 0, tonumber(held[2]) or now
tokens = math.min(most, tokens + math.max(0, now - at) * rate)
local wait = (tonumber(held[3]) or 0) - now
if wait <= 0 then
  wait = 0
  if tokens - 1 < floor - 1e-6 then wait = (floor + 1 - tokens) / rate else tokens = tokens - 1 end
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(at, now)))
redis.call('PEXPIRE', KEYS[1], 900000)
return tostring(wait)
"""
_PUSH_BACK = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local ends = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('HGET', KEYS[1], 'until') or '0'))
redis.call('HSET', KEYS[1], 'tokens', '0', 'at', tostring(now), 'until', tostring(ends))
redis.call('PEXPIRE', KEYS[1], 900000)
return 1
"""
_PROCESSES = 8
# What is missing by rounding alone is not waited for.
_NEARLY = 1e-6
_REDIS_AWAY = 5.0


@dataclass(frozen=True, slots=True)
class Rate:
    """`a_minute` on average; at most a second's worth at once, of which a fifth is kept for what is urgent."""

    a_minute: int

    @property
    def a_second(self) -> float:
        return self.a_minute / 60

    @property
    def most(self) -> float:
        return max(self.a_second, 2.0)

    def floor(self, *, urgent: bool) -> float:
        """What must be left in the bucket afterwards."""
        return 0.0 if urgent else self.most / 5


@dataclass(slots=True)
class Bucket:
    """The rule, in one process: it begins empty, so that beginning again is never a way to go faster."""

    rate: Rate
    at: float
    tokens: float = 0.0
    until: float = 0.0

    def take(self, now: float, *, urgent: bool) -> float:
        """Takes one token; returns 0, or the seconds until there may be one."""
        self.tokens = min(self.rate.most, self.tokens + max(0.0, now - self.at) * self.rate.a_second)
        self.at = max(self.at, now)
        if now < self.until:
            return self.until - now
        floor = self.rate.floor(urgent=urgent)
        if self.tokens - 1 < floor - _NEARLY:
            return (floor + 1 - self.tokens) / self.rate.a_second
        self.tokens -= 1
        return 0.0

    def push_back(self, now: float, seconds: float) -> None:
        """Nothing for so many seconds."""
        self.tokens, self.at, self.until = 0.0, now, max(self.until, now + seconds)


@dataclass
class Pace:
    """The bucket that all workers share."""

    redis: Redis
    rate: Rate
    _own: Bucket = field(init=False)
    _away_until: float = 0.0

    def __post_init__(self) -> None:
        self._take = self.redis.register_script(_TAKE)
        self._push_back = self.redis.register_script(_PUSH_BACK)
        self._own = Bucket(Rate(max(self.rate.a_minute // _PROCESSES, 1)), time.monotonic())

    async def take(self, *, urgent: bool = False) -> float:
        """Takes one token; returns 0, or the seconds until there may be one."""
        if time.monotonic() >= self._away_until:
            given = [self.rate.a_second, self.rate.most, self.rate.floor(urgent=urgent)]
            try:
                return float(await self._take(keys=[_KEY], args=given))
            except (RedisError, OSError, TimeoutError):
                self._away_until = time.monotonic() + _REDIS_AWAY
        return self._own.take(time.monotonic(), urgent=urgent)

    async def push_back(self, seconds: float) -> None:
        """The provider says "too many": nobody sends anything for so many seconds."""
        self._own.push_back(time.monotonic(), seconds)
        try:
            await self._push_back(keys=[_KEY], args=[seconds])
        except (RedisError, OSError, TimeoutError):
            self._away_until = time.monotonic() + _REDIS_AWAY
