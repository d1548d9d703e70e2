"""Copies, corrections, restrictions: nothing that is kept is forgotten to be told."""

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from advice_line.words import Child as AdviceChild
from app.models import metadata
from core.domain.clock import MovedClock, london
from core.domain.errors import NotFound, NotPossible
from core.storage.children import keys_from
from core.storage.columns import EncryptedJSON, EncryptedText
from core.storage.drafts import save_answers, start_draft
from core.storage.keeping import SECRETS, tables_of
from core.storage.marks import is_restricted, marks_on
from core.storage.session import Database, Session
from core.web.house import House
from privacy import queries, rights, rooms
from privacy.words import Child, RequestKind
from tests.advice_line.support import a_therapist, leave
from tests.booking.support import FAMILY, booked, screening, sitting_of
from tests.conftest import Drain
from tests.privacy.rows import plain_row
from tests.privacy.support import HANA, referral

NOW = london(2026, 11, 23, 10)
ROBIN = Child("Robin", "Sample", date(2021, 3, 14), None)
_MARK = "planted-in-{place}"


async def a_childs_records(session: Session) -> None:
    """Robin in every room: a referral, a screening, a message, a draft; and another child who is not Robin."""
    await referral(
        session,
        NOW,
        state="waiting",
        child_first="Robin",
        child_last="Sample",
        child_born="2021-03-14",
        nhs_number="9990000018",
    )
    await referral(
        session,
        NOW,
        state="waiting",
        child_first="Kit",
        child_last="Other",
        child_born="2021-03-14",
        nhs_number="9990000026",
    )
    sitting = await sitting_of(session, screening())
    await booked(session, sitting, NOW, FAMILY)
    await leave(session, NOW, child=AdviceChild("Robin", "Sample", date(2021, 3, 14)))
    draft = await start_draft(session, b"o" * 32, "refer", "1", NOW)
    save_answers(draft, {"child_first": "Robin", "child_last": "Sample", "child_born": "2021-03-14"}, "1", NOW)


async def a_request(session: Session, kind: RequestKind = RequestKind.ACCESS) -> UUID:
    asker = {"name": "Alex Sample", "is": "Father", "contact": "alex@example.org", "checked": "Seen"}
    made = await rights.receive(session, HANA, kind, ROBIN, asker, "Everything, please", date(2026, 11, 20), NOW)
    return made.id


async def a_copy(db: Database, drain: Drain) -> UUID:
    """A copy of all that is found, prepared by the job."""
    async with db.transaction() as session:
        request_id = await a_request(session)
        asked = await queries.request(session, request_id)
        assert asked is not None
        found = await rights.records_about(session, asked)
        await rights.choose(session, HANA, request_id, [one.id for one in found], NOW)
    await drain()
    return request_id


async def test_a_child_is_found_in_every_room_and_nobody_else_is(db: Database, house: House) -> None:
    async with db.transaction() as session:
        await a_childs_records(session)
        found = await rooms.known(session, keys_from(last="Sample", born=date(2021, 3, 14)))
    assert sorted(kept.kind for kept in found) == ["advice-message", "booking", "draft", "referral"]
    assert {kept.first for kept in found} == {"Robin"}


async def test_a_released_copy_has_a_page_and_json_without_what_was_left_out(
    db: Database, house: House, drain: Drain
) -> None:
    async with db.transaction() as session:
        await a_childs_records(session)
    request_id = await a_copy(db, drain)
    async with db.transaction() as session:
        copy = await queries.copy_of(session, request_id)
        assert copy is not None
        assert copy.content is not None
        proposed = {copy.content[n]["value"] for n in copy.left_out}
        assert {"Alex Sample", "alex.sample@example.org", "He has stopped saying new words."} <= proposed
        with pytest.raises(NotFound):
            await rights.fetch(session, HANA, request_id, NOW)
        await rights.release(session, HANA, request_id, copy.left_out, NOW)
        packed = await rights.fetch(session, HANA, request_id, NOW)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert sorted(archive.namelist()) == ["record.html", "record.json"]
    read = archive.read("record.html").decode()
    told = json.loads(archive.read("record.json"))
    assert "Robin" in read
    assert "alex.sample@example.org" not in read + json.dumps(told)
    assert "Kit" not in read
    assert any(piece["left_out"] for piece in told["record"])


async def test_a_copy_is_emptied_when_it_expires(db: Database, house: House, drain: Drain, clock: MovedClock) -> None:
    async with db.transaction() as session:
        await a_childs_records(session)
    request_id = await a_copy(db, drain)
    async with db.transaction() as session:
        await rights.release(session, HANA, request_id, [], NOW)
        assert await rights.empty_expired(session, NOW + timedelta(days=29)) == 0
        assert await rights.empty_expired(session, NOW + timedelta(days=30)) == 1
        with pytest.raises(NotFound):
            await rights.fetch(session, HANA, request_id, NOW)


def _encrypted() -> list[sa.Column[Any]]:
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText | EncryptedJSON)
    ]


def test_every_encrypted_column_belongs_to_a_keeper_or_is_explained() -> None:
    kept = set().union(*(tables_of(keeper) for keeper in rooms.KEEPERS))
    nobodys = [
        str(column)
        for column in _encrypted()
        if column.table.name not in kept and not str(column).startswith(tuple(rooms.NOT_OF_A_CHILD))
    ]
    assert nobodys == []


