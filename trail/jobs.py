"""Sealing what is new on the audit trail."""

from core.storage.jobs import Job, Workbench
from trail import chain

SEAL = "trail.seal"


async def seal(bench: Workbench) -> None:
    """Seals until nothing waits, a batch a transaction."""
    while True:
        async with bench.db.transaction() as session:
            if await chain.seal(session, bench.clock.now()) < chain.BATCH:
                return


JOBS = {SEAL: Job(seal, outside=True)}
