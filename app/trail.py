"""`frontdoor audit verify`: the whole chain over the audit trail, now."""

from app.wiring import make_bench, make_engine_for, make_redis
from core.domain.settings import Settings
from trail.api import Found, Head, head, verify


async def verify_trail(settings: Settings, noted: Head | None) -> tuple[Head, list[Found]]:
    """The head of the chain, to be noted somewhere else, and every fault."""
    engine, redis = make_engine_for(settings), make_redis(settings.redis_url or "")
    try:
        bench = make_bench(settings, engine, redis)
        async with bench.db.transaction() as session:
            return await head(session), await verify(session, noted)
    finally:
        await redis.aclose()
        await engine.dispose()


def read_head(told: str) -> Head:
    """A head as it was printed: "1204:9f3c…". ValueError when it is nothing of the kind."""
    position, _, hashed = told.partition(":")
    return Head(int(position), bytes.fromhex(hashed))
