"""Pressing a free time: the place is kept and the questions begin, or a plain page says why not."""

from datetime import timedelta
from uuid import UUID

from booking import family_queries, forms, known, known_holds, known_pages, limits, presenters, queries
from booking.known_words import OtherFamily, TypedAlready
from booking.words import OfferView, Wanted
from core.domain.errors import NotFound, PlaceGone
from core.web.bodies import PageRequest, first, read_body
from core.web.house import House
from core.web.limits import Limit
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash

_NEXT_FREE = 8
_FROM_ONE_ADDRESS = timedelta(minutes=15)


async def hold_place(request: PageRequest, house: House) -> Page:
    """Keeps the time that was pressed, and leads to the questions; or says plainly why not."""
    body, address = await read_body(request), _address(request, house)
    sitting_id, room = forms.read_id(first(body, "sitting")), request.url.path.removesuffix("/hold")
    if sitting_id is None:
        raise NotFound("not a sitting")
    if address:
        allowed = house.profile.booking.holds_per_address
        await house.limits.spend(Limit("hold-address", allowed, _FROM_ONE_ADDRESS), address.hex())
    try:
        hold_id, offer = await _held(request, house, sitting_id, address)
    except PlaceGone:
        return await _gone(request, house, sitting_id)
    except (limits.TooManyHolds, limits.AddressBusy) as over:
        return await _too_many(request, house, over)
    except OtherFamily:
        return await known_pages.other_family(request, house, room)
    except TypedAlready as typed:
        return await known_pages.typed_already(request, house, room, typed, str(sitting_id))
    if offer is None:
        raise NotFound("no such sitting")
    return see(request, f"{presenters.room(offer)}/hold/{hold_id}")


async def _held(
    request: PageRequest, house: House, sitting_id: UUID, address: bytes | None
) -> tuple[UUID, OfferView | None]:
    """The hold and what is held. OtherFamily when the page pressed on said another family than is booked for here."""
    body, visitor, now = await read_body(request), owner_hash(request, house), house.clock.now()
    minutes, instead = house.profile.booking.hold_minutes, first(body, "instead") == "yes"
    async with house.db.transaction() as session:
        family = await known.under_way(session, visitor, request.user, now)
        if first(body, "for") != (str(family.id) if family else ""):
            raise OtherFamily("chosen on a page about somebody else")
        hold_id = await known_holds.hold_for(
            session, visitor, sitting_id, minutes, now, family=family, instead=instead, address=address
        )
        return hold_id, await queries.offer_of(session, sitting_id)


def _address(request: PageRequest, house: House) -> bytes | None:
    """Where somebody asks from, as a keyed hash; None where addresses are not counted."""
    if not (house.profile.booking.holds_per_address and request.client):
        return None
    return house.keys.fingerprint("address", request.client.host)


async def _too_many(request: PageRequest, house: House, over: Exception) -> Page:
    async with house.db.transaction() as session:
        held = await family_queries.live_holds(session, owner_hash(request, house), house.clock.now())
    shown = held if isinstance(over, limits.TooManyHolds) else []
    lines = [
        (presenters.hold_words(hold, house.clock.now()), f"{presenters.room(hold.offer)}/hold/{hold.id}")
        for hold in shown
    ]
    return page(request, house, "booking/too_many.html", status=409, held=lines)


async def _gone(request: PageRequest, house: House, sitting_id: UUID) -> Page:
    """Someone else was first: says so plainly, with the next free times."""
    async with house.db.transaction() as session:
        offer = await queries.offer_of(session, sitting_id)
    if offer is None:
        raise NotFound("no such sitting")
    return await gone_page(request, house, offer)


async def gone_page(request: PageRequest, house: House, offer: OfferView, *, group: bool = False) -> Page:
    now, wanted = house.clock.now(), Wanted((offer.kind,), offer_id=offer.id)
    async with house.db.transaction() as session:
        found = await queries.free_sittings(session, wanted, now, _NEXT_FREE)
        release = None if found else await family_queries.next_release(session, wanted, now)
    days, room = presenters.by_day(found, {offer.id: offer}), presenters.room(offer)
    return page(
        request, house, "booking/gone.html", status=409, offer=offer, days=days, room=room, group=group,
        release=release, for_family=await known_pages.family_here(request, house),
    )  # fmt: skip
