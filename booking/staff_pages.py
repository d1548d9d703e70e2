"""Clinics as staff see them: a day, its sittings, who comes."""

from datetime import datetime, time, timedelta
from typing import ClassVar

from litestar import Controller, get

from accounts.api import staff_views
from booking import forms, queries, service
from core.domain.clock import LONDON, in_london, london_day
from core.domain.identity import Right
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.house import InHouse
from core.web.replies import Page, page


class StaffClinics(Controller):
    """One day after the other. Therapists see their own sittings and those of their disciplines."""

    path = "/staff/clinics"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CLINICS)]  # type: ignore[misc]

    @get("/")
    async def day(self, request: PageRequest, house: InHouse) -> Page:
        """The sittings of a day with who booked. Whoever is shown is on the audit trail."""
        now = house.clock.now()
        day = forms.read_day(request.query_params.get("day", "")) or london_day(now)
        async with house.db.transaction() as session:
            noon = datetime.combine(day, time(12), tzinfo=LONDON)
            sittings = await queries.day_list(session, request.user, noon)
            hosts = await staff_views(session, {sitting.host_id for sitting in sittings if sitting.host_id})
            seen = (person.booking_id for sitting in sittings for person in sitting.people)
            service.record_seen(session, request.user, seen, now)
        return page(
            request,
            house,
            "booking/staff_day.html",
            day=day,
            day_before=day - timedelta(days=1),
            day_after=day + timedelta(days=1),
            today=in_london(now).date(),
            sittings=sittings,
            hosts=hosts,
        )


HANDLERS = [StaffClinics]
