"""A year of the advice line: 6,000 messages, a rota with leave and sickness, snow, and workers killed at random. Part
of `make faults`; `python -m benchmarks.a_year [days messages]` for less.

Accepted is what families left; found is what of it is in the database; lost, called or said twice are counted there.
`late` is how many were called after the promised day, each for a reason on record: one without breaks the promise.
"""

import asyncio
import json
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from app.embedded import EmbeddedPostgres
from app.migrate import migrate
from core.domain.clock import MovedClock, london
from core.domain.profile import load_profile
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.session import APP_ROLE, Database, make_engine
from tests.advice_line.a_year import Life, late, what_went_wrong

NAME = "year_of_the_advice_line"
DAYS, MESSAGES = 365, 6_000
_LOST = "messages that are lost"


def run(days: int = DAYS, messages: int = MESSAGES) -> bool:
    """Lives it, and prints its line. Processes die here, not machines: the server need not wait for its disk."""
    with TemporaryDirectory(prefix="frontdoor-year-") as place:
        postgres = EmbeddedPostgres(Path(place), durable=False)
        postgres.start()
        try:
            return asyncio.run(_live(postgres.url, days, messages))
        finally:
            postgres.stop(immediate=True)


async def _live(url: str, days: int, messages: int) -> bool:
    await migrate(url)
    use_keys(new_keyring())
    profile = load_profile(Path("profiles/hertfordshire.toml"))
    db, clock = Database(make_engine(url, role=APP_ROLE)), MovedClock(london(2026, 9, 1, 6))
    life = Life(Workbench(db, clock, profile, "http://localhost"), clock, date(2026, 9, 1), days, messages)
    began = time.perf_counter()
    await life.begins()
    await life.is_lived()
    wrong = await what_went_wrong(life)
    told = {
        "fault": NAME,
        "accepted": len(life.left),
        "found": len(life.left) - wrong.get(_LOST, 0),
        "lost": wrong.get(_LOST, 0),
        "doubled": sum(count for name, count in wrong.items() if "twice" in name or "two" in name),
        "late": await late(life),
        "workers_killed": life.killed,
        "seconds": round(time.perf_counter() - began),
        "broken": wrong,
        "holds": not wrong,
    }
    print(json.dumps(told), flush=True)
    await db.engine.dispose()
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if run(*map(int, sys.argv[1:])) else 1)
