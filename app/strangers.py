"""Outside a demo, the accounts of the demo must not be there: everybody knows their passwords."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from accounts.api import staff_with_email
from app.check import Unsafe
from app.demo.staff import DEMO_SIGN_INS
from app.wiring import keys_of, make_engine_for
from core.domain.settings import Settings
from core.storage.columns import use_keys
from core.storage.session import Database

log = logging.getLogger("frontdoor.check")


async def demo_accounts(db: Database) -> list[str]:
    """The e-mail addresses of demo accounts that are open in this database; invented, so they may be shown."""
    async with db.transaction() as session:
        return [one.email for one in DEMO_SIGN_INS if await staff_with_email(session, one.email)]


async def refuse_demo_accounts(db: Database) -> None:
    """Raises Unsafe when there are any. A database that does not answer keeps nobody from starting: the pages say that
    the service is away, and who starts next looks again."""
    try:
        found = await demo_accounts(db)
    except (SQLAlchemyError, OSError, TimeoutError) as problem:
        log.warning("could not look for demo accounts", extra={"error": type(problem).__name__})
        return
    if found:
        raise Unsafe([told_of(found)])


def told_of(found: list[str]) -> str:
    """The sentence for a person."""
    listed = ", ".join(found)
    return (
        f"The database holds accounts of the demo ({listed}), whose password everybody can read: start on an empty "
        "database, or close them in /staff/accounts with DEMO=1 first."
    )


def look_for_demo_accounts(settings: Settings) -> list[str]:
    """The same for a command that has nothing open yet; empty when the database does not answer."""
    return asyncio.run(_look(settings))


async def _look(settings: Settings) -> list[str]:
    engine = make_engine_for(settings)
    try:
        use_keys(keys_of(settings))
        return await demo_accounts(Database(engine))
    except (SQLAlchemyError, OSError, TimeoutError, ValueError):
        return []
    finally:
        await engine.dispose()
