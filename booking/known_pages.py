"""What a browser shows while a member of staff books for a family in it, and the way to stop that."""

from typing import ClassVar

from litestar import Controller, post

from booking import forms, known
from booking.known_words import FamilyInset, TypedAlready
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.web.bodies import PageRequest, first, read_body
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash

_ROOMS = ("/clinics", "/sessions")


async def family_here(request: PageRequest, house: House) -> FamilyInset | None:
    """For whom whoever asks is booking. No query for families."""
    if not request.user.is_staff:
        return None
    async with house.db.transaction() as session:
        found = await known.under_way(session, owner_hash(request, house), request.user, house.clock.now())
        return await known.inset_of(session, found) if found else None


async def other_family(request: PageRequest, house: House, room: str) -> Page:
    """The page that was pressed on was about somebody else: nothing is held, and it says for whom it would be."""
    here = await family_here(request, house)
    return page(request, house, "booking/other_family.html", status=409, for_family=here, room=room)


async def typed_already(request: PageRequest, house: House, room: str, typed: TypedAlready, sitting: str) -> Page:
    """Something was typed by hand: go on with that, or let it go and book for the family."""
    here = await family_here(request, house)
    told = {"for_family": here, "room": room, "typed": f"{room}/hold/{typed.hold_id}", "sitting": sitting}
    return page(request, house, "booking/typed_already.html", status=409, **told)


class KnownFamilies(Controller):
    """Only whoever began to book for a family can stop it."""

    path = "/clinics/for-family"
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @post("/stop", status_code=200)
    async def stop(self, request: PageRequest, house: InHouse) -> Page:
        """Not for this family: what was filled in goes, and the places that were kept."""
        body = await read_body(request)
        known_id, room = forms.read_id(first(body, "for")), first(body, "room")
        if known_id is None:
            raise NotFound("not a family")
        async with house.db.transaction() as session:
            await known.stop(session, owner_hash(request, house), request.user, known_id, house.clock.now())
        return see(request, room if room in _ROOMS else _ROOMS[0])


HANDLERS = [KnownFamilies]
