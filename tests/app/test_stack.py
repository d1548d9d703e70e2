"""Everything starts together, stops together, comes back when killed, never runs twice on the same data."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from app.embedded import free_port
from app.keeper import Part
from app.leftovers import find, stop
from app.prepared import Marker
from app.programs import Programs, as_environment
from app.stack import Stack
from app.up import catches_interrupts, refuse_taken_port
from core.domain.settings import Settings
from tests.app.tiny_stack import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0


class Up:
    """`frontdoor up` as somebody at a terminal has it: a process, its output, and what is left afterwards."""

    def __init__(self, data_dir: Path, port: int, *options: str, through: tuple[str, ...] = ()) -> None:
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.data_dir, self.port = data_dir, port
        self.output = data_dir.with_name(f"{data_dir.name}.{time.monotonic_ns()}.out")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*through, sys.executable, "-m", "tests.app.tiny_stack", *options],
                cwd=ROOT,
                env={**env, "DATA_DIR": str(data_dir), "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def until_ready(self) -> "Up":
        wait_until(lambda: "is ready at" in self.said() or self.process.poll() is not None)
        assert "is ready at" in self.said(), self.said()
        return self

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def cut_off(self) -> None:
        self.process.kill()
        self.process.wait()


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "data"


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl-C is not ignored here, as it is in a shell's background, where somebody may run the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def up(data_dir: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(*options: str, through: tuple[str, ...] = (), port: int | None = None) -> Up:
        started.append(Up(data_dir, port or free_port(), *options, through=through))
        return started[-1]

    yield start
    for each in started:
        each.cut_off()
    stop(find(data_dir))


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything_and_leaves_no_process(up: Callable[..., Up], ask: signal.Signals) -> None:
    running = up().until_ready()
    assert {process.name() for process in find(running.data_dir)} >= {"postgres", "redis-server"}
    running.process.send_signal(ask)
    assert running.ended() == 0
    assert "Everything has stopped." in running.said()
    assert find(running.data_dir) == []


def test_a_signal_while_starting_stops_it_too(up: Callable[..., Up]) -> None:
    running = up()
    wait_until(lambda: "Starting PostgreSQL" in running.said())
    running.process.send_signal(signal.SIGINT)
    assert running.ended() in (0, 130)
    assert find(running.data_dir) == []


def test_a_second_start_on_the_same_data_says_who_runs_and_touches_nothing(up: Callable[..., Up]) -> None:
    first = up().until_ready()
    before = find(first.data_dir)
    second = up()
    assert second.ended() == 1
    assert f"already running here: {first.data_dir} is in use by process {first.process.pid}" in second.said()
    assert find(first.data_dir) == before
    assert (first.data_dir / "running.json").exists()


def test_after_kill_9_nothing_stays_for_ever_and_the_next_start_recovers(up: Callable[..., Up]) -> None:
    first = up().until_ready()
    left = find(first.data_dir)
    worker = next(each for each in left if "child.kill" in " ".join(each.cmdline()))
    # Stopped first, so that it cannot clear up after the worker: the worst that can be left.
    first.process.send_signal(signal.SIGSTOP)
    worker.kill()
    first.cut_off()
    second = up().until_ready()
    assert "The last run was cut off" in second.said()
    assert not {process.pid for process in left} & {process.pid for process in find(second.data_dir)}
    second.process.send_signal(signal.SIGTERM)
    assert second.ended() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells children that their parent died")
def test_after_kill_9_the_children_leave_by_themselves(up: Callable[..., Up]) -> None:
    running = up().until_ready()
    running.cut_off()
    wait_until(lambda: not find(running.data_dir))


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells children that their parent died")
@pytest.mark.usefixtures("heard")
def test_what_stops_make_stops_everything(up: Callable[..., Up], tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text("run:\n\t@exec $(PROGRAM)\n", encoding="ascii")
    command = f"PROGRAM={sys.executable} -m tests.app.tiny_stack --with-parent"
    for ask in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        running = up(through=("make", "-s", "-f", str(makefile), "run", command)).until_ready()
        # To make alone, not to its group: as a supervisor or a script would.
        running.process.send_signal(ask)
        wait_until(lambda: not find(running.data_dir))  # noqa: B023
        running.ended()


def test_a_taken_port_is_named_before_anything_starts(up: Callable[..., Up]) -> None:
    first = up().until_ready()
    with pytest.raises(Exception, match=f"Port {first.port} is taken .* PORT={first.port + 1} make run"):
        refuse_taken_port(first.port)


def test_what_dies_comes_back_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    settings = Settings(data_dir=tmp_path, port=free_port(), database_url=None, redis_url=None)
    with Stack(settings, programs=PROGRAMS, durable=False, say=said.append) as stack:
        stack.start()
        before = dict(stack.pids)
        stack.kill_worker()
        stack.kill_web()
        for name in ("postgres", "redis"):
            psutil.Process(before[name]).kill()
        wait_until(lambda: all(stack.pids.values()) and not set(stack.pids.values()) & set(before.values()))
        stack.wait_ready()
        assert sorted(line.split()[0] for line in said) == ["postgres", "redis", "web", "worker"]
        assert all("(SIGKILL). Starting it again in 0.5 s" in line for line in said)

        stack.auto_restart = False
        stack.kill_worker()
        wait_until(lambda: stack.pids["worker"] is None)
        stack.restart_postgres(immediate=True)
        stack.stop_redis()
        assert stack.pids["redis"] is None
        stack.start_redis()
        stack.stop_web()
        stack.start_web()
        stack.start_worker()
        stack.wait_ready()
        assert all(stack.pids.values())
    assert find(tmp_path) == []


def test_a_program_that_cannot_start_is_shown_with_its_last_words(tmp_path: Path) -> None:
    broken = (sys.executable, "-c", "import sys; sys.exit('no such table: referral')")
    settings = Settings(data_dir=tmp_path, port=free_port(), database_url="postgresql://x", redis_url="redis://x")
    with (
        Stack(settings, programs=Programs(web=broken, worker=PROGRAMS.worker)) as stack,
        pytest.raises(Exception, match=r"The web process ended[\s\S]*no such table: referral"),
    ):
        stack.start()


def test_a_part_that_keeps_dying_is_started_ever_more_patiently() -> None:
    part = Part("web", None, lambda: None, lambda: None)  # type: ignore[arg-type]
    part.begin()
    assert [part.pause() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_processes_get_the_settings_they_were_given_and_no_others() -> None:
    settings = Settings(database_url=None, redis_url="redis://here", secret_key=SecretStr("s" * 32))
    environment = as_environment(settings, {"DATABASE_URL": "elsewhere", "redis_url": "old", "PATH": "/bin"})
    assert "DATABASE_URL" not in environment
    assert environment["REDIS_URL"] == "redis://here"
    assert environment["SECRET_KEY"] == "s" * 32
    assert environment["PATH"] == "/bin"


@pytest.mark.usefixtures("heard")
def test_a_process_that_handles_interrupts_is_told_from_one_that_does_not() -> None:
    assert catches_interrupts(os.getpid())
    assert not catches_interrupts(2**22 + 1)


def test_a_cluster_is_prepared_again_only_after_a_change_or_a_start_that_failed(tmp_path: Path) -> None:
    marker = Marker(tmp_path, demo=True)
    assert not marker.take()
    marker.put()
    assert Marker(tmp_path, demo=True).take()
    assert not marker.take(), "put away while starting: a start that fails leaves none"
    marker.put()
    assert not Marker(tmp_path, demo=False).take()
