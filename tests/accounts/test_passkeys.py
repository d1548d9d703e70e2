"""Passkeys: what a device answers, and what an attacker might send instead."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import passkeys, queries
from accounts.passkeys import GOOD_FOR, Refused, Site
from accounts.rules import actor_of
from core.domain.clock import MovedClock, london
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.web.house import House
from tests.accounts.authenticator import Authenticator
from tests.accounts.support import add_ann, raw

ADDRESS = "https://therapies.example.org"
_NAMES = st.sampled_from(["rawId", "response", "clientDataJSON", "id", "type"])
_TREES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
)
SITE = Site(ADDRESS, "Therapies", b"secret of the tests", "a visitor")


async def ann_with(house: House, device: Authenticator, email: str = "ann.invented@example.org") -> Actor:
    """Ann, who has set up a passkey on this device."""
    ann = await add_ann(house.db, house.clock.now(), email=email)
    async with house.db.transaction() as session:
        view = (await queries.staff_views(session, [ann]))[ann]
        options = await passkeys.options_to_add(session, SITE, view, house.clock.now())
        made = device.make(options)
        await passkeys.add_passkey(session, SITE, actor_of(view), made, "Work laptop", house.clock.now())
    return actor_of(view)


async def show(
    house: House,
    device: Authenticator,
    staff_id: UUID | None = None,
    *,
    site: Site = SITE,
    asked: Site = SITE,
    later: timedelta = timedelta(),
) -> UUID:
    async with house.db.transaction() as session:
        options = await passkeys.options_to_show(session, asked, staff_id, house.clock.now())
        answer = device.show(options)
        return await passkeys.show_passkey(session, site, staff_id, answer, house.clock.now() + later)


async def test_a_passkey_says_who_it_is_by_itself_and_as_a_second_factor(house: House) -> None:
    device = Authenticator(ADDRESS)
    ann = await ann_with(house, device)
    assert await show(house, device) == ann.id
    assert await show(house, device, ann.id) == ann.id


async def test_an_answer_is_taken_once(house: House) -> None:
    device = Authenticator(ADDRESS)
    await ann_with(house, device)
    async with house.db.transaction() as session:
        answer = device.show(await passkeys.options_to_show(session, SITE, None, house.clock.now()))
        await passkeys.show_passkey(session, SITE, None, answer, house.clock.now())
        with pytest.raises(Refused, match="before"):
            await passkeys.show_passkey(session, SITE, None, answer, house.clock.now())


async def test_a_copied_key_that_lags_behind_is_refused(house: House) -> None:
    device = Authenticator(ADDRESS)
    ann = await ann_with(house, device)
    await show(house, device)
    await show(house, device)
    device.count = 0
    with pytest.raises(Refused):
        await show(house, device)
    assert ann.id


async def test_a_device_that_did_not_ask_its_owner_is_not_enough(house: House) -> None:
    device = Authenticator(ADDRESS)
    await ann_with(house, device)
    device.verified = False
    with pytest.raises(Refused):
        await show(house, device)
    with pytest.raises(Refused):
        await ann_with(house, Authenticator(ADDRESS, verified=False), "bea.invented@example.org")


async def test_another_sites_answer_is_refused(house: House) -> None:
    device = Authenticator(ADDRESS)
    await ann_with(house, device)
    device.address = "https://therapies.example.org.evil.example"
    with pytest.raises(Refused):
        await show(house, device)


async def test_a_challenge_is_for_one_browser_one_purpose_and_five_minutes(house: House) -> None:
    device = Authenticator(ADDRESS)
    ann = await ann_with(house, device)
    assert ann.id
    with pytest.raises(Refused, match="not our"):
        await show(house, device, asked=replace(SITE, visitor="another"))
    with pytest.raises(Refused, match="not our"):
        await show(house, device, asked=replace(SITE, secret=b"guessed"))
    with pytest.raises(Refused, match="not our"):
        await show(house, device, later=GOOD_FOR + timedelta(seconds=1))
    async with house.db.transaction() as session:
        for_anyone = device.show(await passkeys.options_to_show(session, SITE, None, house.clock.now()))
        with pytest.raises(Refused, match="not our"):
            await passkeys.show_passkey(session, SITE, ann.id, for_anyone, house.clock.now())


async def test_somebody_elses_passkey_is_no_second_factor(house: House) -> None:
    mine, hers = Authenticator(ADDRESS), Authenticator(ADDRESS)
    ann = await ann_with(house, mine)
    await ann_with(house, hers, "bea.invented@example.org")
    with pytest.raises(Refused, match="unknown"):
        await show(house, hers, ann.id)


async def test_a_wrong_signature_and_a_key_nobody_added_are_refused(house: House) -> None:
    device = Authenticator(ADDRESS)
    await ann_with(house, device)
    thief = Authenticator(ADDRESS)
    with pytest.raises(Refused, match="unknown"):
        await show(house, thief)
    thief.id = device.id
    with pytest.raises(Refused):
        await show(house, thief)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.text(max_size=60) | _TREES.map(json.dumps))
def test_nonsense_is_refused_and_breaks_nothing(sent: str) -> None:
    for read in (passkeys._challenge_in, passkeys._credential_id):
        try:
            read(sent)
        except Refused:
            continue


async def test_damaged_answers_are_refused(house: House) -> None:
    device = Authenticator(ADDRESS)
    await ann_with(house, device)
    for part in ("authenticatorData", "signature"):
        async with house.db.transaction() as session:
            options = await passkeys.options_to_show(session, SITE, None, house.clock.now())
            answer = json.loads(device.show(options))
            for damaged in ("", "AAAA", 7, None, answer["response"][part][:20]):
                answer["response"][part] = damaged
                with pytest.raises(Refused):
                    async with session.begin_nested():
                        await passkeys.show_passkey(session, SITE, None, json.dumps(answer), house.clock.now())


async def test_nobody_renames_or_removes_anothers_passkey(house: House) -> None:
    ann = await ann_with(house, Authenticator(ADDRESS))
    bea = await ann_with(house, Authenticator(ADDRESS), "bea.invented@example.org")
    assert ann.id
    assert bea.id
    async with house.db.transaction() as session:
        hers = (await passkeys.passkeys_of(session, bea.id))[0]
        for act in (
            passkeys.remove_passkey(session, ann, hers.id, house.clock.now()),
            passkeys.rename_passkey(session, ann, hers.id, "mine", house.clock.now()),
            passkeys.passkey_of(session, ann, hers.id),
        ):
            with pytest.raises(NotFound):
                await act
        await passkeys.rename_passkey(session, bea, hers.id, "Phone", house.clock.now())
        await passkeys.remove_passkey(session, bea, hers.id, house.clock.now())
        assert await passkeys.passkeys_of(session, bea.id) == []


async def test_the_name_of_a_passkey_is_encrypted(house: House) -> None:
    await ann_with(house, Authenticator(ADDRESS))
    assert "Work laptop" not in str(await raw(house.db, "select * from staff_passkey"))


@pytest.mark.parametrize(
    ("address", "has"),
    [
        ("https://therapies.example.org", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("https://[::1]:8000", False),
        ("http://therapies.example.org", False),
    ],
)
def test_passkeys_are_offered_where_browsers_make_them(address: str, has: bool) -> None:
    assert replace(SITE, address=address).has_passkeys == has


def test_a_clock_that_went_back_makes_no_challenge_last_longer() -> None:
    clock = MovedClock(london(2026, 11, 23, 10))
    challenge = SITE.challenge("show:anyone", clock.now())
    assert SITE.check(challenge, "show:anyone", clock.now())
    assert not SITE.check(challenge, "show:anyone", clock.now() - timedelta(minutes=2))
    assert not SITE.check(challenge[:-1], "show:anyone", clock.now())
    assert not SITE.check(b"", "show:anyone", clock.now())
