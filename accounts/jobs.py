"""What the worker does about how staff sign in."""

from uuid import UUID

from accounts import arrivals, links
from core.storage.jobs import Job, Workbench
from core.storage.session import Session


async def answer_ask(session: Session, bench: Workbench, *, ask_id: str) -> None:
    """Somebody asked for a new password: a link, when the address is a colleague's."""
    await links.answer_ask(session, UUID(ask_id), bench.clock.now())


async def sweep(session: Session, bench: Workbench) -> None:
    """Forgets tries, devices, half sign-ins, sessions and links that no longer say anything."""
    await arrivals.sweep(session, bench.clock.now())


JOBS = {"accounts.answer-ask": Job(answer_ask), "accounts.sweep": Job(sweep)}
