"""The public side of the advice line, without a browser."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlmodel import select

from advice_line.models import AdviceMessage
from advice_line.words import State
from core.domain.clock import MovedClock, london
from core.storage.session import Database
from core.web.house import House
from tests.advice_line.support import ANSWERS
from tests.conftest import new_client
from tests.support.visit import Visit

PAGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("who", {"who": "parent"}),
    ("therapy", {"therapy": "slt"}),
    ("signs", {"signs": ["none"]}),
    ("about", {"topic": "talking"}),
    ("message", {"message": "He has stopped saying new words."}),
    ("known", {"known": "yes"}),
    (
        "child",
        {
            "child_first": "Remy",
            "child_last": "Invented",
            "child_born-day": "15",
            "child_born-month": "3",
            "child_born-year": "2022",
        },
    ),
    (
        "contact",
        {"name": "Robin Invented", "phone": "07700 900123", "email": "robin@example.org", "postcode": "SG13 7AA"},
    ),
    ("times", {"good_times": ["any"]}),
    ("language", {"language": "en"}),
    ("safe", {"safe": "yes"}),
)


async def send(visit: Visit, **changed: dict[str, Any]) -> httpx.Response:
    """Walks the journey and sends; `changed` is page → what is typed there instead, None leaves the page out."""
    for slug, typed in PAGES:
        if slug == "child" and "known" in changed:
            continue
        await visit.get(f"/advice/message/{slug}")
        reply = await visit.post(f"/advice/message/{slug}", changed.get(slug, typed))
        assert reply.status_code == 303, (slug, reply.text[:2000])
    page = await visit.get("/advice/message/check")
    assert page.status_code == 200, page.text
    draft = page.text.split('name="draft" value="')[1].split('"')[0]
    reply = await visit.post("/advice/message/check", {"draft": draft})
    assert reply.status_code == 303
    return await visit.follow()


def link_in(page: httpx.Response) -> str:
    links = [part.split('"')[0] for part in page.text.split('href="')[1:]]
    return next(link for link in links if link.startswith("/advice/") and len(link) > 30)


async def the_message(db: Database) -> AdviceMessage:
    async with db.transaction() as session:
        return (await session.exec(select(AdviceMessage).execution_options(populate_existing=True))).one()


async def test_the_start_page_shows_999_before_the_button(visit: Visit) -> None:
    page = await visit.get("/advice")
    assert page.status_code == 200
    assert page.text.index("Call 999") < page.text.index("Call 111") < page.text.rindex("Leave a message")


async def test_a_message_on_saturday_night_is_promised_for_monday(
    visit: Visit, clock: MovedClock, db: Database
) -> None:
    clock.move_to(london(2026, 11, 28, 23, 40))
    page = await send(visit)
    assert "A speech and language therapist will call you by the end of Monday 30 November." in page.text
    message = await the_message(db)
    assert message.reference in page.text
    assert message.caller["phone"] == "+447700900123"


async def test_who_is_not_sure_is_promised_a_therapist(visit: Visit) -> None:
    page = await send(visit, therapy={"therapy": "not-sure"})
    assert "A therapist will call you by the end of Tuesday 24 November." in page.text


async def test_sending_twice_leaves_one_message(visit: Visit, db: Database) -> None:
    page = await send(visit)
    again = await visit.get("/advice/message/sent")
    assert link_in(page) == link_in(again)
    await the_message(db)


async def test_who_just_sent_it_follows_it_without_being_asked(visit: Visit) -> None:
    page = await send(visit)
    follow = await visit.get(link_in(page))
    assert follow.status_code == 200
    assert "Your message is safe with us" in follow.text
    assert "Tuesday 24 November" in follow.text


async def test_anybody_else_with_the_link_is_asked_for_the_date_of_birth(visit: Visit, app: Litestar) -> None:
    link = link_in(await send(visit))
    async with new_client(app) as browser:
        stranger = Visit(browser)
        page = await stranger.get(link)
        assert "Robin" not in page.text
        assert "date of birth" in page.text
        wrong = await stranger.post(link, {"born-day": "1", "born-month": "1", "born-year": "2020"})
        assert wrong.status_code == 422
        assert "<title>Error: " in wrong.text
        right = await stranger.post(link, {"born-day": "15", "born-month": "3", "born-year": "2022"})
        assert right.status_code == 303
        assert "07700 900123" in (await stranger.follow()).text


async def test_without_a_child_the_door_asks_for_the_phone_number(visit: Visit, app: Litestar) -> None:
    link = link_in(await send(visit, known={"known": "no"}))
    async with new_client(app) as browser:
        stranger = Visit(browser)
        await stranger.get(link)
        assert (await stranger.post(link, {"phone": "07700 900999"})).status_code == 422
        assert (await stranger.post(link, {"phone": "+44 7700 900123"})).status_code == 303


async def test_the_door_does_not_let_anybody_guess_for_long(visit: Visit, app: Litestar) -> None:
    link = link_in(await send(visit))
    async with new_client(app) as browser:
        stranger = Visit(browser)
        await stranger.get(link)
        wrong = {"born-day": "1", "born-month": "1", "born-year": "2020"}
        statuses = [(await stranger.post(link, wrong)).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


async def test_behind_a_closed_door_nothing_can_be_changed(visit: Visit, app: Litestar, db: Database) -> None:
    link = link_in(await send(visit))
    async with new_client(app) as browser:
        stranger = Visit(browser)
        await stranger.get(link)
        await stranger.post(f"{link}/withdraw", {})
        await stranger.post(f"{link}/phone", {"phone": "07700 900999"})
    message = await the_message(db)
    assert message.state is State.NEW
    assert message.caller["phone"] == "+447700900123"


async def test_a_family_takes_its_message_back(visit: Visit, db: Database) -> None:
    link = link_in(await send(visit))
    await visit.get(link)
    assert (await visit.post(f"{link}/withdraw", {})).status_code == 303
    assert "Withdrawn" in (await visit.follow()).text
    assert (await the_message(db)).state is State.WITHDRAWN


async def test_a_family_puts_its_number_right_and_keeps_what_it_typed_when_it_is_wrong(
    visit: Visit, db: Database
) -> None:
    link = link_in(await send(visit))
    await visit.get(link)
    wrong = await visit.post(f"{link}/phone", {"phone": "07700 9"})
    assert wrong.status_code == 422
    assert 'value="07700 9"' in wrong.text
    assert "<title>Error: " in wrong.text
    await visit.post(f"{link}/phone", {"phone": "07700 900456"})
    assert "We will call 07700 900456" in (await visit.follow()).text
    assert (await the_message(db)).caller["phone"] == "+447700900456"


async def test_an_unknown_link_is_not_found(visit: Visit) -> None:
    assert (await visit.get("/advice/no-such-link")).status_code == 404


@pytest.mark.parametrize(
    ("slug", "typed", "words"),
    [
        ("who", {}, "Select who you are"),
        ("who", {"who": "robot"}, "Select who you are"),
    ],
)
async def test_a_wrong_answer_is_shown_again(visit: Visit, slug: str, typed: dict[str, str], words: str) -> None:
    await visit.get(f"/advice/message/{slug}")
    page = await visit.post(f"/advice/message/{slug}", typed)
    assert page.status_code == 422
    assert page.text.count(words) == 2
    assert "<title>Error: " in page.text


async def test_a_message_that_is_too_long_is_kept_on_the_page(visit: Visit) -> None:
    for slug, typed in PAGES[:4]:
        await visit.get(f"/advice/message/{slug}")
        await visit.post(f"/advice/message/{slug}", typed)
    await visit.get("/advice/message/message")
    page = await visit.post("/advice/message/message", {"message": "ä" * 3001})
    assert page.status_code == 422
    assert "1 too many" in page.text
    assert "ä" * 3001 in page.text


async def test_another_language_asks_about_an_interpreter(visit: Visit, db: Database) -> None:
    for slug, typed in PAGES:
        await visit.get(f"/advice/message/{slug}")
        reply = await visit.post(f"/advice/message/{slug}", {"language": "pl"} if slug == "language" else typed)
        if slug == "language":
            assert reply.headers["location"] == "/advice/message/interpreter"
            await visit.follow()
            await visit.post("/advice/message/interpreter", {"interpreter": "yes"})
    assert "Polish" in (await visit.get("/advice/message/check")).text


async def test_the_journey_has_no_start_but_the_start_page(visit: Visit) -> None:
    assert (await visit.get("/advice/message")).headers["location"] == "/advice"
    assert (await visit.get("/advice/message/safe")).headers["location"] == "/advice/message"


async def test_nothing_a_family_typed_stands_in_an_address(visit: Visit, house: House) -> None:
    page = await send(visit)
    for secret in (str(ANSWERS["name"]), "900123", "Remy", "2022"):
        assert secret not in str(page.url)
        assert secret not in link_in(page)
    assert house.address
