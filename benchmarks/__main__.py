"""`python -m benchmarks [name …]`: all of them, or those named."""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Awaitable

from benchmarks.rows import Row

NAMES = (
    "queue_drain",
    "start_to_ready",
    "page_cpu",
    "booking_rush",
    "fair_release",
    "slots_page_growth",
    "triage_growth",
    "message_fanout",
    "advice_intake",
    "referral_submit",
    "assignment",
    "callback_list_growth",
)


async def main(names: list[str]) -> int:
    """Prints a line a row; 1 when a goal is missed."""
    missed = 0
    for name in names or NAMES:
        async for row in _rows(name):
            print(row.line(), flush=True)
            missed += not row.holds
    return 1 if missed else 0


async def _rows(name: str) -> AsyncIterator[Row]:
    """The rows of one benchmark; of one that tells each as it comes, at once."""
    rows: AsyncIterator[Row] | Awaitable[list[Row]] = importlib.import_module(f"benchmarks.{name}").run()
    if isinstance(rows, AsyncIterator):
        async for row in rows:
            yield row
    else:
        for row in await rows:
            yield row


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
