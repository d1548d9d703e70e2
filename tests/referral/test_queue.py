"""The queue as triage looks at it: views, filters, bands; each page a constant number of queries."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlmodel import col, delete, select

from core.domain.clock import MovedClock, london, london_day
from core.domain.identity import PUBLIC, Discipline, Role
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from referral import (
    case_jobs,
    case_service,
    forms,
    queue_find,
    queue_forms,
    queue_marks,
    queue_presenters,
    queue_queries,
    queue_rules,
    search_queries,
    service,
    status_service,
)
from referral.auditing import audit_checks
from referral.models import InformationRequest, Referral, ReferralRequest
from referral.queue_models import DecidedPlace, QueuePlace
from referral.queue_words import BANDS, View
from referral.views import Wanted
from referral.words import Asked, Enquiry, RequestState
from tests.conftest import StaffVisit
from tests.referral.support import BORN, EVE, OT, PARENT, PHYSIO, PROFESSIONAL, PROFILE, SLT, received
from tests.referral.test_queries import counted
from tests.referral.triage_support import TRIAGE, colleagues

AWAY = RequestState.NOT_ACCEPTED
MISPLACED = "a decided request missing from a list, or one that stands wrong there"


@given(some.integers(min_value=0, max_value=5000))
def test_every_wait_is_in_exactly_one_band(days: int) -> None:
    assert [band for band in BANDS if band.first <= days and (band.last is None or days <= band.last)] == [
        queue_rules.band_of(days)
    ]


def test_a_year_is_over_52_weeks_and_bands_begin_at_midnight_in_london() -> None:
    assert queue_rules.band_of(364).last == 364
    assert queue_rules.band_of(365).last is None
    since, before = queue_rules.received_within(BANDS[1], date(2026, 11, 23))
    assert (since, before) == (london(2026, 11, 9, 0), london(2026, 11, 16, 0))


def test_a_target_is_late_from_the_day_after() -> None:
    assert not queue_rules.is_late(date(2026, 11, 23), date(2026, 11, 23))
    assert queue_rules.is_late(date(2026, 11, 23), date(2026, 11, 24))


@given(some.dictionaries(some.sampled_from(["view", "discipline", "area", "state", "after"]), some.text(max_size=60)))
def test_whatever_stands_in_an_address_the_queue_is_shown(asked: dict[str, str]) -> None:
    wanted = queue_forms.wanted(asked, ["west"])
    shown = queue_forms.address(TRIAGE, wanted)
    assert shown.startswith(TRIAGE)
    assert all(sign.isprintable() and sign.isascii() for sign in shown)


async def ask(db: Database, referral_id: object, clock: MovedClock, days: int) -> object:
    async with db.transaction() as session:
        due_on = london_day(clock.now()) + timedelta(days=days)
        enquiry = Enquiry("Which hand?", Asked.FAMILY, due_on)
        return await service.ask(session, EVE, referral_id, OT, 1, enquiry, clock.now())  # type: ignore[arg-type]


async def test_each_view_shows_what_it_says(house: House, db: Database, clock: MovedClock) -> None:
    plain = await received(db, clock.now(), PARENT)
    flagged = await received(db, clock.now(), PARENT, signs=["choking"])
    asked, overdue = await received(db, clock.now(), PARENT), await received(db, clock.now(), PARENT)
    outside = await received(db, clock.now(), PARENT, postcode="ZE1 0AA")
    await ask(db, asked, clock, 20)
    await ask(db, overdue, clock, 2)
    (eve,) = await colleagues(db, clock.now(), "Eve Invented")
    async with db.transaction() as session:
        await case_service.give(session, eve, plain, None, eve.id, "", clock.now())
    clock.move_on(days=5)
    today = london_day(clock.now())
    shown: dict[str, set[object]] = {}
    async with db.transaction() as session:
        for view in View:
            lines = await queue_queries.queue(session, eve, Wanted(view=view), today=today)
            shown[view] = {line.id for line in lines}
        for area in ("west", "outside"):
            shown[area] = {line.id for line in await queue_queries.queue(session, eve, Wanted(area=area))}
        by_view, by_band = await queue_find.counts(session, eve, today)
    everything = {plain, flagged, asked, overdue, outside}
    assert shown == {
        View.ALL: everything,
        View.MINE: {plain},
        View.NOBODYS: everything - {plain},
        View.FLAGGED: {flagged},
        View.ASKED: {asked, overdue},
        View.OVERDUE: {overdue},
        "west": everything - {outside},
        "outside": {outside},
    }
    assert by_view == {view: len(shown[view]) for view in View}
    assert by_band == [5, 0, 0, 0, 0, 0, 0]


def stands(wanted: Wanted, place: QueuePlace, today: date) -> bool:
    """What each filter asks of one open request."""
    return (
        (not wanted.discipline or place.discipline == wanted.discipline)
        and place.area == wanted.area
        and (not wanted.state or place.state == wanted.state)
        and (wanted.view is not View.FLAGGED or place.flagged)
        and (wanted.view is not View.NOBODYS or place.is_nobodys)
        and (wanted.view is not View.ASKED or place.asked_until is not None)
        and (wanted.view is not View.OVERDUE or bool(place.asked_until and place.asked_until < today))
    )


async def test_any_filters_together_show_what_each_of_them_lets_through(
    house: House, db: Database, clock: MovedClock
) -> None:
    referrals = [
        await received(db, clock.now(), PARENT, signs=["choking"]),
        await received(db, clock.now(), PARENT),
        await received(db, clock.now(), PARENT, postcode="ZE1 0AA", disciplines=["ot"]),
        await received(db, clock.now(), PARENT, postcode="WD4 1AA"),
        await received(db, clock.now(), PROFESSIONAL, postcode="WD4 1AA"),
    ]
    await ask(db, referrals[1], clock, 2)
    await ask(db, referrals[2], clock, 20)
    today = london_day(clock.now()) + timedelta(days=5)
    team = replace(EVE, roles=frozenset({Role.THERAPIST}), disciplines=frozenset({OT}), areas=frozenset({"west"}))
    views = [view for view in View if view is not View.MINE]
    async with db.transaction() as session:
        every = (await session.exec(select(QueuePlace))).all()
        for combination in product((None, OT, SLT), (None, RequestState.RECEIVED), ("", "south", "outside"), views):
            discipline, state, area, view = combination
            wanted = Wanted(discipline, state, area=area, view=view)
            for who, sees in ((EVE, referrals), (team, referrals[:4])):
                own = wanted if who is EVE or discipline else replace(wanted, discipline=OT)
                shown = (await session.exec(queue_find.page_of(who, wanted, 25, today))).all()
                expected = {one.referral_id for one in every if stands(own, one, today)} & set(sees)
                assert [one.id for one in shown] == [one.id for one in shown if one.id in expected], combination
                assert len(shown) == len(expected), combination


async def some_decided(db: Database, clock: MovedClock, chance: Random) -> dict[UUID, list[ReferralRequest]]:
    """Referrals with decided and open requests, with and without a team, where postcodes lead to any areas."""
    requests: dict[UUID, list[ReferralRequest]] = {}
    for _ in range(10):
        asked = chance.sample(list(Discipline), chance.randint(1, 2))
        referral_id = await received(db, clock.now(), PROFESSIONAL, disciplines=[str(one) for one in asked])
        async with db.transaction() as session:
            referral = await session.get_one(Referral, referral_id)
            referral.area_ids = chance.sample(["west", "south", "east"], chance.randint(0, 2))
            found = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id)
            requests[referral_id] = list((await session.exec(found)).all())
            for one in requests[referral_id]:
                one.state = chance.choice([AWAY, AWAY, RequestState.ACCEPTED, RequestState.IN_TRIAGE])
                one.area_id = "west" if one.state is RequestState.ACCEPTED else chance.choice(["south", None, None])
            await queue_marks.remark(session, referral)
            for one in requests[referral_id]:
                one.note = " ".join(queue_rules.lists_of(one.area_id, referral.area_ids))
    return requests


async def test_lists_of_what_is_decided_show_what_somebody_may_see_on_any_list(
    house: House, db: Database, clock: MovedClock
) -> None:
    requests = await some_decided(db, clock, Random(7))
    lists = {one.id: {"", *(one.note or "").split()} for every in requests.values() for one in every}
    team = replace(EVE, roles=frozenset({Role.THERAPIST}), disciplines=frozenset({SLT}), areas=frozenset({"west"}))
    people = (EVE, team, replace(team, areas=frozenset()), replace(team, disciplines=frozenset({OT, PHYSIO})))
    async with db.transaction() as session:
        for who, state, discipline, area in product(
            people, (AWAY, RequestState.ACCEPTED), (None, OT, SLT), ("", "south", "outside")
        ):
            own = set(Discipline) if who is EVE else who.disciplines
            teams = {*who.areas, "outside"} if who.areas else {""}
            wanted = Wanted(discipline, state, area=area)
            expected = {
                referral_id
                for referral_id, every in requests.items()
                if any(one.discipline in own and lists[one.id] & teams for one in every)
                and any(
                    one.state is state
                    and one.discipline in ({discipline} if discipline else own)
                    and lists[one.id] & ({area} if area else teams)
                    for one in every
                )
            }
            shown = [one.id for one in await session.exec(queue_find.page_of(who, wanted, 25, date.max))]
            assert shown == sorted(expected, reverse=True), (who, wanted)
            if shown:
                then = replace(wanted, after=(9, clock.now(), shown[0]))
                rest = [one.id for one in await session.exec(queue_find.page_of(who, then, 25, date.max))]
                assert rest == shown[1:]
        told = dict(await audit_checks(session, clock.now()))
        assert told[MISPLACED] == 0
        await session.exec(delete(DecidedPlace).where(col(DecidedPlace.whose) == ""))
        assert dict(await audit_checks(session, clock.now()))[MISPLACED] > 0


async def test_the_queue_and_the_search_cost_the_same_whatever_there_is(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    visit = await staff_visit(Role.TRIAGE)
    costs = []
    for many in (1, 5):
        for number in range(many):
            await received(house.db, clock.now(), PARENT, signs=["choking"] if number % 2 else ["none"])
        with counted() as said:
            assert (await visit.get(TRIAGE)).status_code == 200
        queue = len([one for one in said if not one.startswith("INSERT INTO audit")])
        await visit.get(f"{TRIAGE}/search")
        with counted() as said:
            assert (await visit.post(f"{TRIAGE}/search", {"nhs_number": "999 000 0018"})).status_code == 200
        costs.append((queue, len([one for one in said if not one.startswith("INSERT INTO audit")])))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ({"nhs_number": "999 000 0018"}, 200, "Maya"),
        ({"last": "nunez example", "born-day": "27", "born-month": "3", "born-year": "2022"}, 200, "Maya"),
        (
            {"last": "Nunez Example", "born-day": "28", "born-month": "3", "born-year": "2022"},
            422,
            "No referral that you",
        ),
        ({"last": "Nunez"}, 422, "Enter the date of birth too"),
        ({"born-day": "27", "born-month": "3", "born-year": "2022"}, 422, "Enter the last name too"),
        ({}, 422, "Enter a reference, an NHS number"),
    ],
)
async def test_a_child_is_found_by_what_is_known(
    house: House, staff_visit: StaffVisit, clock: MovedClock, typed: dict[str, str], status: int, told: str
) -> None:
    assert BORN == "2022-03-27"
    await received(house.db, clock.now(), PARENT)
    visit = await staff_visit(Role.TRIAGE)
    await visit.get(f"{TRIAGE}/search")
    reply = await visit.post(f"{TRIAGE}/search", typed)
    assert (reply.status_code, told in reply.text) == (status, True)
    assert "/search" in str(reply.url)
    assert "?" not in str(reply.url)


async def test_what_a_therapist_may_not_read_is_told_by_reference_only(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    await received(house.db, clock.now(), PROFESSIONAL)
    visit = await staff_visit(Role.THERAPIST, disciplines=(OT,))
    await visit.get(f"{TRIAGE}/search")
    page = await visit.post(f"{TRIAGE}/search", {"nhs_number": "999 000 0018"})
    assert "Referrals you need a reason to open" in page.text
    assert "Maya" not in page.text


async def test_finding_tells_no_names_of_others(house: House, db: Database, clock: MovedClock) -> None:
    await received(db, clock.now(), PROFESSIONAL)
    async with db.transaction() as session:
        found = await search_queries.find(session, EVE, {"last": "Núñez Example", "born": BORN})
    assert (len(found.lines), found.others) == (1, [])


async def test_whoever_was_asked_is_reminded_once_before_the_last_day(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), PARENT)
    asked = await ask(db, referral_id, clock, 10)
    for days, chases in ((0, 0), (8, 1), (1, 1)):
        clock.move_on(days=days)
        async with db.transaction() as session:
            await case_jobs.remind_asked(session, bench)
        async with db.transaction() as session:
            assert (await session.get_one(InformationRequest, asked)).chases == chases


async def test_a_leaver_s_open_cases_come_back_and_say_so(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), PARENT)
    (eve,) = await colleagues(db, clock.now(), "Eve Invented")
    async with db.transaction() as session:
        await case_service.give(session, eve, referral_id, None, eve.id, "", clock.now())
    for _ in range(2):
        async with db.transaction() as session:
            await case_jobs.cover_leaver(session, bench, staff_id=str(eve.id))
    async with db.transaction() as session:
        (line,) = await queue_queries.queue(session, EVE, Wanted(view=View.NOBODYS))
    assert (line.owner_id, line.came_back_at) == (None, clock.now())


async def test_a_therapy_may_have_targets_of_its_own(house: House, db: Database, clock: MovedClock) -> None:
    own = {SLT: {"urgent": 7, "routine": 30}}
    policy = PROFILE.referral.model_copy(update={"discipline_target_days": own})
    profile, received_at = PROFILE.model_copy(update={"referral": policy}), clock.now()
    async with db.transaction() as session:
        new = forms.new_referral(PARENT)
        referral_id = (await service.receive(session, PUBLIC, new, new_id(), profile, received_at)).id
    targets = {}
    for said in ("", "Since Monday she is choking."):
        async with db.transaction() as session:
            if said:
                await status_service.add(session, referral_id, new_id(), said, profile, clock.now())
            (line,) = await queue_queries.queue(session, EVE, Wanted())
            targets[said] = {one.discipline: (one.target_on - london_day(received_at)).days for one in line.requests}
    assert list(targets.values()) == [{SLT: 30, OT: 126}, {SLT: 7, OT: 14}]
    async with db.transaction() as session:
        (line,) = await queue_queries.queue(session, EVE, Wanted())
    row = queue_presenters.row(line, profile, received_at + timedelta(days=10), {})
    assert {part.therapy: part.is_late for part in row.parts} == {"SLT": True, "OT": False}
    assert row.band == "8 to 14 days"


async def test_filters_of_the_page_lead_on_and_keep_each_other(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    await received(house.db, clock.now(), PARENT)
    await received(house.db, clock.now(), PROFESSIONAL, child_first="Walker")
    visit = await staff_visit(Role.TRIAGE)
    page = (await visit.get(TRIAGE)).text
    assert "How long open referrals have waited" in page
    assert "All open (2)" in page
    page = (await visit.get(f"{TRIAGE}?discipline={PHYSIO}&view=unassigned")).text
    assert "Walker" in page
    assert "Maya" not in page
    assert f"view=mine&amp;discipline={Discipline.PHYSIO}" in page
    assert str(RequestState.RECEIVED) in page
