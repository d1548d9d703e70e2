"""A family in a rush: from the list of sessions to the reference, as a browser without JavaScript would ask for it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx

from benchmarks.lean import Browser, Reply
from benchmarks.robot import REFERENCE, Robot

LIST = "/sessions"
HOLD = "/sessions/hold"
_MOST_PAGES = 40
Answers = Mapping[str, Mapping[str, str]]

# The robot takes the first choice of a page; who books here is a parent who wants an e-mail.
PREFERS = {"contact_by": "email", "role": "parent"}


class Unclear(Exception):
    """The service said something a family cannot make sense of."""


@dataclass
class Family:
    """`told` ends as "booked" or "gone"; `pressed_at` is `time.perf_counter`'s. `check` is the page seen last."""

    browser: Browser
    answers: Answers
    sitting: str = ""
    told: str = ""
    reference: str = ""
    pressed_at: float = 0.0
    check: Reply | None = None
    base: str = ""

    async def books(self, list_page: str = LIST) -> None:
        """The whole way: list, hold, details, check, confirm, and the page with the reference."""
        await self.looks(list_page)
        if await self.holds():
            await self.tells()
            await self.confirms()
            await self.reads_reference()

    async def looks(self, list_page: str = LIST) -> None:
        """Opens the list of times."""
        self.check = self._clear(await self.browser.get(list_page), 200)

    async def holds(self) -> bool:
        """Presses the button of a time; False when it has gone."""
        assert self.check is not None
        self.pressed_at = time.perf_counter()
        reply = self._clear(await self.browser.post(HOLD, self.check.hidden | {"sitting": self.sitting}), 303, 409)
        self.base = reply.location
        self.told = "gone" if reply.status == 409 else ""
        return not self.told

    async def tells(self) -> None:
        """Answers every question, up to the page that shows them all."""
        where = self.base
        for _ in range(_MOST_PAGES):
            page = await self.browser.get(where)
            while page.status == 303:
                where = page.location
                page = await self.browser.get(where)
            self._clear(page, 200)
            if where.endswith("/check"):
                self.check = page
                return
            slug = where.rsplit("/", 1)[-1]
            where = self._clear(await self.browser.post(where, page.hidden | dict(self.answers[slug])), 303).location
        raise Unclear("no end of questions")

    async def confirms(self) -> None:
        """Presses the button that books."""
        assert self.check is not None
        reply = self._clear(await self.browser.post(f"{self.base}/check", self.check.hidden), 303)
        self.told = "gone" if reply.location.endswith("/gone") else "booked"

    async def reads_reference(self) -> None:
        """Where the last press led to."""
        page = self._clear(
            await self.browser.get(f"{self.base}/{'sent' if self.told == 'booked' else 'gone'}"), 200, 409
        )
        found = REFERENCE.search(page.body)
        self.reference = found[0] if found and self.told == "booked" else ""

    def _clear(self, reply: Reply, *expected: int) -> Reply:
        if reply.status not in expected:
            raise Unclear(f"{reply.status} at {self.base or LIST}")
        return reply


async def learn_answers(client: httpx.AsyncClient) -> Answers:
    """What to answer on each page, by its last word: learned from a robot that reads the pages as they are today."""
    learned: dict[str, dict[str, str]] = {}

    async def note(request: httpx.Request) -> None:
        if request.method == "POST":
            path = urlsplit(str(request.url)).path
            typed = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
            learned[path.rsplit("/", 1)[-1]] = {name: value for name, value in typed.items() if name != "form_token"}

    client.event_hooks["request"].append(note)
    robot = Robot(client, PREFERS)
    await robot.opens(LIST)
    await robot.sends("hold")
    await robot.goes_on()
    client.event_hooks["request"].remove(note)
    return learned
