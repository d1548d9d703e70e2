"""The worker process, put together from the settings."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from app.check import refuse_unsafe
from app.logs import configure_logs
from app.strangers import refuse_demo_accounts
from app.wiring import make_bench, make_engine_for, make_redis
from core.domain.settings import Settings
from workers.main import run


def main() -> None:
    """Blocks until SIGTERM or SIGINT."""
    settings = Settings()
    refuse_unsafe(settings)
    configure_logs(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    engine, redis = make_engine_for(settings), make_redis(settings.redis_url or "")
    # Spawned, not forked: a forked child would share our sockets.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            bench = make_bench(settings, engine, redis, pool=pool)
            if not settings.demo:
                await refuse_demo_accounts(bench.db)
            await run(bench, redis)
        finally:
            await redis.aclose()
            await engine.dispose()
