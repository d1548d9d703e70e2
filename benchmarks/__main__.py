"""`python -m benchmarks [name …]`: all of them, or those named."""

import asyncio
import importlib
import sys

NAMES = (
    "queue_drain",
    "start_to_ready",
    "page_cpu",
    "booking_rush",
    "fair_release",
    "slots_page_growth",
    "message_fanout",
)


async def main(names: list[str]) -> int:
    """Prints a line a row; 1 when a goal is missed."""
    missed = 0
    for name in names or NAMES:
        for row in await importlib.import_module(f"benchmarks.{name}").run():
            print(row.line(), flush=True)
            missed += not row.holds
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
