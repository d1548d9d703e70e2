"""A referral that was begun is never lost: kept while it is typed, come back to on any device, never overwritten
unseen."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from litestar import Litestar
from sqlmodel import col, select

from core.domain.clock import MovedClock
from core.storage.draft_keeping import keeper
from core.storage.drafts import Draft
from core.web.house import House
from core.web.questions import Value
from notifications.api import DeliveryState
from notifications.models import Message
from referral import saving_service
from referral.models import Referral
from referral.saving_rules import KEPT_FOR, Leads, leads
from tests.conftest import MONDAY, Drain, new_client
from tests.referral.support import BORN, PARENT, fill_in, send, typed
from tests.support.visit import Visit

_LINK = re.compile(r"(/refer/return/[\w-]+)")
_TYPED_BORN = {"born-day": "27", "born-month": "3", "born-year": "2022"}
CHILD = "/refer/child"
NAMES = {"child_first": "Maya", "child_last": "Invented"} | typed(["child_born"], PARENT)


@pytest.fixture
async def phone(app: Litestar) -> AsyncIterator[Visit]:
    """Another device."""
    async with new_client(app) as browser:
        yield Visit(browser)


async def begins(visit: Visit) -> None:
    """Up to the names of the child."""
    for slug in ("who", "urgent", "therapies", "signs"):
        await visit.get(f"/refer/{slug}")
        names = {"who": "who", "urgent": "urgent_now", "therapies": "disciplines", "signs": "signs"}
        reply = await visit.post(f"/refer/{slug}", typed([names[slug]], PARENT))
        assert reply.status_code == 303


async def saves(visit: Visit, house: House, **given: str) -> str:
    """Saves for later, and returns the link that was sent."""
    await visit.get("/refer/save-for-later")
    reply = await visit.post("/refer/save-for-later", {"how": "email", "save_email": "ana@example.org"} | given)
    assert reply.headers.get("location") == "/refer/save-for-later/saved", reply.text
    async with house.db.transaction() as session:
        said = (await session.exec(select(Message).order_by(Message.created_at, Message.id))).all()  # type: ignore[arg-type]
    found = _LINK.search(said[-1].body)
    assert found
    return found[1]


async def returns(visit: Visit, link: str) -> str:
    """Opens the link with the date of birth; where it leads."""
    await visit.get(link)
    reply = await visit.post(link, _TYPED_BORN)
    assert reply.status_code == 303, reply.text
    return reply.headers["location"]


@pytest.mark.parametrize(
    ("ends_at", "sent_at", "after", "expected"),
    [
        (None, None, timedelta(0), Leads.NOWHERE),
        (MONDAY + KEPT_FOR, None, KEPT_FOR - timedelta(seconds=1), Leads.ON),
        (MONDAY + KEPT_FOR, None, KEPT_FOR, Leads.NOWHERE),
        (MONDAY + KEPT_FOR, MONDAY, timedelta(days=1), Leads.SENT),
    ],
)
def test_a_link_works_for_28_days_and_says_when_the_form_was_sent(
    ends_at: None, sent_at: None, after: timedelta, expected: Leads
) -> None:
    assert leads(ends_at, sent_at, MONDAY + after) is expected


async def test_a_form_begun_on_one_device_goes_on_and_is_sent_on_another(
    visit: Visit, phone: Visit, house: House
) -> None:
    await begins(visit)
    link = await saves(visit, house, **_TYPED_BORN)
    assert "Maya" not in (await phone.get(link)).text
    where = await returns(phone, link)
    assert (await fill_in(phone, PARENT, where))[-1] == "check"
    draft = re.search(r'name="draft" value="([^"]+)"', phone.last.text if phone.last else "")
    assert draft
    assert (await phone.post("/refer/check", {"draft": draft[1]})).headers["location"] == "/refer/sent"
    async with house.db.transaction() as session:
        assert len((await session.exec(select(Referral))).all()) == 1
    assert "You have sent this referral" in (await visit.get(link)).text
    assert "Referral sent" in (await visit.get("/refer/sent")).text


async def test_old_links_lead_to_what_was_answered_last(visit: Visit, phone: Visit, house: House) -> None:
    await begins(visit)
    first = await saves(visit, house, **_TYPED_BORN)
    await saves(visit, house, **_TYPED_BORN)
    met = await fill_in(visit, PARENT, "/refer/tasks")
    assert met[-1] == "check"
    assert await returns(phone, first) == "/refer/tasks"
    assert "Check your answers" in (await phone.get("/refer/check")).text


async def test_the_wrong_date_opens_nothing_and_after_five_tries_one_waits(
    visit: Visit, phone: Visit, house: House, clock: MovedClock
) -> None:
    await begins(visit)
    link = await saves(visit, house, **_TYPED_BORN)
    await phone.get(link)
    for _ in range(5):
        reply = await phone.post(link, _TYPED_BORN | {"born-day": "28"})
        assert reply.status_code == 422
        assert "This is not the date of birth" in reply.text
    assert (await phone.post(link, _TYPED_BORN)).status_code == 429
    assert (await phone.get("/refer/tasks")).headers["location"] == "/refer"


async def test_a_date_of_birth_that_was_corrected_opens_it_from_then_on(
    visit: Visit, phone: Visit, house: House
) -> None:
    await begins(visit)
    link = await saves(visit, house, **(_TYPED_BORN | {"born-day": "26"}))
    await fill_in(visit, PARENT, (await visit.get("/refer/resume")).headers["location"])
    await phone.get(link)
    assert (await phone.post(link, _TYPED_BORN | {"born-day": "26"})).status_code == 422
    assert BORN == "2022-03-27"
    assert (await phone.post(link, _TYPED_BORN)).status_code == 303


BARS: dict[str, Value] = {
    "not_tell": "yes",
    "not_tell_who": "An invented man",
    "not_tell_what": ["contact"],
    "not_tell_email": "Barred@example.org",
    "not_tell_phone": "+447700900055",
}
TO_THEM = [{"how": "email", "save_email": "barred@example.ORG"}, {"how": "text", "save_phone": "07700 900055"}]


@pytest.mark.parametrize("to", TO_THEM, ids=["email", "text"])
@pytest.mark.parametrize("half", [False, True], ids=["answered", "half-filled-in"])
async def test_no_link_goes_to_whom_the_form_bars(visit: Visit, house: House, to: dict[str, str], half: bool) -> None:
    await begins(visit)
    async with house.db.transaction() as session:
        draft = (await session.exec(select(Draft))).one()
        draft.answers = {**draft.answers, "not_tell": "yes"} if half else {**draft.answers, **BARS}
        draft.unfinished = {"not-told": {**BARS, "not_tell_phone": "07700 900 055"}} if half else None
    await visit.get("/refer/save-for-later")
    reply = await visit.post("/refer/save-for-later", _TYPED_BORN | to)
    assert reply.status_code == 422
    assert "You told us never to use this" in reply.text
    assert await messages(house) == []
    await saves(visit, house, **_TYPED_BORN)


async def test_control_without_asking_the_form_a_link_is_written_to_whom_it_bars(
    visit: Visit, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving_service, "may_go_to", lambda *_: True)
    await begins(visit)
    async with house.db.transaction() as session:
        draft = (await session.exec(select(Draft))).one()
        draft.answers = {**draft.answers, **BARS}
    await saves(visit, house, **_TYPED_BORN, **TO_THEM[0])
    assert [one.address for one in await messages(house)] == ["barred@example.org"]


@pytest.fixture
def unstopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stopped that was written and has not left."""

    async def stops_nothing(*_: object) -> int:
        return 0

    monkeypatch.setattr(saving_service, "stop_barred_links", stops_nothing)
    monkeypatch.setattr(saving_service, "stop_links", stops_nothing)


