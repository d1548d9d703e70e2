"""What workers do for booking."""

from uuid import UUID

from booking import attendance, clinic_hosts, known, reminders, turns, waiting
from booking.letters import Letterhead
from booking.timetable import lay_out_ahead
from core.storage.jobs import Job, Workbench
from core.storage.session import Session

LAY_OUT = "booking.lay_out"
OFFER_NEXT = "booking.offer_next"
OFFER_ROUND = "booking.offer_round"
SETTLE_REACHED = "booking.settle_reached"
COVER_LEAVER = "booking.cover_leaver"
FORGET_FAMILIES = "booking.forget_families"


async def lay_out(session: Session, bench: Workbench) -> None:
    """Makes the sittings that have come into reach since it last ran; run twice, it makes none twice."""
    await lay_out_ahead(session, bench.profile, bench.clock.now())


async def offer_next(session: Session, bench: Workbench, place_id: str, sitting_id: str) -> None:
    """Offers a place that was released, unless that was done in the moment it came free, or somebody has it."""
    await turns.offer_place(session, UUID(place_id), _head(bench), bench.clock.now())


async def turn_over(session: Session, bench: Workbench, turn_id: str) -> None:
    """Ends a turn nobody answered in time and offers its place to the next."""
    await waiting.expire(session, UUID(turn_id), _head(bench), bench.clock.now())


async def offer_round(bench: Workbench) -> None:
    """Looks after everyone who waits: turns whose place was taken away go back in line, and free places nobody was told
    of are offered. One transaction each, so that nothing is locked for long."""
    now = bench.clock.now()
    async with bench.db.transaction() as session:
        await turns.mend_lost(session, now)
        places = await waiting.free_for_someone(session, now)
    for place_id in places:
        async with bench.db.transaction() as session:
            await turns.offer_place(session, place_id, _head(bench), now)


async def settle_reached(session: Session, bench: Workbench) -> None:
    """Takes people off the list to phone once our message has reached them."""
    await attendance.settle_reached(session, bench.clock.now())


async def cover_leaver(session: Session, bench: Workbench, staff_id: str) -> None:
    """Sittings of a colleague who has left wait for another host, on a list for who runs clinics."""
    await clinic_hosts.host_left(session, UUID(staff_id), bench.clock.now())


async def forget_families(session: Session, bench: Workbench) -> None:
    """What staff had filled in for a family and did not book goes once it ran out, with the place that was kept."""
    await known.forget_over(session, bench.clock.now())


async def remind(session: Session, bench: Workbench, booking_id: str, sitting_id: str, day: str) -> None:
    """Writes one reminder of a booking that still stands, `day` days before."""
    now = bench.clock.now()
    await reminders.remind(session, UUID(booking_id), UUID(sitting_id), int(day), _head(bench), now)


def _head(bench: Workbench) -> Letterhead:
    # Each message brings a link of its own.
    return Letterhead(bench.profile.service, bench.profile.phone, bench.address, token="")


JOBS = {
    LAY_OUT: Job(lay_out),
    OFFER_NEXT: Job(offer_next),
    turns.TURN_OVER: Job(turn_over),
    OFFER_ROUND: Job(offer_round, outside=True),
    reminders.REMIND: Job(remind),
    SETTLE_REACHED: Job(settle_reached),
    COVER_LEAVER: Job(cover_leaver),
    FORGET_FAMILIES: Job(forget_families),
}
