"""A person at a browser: does what people do, by the words they see, and checks every page for barriers on the way."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, expect

AXE = Path(__file__).parents[2] / "assets" / "node_modules" / "axe-core" / "axe.min.js"

# WCAG 2.2 AA and what axe's authors call best practice. One finding is passed over: NHS.UK's own script says of a radio
# that reveals a question that it is expanded or not, which screen readers tell and ARIA does not allow on radios.
_RUN_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .map(v => ({...v, nodes: v.nodes.filter(n => v.id !== 'aria-allowed-attr'
    || !document.querySelector(n.target.join(' '))?.matches('.nhsuk-radios__input[aria-expanded]'))}))
  .filter(v => v.nodes.length)
  .map(v => `${v.id} (${v.impact}): ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)"""


# What tells one page from another for axe: all words and marks, but no ids and tokens, and how wide it is.
_PAGE = """() => innerWidth + document.documentElement.outerHTML
  .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '').replace(/value="[\\w.-]{32,}"/g, '')"""
_met: set[int] = set()


class Person:
    """One browser of one person. With JavaScript off the pages are used all the same; axe needs it and rests."""

    def __init__(self, page: Page, address: str, *, javascript: bool) -> None:
        self.page, self.address, self.javascript = page, address, javascript
        self.problems: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))

    async def closes_and_opens_again(self) -> None:
        """The page is gone, the browser keeps its cookies."""
        context = self.page.context
        await self.page.close()
        self.page = await context.new_page()

    def _heard(self, message: Any) -> None:
        # A 4xx we provoke is logged by the browser as an error; a broken policy or script is a fault of ours.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    async def opens(self, path: str) -> None:
        """Goes to an address of the service."""
        await self.page.goto(path if path.startswith("http") else self.address + path)
        await self.meets_no_barrier()

    async def follows(self, link: str | re.Pattern[str]) -> None:
        """Clicks the first link with these words."""
        await self._and_waits(self.page.get_by_role("link", name=link).first)

    async def follows_button(self, words: str | re.Pattern[str]) -> None:
        """Clicks a link that looks like a button, which the design system also calls one."""
        await self._and_waits(self.page.locator("a.nhsuk-button", has_text=words).first)

    async def presses(self, button: str | re.Pattern[str]) -> None:
        await self._and_waits(self.page.get_by_role("button", name=button).first)

    async def _and_waits(self, what: Locator) -> None:
        before = await self.page.evaluate("performance.timeOrigin")
        await what.click()
        await self.page.wait_for_load_state("load")
        for _ in range(100):
            if not self.javascript or await self._time_origin() not in (before, 0):
                break
            await self.page.wait_for_timeout(20)
        await self.page.wait_for_load_state("load")
        await self.meets_no_barrier()

    async def _time_origin(self) -> float:
        try:
            # A page that has only just begun has a beginning and nothing on it yet.
            return float(await self.page.evaluate("document.body ? performance.timeOrigin : 0"))
        except Exception:  # noqa: BLE001 - the page is changing under us; look again
            return 0.0

    async def continues(self) -> None:
        await self.presses("Continue")

    async def chooses(self, *labels: str) -> None:
        """Ticks radios or boxes by their words."""
        for label in labels:
            await self.page.get_by_label(label, exact=True).check()

    async def fills(self, label: str | re.Pattern[str], text: str) -> None:
        await self.page.get_by_label(label).first.fill(text)

    async def selects(self, label: str, option: str) -> None:
        """Chooses from a list by its words."""
        shown = re.compile(rf"^\s*{re.escape(label)}(\s+\(optional\))?\s*$")
        await self.page.get_by_label(shown).select_option(label=option)

    async def fills_date(self, group: str | re.Pattern[str], day: str, month: str, year: str) -> None:
        fields = self.page.get_by_role("group", name=group)
        for label, text in (("Day", day), ("Month", month), ("Year", year)):
            await fields.get_by_label(label).fill(text)

    async def sees(self, *words: str | re.Pattern[str]) -> None:
        for told in words:
            await expect(self.page.get_by_role("main").get_by_text(told).first).to_be_visible()

    async def does_not_see(self, *words: str | re.Pattern[str]) -> None:
        for told in words:
            await expect(self.page.get_by_role("main").get_by_text(told)).to_have_count(0)

    async def sees_heading(self, words: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(words)

    async def is_told_what_is_wrong(self, message: str) -> None:
        """ "Error: " in the title, the summary in focus, and its link leading to the field that is wrong."""
        await expect(self.page).to_have_title(re.compile("^Error: "))
        summary = self.page.locator(".nhsuk-error-summary")
        link = summary.get_by_role("link", name=message)
        await expect(link).to_be_visible()
        if self.javascript:
            await expect(summary).to_be_focused()
            await link.click()
            target = (await link.get_attribute("href") or "").lstrip("#")
            await expect(self.page.locator(f"[id='{target}']")).to_be_focused()

    async def reads(self, selector: str) -> str:
        """The words at one place of the page."""
        return (await self.page.locator(selector).first.inner_text()).strip()

    async def meets_no_barrier(self) -> None:
        """axe finds nothing, the page is not wider than its window, and the browser has not complained."""
        assert not self.problems, self.problems
        if not self.javascript:
            return
        # Looking takes longer than all else: the very same page, met in another story, is looked at once.
        page = hash(await self.page.evaluate(_PAGE))
        if page not in _met:
            await self._runs_axe()
            _met.add(page)
        overflow = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{self.page.url} is {overflow}px wider than its window"

    async def _runs_axe(self) -> None:
        await self.page.evaluate(AXE.read_text(encoding="utf-8") if not await self._has_axe() else "0")
        violations = await self.page.evaluate(_RUN_AXE)
        assert not violations, f"{self.page.url}: {violations}"

    async def _has_axe(self) -> bool:
        return bool(await self.page.evaluate("typeof axe !== 'undefined'"))


async def new_person(context: BrowserContext, address: str, *, javascript: bool) -> Person:
    page = await context.new_page()
    page.set_default_timeout(10_000)
    return Person(page, address, javascript=javascript)
