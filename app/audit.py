"""`frontdoor audit check`: the round of checks, now, for a person who wants to know."""

from app.wiring import make_bench, make_engine_for, make_redis
from core.domain.settings import Settings
from monitoring.api import run_checks
from monitoring.words import Finding


async def check_promises(settings: Settings) -> list[Finding]:
    """Every promise and how many things break it; the result is kept, and readiness follows it."""
    engine, redis = make_engine_for(settings), make_redis(settings.redis_url or "")
    try:
        bench = make_bench(settings, engine, redis)
        async with bench.db.transaction() as session:
            return await run_checks(session, bench.clock.now())
    finally:
        await redis.aclose()
        await engine.dispose()
