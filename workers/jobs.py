"""Every kind of work and what runs it, gathered from the features."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from uuid import UUID

from core.storage.files_jobs import JOBS as FILE_JOBS
from core.storage.jobs import Job, Workbench
from core.storage.outbox import DELIVER, read_fact
from core.storage.session import Session
from core.storage.tasks import plan
from workers.reactions import REACTIONS

_ROOMS = ("accounts", "notifications", "referral", "booking", "advice_line", "trail", "privacy", "monitoring")


async def deliver_fact(session: Session, bench: Workbench, *, fact_id: str) -> None:
    """Sets going everything that follows from one fact, once each."""
    fact = await read_fact(session, UUID(fact_id))
    if fact is None:
        return
    ids = {name: value for name, value in fact.payload().items() if value is not None}
    for kind in REACTIONS.get(type(fact).__name__, ()):
        await plan(session, kind, key=f"{fact_id}:{kind}", run_at=bench.clock.now(), **ids)


def all_jobs() -> Mapping[str, Job]:
    """Kind → job. RuntimeError when two rooms claim one kind."""
    jobs = {DELIVER: Job(deliver_fact), **FILE_JOBS}
    for room in _ROOMS:
        if not find_spec(f"{room}.jobs"):
            continue
        for kind, job in import_module(f"{room}.jobs").JOBS.items():
            if kind in jobs:
                raise RuntimeError(f"two jobs are called {kind}")
            jobs[kind] = job
    return jobs
