"""E-mail through a real SMTP server on this machine."""

import math
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core.domain.ids import new_id
from notifications.providers.smtp import Smtp, SmtpServer, WrongAddress, message_id, smtp_server
from notifications.words import Channel, DeliveryState, Final, Outgoing, Retryable


class Mailbox:
    """Takes what it gets; `answers` are said instead, to the command they name."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answers: dict[str, str] = {}

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("2") or answer == "hang up":
            self.taken.append(envelope.content)
        if answer == "hang up":
            server.transport.abort()
        return answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[Smtp]:
    # The controller asks its own port whether it is up, so it must know it.
    from app.embedded import free_port

    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield Smtp(SmtpServer("127.0.0.1", controller.port, "none"), "therapies@example.org", "Children's therapies")
    controller.stop()


def outgoing(send_before: float = math.inf) -> Outgoing:
    words = "Your booking K7MA-4QXA", "Dear parent,\n\nłé\n"
    return Outgoing(new_id(), Channel.EMAIL, "parent@example.org", *words, send_before)


async def test_it_arrives_whole_with_an_id_that_stays_the_same(smtp: Smtp, mailbox: Mailbox) -> None:
    one = outgoing()
    receipt = await smtp.send(one)
    assert receipt.state is DeliveryState.SENT
    letter = message_from_bytes(mailbox.taken[0], policy=default)
    assert letter["Message-ID"] == receipt.provider_id == message_id(one.reference, "therapies@example.org")
    assert (letter["To"], letter["Subject"]) == ("parent@example.org", "Your booking K7MA-4QXA")
    assert letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Dear parent,\n\nłé\n"


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("RCPT", "550 no such mailbox", Final),
        ("DATA", "554 not wanted", Final),
        ("RCPT", "451 try again", Retryable),
        ("DATA", "452 full", Retryable),
        ("MAIL", "530 who are you", Retryable),
    ],
)
async def test_refusals_are_final_or_for_now_and_leave_nothing(
    smtp: Smtp, mailbox: Mailbox, command: str, answer: str, kind: type[Exception]
) -> None:
    mailbox.answers = {command: answer}
    with pytest.raises(kind) as said:
        await smtp.send(outgoing())
    assert not getattr(said.value, "may_have_left", False)
    assert "parent@" not in str(said.value)
    assert mailbox.taken == []


async def test_a_line_cut_after_the_last_word_may_have_left(smtp: Smtp, mailbox: Mailbox) -> None:
    mailbox.answers = {"DATA": "hang up"}
    with pytest.raises(Retryable) as said:
        await smtp.send(outgoing())
    assert said.value.may_have_left


async def test_what_was_kept_waiting_too_long_is_not_handed_over(smtp: Smtp, mailbox: Mailbox) -> None:
    with pytest.raises(Retryable, match="too late") as said:
        await smtp.send(outgoing(send_before=time.monotonic() - 1))
    assert not said.value.may_have_left
    assert mailbox.taken == []


async def test_where_nobody_listens_nothing_has_left() -> None:
    with pytest.raises(Retryable) as said:
        await Smtp(SmtpServer("127.0.0.1", 1, "none"), "a@example.org", "A").send(outgoing())
    assert not said.value.may_have_left


async def test_it_cannot_be_asked(smtp: Smtp) -> None:
    assert not smtp.can_be_asked
    assert await smtp.find(new_id()) is None


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 587, "start")),
        ("smtps://mail.example.org", SmtpServer("mail.example.org", 465, "at-once")),
        ("smtp://u%40x:p%3A@mail.example.org:25", SmtpServer("mail.example.org", 25, "start", "u@x", "p:")),
        ("smtp://127.0.0.1:2525?tls=none", SmtpServer("127.0.0.1", 2525, "none")),
    ],
)
def test_addresses_of_servers(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


@pytest.mark.parametrize("url", ["http://x", "mail.example.org", "smtp://mail.example.org?tls=none"])
def test_an_address_that_would_send_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(WrongAddress):
        smtp_server(url)
