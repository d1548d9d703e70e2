"""Codes are taken once, whoever asks at the same time."""

import asyncio
from datetime import datetime
from uuid import UUID

import pyotp
import pytest
from sqlmodel import select

from accounts import factors, queries
from accounts.models import AuthenticatorApp, RecoveryCode
from accounts.rules import actor_of
from accounts.words import Factor, Factors
from core.domain.clock import MovedClock
from core.domain.errors import NotPossible
from core.domain.identity import Actor
from core.storage.session import Database
from core.web.house import House
from tests.accounts.support import add_ann, raw

STEP = 30


async def actor(db: Database, staff_id: UUID) -> Actor:
    async with db.transaction() as session:
        return actor_of((await queries.staff_views(session, [staff_id]))[staff_id])


async def with_app(db: Database, staff_id: UUID, now: datetime) -> pyotp.TOTP:
    """Ann's phone, set up five minutes ago."""
    ann = await actor(db, staff_id)
    async with db.transaction() as session:
        totp = pyotp.TOTP(await factors.offer_app(session, staff_id, now))
    early = datetime.fromtimestamp(now.timestamp() - 300, now.tzinfo)
    async with db.transaction() as session:
        assert await factors.confirm_app(session, ann, totp.at(early), early)
    return totp


async def takes(db: Database, staff_id: UUID, code: str, now: datetime) -> Factor | None:
    async with db.transaction() as session:
        return await factors.take_code(session, staff_id, code, now)


