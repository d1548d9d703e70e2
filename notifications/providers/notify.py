"""GOV.UK Notify, by its official client.

The client is written on `requests` and is not safe to share between threads: each thread of a small pool has one of its
own, with its connection kept open. Words are composed here; Notify has one pass-through template a channel, with
((subject)) and ((body)).
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import requests
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from notifications.delivery import NOTIFY_STATES
from notifications.words import (
    Channel,
    DeliveryState,
    Final,
    Outgoing,
    ProviderError,
    Receipt,
    Retryable,
    Throttled,
)

# It logs what Notify answered, which may name who was written to.
logging.getLogger("notifications_python_client.base").disabled = True

THREADS = 24
_CONNECT, _READ = 3.05, 10.0
# All threads and tries together; under `delivery.FIRST_ASK` with what came before.
_PATIENCE = 15.0
_TOO_MANY = 10.0
_DAY_IS_FULL = 600.0
_LINES_OF_A_LETTER = 7

Result = TypeVar("Result")


class Notify:
    """`templates`: channel → the id of its pass-through template at Notify."""

    name = "GOV.UK Notify"
    can_be_asked = True

    def __init__(self, api_key: str, base_url: str, templates: Mapping[Channel, str], threads: int = THREADS) -> None:
        self._api_key, self._base_url, self._templates = api_key, base_url.rstrip("/"), templates
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="notify")

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Accepted by Notify; that it was delivered is told later. Raises Retryable, Throttled or Final."""
        told = await self._in_thread(lambda client: _post(client, outgoing, self._templates[outgoing.channel]))
        return Receipt(DeliveryState.SENT, str(told.get("id", "")))

    async def find(self, reference: UUID) -> Receipt | None:
        """By our reference: the newest Notify knows. Raises Retryable or Throttled."""
        told = await self._in_thread(lambda client: _get(client, reference))
        return next((receipt for one in told["notifications"] if (receipt := receipt_of(one))), None)

    def close(self) -> None:
        """Waits for what is under way."""
        self._pool.shutdown()

    async def _in_thread(self, call: Callable[[NotificationsAPIClient], Result]) -> Result:
        working = asyncio.get_running_loop().run_in_executor(self._pool, self._call, call)
        try:
            return await asyncio.wait_for(working, _PATIENCE)
        except TimeoutError:
            raise Retryable("no answer") from None

    def _call(self, call: Callable[[NotificationsAPIClient], Result]) -> Result:
        try:
            return call(self._client())
        except APIError as error:
            # Not chained: the answer may quote an address.
            raise meaning_of(error) from None

    def _client(self) -> NotificationsAPIClient:
        """This thread's own."""
        if not hasattr(self._own, "client"):
            self._own.client = Client(self._api_key, base_url=self._base_url)
        client: NotificationsAPIClient = self._own.client
        return client


class Client(NotificationsAPIClient):
    """The official client, which reads proxies, certificates and passwords out of the environment anew for each
    request; here once."""

    def __init__(self, api_key: str, base_url: str) -> None:
        super().__init__(api_key, base_url=base_url, timeout=(_CONNECT, _READ))  # type: ignore[no-untyped-call]
        session: requests.Session = self.request_session
        session.proxies = get_environ_proxies(base_url, no_proxy=None)
        session.verify = session.merge_environment_settings(base_url, {}, None, None, None)["verify"]
        session.trust_env = False
        # Never tried again by the transport: whether it may have left is ours to judge.
        session.mount(base_url, HTTPAdapter(max_retries=0))


def _post(client: NotificationsAPIClient, outgoing: Outgoing, template: str) -> dict[str, Any]:
    if time.monotonic() > outgoing.send_before:
        raise Retryable("too late", may_have_left=False)
    where = f"/v2/notifications/{_KINDS[outgoing.channel]}"
    return dict(client.post(where, data=as_notify(outgoing, template)))  # type: ignore[no-untyped-call]


def _get(client: NotificationsAPIClient, reference: UUID) -> dict[str, Any]:
    return dict(client.get_all_notifications(reference=str(reference)))  # type: ignore[no-untyped-call]


_KINDS = {Channel.EMAIL: "email", Channel.TEXT: "sms", Channel.LETTER: "letter"}


def as_notify(outgoing: Outgoing, template: str) -> dict[str, Any]:
    """The body of Notify's POST. The reference is the message's id: no personal data."""
    words = {"body": outgoing.body}
    where: dict[str, Any] = {}
    match outgoing.channel:
        case Channel.EMAIL:
            words["subject"] = outgoing.subject_line
            where = {"email_address": outgoing.address}
        case Channel.TEXT:
            where = {"phone_number": outgoing.address}
        case Channel.LETTER:
            lines = [line for line in outgoing.address.splitlines() if line.strip()]
            # The last line is the postcode, whatever must be left out between.
            lines = lines if len(lines) <= _LINES_OF_A_LETTER else [*lines[: _LINES_OF_A_LETTER - 1], lines[-1]]
            words |= {f"address_line_{n}": line for n, line in enumerate(lines, start=1)}
            words["subject"] = outgoing.subject_line
    return {"template_id": template, "personalisation": words, "reference": str(outgoing.reference), **where}


def receipt_of(told: Mapping[str, Any]) -> Receipt | None:
    """What Notify says of one message; None for a word we do not know."""
    state = NOTIFY_STATES.get(str(told.get("status", "")))
    return Receipt(state, str(told.get("id", ""))[:80]) if state else None


def meaning_of(error: APIError) -> ProviderError:
    """Retryable, throttled or final. A key that is refused is a fault of ours, not of the message."""
    if getattr(error, "response", None) is None:
        return Retryable(type(error.__cause__).__name__, may_have_left=not _never_connected(error.__cause__))
    status, kind = error.status_code, f"{error.status_code} {_kind(error)}".strip()
    if status == 429:
        return Throttled(kind, _DAY_IS_FULL if "TooManyRequests" in kind else _TOO_MANY)
    if status == 400:
        return Final(kind)
    return Retryable(kind, may_have_left=status >= 500)


def _kind(error: APIError) -> str:
    """Notify's name of the error, such as `RateLimitError`; its message may quote an address."""
    try:
        return str(error.response.json()["errors"][0]["error"])[:40]  # type: ignore[union-attr]
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.ConnectTimeout):
        return True
    return isinstance(cause, requests.ConnectionError) and "NewConnectionError" in repr(cause)
