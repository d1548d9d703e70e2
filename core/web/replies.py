"""Answers: a page, a way on, a part of a page for htmx."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.enums import MediaType

from core.domain.identity import PUBLIC, Actor
from core.web.bodies import PageRequest
from core.web.csrf import FIELD, make_token
from core.web.house import House

Page = Response[str]


def page(request: PageRequest, house: House, template: str, *, status: int = 200, **context: Any) -> Page:
    """Renders a template for whoever asks. Pages are never kept by a browser or proxy: they hold health data."""
    actor: Actor = request.scope.get("user") or PUBLIC
    words = {
        "actor": actor,
        "profile": house.profile,
        "demo": house.demo,
        "path": request.url.path,
        "form_token": lambda: make_token(request, house),
        "form_token_field": FIELD,
        "now": house.clock.now(),
        # Who else signs staff in, where somebody does.
        "federation_name": getattr(request.app.state.get("federation"), "name", ""),
        # The parts of the service this colleague works in, for the navigation.
        "rooms": request.app.state.rooms_of(actor.rights) if actor.is_staff else (),
    }
    html = house.templates.render(template, words | context)
    return Response(html, status_code=status, media_type=MediaType.HTML)


def is_htmx(request: PageRequest) -> bool:
    """True when htmx asks for a part of a page; a full page is still right when it restores history."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def see(request: PageRequest, where: str) -> Page:
    """Sends the person to another of our pages (303, so that reload does not send a form again)."""
    where = local(where)
    if is_htmx(request):
        # htmx would follow a 303 by itself and put the whole page into a part of this one.
        return Response("", status_code=200, headers={"HX-Redirect": where}, media_type=MediaType.HTML)
    return Response("", status_code=303, headers={"Location": where}, media_type=MediaType.HTML)


def local(where: str, otherwise: str = "/") -> str:
    """`where` when it is an address of our own, else `otherwise`: nobody is sent to another site."""
    try:
        parts = urlsplit(where)
    except ValueError:
        return otherwise
    ours = where.startswith("/") and not where.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return where if ours and where.isprintable() and "\\" not in where else otherwise


def download(content: bytes, media_type: str, filename: str) -> Response[bytes]:
    """A file to keep; the name is ours, never what a person typed."""
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
