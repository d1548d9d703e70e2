# ruff: noqa: E501 - tables of odd things read best a row each
"""Every page × every role × own and another team, asked for real and compared with docs/rights.md.

The page in the repository is the contract: a guard that is loosened (or a page that is added) disagrees with it until
somebody has read the change and printed the page anew.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
import pytest
from litestar import Controller, Litestar, get

from accounts.api import RIGHTS, add_staff, start_session
from app import rights
from app.rights import routes_of
from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Right, Role
from core.domain.ids import new_id
from core.storage.session import Session
from core.web.guards import anyone, staff
from core.web.house import House
from notifications.api import messages_about
from referral import letters
from referral.models import Referral
from tests.booking.support import booked, screening, sitting_of
from tests.conftest import new_client
from tests.referral.support import PARENT, PROFESSIONAL, receive
from tests.support.forms import cookies, form_token
from tests.support.house import ROOT

PAGE = ROOT / "docs" / "rights.md"
SIGNED_OUT, NOBODY = "signed out", "nobody"
HOW_TO_MEND = "Read its guard, then print the page anew: python -m app.rights > docs/rights.md"


def told() -> dict[str, frozenset[str]]:
    """Route → roles that may open it, as docs/rights.md tells; "public" for everybody."""
    rows = re.findall(r"^\| ([A-Z]+ /\S*) \| .* \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    return {route: frozenset(roles.split(", ")) for route, roles in rows}


def test_the_page_in_the_repository_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == rights.page(), "python -m app.rights > docs/rights.md"


def test_no_page_is_missing_from_the_table_and_none_is_left_over(app: Litestar) -> None:
    there = {route.name for route in routes_of(app)} - {"GET /static/{file_path:path}", "GET /assets/{file_path:path}"}
    assert sorted(there - set(told())) == [], HOW_TO_MEND
    assert sorted(set(told()) - there) == [], HOW_TO_MEND


def test_the_roles_are_told_apart() -> None:
    """Nobody who runs the machinery reads records, and nobody judges their own access."""
    reads = {Right.READ_REFERRALS, Right.SEE_CALLS, Right.SEE_CLINICS, Right.READ_MESSAGES}
    for role in (Role.SYSTEM_ADMIN, Role.GOVERNANCE):
        assert not RIGHTS[role] & (reads | {Right.BREAK_GLASS, Right.DECIDE_REFERRALS})
    for role in set(Role) - {Role.GOVERNANCE}:
        assert not RIGHTS[role] & {Right.READ_AUDIT, Right.MARK_FAMILY, Right.RUN_PRIVACY}
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        assert Right.MANAGE_ACCOUNTS not in RIGHTS[role]
    assert Role.TRIAGE not in {role for role in Role if Right.SEE_CALLS in RIGHTS[role]}


def test_every_right_is_somebodys_and_every_role_has_one() -> None:
    assert set().union(*RIGHTS.values()) == set(Right)
    assert set(RIGHTS) == set(Role)
    assert all(RIGHTS.values())


@dataclass(frozen=True)
class Somebody:
    """Whoever asks: their role, and a fresh session for each request, so that a page that ends one spoils nothing."""

    who: str
    house: House
    staff_id: UUID | None = None

    async def asks(self, browser: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
        token = await self._session() if self.staff_id else ("x" * 43 if self.who == NOBODY else "")
        jar = "; ".join(f"{name}={value}" for name, value in cookies(self.house, token).items())
        headers = {"Cookie": jar}
        browser.cookies.clear()
        if method == "GET":
            return await browser.get(path, headers=headers)
        return await browser.request(method, path, headers=headers, data=form_token(self.house, token))

    async def _session(self) -> str:
        async with self.house.db.transaction() as session:
            assert self.staff_id
            return await start_session(session, self.staff_id, self.house.clock.now())


async def everybody(house: House) -> list[Somebody]:
    """One colleague of each role, all in speech and language therapy; somebody with a made-up cookie; and nobody."""
    people = [Somebody(SIGNED_OUT, house), Somebody(NOBODY, house)]
    async with house.db.transaction() as session:
        for role in Role:
            staff_id = await add_staff(
                session,
                name=f"{role} Invented",
                email=f"{role}@example.org",
                password="an invented long password",
                roles={role},
                disciplines={Discipline.SLT},
                now=house.clock.now(),
            )
            people.append(Somebody(role, house, staff_id))
    return people


def filled(path: str, ids: Mapping[str, UUID] | None = None) -> str:
    """The address with ids of these records, or with such as nobody has."""
    path = re.sub(r"\{(\w+):uuid\}", lambda found: str((ids or {}).get(found[1]) or new_id()), path)
    return re.sub(r"\{\w+:\w+\}", "nothing-like-this", path)


def was_let_in(reply: httpx.Response) -> bool:
    """Not refused and not sent to sign in. A page about a record that is not there lets in and says so (404)."""
    is_sent_away = reply.headers.get("location", "").startswith("/staff/sign-in")
    return reply.status_code not in (401, 403) and not is_sent_away


async def disagreements(app: Litestar, people: list[Somebody], table: Mapping[str, frozenset[str]]) -> list[str]:
    """Whoever gets in and should not, or does not and should."""
    found: list[str] = []
    async with new_client(app) as browser:
        for route in routes_of(app):
            allowed = table.get(route.name, frozenset())
            if "public" in allowed or "{file_path" in route.path:
                continue
            for person in people:
                reply = await person.asks(browser, route.method, filled(route.path))
                if was_let_in(reply) != (person.who in allowed):
                    found.append(
                        f"{route.name}: {person.who} got {reply.status_code}, the table says {sorted(allowed)}"
                    )
                assert reply.status_code < 500, (route.name, person.who)
    return found


async def test_every_page_opens_for_exactly_the_roles_of_the_table(app: Litestar, house: House) -> None:
    assert await disagreements(app, await everybody(house), told()) == []


async def test_the_search_for_disagreements_finds_a_guard_that_was_loosened(house: House) -> None:
    """The negative control: a page for governance whose guard lets in all staff, and one whose guard lets in anyone."""
    from litestar.di import Provide

    from core.web.errors import error_page
    from core.web.middleware import KnowsWhoAsks

    class Loose(Controller):
        path = "/staff/loose"
        guards = (staff(),)

        @get("/")
        async def show(self) -> str:
            return "a child's record"

        @get("/open", guards=[anyone])
        async def open(self) -> str:
            return "a child's record"

    class Open(Controller):
        path = "/staff/open"
        guards = (anyone,)

        @get("/")
        async def show(self) -> str:
            return "a child's record"

    toy = Litestar(
        [Loose, Open],
        dependencies={"house": Provide(lambda: house, sync_to_thread=False)},
        middleware=[KnowsWhoAsks],
        exception_handlers={Exception: error_page},
        openapi_config=None,
        logging_config=None,
    )
    toy.state.house = house
    toy.state.rooms_of = lambda _: ()
    table = {
        name: frozenset({"governance"}) for name in ("GET /staff/loose", "GET /staff/loose/open", "GET /staff/open")
    }
    found = await disagreements(toy, await everybody(house), table)
    assert len([one for one in found if one.startswith("GET /staff/loose:")]) == len(Role) - 1
    assert len([one for one in found if one.startswith("GET /staff/open:")]) == len(Role) + 1
    assert await disagreements(toy, (await people_again(house)), {}) != []


async def people_again(house: House) -> list[Somebody]:
    return [Somebody(SIGNED_OUT, house)]


@pytest.fixture
async def records(house: House, clock: MovedClock) -> dict[str, dict[str, UUID]]:
    """The ids in staff addresses, by the name of the parameter: of speech and language therapy, and of physiotherapy."""
    from tests.advice_line.support import leave_spoken

    now, found = clock.now(), {"own": dict[str, UUID](), "other": dict[str, UUID]()}
    for team, discipline, answers in (("own", Discipline.SLT, PARENT), ("other", Discipline.PHYSIO, PROFESSIONAL)):
        spoken = await leave_spoken(house, now, discipline=discipline)
        async with house.db.transaction() as session:
            sitting = await sitting_of(session, screening(discipline=discipline))
            booking = await booked(session, sitting, now)
            found[team] = {
                "referral_id": await receive(session, answers, now),
                "message_id": spoken.id,
                "sitting_id": sitting,
                "booking_id": booking.id,
            }
            found[team] |= {
                "subject_id": found[team]["referral_id"],
                "sent_id": await told_about(session, found[team]["referral_id"], now),
            }
    return found


async def told_about(session: Session, referral_id: UUID, now: datetime) -> UUID:
    """A message to the family about a referral."""
    referral = await session.get_one(Referral, referral_id)
    family, head = letters.family_of(referral), letters.Letterhead("Invented", "01632 960100", "https://testserver")
    assert family
    await letters.write(session, letters.RECEIVED, referral, family, "1", head, now, target=now.date())
    return (await messages_about(session, referral_id))[0].id


def ids_for(path: str, ids: Mapping[str, UUID]) -> Mapping[str, UUID]:
    """What `message_id` names: on the advice line a family's message, elsewhere one of ours."""
    return {**ids, "message_id": ids["sent_id"]} if path.startswith("/staff/messages") else ids


