"""Deciding, and letters, through the pages."""

import re

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.domain.ids import new_id
from core.storage.session import Database
from core.web.house import House
from referral import status_service
from referral.outcome_models import ReferralAddition
from referral.words import RequestState
from tests.conftest import Drain, StaffVisit
from tests.referral.outcome_support import SIGNPOSTED, decide, letters_of, referral_of, request_of, written
from tests.referral.support import PROFILE, SLT, received

BASE = "/staff/triage"
TYPED: dict[str, tuple[dict[str, str], RequestState, str]] = {
    "accept": (
        {"urgency": "routine", "area": "west", "pathway": "speech", "comes_next": "clinic", "words": "", "todo": ""},
        RequestState.ACCEPTED,
        "we have accepted it",
    ),
    "signpost": (
        {"place": "The talking tips workshop", "words": "It shows games.", "todo": "Book a place"},
        RequestState.SIGNPOSTED,
        "The talking tips workshop",
    ),
    "redirect": (
        {"place": "The hearing clinic", "words": "", "todo": ""},
        RequestState.REDIRECTED,
        "The hearing clinic",
    ),
    "not-accept": (
        {"why_not": "universal-offer", "words": "A workshop comes first.", "todo": "Go to a workshop"},
        RequestState.NOT_ACCEPTED,
        "You have a right to talk about this with us",
    ),
    "withdraw": ({"why": "The mother called.", "words": ""}, RequestState.WITHDRAWN, "has been withdrawn"),
}


@pytest.mark.parametrize("slug", TYPED)
async def test_each_decision_has_a_page_and_ends_in_a_letter_the_family_reads(
    house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit, drain: Drain, slug: str
) -> None:
    referral_id = await received(db, clock.now())
    typed, state, told = TYPED[slug]
    eve = await staff_visit(Role.TRIAGE)
    page = await eve.get(f"{BASE}/{referral_id}/outcome/slt/{slug}")
    assert page.status_code == 200, page.text
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    reply = await eve.post(f"{BASE}/{referral_id}/outcome/slt/{slug}", {**typed, "version": version[1]})
    assert (reply.status_code, reply.headers["location"]) == (303, f"{BASE}/{referral_id}?done=slt"), reply.text
    async with db.transaction() as session:
        assert (await request_of(session, referral_id, SLT)).state is state
        (letter,) = await letters_of(session, referral_id)
    shown = await eve.get(f"{BASE}/{referral_id}/letters/{letter.id}")
    assert told in shown.text
    assert "It goes by email" in shown.text
    await drain()
    assert [one.template for one in await written(db, referral_id)] == ["referral-received"]
    clock.move_on(hours=2)
    await drain()
    sent = (await written(db, referral_id))[-1]
    assert sent.template == "referral-letter"
    assert told in sent.body
    assert "Maya" not in sent.body


async def test_an_incomplete_decision_is_shown_again_and_an_old_one_beside_what_stands(
    house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    referral_id = await received(db, clock.now())
    eve = await staff_visit(Role.TRIAGE)
    where = f"{BASE}/{referral_id}/outcome/slt"
    await eve.get(f"{where}/not-accept")
    wrong = await eve.post(f"{where}/not-accept", {"version": "1", "words": "Kept words"})
    assert wrong.status_code == 422
    assert "Select a reason" in wrong.text
    assert "Kept words" in wrong.text
    await eve.post(f"{where}/signpost", {**TYPED["signpost"][0], "version": "1"})
    old = await eve.post(f"{where}/not-accept", {**TYPED["not-accept"][0], "version": "1"})
    assert old.status_code == 409
    assert "A workshop comes first." in old.text
    assert "The talking tips workshop" in old.text
    assert "Sam Invented" in old.text
    async with db.transaction() as session:
        assert (await request_of(session, referral_id, SLT)).state is RequestState.SIGNPOSTED


async def test_a_duplicate_names_the_other_referral_and_a_wrong_one_is_explained(
    house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    mine, other = await received(db, clock.now()), await received(db, clock.now())
    async with db.transaction() as session:
        references = [(await referral_of(session, one)).reference for one in (mine, other)]
    eve = await staff_visit(Role.TRIAGE)
    where = f"{BASE}/{mine}/outcome/slt/duplicate"
    await eve.get(where)
    wrong = await eve.post(where, {"version": "1", "other": references[0], "words": ""})
    assert wrong.status_code == 422
    assert "Enter the other one" in wrong.text
    assert (await eve.post(where, {"version": "1", "other": references[1], "words": ""})).status_code == 303


async def test_a_letter_is_changed_sent_in_ten_minutes_and_can_be_stopped_until_then(
    house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit, drain: Drain
) -> None:
    referral_id = await received(db, clock.now())
    eve = await staff_visit(Role.TRIAGE)
    await eve.get(f"{BASE}/{referral_id}/outcome/slt/signpost")
    await eve.post(f"{BASE}/{referral_id}/outcome/slt/signpost", {**TYPED["signpost"][0], "version": "1"})
    async with db.transaction() as session:
        (letter,) = await letters_of(session, referral_id)
    where = f"{BASE}/{referral_id}/letters/{letter.id}"
    assert (await eve.post(f"{where}/words", {"version": "1", "text": "Our own\r\n\r\n\r\nwords"})).status_code == 303
    assert (await eve.post(f"{where}/send", {"version": "2"})).status_code == 303
    assert (await eve.post(f"{where}/send", {"version": "2"})).status_code == 409
    assert (await eve.post(f"{where}/stop", {"version": "3"})).status_code == 303
    clock.move_on(minutes=11)
    await drain()
    assert "referral-letter" not in {one.template for one in await written(db, referral_id)}
    await eve.post(f"{where}/send", {"version": "4"})
    clock.move_on(minutes=10)
    await drain()
    sent = [one for one in await written(db, referral_id) if one.template == "referral-letter"]
    assert ["Our own\n\nwords" in one.body for one in sent] == [True]
    late = await eve.post(f"{where}/words", {"version": "5", "text": "Too late"})
    assert late.status_code == 409
    assert "Too late" in late.text


async def test_therapists_read_what_was_decided_and_decide_nothing(
    house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    referral_id = await received(db, clock.now())
    therapist = await staff_visit(Role.THERAPIST, disciplines=(SLT,))
    assert (await therapist.get(f"{BASE}/{referral_id}/outcome/slt/accept")).status_code == 403


async def test_what_waits_for_a_colleague_is_on_their_page_until_somebody_has_seen_to_it(
    house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    referral_id = await received(db, clock.now(), disagree="yes")
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, SIGNPOSTED, clock.now())
        await status_service.add(session, referral_id, new_id(), "We moved.", PROFILE, clock.now())
        (letter,) = await letters_of(session, referral_id)
        reference = (await referral_of(session, referral_id)).reference
        (addition,) = await session.exec(select(ReferralAddition.id))
    eve = await staff_visit(Role.TRIAGE)
    assert "etter to read before it is sent" in (await eve.get("/staff")).text
    page = await eve.get(f"{BASE}/waiting")
    assert page.text.count(reference) == 2
    assert "Maya" not in page.text
    await eve.get(f"{BASE}/{referral_id}/letters/{letter.id}")
    await eve.post(f"{BASE}/{referral_id}/letters/{letter.id}/send", {"version": "1"})
    await eve.post(f"{BASE}/{referral_id}/additions/{addition}/read")
    page = await eve.get(f"{BASE}/waiting")
    assert "No letter waits for anybody" in page.text
    assert "has been read" in page.text
