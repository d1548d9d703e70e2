"""From the command to a service that is ready: on an empty data directory, and on one that was used before."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from app.embedded import free_port
from app.stack import Stack
from benchmarks.rows import Row
from core.domain.settings import Settings

_LATER_STARTS = 10.0


async def run() -> list[Row]:
    """Seconds of wall time; installing packages is not counted."""
    with TemporaryDirectory(prefix="frontdoor-bench-") as place:
        settings = Settings(database_url=None, redis_url=None, data_dir=Path(place), port=free_port(), demo=True)
        first, later = _start(settings), _start(settings)
    return [
        Row("start_to_ready_first", first, "s", "reported", True),
        Row("start_to_ready_later", later, "s", f"<= {_LATER_STARTS}", later <= _LATER_STARTS),
    ]


def _start(settings: Settings) -> float:
    began = time.perf_counter()
    with Stack(settings, say=lambda _: None) as stack:
        stack.start()
        return time.perf_counter() - began
