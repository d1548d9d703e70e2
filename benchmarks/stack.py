"""A service of its own for a benchmark: real servers, real processes, a throw-away data directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.embedded import free_port
from app.programs import our_programs
from app.stack import Stack
from core.domain.settings import Settings


@contextmanager
def running_stack(*, auto_restart: bool = True, serve: tuple[str, ...] = ()) -> Iterator[Stack]:
    """Started as `make run` starts it, seeded with the demo, fsync on; `serve` is said to the web process besides."""
    ours = our_programs()
    programs = replace(ours, web=(*ours.web, *serve))
    with TemporaryDirectory(prefix="frontdoor-bench-") as place:
        settings = Settings(database_url=None, redis_url=None, data_dir=Path(place), port=free_port(), demo=True)
        with Stack(settings, programs=programs, auto_restart=auto_restart, say=lambda _: None) as stack:
            stack.start()
            yield stack
