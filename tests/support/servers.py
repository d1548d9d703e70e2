"""The real PostgreSQL and Redis the tests run on, and databases made from one migrated template."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis

from app.embedded import EmbeddedPostgres, EmbeddedRedis
from app.migrate import migrate
from core.domain.ids import new_id

_TEMPLATE = "frontdoor_template"


@dataclass(frozen=True)
class Servers:
    """Addresses of both; `postgres` names a database that tests must not use: ask `database` for one."""

    postgres: str
    redis: str


@contextmanager
def running_servers(place: Path) -> Iterator[Servers]:
    """Both servers, for as long as the block; data are thrown away with `place`."""
    postgres, redis = EmbeddedPostgres(place, durable=False), EmbeddedRedis(place, durable=False)
    try:
        postgres.start()
        redis.start()
        yield Servers(postgres.url, redis.url)
    finally:
        redis.stop()
        postgres.stop(immediate=True)


def address_of(servers: Servers, database: str) -> str:
    return urlsplit(servers.postgres)._replace(path=f"/{database}").geturl()


def plain(url: str) -> str:
    """The address as asyncpg itself reads it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def make_template(servers: Servers) -> None:
    """Migrates one database from which the others are copied."""
    await _run(servers, f"create database {_TEMPLATE}")
    await migrate(address_of(servers, _TEMPLATE))


async def copy_of(servers: Servers, template: str = _TEMPLATE) -> str:
    """The name of a new database like this one, which nobody may be in meanwhile."""
    name = f"t{new_id().hex}"
    await _run(servers, f"create database {name} template {template}")
    return name


@asynccontextmanager
async def fresh_database(servers: Servers, template: str = _TEMPLATE) -> AsyncIterator[str]:
    """The address of a database of one's own, migrated and empty or like `template`; dropped at the end."""
    name = await copy_of(servers, template)
    try:
        yield address_of(servers, name)
    finally:
        await _drop(servers, name)


async def _drop(servers: Servers, name: str) -> None:
    """PostgreSQL's own autovacuum may be in it for a moment, and not even its owner may end that."""
    for last in (False,) * 9 + (True,):
        try:
            await _run(servers, f"drop database {name} with (force)")
        except asyncpg.InsufficientPrivilegeError:
            if last:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def _run(servers: Servers, statement: str) -> None:
    connection = await asyncpg.connect(plain(servers.postgres))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def empty_redis(url: str) -> None:
    async with Redis.from_url(url) as redis:
        await redis.flushall()
