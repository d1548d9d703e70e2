"""What workers do for booking."""

from booking.timetable import lay_out_ahead
from core.storage.jobs import Job, Workbench
from core.storage.session import Session

LAY_OUT = "booking.lay_out"


async def lay_out(session: Session, bench: Workbench) -> None:
    """Makes the sittings that have come into reach since it last ran; run twice, it makes none twice."""
    await lay_out_ahead(session, bench.profile, bench.clock.now())


JOBS = {LAY_OUT: Job(lay_out)}