async def barred_later(visit: Visit, house: House, drain: Drain) -> list[DeliveryState]:
    """What becomes of two links to somebody whom a later page bars, and of one to the family."""
    await begins(visit)
    for to in TO_THEM:
        await saves(visit, house, **_TYPED_BORN, **to)
    await saves(visit, house, **_TYPED_BORN)
    await fill_in(visit, {**PARENT, **BARS}, "/refer/tasks")
    await drain()
    return [one.state for one in await messages(house)]


async def test_a_link_on_its_way_to_somebody_who_is_barred_later_does_not_leave(
    visit: Visit, house: House, drain: Drain
) -> None:
    states = await barred_later(visit, house, drain)
    assert states == [DeliveryState.DROPPED, DeliveryState.DROPPED, DeliveryState.SENT]


@pytest.mark.usefixtures("unstopped")
async def test_control_unless_it_is_stopped_it_leaves(visit: Visit, house: House, drain: Drain) -> None:
    assert await barred_later(visit, house, drain) == [DeliveryState.SENT] * 3


async def sent_after_saving(visit: Visit, house: House, drain: Drain) -> list[DeliveryState]:
    """What becomes of a link to a form that is sent before the link has left."""
    await begins(visit)
    await saves(visit, house, **_TYPED_BORN)
    await send(visit, PARENT)
    await drain()
    return [one.state for one in await messages(house) if one.purpose == "referral-saved"]


