"""Which PostgreSQL and Redis a single command works on."""

from collections.abc import Iterator
from contextlib import contextmanager

from app import leftovers
from app.data_dir import DataDirInUse, DataDirLock, read_running
from app.embedded import EmbeddedPostgres, EmbeddedRedis
from core.domain.settings import Settings


@contextmanager
def reachable(settings: Settings, *, redis: bool = True) -> Iterator[Settings]:
    """The settings with both addresses filled in (Redis only where asked for), valid inside the block.

    In this order: what the settings name; the embedded servers running on the data directory; embedded ones
    started for the length of the block.
    """
    if settings.database_url and (settings.redis_url or not redis):
        yield settings
        return
    lock = DataDirLock(settings.data_dir.resolve())
    try:
        lock.take()
    except DataDirInUse:
        running = read_running(settings.data_dir)
        if not running:
            raise
        yield _pointed(settings, running["database_url"], running["redis_url"])
        return
    try:
        with _started(settings) as pointed:
            yield pointed
    finally:
        lock.release()


@contextmanager
def _started(settings: Settings) -> Iterator[Settings]:
    data_dir = settings.data_dir.resolve()
    leftovers.stop(leftovers.find(data_dir))
    postgres, redis = EmbeddedPostgres(data_dir), EmbeddedRedis(data_dir)
    try:
        if not settings.database_url:
            postgres.start()
        if not settings.redis_url:
            redis.start()
        yield _pointed(settings, postgres.url, redis.url)
    finally:
        redis.stop()
        postgres.stop()


def _pointed(settings: Settings, database_url: str, redis_url: str) -> Settings:
    """What the settings name themselves goes first."""
    return settings.model_copy(
        update={
            "database_url": settings.database_url or database_url,
            "redis_url": settings.redis_url or redis_url,
        }
    )
