"""E-mail through the trust's own SMTP server.

SMTP cannot be asked what it took over. So a message is handed over at most once: whatever fails before its last line
was sent is tried again, and when the answer to that line is lost the message goes to a person's list.
"""

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import aiosmtplib

from notifications.wording import page_of
from notifications.words import DeliveryState, Final, Outgoing, ProviderError, Receipt, Retryable

_PATIENCE = 10.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class WrongAddress(ValueError):
    """SMTP_URL cannot be used."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where e-mail is handed over. `tls` is "start" (after STARTTLS), "at-once", or "none", on this machine only."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = None


def smtp_server(url: str) -> SmtpServer:
    """`smtp://user:password@host:587` means STARTTLS, `smtps://host` TLS from the first byte; `?tls=none` is taken on
    this machine only. WrongAddress."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise WrongAddress("SMTP_URL must be smtp://host:port or smtps://host:port")
    tls = "at-once" if parts.scheme == "smtps" else "start"
    if parse_qs(parts.query).get("tls") == ["none"]:
        if parts.hostname not in _LOOPBACK:
            raise WrongAddress("SMTP_URL without TLS is taken on this machine only")
        tls = "none"
    port = parts.port or (465 if tls == "at-once" else 587)
    user, password = parts.username, parts.password
    return SmtpServer(parts.hostname, port, tls, user and unquote(user), password and unquote(password))


class Smtp:
    """Each message has a connection of its own. `sender` is what the person sees it comes from."""

    name = "SMTP"
    can_be_asked = False

    def __init__(
        self, server: SmtpServer, sender: str, sender_name: str, context: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._sender, self._sender_name = server, sender, sender_name
        self._context = context or ssl.create_default_context()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Taken over by the server. Raises Retryable or Final."""
        letter = self.letter(outgoing).as_bytes(policy=SMTP)
        client = self._client()
        all_said = taken_over = False
        try:
            async with client:
                await client.mail(self._sender)
                await client.rcpt(outgoing.address)
                if time.monotonic() > outgoing.send_before:
                    raise Retryable("too late", may_have_left=False)
                all_said = True
                await client.data(letter)
                taken_over = True
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # What goes wrong in saying goodbye is no matter.
            if not taken_over:
                raise meaning_of(error, all_said=all_said) from None
        return Receipt(DeliveryState.SENT, message_id(outgoing.reference, self._sender))

    async def find(self, reference: UUID) -> Receipt | None:
        """SMTP has no such question."""
        return None

    def letter(self, outgoing: Outgoing) -> EmailMessage:
        """The e-mail. Its Message-ID is the same however often it is tried, so that mailboxes can tell."""
        letter = EmailMessage()
        letter["From"] = formataddr((self._sender_name, self._sender))
        letter["To"] = outgoing.address
        letter["Subject"] = outgoing.subject_line
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = message_id(outgoing.reference, self._sender)
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = outgoing.language
        letter.set_content(outgoing.body)
        if outgoing.template:
            look = page_of(
                outgoing.template,
                outgoing.subject_line,
                outgoing.body,
                outgoing.language,
                large_print=outgoing.large_print,
            )
            letter.add_alternative(look, subtype="html")
        return letter

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            timeout=_PATIENCE,
            use_tls=server.tls == "at-once",
            start_tls=server.tls == "start",
            tls_context=None if server.tls == "none" else self._context,
        )


def message_id(reference: UUID, sender: str) -> str:
    """>>> message_id(UUID(int=1), "post@example.org")
    '<00000000-0000-0000-0000-000000000001@example.org>'"""
    return f"<{reference}@{sender.rpartition('@')[2]}>"


def meaning_of(error: Exception, *, all_said: bool) -> ProviderError:
    """A code of 5xx about the message or its recipient is final; a wrong password is a fault of ours."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refusal.code for refusal in error.recipients]
        return _answered(codes[0] if codes else 550)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPSenderRefused):
        return Retryable("SMTP refused us", may_have_left=False)
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 400:
        return _answered(error.code)
    return Retryable(type(error).__name__, may_have_left=all_said)


def _answered(code: int) -> ProviderError:
    return Final(f"SMTP {code}") if code >= 500 else Retryable(f"SMTP {code}", may_have_left=False)
