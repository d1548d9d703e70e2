"""`frontdoor invite`: the first administrator of a new service, and a way back in when the last one is gone."""

from dataclasses import dataclass

from accounts.api import invite_first
from app.wiring import make_bench, make_engine_for, make_redis
from core.domain.errors import Invalid
from core.domain.identity import Role
from core.domain.settings import Settings
from core.storage.jobs import Workbench
from notifications.postroom import post_room_of
from notifications.providers.on_screen import Nobody, OnScreen
from notifications.words import Channel


@dataclass(frozen=True, slots=True)
class Invited:
    """Where the invitation went: by e-mail, or as a link for whoever runs the command to hand over."""

    by_email: bool
    link: str = ""


class NotInvited(Exception):
    """Nothing was changed; the message says why."""


async def invite_colleague(settings: Settings, email: str, name: str, role: Role) -> Invited:
    """An account that opens through a link, once and for a week. NotInvited when the address cannot be one or has an
    account already."""
    engine, redis = make_engine_for(settings), make_redis(settings.redis_url or "redis://127.0.0.1:1")
    try:
        return await invite_with(make_bench(settings, engine, redis), email, name, role)
    finally:
        await redis.aclose()
        await engine.dispose()


async def invite_with(bench: Workbench, email: str, name: str, role: Role) -> Invited:
    """The same, with what is at hand."""
    try:
        async with bench.db.transaction() as session:
            path = await invite_first(session, name, email, role, bench.clock.now())
    except (Invalid, ValueError) as problem:
        raise NotInvited(_words(problem)) from None
    sends = sends_email(bench)
    return Invited(by_email=sends, link="" if sends else f"{bench.address}{path}")


def sends_email(bench: Workbench) -> bool:
    """Whether e-mail really leaves: otherwise nobody would ever read the link."""
    return not isinstance(post_room_of(bench.post_room).providers.get(Channel.EMAIL), (OnScreen, Nobody, type(None)))


def _words(problem: Exception) -> str:
    return " ".join(problem.messages.values()) if isinstance(problem, Invalid) else str(problem)
