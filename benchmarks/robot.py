"""A family made of HTTP: reads each page, fills in what it finds by the names of the fields, and goes on to the end.

It knows no journey by heart, so it keeps working when questions change; `answers` says what it prefers.
"""

import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from core.domain.ids import SPOKEN
from core.web.csrf import FIELD

# The way on from a list of tasks.
_GO_ON = re.compile(r'<a [^>]*href="([^"]+)"[^>]*id="go-on"')
# A referral to one therapy takes 45; whoever needs twice as many goes round in circles.
MOST_PAGES = 90
REFERENCE = re.compile(rf"\b[{SPOKEN}]{{4}}-[{SPOKEN}]{{4}}\b")

# Everything here is invented: Ofcom's and IANA's names and numbers for examples.
PLAUSIBLE: Mapping[str, str] = {
    "email": "parent@example.org",
    "tel": "07700 900123",
    "day": "9",
    "month": "2",
    "year": "2021",
    "postcode": "AL1 3JE",
    "nhs": "999 000 0018",
    "text": "Invented",
    "textarea": "An invented worry, in an invented family.",
}


class Gone(Exception):
    """The journey could not go on: the service said no (a full sitting, an error page)."""


@dataclass
class _Field:
    name: str
    kind: str
    value: str = ""
    choices: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    """The forms of a page: (action, method, fields). Radios and boxes of one name are one field."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, _Field]]] = []
        self._select: _Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((told.get("action", ""), told.get("method", "get"), {}))
        elif self.forms and tag in ("input", "textarea", "select", "button") and told.get("name"):
            self._add(tag, told)
        elif tag == "option" and self._select is not None and told.get("value"):
            self._select.choices.append(told["value"])

    def _add(self, tag: str, told: dict[str, str]) -> None:
        fields = self.forms[-1][2]
        kind = told.get("type", "text") if tag == "input" else tag
        this = fields.setdefault(told["name"], _Field(told["name"], kind, told.get("value", "")))
        if kind in ("radio", "checkbox", "button"):
            this.choices.append(told.get("value", "on"))
        if tag == "select":
            self._select = this

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None


class Robot:
    """One family at one browser. `answers` maps a field's name to what is answered there."""

    def __init__(self, client: httpx.AsyncClient, answers: Mapping[str, Any] | None = None) -> None:
        self.client, self.answers = client, dict(answers or {})
        self.page: httpx.Response | None = None
        # By path: what is done there instead of filling in the form.
        self.by_hand: dict[str, Callable[[Robot], Awaitable[None]]] = {}

    async def opens(self, path: str) -> httpx.Response:
        self.page = await self.client.get(path, follow_redirects=True)
        if self.page.status_code >= 400:
            raise Gone(f"{path}: {self.page.status_code}")
        return self.page

    async def walks(self, first_page: str, *, most_pages: int = MOST_PAGES) -> str:
        """From the first page of a journey to its confirmation; returns the reference shown there."""
        await self.opens(first_page)
        return await self.goes_on(most_pages=most_pages)

    async def goes_on(self, *, most_pages: int = MOST_PAGES) -> str:
        """From wherever it is to the confirmation."""
        for _ in range(most_pages):
            assert self.page is not None
            if self.page.url.path.endswith("/sent"):
                return self._reference()
            way_on, by_hand = _GO_ON.search(self.page.text), self.by_hand.get(self.page.url.path)
            await (by_hand(self) if by_hand else self.opens(way_on[1]) if way_on else self.sends())
        raise Gone(f"no end after {most_pages} pages, at {self.page and self.page.url.path}")

    def token(self) -> str:
        """What the forms of this page carry so that nobody else sends them."""
        assert self.page is not None
        parser = _Forms()
        parser.feed(self.page.text)
        return next((fields[FIELD].value for _, _, fields in parser.forms if FIELD in fields), "")

    async def sends(self, action_holds: str = "") -> httpx.Response:
        """Fills in and sends the form of this page (the one whose action holds these words)."""
        assert self.page is not None
        parser = _Forms()
        parser.feed(self.page.text)
        action, fields = next(
            ((a, f) for a, method, f in parser.forms if method.lower() == "post" and action_holds in a), (None, None)
        )
        if action is None or fields is None:
            raise Gone(f"nothing to send at {self.page.url.path}")
        body = {name: self._answer(one) for name, one in fields.items()}
        where = str(self.page.url.join(action)) if action else str(self.page.url)
        reply = await self.client.post(where, data={k: v for k, v in body.items() if v is not None})
        if reply.status_code != 303:
            raise Gone(f"{where}: {reply.status_code}")
        return await self.opens(reply.headers["location"])

    def _answer(self, one: _Field) -> Any:
        if one.name == FIELD or one.kind == "hidden":
            return one.value
        if one.name in self.answers:
            return self.answers[one.name]
        if one.kind == "button":
            return random.choice(one.choices)
        if one.kind in ("radio", "checkbox", "select"):
            return one.choices[0] if one.choices else None
        part = one.name.rsplit("-", 1)[-1]
        return next(
            (text for word, text in PLAUSIBLE.items() if word in (part, one.kind) or word in one.name), "Invented"
        )

    def _reference(self) -> str:
        assert self.page is not None
        found = REFERENCE.search(self.page.text)
        if not found:
            raise Gone("no reference on the confirmation page")
        return found[0]
