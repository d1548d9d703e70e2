# ruff: noqa: PERF401 - tables of odd things read best a row each
"""No request, however odd, is answered with a fault of ours. `make fuzz` sends 20,000; the suite sends fewer."""

import os
import random

from redis.asyncio import Redis

from accounts.api import add_staff, start_session
from app.rights import routes_of
from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.session import Database
from core.web.live import Live
from tests.booking.support import booked, information, screening, sitting_of
from tests.conftest import new_client
from tests.referral.support import PARENT, receive
from tests.support.forms import cookies
from tests.support.fuzz import Fuzzer, some_ids, told
from tests.support.house import built, make_house

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1000"))
SEED = int(os.environ.get("FUZZ_SEED", "20261123"))


async def test_no_request_breaks_the_service(real_db: Database, redis: Redis, clock: MovedClock) -> None:
    from tests.advice_line.support import leave

    house = make_house(real_db, clock, redis)
    now, people = clock.now(), {"": ""}
    async with real_db.transaction() as session:
        ids = [await receive(session, PARENT, now), (await leave(session, now)).id]
        for offer in (screening(), information()):
            ids.append(await sitting_of(session, offer))
        ids.append((await booked(session, ids[2], now)).id)
        for role in Role:
            staff_id = await add_staff(
                session, name=f"{role} Invented", email=f"{role}@example.org", password="an invented long password",
                roles={role}, disciplines={Discipline.SLT}, now=now,
            )  # fmt: skip
            people[role] = await start_session(session, staff_id, now)
            ids.append(staff_id)
    app = built(house, redis)
    app.state.live = Live(redis, at_most=0)
    # Whoever signs out is out for good; the others go on.
    routes = [one for one in routes_of(app) if "sign-out" not in one.path or one.method == "GET"]
    fuzzer = Fuzzer(house, routes, people, some_ids(ids), random.Random(SEED))
    async with new_client(app) as browser:
        tally = await fuzzer.send(browser, REQUESTS)
    await app.state.live.stop()
    print(told(tally))  # noqa: T201
    assert tally.broken == []
    assert sum(tally.statuses.values()) == REQUESTS
    # The requests reached the pages: not everything was turned away at the door.
    assert {200, 303, 403, 404, 422} <= set(tally.statuses)
    assert len(tally.routes) > 0.9 * len(routes)
    assert cookies(house)
