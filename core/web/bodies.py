"""What a form sent, read by us.

Litestar's own reader keeps the last 1,024 form bodies in a process-wide cache (names, NHS numbers, passwords) and
hands out one mutable dict for equal bytes; this one keeps nothing. It also refuses what PostgreSQL cannot store.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from litestar import Request
from litestar.exceptions import ClientException

from core.domain.clock import in_london
from core.web.forms import Form
from core.web.house import House
from core.web.questions import Answers, Question

PageRequest = Request[Any, Any, Any]

_MOST_FIELDS = 500
# Everything in Unicode's C0 and C1 sets but tab and line breaks: nobody types these, and NUL cannot be stored.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_STATE = "frontdoor_body"


async def read_body(request: PageRequest) -> dict[str, list[str]]:
    """Input name → values, control characters taken out. 400 when it is not a form in UTF-8."""
    state = request.scope["state"]
    if _STATE not in state:
        state[_STATE] = _parse(await request.body(), request.headers.get("content-type", ""))
    body: dict[str, list[str]] = state[_STATE]
    return body


def _parse(raw: bytes, content_type: str) -> dict[str, list[str]]:
    if raw and not content_type.lower().startswith("application/x-www-form-urlencoded"):
        raise ClientException("not a form")
    try:
        fields = parse_qs(
            raw.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise ClientException("not readable as a form in UTF-8") from None
    return {printable(name): [printable(value) for value in values] for name, values in fields.items()}


def remember(request: PageRequest, fields: dict[str, list[str]]) -> None:
    """What a body with files said in its other fields, for whoever reads the form."""
    request.scope["state"][_STATE] = fields


def printable(text: str) -> str:
    """The text without control characters."""
    return _UNPRINTABLE.sub("", text)


async def read_form(
    request: PageRequest, house: House, questions: tuple[Question, ...], known: Answers | None = None
) -> Form:
    """The form as it was sent, checked against the questions, with today's date in London."""
    today = in_london(house.clock.now()).date()
    return Form.read(questions, await read_body(request), today=today, known=known, test_numbers=house.demo)


def first(body: dict[str, list[str]], name: str) -> str:
    """One value of a small form that asks nothing (a button, a hidden id); empty when it was not sent."""
    return (body.get(name) or [""])[0]
