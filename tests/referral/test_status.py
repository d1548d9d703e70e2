"""What families do by themselves on the page of their referral."""

import re
from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.errors import NotPossible
from core.domain.identity import Role
from core.domain.ids import new_id
from core.storage.session import Database
from core.web.house import House
from referral import status_service
from referral.models import ReferralFlag
from referral.outcome_models import ReferralAddition
from referral.words import FlagKind, RequestState, Urgency
from tests.conftest import Drain, StaffVisit
from tests.referral.outcome_support import NOT_ACCEPTED, decide, referral_of, request_of, written
from tests.referral.support import BORN, OT, PARENT, PROFILE, SLT, received
from tests.referral.test_stories import enters
from tests.referral.triage_support import places
from tests.support.visit import Visit


async def behind(visit: Visit, db: Database, referral_id: UUID) -> str:
    """Lets the family in; the address of their page."""
    async with db.transaction() as session:
        reference = (await referral_of(session, referral_id)).reference
    await enters(visit, reference, BORN)
    return f"/referral-status/view/{referral_id}"


async def additions(db: Database) -> list[ReferralAddition]:
    async with db.transaction() as session:
        return list(await session.exec(select(ReferralAddition)))


async def test_a_family_tells_more_once_and_whoever_reads_the_case_sees_it_until_read(
    house: House, db: Database, clock: MovedClock, visit: Visit, staff_visit: StaffVisit
) -> None:
    referral_id = await received(db, clock.now())
    where = await behind(visit, db, referral_id)
    form = await visit.get(f"{where}/add")
    assert "999" in form.text
    once = re.search(r'name="once" value="([^"]+)"', form.text)
    assert once
    assert (await visit.post(f"{where}/add", {"once": once[1], "text": " "})).status_code == 422
    for _ in range(2):
        reply = await visit.post(f"{where}/add", {"once": once[1], "text": "We moved to <b>Ware</b>."})
        assert reply.headers["location"] == f"{where}?done=added"
    assert "We have what you told us" in (await visit.follow()).text
    (kept,) = await additions(db)
    eve = await staff_visit(Role.TRIAGE)
    case = f"/staff/triage/{referral_id}"
    assert "We moved to &lt;b&gt;Ware&lt;/b&gt;." in (await eve.get(case)).text
    for _ in range(2):
        assert (await eve.post(f"{case}/additions/{kept.id}/read")).status_code == 303
    assert "by Sam Invented" in (await eve.follow()).text
    assert (await eve.post(f"{case}/additions/{new_id()}/read")).status_code == 404


async def test_words_of_danger_in_what_a_family_adds_raise_urgency_and_a_flag(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await status_service.add(session, referral_id, new_id(), "Since Monday she is choking.", PROFILE, clock.now())
    async with db.transaction() as session:
        request, referral = await request_of(session, referral_id, SLT), await referral_of(session, referral_id)
        flags = set(await session.exec(select(ReferralFlag.kind)))
    assert request.urgency is Urgency.URGENT
    assert referral.pressing == 0
    assert {(one.pressing, one.flagged) for one in await places(db, referral_id)} == {(0, True)}
    assert FlagKind.CHOKING in flags


async def test_a_family_withdraws_a_therapy_reads_what_that_means_and_takes_it_back(
    house: House, db: Database, clock: MovedClock, visit: Visit, drain: Drain
) -> None:
    referral_id = await received(db, clock.now())
    where = await behind(visit, db, referral_id)
    page = await visit.get(f"{where}/withdraw")
    assert "You can take it back for 4 weeks" in page.text
    assert (await visit.post(f"{where}/withdraw", {"once": str(new_id())})).status_code == 422
    for _ in range(2):
        reply = await visit.post(f"{where}/withdraw", {"once": str(new_id()), "therapies": "slt"})
        assert reply.status_code in (303, 422)
    async with db.transaction() as session:
        assert (await request_of(session, referral_id, SLT)).state is RequestState.WITHDRAWN
        assert (await request_of(session, referral_id, OT)).state is RequestState.RECEIVED
    await drain()
    letters = [one for one in await written(db, referral_id) if one.template == "referral-letter"]
    assert ["has been withdrawn" in one.body for one in letters] == [True]
    page = await visit.get(where)
    assert "You can take this back yourself until" in page.text
    for _ in range(2):
        assert (await visit.post(f"{where}/come-back/slt")).headers["location"] == f"{where}?done=back"
    async with db.transaction() as session:
        assert (await request_of(session, referral_id, SLT)).state is RequestState.RECEIVED


async def test_where_a_clinician_must_look_first_a_withdrawal_is_a_wish_and_the_referral_stays_in_the_queue(
    house: House, db: Database, clock: MovedClock, visit: Visit
) -> None:
    referral_id = await received(db, clock.now(), signs=["choking"])
    where = await behind(visit, db, referral_id)
    await visit.get(f"{where}/withdraw")
    once = str(new_id())
    for _ in range(2):
        reply = await visit.post(f"{where}/withdraw", {"once": once, "therapies": ["slt", "ot"]})
        assert reply.headers["location"] == f"{where}?done=call"
    assert "We will call you first" in (await visit.follow()).text
    async with db.transaction() as session:
        assert (await referral_of(session, referral_id)).pressing == 0
    assert ["asks to withdraw" in one.text for one in await additions(db)] == [True]


async def test_a_family_takes_back_neither_what_staff_decided_nor_what_is_long_ago(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, NOT_ACCEPTED, clock.now())
        await status_service.withdraw(session, referral_id, [OT], new_id(), PROFILE, clock.now())
    clock.move_on(days=29)
    for discipline in (SLT, OT):
        with pytest.raises(NotPossible):
            async with db.transaction() as session:
                await status_service.come_back(session, referral_id, discipline, PROFILE, clock.now())


async def test_the_page_of_a_referral_opens_nothing_to_others(
    house: House, db: Database, clock: MovedClock, visit: Visit
) -> None:
    referral_id = await received(db, clock.now(), {**PARENT})
    where = f"/referral-status/view/{referral_id}"
    await visit.get("/referral-status")
    for path in ("", "/add", "/withdraw"):
        assert (await visit.get(where + path)).headers["location"] == "/referral-status"
    for path in ("/add", "/withdraw", "/come-back/slt"):
        assert (await visit.post(where + path, {"text": "x"})).headers["location"] == "/referral-status"
    assert await additions(db) == []