async def test_no_link_leaves_once_the_form_is_sent(visit: Visit, house: House, drain: Drain) -> None:
    assert await sent_after_saving(visit, house, drain) == [DeliveryState.DROPPED]


@pytest.mark.usefixtures("unstopped")
async def test_control_unless_it_is_stopped_it_leads_to_a_form_that_is_sent(
    visit: Visit, house: House, drain: Drain
) -> None:
    assert await sent_after_saving(visit, house, drain) == [DeliveryState.SENT]


async def test_no_link_leaves_once_the_form_is_deleted(visit: Visit, house: House, drain: Drain) -> None:
    await begins(visit)
    await saves(visit, house, **_TYPED_BORN)
    async with house.db.transaction() as session:
        draft = (await session.exec(select(Draft))).one()
        assert (await keeper.forget(session, [draft.id]))["message"] == 1
    await drain()
    assert await messages(house) == []


async def messages(house: House) -> list[Message]:
    async with house.db.transaction() as session:
        return list((await session.exec(select(Message).order_by(col(Message.id)))).all())


@pytest.mark.parametrize("link", ["/refer/return/unknown", None])
async def test_a_link_that_is_unknown_or_too_old_says_so(
    visit: Visit, phone: Visit, house: House, clock: MovedClock, link: str | None
) -> None:
    await begins(visit)
    given = await saves(visit, house, **_TYPED_BORN)
    clock.move_on(days=28)
    reply = await phone.get(link or given)
    assert reply.status_code == 404
    assert "This link does not work any more" in reply.text


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"how": ""}, "Select how you want to get the link"),
        ({"how": "email", "save_email": "nobody"}, "Enter an email address"),
        ({"how": "text", "save_phone": "01632 960001"}, "Enter a mobile phone number, like 07700 900 982"),
        ({"how": "text", "save_phone": ""}, "Enter a mobile phone number"),
    ],
)
async def test_what_is_wrong_with_where_the_link_should_go_is_said(
    visit: Visit, given: dict[str, str], error: str
) -> None:
    await begins(visit)
    await visit.get("/refer/save-for-later")
    reply = await visit.post("/refer/save-for-later", _TYPED_BORN | given)
    assert reply.status_code == 422
    assert error in reply.text


async def test_the_link_can_go_by_text(visit: Visit, house: House) -> None:
    await begins(visit)
    await saves(visit, house, how="text", save_phone="07700 900 001", **_TYPED_BORN)


