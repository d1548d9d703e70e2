"""The embedded servers keep what they are given, keep strangers out, and know their own data directory."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import redis

from app.child import StartFailed
from app.data_dir import DataDirInUse, DataDirLock
from app.embedded import EmbeddedPostgres, EmbeddedRedis
from app.leftovers import find, is_server, stop

# Longer than a socket's path may be, with what a shell would trip over.
AWKWARD = "a data dir, with é and 'quotes' " + "x" * 100


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded") / AWKWARD


@pytest.fixture(scope="module")
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.start()
    yield server
    server.stop(immediate=True)


async def connect(server: EmbeddedPostgres, **changes: str) -> asyncpg.Connection:
    return await asyncpg.connect(server.url.replace("+asyncpg", ""), timeout=10, **changes)


async def test_postgres_keeps_committed_rows_through_a_crash_at_the_same_address(
    postgres: EmbeddedPostgres,
) -> None:
    connection = await connect(postgres)
    await connection.execute("set synchronous_commit = on; create table kept (x text); insert into kept values ('é')")
    before = postgres.url
    postgres.child.kill()
    postgres.start()
    assert postgres.url == before
    connection = await connect(postgres)
    assert await connection.fetchval("select x from kept") == "é"
    await connection.close()


async def test_postgres_speaks_utf8_and_utc_and_gives_an_ordinary_role(postgres: EmbeddedPostgres) -> None:
    connection = await connect(postgres)
    asked = "select current_setting('server_encoding'), current_setting('timezone'), upper('é'), rolsuper"
    row = await connection.fetchrow(f"{asked} from pg_roles where rolname = current_user")
    assert tuple(row) == ("UTF8", "UTC", "É", False)
    await connection.close()


@pytest.mark.parametrize("wrong", [{"password": "guessed"}, {"user": "postgres"}, {"user": "postgres", "password": ""}])
async def test_postgres_lets_in_only_the_role_with_its_password(
    postgres: EmbeddedPostgres, wrong: dict[str, str]
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await connect(postgres, **wrong)


async def test_what_a_broken_constraint_would_quote_stays_out_of_the_log(postgres: EmbeddedPostgres) -> None:
    connection = await connect(postgres)
    await connection.execute("create table child (nhs_number text primary key)")
    for _ in range(2):
        with suppress(asyncpg.UniqueViolationError):
            await connection.execute("insert into child values ($1)", "999 000 0018")
    await connection.close()
    log = postgres.child.log.read_text(encoding="utf-8")
    assert "child_pkey" in log
    assert "999 000 0018" not in log


def test_secrets_are_readable_by_their_owner_alone(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    secret = data_dir / "postgres.password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_text(encoding="ascii").strip() in postgres.url
    with Path(f"/proc/{postgres.pid}/cmdline").open("rb") as command:
        assert secret.read_bytes().strip() not in command.read()


def test_data_of_another_postgres_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("16\n", encoding="ascii")
    with pytest.raises(StartFailed, match=r"written by PostgreSQL 16; this version brings 18"):
        EmbeddedPostgres(tmp_path).start()
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.new" / "base").mkdir(parents=True)
    server = EmbeddedPostgres(tmp_path, durable=False)
    server.start()
    try:
        assert server.pid
    finally:
        server.stop(immediate=True)


def test_a_pid_file_that_names_a_stranger_does_not_keep_postgres_from_starting(
    postgres: EmbeddedPostgres,
) -> None:
    pid_file = postgres.dir / "postmaster.pid"
    lines = pid_file.read_text(encoding="utf-8").splitlines()
    postgres.stop()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n", encoding="utf-8")
    postgres.start()
    assert postgres.pid


def test_redis_keeps_its_data_evicts_nothing_and_asks_for_a_password(data_dir: Path) -> None:
    server = EmbeddedRedis(data_dir)
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        server.child.kill()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
        with (
            redis.Redis.from_url(server.url.replace("//:", "//:x")) as stranger,
            pytest.raises(redis.RedisError),
        ):
            stranger.ping()
    finally:
        server.stop()


def test_leftovers_are_told_from_servers_of_another_directory(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    assert [process.pid for process in find(data_dir)] == [postgres.pid]
    assert find(data_dir.parent) == []
    assert not is_server(["vim", "--of", str(data_dir)], data_dir)
    assert not is_server(["postgres", "-D", f"{data_dir / 'postgres'}-2"], data_dir)
    assert not is_server(None, data_dir)


def test_leftovers_are_stopped_in_order(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    stop(find(data_dir))
    assert find(data_dir) == []
    assert "database system is shut down" in postgres.child.log.read_text(encoding="utf-8")
    postgres.start()


def test_one_process_at_a_time_holds_a_data_directory_and_the_other_is_told_who(tmp_path: Path) -> None:
    first, second = DataDirLock(tmp_path), DataDirLock(tmp_path)
    first.take()
    with pytest.raises(DataDirInUse, match=f"process {os.getpid()}"):
        second.take()
    first.release()
    second.take()
    second.release()
