"""What workers do for information governance. A run is many short jobs: each batch commits with the task behind it."""

from uuid import UUID

from core.storage.jobs import Job, Workbench
from core.storage.session import Session
from privacy import retention, rights
from privacy.retention import DELETE, LOOK

PREPARE_COPY = "privacy.prepare-copy"
EMPTY_COPIES = "privacy.empty-copies"


async def look(session: Session, bench: Workbench, *, run_id: str) -> None:
    """Looks at the next records of a run."""
    await retention.look_further(session, UUID(run_id), bench.clock.now())


async def delete(session: Session, bench: Workbench, *, run_id: str) -> None:
    """Deletes the next records of an approved run."""
    await retention.delete_more(session, UUID(run_id), bench.clock.now())


async def prepare_copy(session: Session, bench: Workbench, *, request_id: str) -> None:
    """Gathers a subject access copy."""
    await rights.prepare_copy(session, UUID(request_id), bench.clock.now())


async def empty_copies(session: Session, bench: Workbench) -> None:
    """Empties copies nobody can fetch any more."""
    await rights.empty_expired(session, bench.clock.now())


JOBS = {
    LOOK: Job(look),
    DELETE: Job(delete),
    PREPARE_COPY: Job(prepare_copy),
    EMPTY_COPIES: Job(empty_copies),
}
