"""The hall: pages that belong to no feature."""

from typing import Any, ClassVar

from litestar import Controller, get

from core.domain.nhs import outcode, parse_postcode
from core.domain.profile import Area, Profile
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import InHouse
from core.web.replies import Page, page


class Hall(Controller):
    """The four doors, who to call, and what the law wants said."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def start(self, request: PageRequest, house: InHouse) -> Page:
        """The four doors, and "find your team" by postcode."""
        asked = request.query_params.get("postcode")
        typed = (asked or "").strip()
        areas, wrong = find_team(house.profile, typed) if asked is not None else ((), "")
        return page(
            request,
            house,
            "public/start.html",
            status=422 if wrong else 200,
            typed=typed,
            areas=areas,
            wrong=wrong,
        )

    @get("/contact")
    async def contact(self, request: PageRequest, house: InHouse) -> Page:
        """Every way to reach the service, and when it answers."""
        return page(request, house, "public/contact.html", hours=opening_hours(house.profile))

    @get("/accessibility")
    async def accessibility(self, request: PageRequest, house: InHouse) -> Page:
        return page(request, house, "public/accessibility.html")

    @get("/privacy")
    async def privacy(self, request: PageRequest, house: InHouse) -> Page:
        return page(request, house, "public/privacy.html")

    @get("/cookies")
    async def cookies(self, request: PageRequest, house: InHouse) -> Page:
        return page(request, house, "public/cookies.html")


def find_team(profile: Profile, typed: str) -> tuple[tuple[Area, ...], str]:
    """(areas that serve a postcode or an outcode, what is wrong with it). No area means outside, and says so."""
    try:
        found = outcode(parse_postcode(typed))
    except ValueError:
        found = typed.replace(" ", "").upper()
        if not profile.areas_of(found):
            return (), "Enter a postcode, like AL1 3JE or AL1"
    return profile.areas_of(found), ""


def opening_hours(profile: Profile) -> list[dict[str, Any]]:
    """Weekdays with the same hours, together: Monday to Thursday, Friday."""
    grouped: list[dict[str, Any]] = []
    for day, hours in profile.hours.items():
        if grouped and grouped[-1]["hours"] == hours:
            grouped[-1]["last"] = day
        else:
            grouped.append({"first": day, "last": day, "hours": hours})
    return grouped


HANDLERS = [Hall]