async def _fill_empty_tables(session: Session, kept: set[str]) -> None:
    """A row in each table of a record that the story did not fill, so that a marker can be planted in it."""
    connection = await session.connection()
    # A recording is a record of its own to the retention rules, and a part of its message to whoever asks for a copy.
    parts = {name for keeper in rooms.KEEPERS for name in tables_of(keeper) - {str(keeper.model.__tablename__)}}
    roots = {keeper.model.__tablename__ for keeper in rooms.KEEPERS} - parts
    for _ in range(3):
        for column in _encrypted():
            table = column.table
            if (
                table.name in roots
                or table.name not in kept
                or await connection.scalar(sa.select(sa.func.count()).select_from(table))
            ):
                continue
            row = await plain_row(session, table)
            if row is not None:
                await connection.execute(sa.insert(table).values(row))


async def _allow_anything(connection: AsyncConnection, tables: set[str]) -> None:
    """A marker makes no sense as a row: what must fit together need not here. Undone with the test."""
    asked = sa.text(
        "select conrelid::regclass::text, conname from pg_constraint"
        " where contype = 'c' and conrelid::regclass::text = any(:tables)"
    )
    for table, name in (await connection.execute(asked, {"tables": sorted(tables)})).all():
        await connection.execute(sa.text(f"alter table {table} drop constraint {name}"))


async def test_a_marker_in_every_encrypted_column_of_a_child_is_in_the_copy(
    db: Database, house: House, drain: Drain
) -> None:
    """Whatever table or column is added later is told, or this fails."""
    async with db.transaction() as session:
        await a_childs_records(session)
    await drain()
    async with db.transaction() as session:
        await a_request(session, RequestKind.CORRECTION)
        await a_therapist(session, NOW)
        keys = keys_from(last="Sample", born=date(2021, 3, 14))
        found = await rooms.known(session, keys)
        kept = set().union(*(tables_of(rooms.BY_KIND[one.kind]) for one in found))
        await session.flush()
        await _allow_anything(await session.connection(), kept)
        await _fill_empty_tables(session, kept)
        planted: dict[str, str] = {}
        connection = await session.connection()
        for column in _encrypted():
            place = f"{column.table.name}.{column.name}"
            if column.table.name not in kept or place in SECRETS or place.startswith(tuple(rooms.NOT_OF_A_CHILD)):
                continue
            marker = _MARK.format(place=place)
            value: Any = {"planted": marker} if isinstance(column.type, EncryptedJSON) else marker
            changed = await connection.execute(sa.update(column.table).values({column.name: value}))
            assert changed.rowcount, f"no row to plant in: teach the story about {place}"
            planted[place] = marker
        told = "".join(
            [
                piece.value
                for kind in {one.kind for one in found}
                for piece in await rooms.BY_KIND[kind].tell(session, [one.id for one in found if one.kind == kind])
            ]
        )
    assert len(planted) > 20
    assert [place for place, marker in planted.items() if marker not in told] == []


async def test_a_correction_is_a_note_and_changes_nothing_that_was_written(db: Database, house: House) -> None:
    async with db.transaction() as session:
        await a_childs_records(session)
        request_id = await a_request(session, RequestKind.CORRECTION)
        asked = await queries.request(session, request_id)
        assert asked is not None
        record = next(one for one in await rights.records_about(session, asked) if one.kind == "referral")
        with pytest.raises(NotFound):
            await rights.correct(session, HANA, request_id, record.id, "Lives with father", NOW)
        await rights.choose(session, HANA, request_id, [record.id], NOW)
        await rights.correct(session, HANA, request_id, record.id, "Lives with father", NOW)
        await session.flush()
        marks = await marks_on(session, record.keys, [record.id])
        assert [mark.words for mark in marks] == ["Lives with father"]
        assert await rooms.BY_KIND["referral"].again(session, [record.id]) == [record]


async def test_a_restriction_marks_the_child_until_it_is_lifted(db: Database, house: House) -> None:
    keys = keys_from(last="Sample", born=date(2021, 3, 14))
    async with db.transaction() as session:
        await a_childs_records(session)
        request_id = await a_request(session, RequestKind.RESTRICTION)
        await rights.restrict(session, HANA, request_id, "Accuracy is contested", NOW)
        await session.flush()
        assert await is_restricted(session, keys)
        await rights.lift(session, HANA, request_id, "Settled, told by phone", NOW)
        await session.flush()
        assert not await is_restricted(session, keys)


async def test_the_clock_is_a_month_and_can_be_extended_once(db: Database, house: House) -> None:
    async with db.transaction() as session:
        request_id = await a_request(session)
        asked = await queries.request(session, request_id)
        assert asked is not None
        assert asked.due_on == date(2026, 12, 20)
        await rights.extend(session, HANA, request_id, "Four siblings", NOW)
        assert asked.due_on == date(2027, 2, 20)
        with pytest.raises(NotPossible):
            await rights.extend(session, HANA, request_id, "Again", NOW)


async def test_access_is_not_answered_before_something_was_released(db: Database, house: House) -> None:
    async with db.transaction() as session:
        request_id = await a_request(session)
        with pytest.raises(NotPossible):
            await rights.answer(session, HANA, request_id, "Sent", NOW)
        await rights.answer(session, HANA, request_id, "Not the father", NOW, refused=True)
