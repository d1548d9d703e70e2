"""What is said is written once, with the words it was said in."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from jinja2 import TemplateNotFound
from sqlmodel import select

from core.domain.errors import NotFound
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.columns import keys
from core.storage.session import Database
from core.storage.tasks import Task
from core.web.house import House
from notifications import service, wording
from notifications.api import NO_CHILD, Channel, Recipient, WordsDoNotFit, messages_about
from notifications.models import Message
from notifications.words import DeliveryState
from tests.notifications.support import ADDRESS, WORDS, say

pytestmark = pytest.mark.usefixtures("made_up")


async def rows(db: Database) -> tuple[list[Message], list[Task]]:
    async with db.transaction() as session:
        return list(await session.exec(select(Message))), list(await session.exec(select(Task)))


async def test_a_message_is_written_with_its_task(house: House) -> None:
    message_id = await say(house.db, house)
    messages, tasks = await rows(house.db)
    assert [row.id for row in messages] == [message_id]
    assert messages[0].state is DeliveryState.WAITING
    assert messages[0].subject_line == "Your booking K7MA-4QXA"
    assert messages[0].body == "Dear parent or carer,\n\nFor Ann: https://testserver/bookings/x"
    assert messages[0].recipient == keys().fingerprint("email", "parent@example.org")
    assert [(task.kind, task.payload) for task in tasks] == [("notifications.deliver", {"message_id": str(message_id)})]


async def test_a_cause_that_is_rolled_back_says_nothing(house: House) -> None:
    async with house.db.transaction() as session:
        await service.send_message(
            session,
            template="made-up",
            to=ADDRESS,
            purpose="p",
            subject_id=new_id(),
            occasion="1",
            words=WORDS,
            child=NO_CHILD,
            now=house.clock.now(),
        )
        await session.rollback()
    assert await rows(house.db) == ([], [])


async def test_the_same_thing_is_said_once_to_each_on_each_occasion(house: House) -> None:
    about = new_id()
    first = await say(house.db, house, subject_id=about)
    assert await say(house.db, house, subject_id=about, words=WORDS | {"parent_name": "Bo"}) == first
    others = [
        await say(house.db, house, subject_id=about, occasion="2"),
        await say(house.db, house, subject_id=about, purpose="reminder"),
        await say(house.db, house, subject_id=about, to=Recipient(Channel.EMAIL, "other@example.org")),
        await say(house.db, house, subject_id=about, to=Recipient(Channel.TEXT, "+447700900982")),
        await say(house.db, house),
    ]
    messages, tasks = await rows(house.db)
    assert {row.id for row in messages} == {first, *others}
    assert len(messages) == len(tasks) == 6


async def test_two_workers_that_say_the_same_at_once_say_it_once(real_db: Database, house: House) -> None:
    about = new_id()
    said = await asyncio.gather(*(say(real_db, house, subject_id=about) for _ in range(8)))
    messages, tasks = await rows(real_db)
    assert len(set(said)) == len(messages) == len(tasks) == 1


async def test_the_database_cannot_read_address_or_words(house: House) -> None:
    await say(house.db, house)
    async with house.db.transaction() as session:
        connection = await session.connection()
        stored = str((await connection.execute(sa.text("select * from message"))).all())
        stored += str((await connection.execute(sa.text("select * from task"))).all())
    for secret in ("parent@", "Ann", "Dear parent", "testserver"):
        assert secret not in stored


async def test_a_text_has_no_subject_and_a_letter_has(house: House) -> None:
    text = wording.render("made-up", Channel.TEXT, WORDS)
    assert (text.subject_line, text.body) == ("", "Your booking K7MA-4QXA: https://testserver/bookings/x")
    assert wording.render("made-up", Channel.LETTER, WORDS) == wording.render("made-up", Channel.EMAIL, WORDS)


@pytest.mark.parametrize(
    "words",
    [{}, {k: v for k, v in WORDS.items() if k != "parent_name"}, WORDS | {"unknown": "x"}, WORDS | {"link": "x"}],
)
@pytest.mark.parametrize("channel", Channel)
async def test_words_that_do_not_fit_say_nothing(house: House, words: dict[str, str], channel: Channel) -> None:
    with pytest.raises(WordsDoNotFit):
        await say(house.db, house, words=words, to=Recipient(channel, "x@example.org"))
    assert await rows(house.db) == ([], [])


async def test_a_template_nobody_wrote_says_nothing(house: House) -> None:
    with pytest.raises((WordsDoNotFit, TemplateNotFound)):
        await say(house.db, house, template="nobody-wrote-this")
    with pytest.raises(TemplateNotFound):
        await say(house.db, house, template="nobody-wrote-this", words={})


async def test_what_people_typed_brings_no_link_into_a_message(house: House) -> None:
    typed = "Ann, pay at https://evil.example\n\nDear parent"
    said = wording.render("made-up", Channel.EMAIL, WORDS | {"parent_name": typed})
    assert "https://evil" not in said.body
    assert said.body.count("\n\n") == 1


async def test_everything_said_about_one_thing_is_found(house: House) -> None:
    about = new_id()
    first = await say(house.db, house, subject_id=about)
    second = await say(house.db, house, subject_id=about, occasion="2")
    await say(house.db, house)
    async with house.db.transaction() as session:
        found = await messages_about(session, about)
    assert [view.id for view in found] == [first, second]
    assert found[0].address == "parent@example.org"
    assert "parent@" not in repr(found[0])
    assert "Ann" not in repr(found[0])


async def test_a_message_nobody_wrote_is_not_found(house: House) -> None:
    async with house.db.transaction() as session:
        with pytest.raises(NotFound):
            await service.read_message(session, PUBLIC, new_id(), house.clock.now())


def test_recipients_keep_their_address_out_of_logs() -> None:
    shown: Any = repr(ADDRESS)
    assert "parent@" not in shown
