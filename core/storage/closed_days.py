"""Days on which the service is closed beside those of its profile: managers add them and take them back, and whoever
counts days asks here for the profile as it is at this moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, col, select

from core.domain.facts import Fact
from core.domain.identity import Discipline
from core.domain.profile import Closure, Profile
from core.storage.base import Row, instant
from core.storage.columns import text_enum
from core.storage.outbox import tell
from core.storage.session import Session


class ClosedDays(Row, table=True):
    """Days closed from the first to the last. `whole_service`: nobody works, so no promise counts them; else only the
    clinics of one discipline, or of all, are not held, and calls are made."""

    # As it was called when only clinics could close: versions run side by side while one takes the other's place.
    __tablename__ = "clinic_closure"
    __table_args__ = (
        sa.CheckConstraint("first_day <= last_day", name="first_before_last"),
        sa.CheckConstraint("not whole_service or discipline is null", name="whole_is_every_discipline"),
    )

    first_day: date
    last_day: date
    discipline: Discipline | None = Field(default=None, sa_type=text_enum(Discipline, "discipline_known"))
    why: str = Field(max_length=200)
    whole_service: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    made_at: datetime = instant()
    made_by: str = Field(max_length=80)

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]


@dataclass(frozen=True, slots=True)
class CalendarChanged(Fact):
    """The service has other closed days than before: what was promised is counted again."""

    closure_id: UUID


async def closed_days(session: Session) -> Sequence[ClosedDays]:
    """All there are, the first first."""
    return (await session.exec(select(ClosedDays).order_by(col(ClosedDays.first_day), col(ClosedDays.id)))).all()


async def with_closed_days(session: Session, profile: Profile) -> Profile:
    """The profile as it is at this moment. One small query."""
    found = select(ClosedDays).where(col(ClosedDays.whole_service)).order_by(col(ClosedDays.id))
    return applied(profile, (await session.exec(found)).all())


def applied(profile: Profile, added: Iterable[ClosedDays]) -> Profile:
    """The profile with what of this closes the whole service."""
    closures = tuple(Closure(day=day, why=one.why) for one in added if one.whole_service for day in one.days)
    if not closures:
        return profile
    if _last and _last[0][0] is profile and _last[0][1] == closures:
        return _last[0][2]
    told = profile.closed_also(closures)
    _last[:] = [(profile, closures, told)]
    return told


# Bank holidays of twenty years are not laid out again for every page.
_last: list[tuple[Profile, tuple[Closure, ...], Profile]] = []


async def close(session: Session, days: ClosedDays, now: datetime) -> None:
    """Keeps further closed days; promises are counted again once this has committed."""
    session.add(days)
    await tell_calendar_changed(session, days, now)


async def tell_calendar_changed(session: Session, one: ClosedDays, now: datetime) -> None:
    """Has promises counted again, when this closes the whole service."""
    if one.whole_service:
        await tell(session, CalendarChanged(one.id), now)
