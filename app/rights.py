"""Prints who may do what and who may open which page: `python -m app.rights > docs/rights.md`. A test keeps the page
true, and another asks every page as every role and compares."""

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

import advice_line.rules
import booking.access
import referral.rules
from accounts.api import RIGHTS
from app.routes import HANDLERS
from core.domain.identity import Right, Role
from core.web.guards import Access, accesses_of, rights_named

_HEAD = """# Who may do what

Printed from `accounts/rules.py` (`RIGHTS`), the guards of the pages and the rules of the rooms by
`python -m app.rights > docs/rights.md`. Read it like a contract: a change here is a change of who sees children's
records. `tests/house/test_rights.py` asks every page as every role and compares with this page. What is not listed is
refused.

## Rights
"""
_RECORDS = """
## Which records

A right opens a page; a record on it also needs a reason: my case, my call, my clinic, my triage, my service. Lists
show only what these rules allow. Without a reason, whoever may break glass types one: the record opens for 60 minutes
for this person, governance is told, and all of it stays on the audit trail. Staff who are marked as family of the
child open nothing about that child.

| Record | Rule | Who has a reason |
|---|---|---|
"""
_PAGES = """
## Pages

`anyone` and `family` pages are public; a family page asks for an unguessable link and something only the family knows.

| Page | Guard | Roles |
|---|---|---|
"""
_RULES = (
    ("Referral", referral.rules.reason_to_see),
    ("Advice message", advice_line.rules.reason_to_see),
    ("Booking", booking.access.reason_to_see),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One way into the service. All of `accesses` must let somebody in."""

    method: str
    path: str
    accesses: tuple[Access, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: Litestar) -> list[Route]:
    """Every page, in the order of addresses. OPTIONS is Litestar's own and shows nothing."""
    found = [
        Route(method, route.path, tuple(accesses))
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and (accesses := accesses_of(handler))
        for method in sorted(handler.http_methods - {"OPTIONS"})
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def roles_for(accesses: Iterable[Access]) -> str:
    """The roles these guards let in, as the page prints them."""
    asked = [rights for access in accesses if (rights := rights_named(access)) is not None]
    if not asked:
        return "public"
    return ", ".join(role for role in Role if all(not any_of or any_of & RIGHTS[role] for any_of in asked)) or "nobody"


def page() -> str:
    """The whole of docs/rights.md."""
    app = Litestar(
        [*HANDLERS],
        dependencies={"house": Provide(_nothing, sync_to_thread=False)},
        openapi_config=None,
        logging_config=None,
    )
    return _HEAD + "\n".join([*_rights(), ""]) + _RECORDS + "".join(_records()) + _PAGES + "".join(_pages(app))


def _nothing() -> object:
    """This application is only looked at."""
    return None


def _rights() -> Iterator[str]:
    yield "\n| Right | " + " | ".join(Role) + " |"
    yield "|---|" + "---|" * len(Role)
    for right in Right:
        yield f"| {right} | " + " | ".join("yes" if right in RIGHTS[role] else "" for role in Role) + " |"


def _records() -> Iterator[str]:
    for record, rule in _RULES:
        told = (inspect.getdoc(rule) or "").split("is no reason.")[-1]
        yield f"| {record} | `{rule.__module__}.{rule.__name__}` | {' '.join(told.split())} |\n"


def _pages(app: Litestar) -> Iterator[str]:
    for route in routes_of(app):
        words = " and ".join(access.words.split(":")[0] for access in route.accesses)
        yield f"| {route.name} | {words} | {roles_for(route.accesses)} |\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
