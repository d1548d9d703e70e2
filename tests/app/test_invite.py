"""The first administrator of a new service comes in by a link from the command line."""

from dataclasses import replace

import httpx
import pytest
from sqlmodel import select

from accounts.models import StaffAccount
from app.cli import ROLES
from app.invite import NotInvited, invite_with
from core.domain.identity import Role
from core.storage.audit import AuditEntry
from core.storage.jobs import Workbench
from core.web.house import House
from notifications.postroom import PostRoom
from notifications.words import Channel
from tests.support.visit import Visit

EMAIL = "first.invented@example.org"


class Sends:
    """A provider that really sends, as far as anybody here can tell."""

    name = "sends"


async def test_the_first_administrator_comes_in_by_a_link_that_opens_once(
    house: House, bench: Workbench, client: httpx.AsyncClient
) -> None:
    invited = await invite_with(bench, EMAIL, "First Invented", Role.SYSTEM_ADMIN)
    assert not invited.by_email
    path = invited.link.removeprefix(bench.address)
    assert path.startswith("/staff/sign-in/invitation/")
    visit = Visit(client)
    assert "Welcome, First Invented" in (await visit.get(path)).text
    assert (await visit.post(path, {"password": "gull teapot gravel"})).status_code == 303
    assert (await visit.get("/staff/accounts")).status_code == 200
    assert (await visit.get(path)).status_code == 404
    async with house.db.transaction() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.action == "staff.invited"))).one()
    assert entry.actor == "system:command-line"


async def test_where_email_really_leaves_the_link_is_on_no_screen(bench: Workbench) -> None:
    sending = replace(bench, post_room=PostRoom({Channel.EMAIL: Sends()}))  # type: ignore[dict-item]
    invited = await invite_with(sending, EMAIL, "First Invented", Role.SYSTEM_ADMIN)
    assert (invited.by_email, invited.link) == (True, "")


async def test_nobody_is_invited_twice_or_without_an_address(house: House, bench: Workbench) -> None:
    await invite_with(bench, EMAIL, "First Invented", Role.SYSTEM_ADMIN)
    for address in (EMAIL.upper(), "no address"):
        with pytest.raises(NotInvited):
            await invite_with(bench, address, "First Invented", Role.SYSTEM_ADMIN)
    async with house.db.transaction() as session:
        assert len((await session.exec(select(StaffAccount))).all()) == 1


def test_the_command_knows_every_role() -> None:
    assert set(ROLES) == {role.value for role in Role}