async def test_an_app_counts_only_once_a_code_has_come_back(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    me = await actor(house.db, ann)
    async with house.db.transaction() as session:
        secret = await factors.offer_app(session, ann, clock.now())
        assert secret == await factors.offer_app(session, ann, clock.now())
        assert not (await factors.factors_of(session, ann)).any
        assert not await factors.confirm_app(session, me, "000000", clock.now())
        assert await factors.take_code(session, ann, pyotp.TOTP(secret).at(clock.now()), clock.now()) is None
        assert await factors.confirm_app(session, me, pyotp.TOTP(secret).at(clock.now()), clock.now())
        assert (await factors.factors_of(session, ann)).app


async def test_the_code_that_confirmed_the_app_opens_nothing(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    me = await actor(house.db, ann)
    async with house.db.transaction() as session:
        totp = pyotp.TOTP(await factors.offer_app(session, ann, clock.now()))
        assert await factors.confirm_app(session, me, totp.at(clock.now()), clock.now())
    assert await takes(house.db, ann, totp.at(clock.now()), clock.now()) is None


async def test_a_code_is_taken_once_and_none_before_it(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    totp = await with_app(house.db, ann, clock.now())
    now, earlier = totp.at(clock.now()), totp.at(clock.now().timestamp() - STEP)
    assert await takes(house.db, ann, f" {now[:3]} {now[3:]} ", clock.now()) is Factor.APP
    assert await takes(house.db, ann, now, clock.now()) is None
    assert await takes(house.db, ann, earlier, clock.now()) is None
    clock.move_on(seconds=STEP)
    assert await takes(house.db, ann, now, clock.now()) is None
    assert await takes(house.db, ann, totp.at(clock.now()), clock.now()) is Factor.APP


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_clocks_may_differ_by_half_a_minute(house: House, clock: MovedClock, steps: int, fits: bool) -> None:
    ann = await add_ann(house.db, clock.now())
    totp = await with_app(house.db, ann, clock.now())
    code = totp.at(clock.now().timestamp() + steps * STEP)
    assert (await takes(house.db, ann, code, clock.now()) is Factor.APP) == fits


async def test_of_many_at_once_with_one_code_one_comes_in(real_db: Database, house: House, clock: MovedClock) -> None:
    ann = await add_ann(real_db, clock.now())
    totp = await with_app(real_db, ann, clock.now())
    code = totp.at(clock.now())
    found = await asyncio.gather(*(takes(real_db, ann, code, clock.now()) for _ in range(10)))
    assert found.count(Factor.APP) == 1


async def test_looking_first_and_writing_then_would_let_several_in(
    real_db: Database, house: House, clock: MovedClock
) -> None:
    """The negative control: without the one statement that only moves forward, the race above is lost."""
    ann = await add_ann(real_db, clock.now())
    totp = await with_app(real_db, ann, clock.now())
    step, everybody = int(clock.now().timestamp()) // STEP, asyncio.Barrier(5)

    async def naive() -> bool:
        async with real_db.transaction() as session:
            app = (await session.exec(select(AuthenticatorApp))).one()
            fits = app.last_step < step and totp.generate_otp(step) == totp.at(clock.now())
            await everybody.wait()
            app.last_step = step
            return fits

    assert sum(await asyncio.gather(*(naive() for _ in range(5)))) > 1


async def test_ten_recovery_codes_each_once(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    me = await actor(house.db, ann)
    async with house.db.transaction() as session:
        codes = await factors.new_recovery_codes(session, me, clock.now())
    assert len(set(codes)) == 10
    stored = str(await raw(house.db, "select * from staff_recovery_code"))
    assert not any(code.replace("-", "") in stored or code in stored for code in codes)
    assert await takes(house.db, ann, codes[0].lower(), clock.now()) is Factor.RECOVERY_CODE
    assert await takes(house.db, ann, codes[0], clock.now()) is None
    assert await takes(house.db, ann, codes[1].replace("-", " "), clock.now()) is Factor.RECOVERY_CODE
    async with house.db.transaction() as session:
        assert (await factors.factors_of(session, ann)).codes_left == 8
        await factors.new_recovery_codes(session, me, clock.now())
    assert await takes(house.db, ann, codes[2], clock.now()) is None


async def test_of_many_at_once_with_one_recovery_code_one_comes_in(
    real_db: Database, house: House, clock: MovedClock
) -> None:
    ann = await add_ann(real_db, clock.now())
    me = await actor(real_db, ann)
    async with real_db.transaction() as session:
        codes = await factors.new_recovery_codes(session, me, clock.now())
    found = await asyncio.gather(*(takes(real_db, ann, codes[0], clock.now()) for _ in range(10)))
    assert found.count(Factor.RECOVERY_CODE) == 1
    everybody = asyncio.Barrier(3)

    async def naive() -> bool:
        async with real_db.transaction() as session:
            code = (await session.exec(select(RecoveryCode).where(RecoveryCode.used_at == None).limit(1))).one()  # noqa: E711
            await everybody.wait()
            code.used_at = clock.now()
            return True

    assert sum(await asyncio.gather(*(naive() for _ in range(3)))) > 1  # the negative control


async def test_one_colleagues_code_is_no_use_to_another(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    bea = await add_ann(house.db, clock.now(), email="bea.invented@example.org")
    totp = await with_app(house.db, ann, clock.now())
    async with house.db.transaction() as session:
        codes = await factors.new_recovery_codes(session, await actor(house.db, ann), clock.now())
    assert await takes(house.db, bea, totp.at(clock.now()), clock.now()) is None
    assert await takes(house.db, bea, codes[0], clock.now()) is None


async def test_the_secret_is_not_in_the_database_as_it_is(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    totp = await with_app(house.db, ann, clock.now())
    assert totp.secret not in str(await raw(house.db, "select * from staff_authenticator"))


@pytest.mark.parametrize(
    ("known", "going", "required", "may"),
    [
        (Factors(app=True), Factor.APP, True, False),
        (Factors(app=True), Factor.APP, False, True),
        (Factors(app=True, passkeys=1), Factor.APP, True, True),
        (Factors(app=True, passkeys=1), Factor.PASSKEY, True, True),
        (Factors(passkeys=1, codes_left=10), Factor.PASSKEY, True, False),
        (Factors(passkeys=2), Factor.PASSKEY, True, True),
    ],
)
def test_the_last_second_factor_stays_where_one_is_demanded(
    known: Factors, going: Factor, required: bool, may: bool
) -> None:
    if may:
        factors.check_may_go(known, going, required=required)
    else:
        with pytest.raises(NotPossible):
            factors.check_may_go(known, going, required=required)
