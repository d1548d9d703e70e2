"""Days of a busy desk with everything that goes wrong; `make faults` lives the whole year of 6,000 messages."""

from datetime import date

from core.domain.clock import MovedClock, london
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.session import Database
from tests.advice_line.a_year import Life, late, what_went_wrong
from tests.advice_line.support import profile

DAYS, MESSAGES = 9, 148


async def test_over_christmas_with_sickness_snow_and_killed_workers_nobody_is_lost_or_called_twice(
    real_db: Database, clock: MovedClock
) -> None:
    """As many messages a week as in a year of 6,000; every promise is kept, or the reason stands on record."""
    use_keys(new_keyring())
    clock.move_to(london(2026, 12, 22, 6))
    bench = Workbench(real_db, clock, profile, "https://testserver")
    life = Life(bench, clock, date(2026, 12, 22), DAYS, MESSAGES, seed=20261222, deaths=0.15, ill=0.15)
    await life.begins()
    await life.is_lived()
    assert await what_went_wrong(life) == {}
    # It was worth watching: most promises were kept, and much went wrong.
    assert await late(life) < MESSAGES / 2
    assert min(life.killed, life.absent, life.refused) >= 1