async def test_nobody_is_sent_links_without_end(visit: Visit, house: House) -> None:
    await begins(visit)
    for _ in range(5):
        await saves(visit, house, **_TYPED_BORN)
    await visit.get("/refer/save-for-later")
    given = {"how": "email", "save_email": "ana@example.org", **_TYPED_BORN}
    assert (await visit.post("/refer/save-for-later", given)).status_code == 429


async def test_a_page_left_half_filled_in_comes_back_as_it_was(visit: Visit, phone: Visit, house: House) -> None:
    await begins(visit)
    where = CHILD
    await visit.get(where)
    slug = where.rsplit("/", 1)[-1]
    reply = await visit.post(f"/refer/save-for-later/page/{slug}", {"child_first": "Ma", "child_born-day": "31"})
    assert reply.headers["location"] == "/refer/save-for-later"
    link = await saves(visit, house, **_TYPED_BORN)
    again = await phone.get(await returns(phone, link))
    assert 'value="Ma"' in again.text
    assert 'value="31"' in again.text
    assert "There is a problem" not in again.text


async def test_the_page_itself_keeps_what_is_typed_until_it_is_answered(visit: Visit, house: House) -> None:
    await begins(visit)
    where = CHILD
    slug = where.rsplit("/", 1)[-1]
    assert f'hx-post="/refer/save-for-later/page/{slug}"' in (await visit.get(where)).text
    reply = await visit.post(
        f"/refer/save-for-later/page/{slug}", {"child_first": "Ma"}, headers={"HX-Request": "true"}
    )
    assert (reply.status_code, reply.text) == (204, "")
    assert 'value="Ma"' in (await visit.get(where)).text
    await visit.post(where, NAMES)
    for late in ({"child_first": "Ma"}, NAMES):
        await visit.post(f"/refer/save-for-later/page/{slug}", late, headers={"HX-Request": "true"})
    async with house.db.transaction() as session:
        draft = (await session.exec(select(Draft))).one()
    assert draft.unfinished is None
    assert draft.answers["child_first"] == "Maya"


async def test_two_devices_never_overwrite_each_other_unseen(visit: Visit, phone: Visit, house: House) -> None:
    await begins(visit)
    assert await returns(phone, await saves(visit, house, **_TYPED_BORN)) == "/refer/tasks"
    where = CHILD
    here, there = shown(await text(visit, where)), shown(await text(phone, where))
    assert (await phone.post(where, NAMES | {"shown": there})).status_code == 303
    mine = NAMES | {"child_first": "Mia", "shown": here}
    changing = await visit.post(f"{where}?change=1", mine)
    assert f'href="{where}?change=1"' in changing.text, "whoever came from the check keeps the way back to it"
    both = await visit.post(where, mine)
    assert both.status_code == 409
    assert "Maya" in both.text
    assert "Mia" in both.text
    assert 'value="Maya"' in await text(visit, where)
    assert (await visit.post(where, mine | {"shown": shown(both.text)})).status_code == 303
    assert 'value="Mia"' in await text(phone, where)


async def test_the_same_answer_given_twice_is_no_disagreement(visit: Visit) -> None:
    await begins(visit)
    where = CHILD
    before = shown(await text(visit, where))
    for _ in range(2):
        assert (await visit.post(where, NAMES | {"shown": before})).status_code == 303


async def test_what_was_sent_is_not_shared_with_the_next_form(visit: Visit, phone: Visit, house: House) -> None:
    await begins(visit)
    link = await saves(visit, house, **_TYPED_BORN)
    await returns(phone, link)
    await fill_in(phone, PARENT, (await phone.get("/refer/resume")).headers["location"])
    draft = re.search(r'name="draft" value="([^"]+)"', phone.last.text if phone.last else "")
    assert draft
    await phone.post("/refer/check", {"draft": draft[1]})
    await visit.get("/refer")
    await begins(visit)
    assert "Go on with your referral" not in (await phone.get("/refer")).text


async def text(visit: Visit, where: str) -> str:
    return (await visit.get(where)).text


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]*)"', page)
    assert found
    return found[1]