async def test_a_therapist_opens_records_of_their_own_discipline_and_no_others(
    app: Litestar, house: House, records: dict[str, dict[str, UUID]]
) -> None:
    therapist = next(one for one in await everybody(house) if one.who == Role.THERAPIST)
    asked, table = 0, told()
    async with new_client(app) as browser:
        for route in routes_of(app):
            named = set(re.findall(r"\{(\w+):uuid\}", route.path))
            if Role.THERAPIST not in table[route.name] if route.name in table else True:
                continue
            if not named & set(records["own"]):
                continue
            asked += 1
            other = await therapist.asks(
                browser, route.method, filled(route.path, ids_for(route.path, records["other"]))
            )
            assert other.status_code in (403, 404), (route.name, other.status_code)
            for secret in ("Ella", "Maya", "Robin", "07700", "example.org"):
                assert secret not in other.text, (route.name, secret)
            if route.method == "GET" and named <= set(records["own"]):
                own = await therapist.asks(browser, "GET", filled(route.path, ids_for(route.path, records["own"])))
                assert own.status_code == 200, (route.name, own.status_code)
    assert asked >= 4


async def test_lists_show_a_therapist_their_own_discipline_only(
    app: Litestar, house: House, records: dict[str, dict[str, UUID]]
) -> None:
    therapist = next(one for one in await everybody(house) if one.who == Role.THERAPIST)
    async with new_client(app) as browser:
        for route in routes_of(app):
            if route.method != "GET" or not route.path.startswith("/staff") or "{" in route.path:
                continue
            page = (await therapist.asks(browser, "GET", route.path)).text
            assert not [name for name, one in records["other"].items() if str(one) in page], route.name
