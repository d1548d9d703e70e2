"""What tests of the advice line may ask for beside the house's own."""

from collections.abc import AsyncIterator

import pytest

from core.storage.session import Database, Session
from core.web.house import House


@pytest.fixture
async def session(db: Database, house: House) -> AsyncIterator[Session]:
    """One transaction that the test fills; nothing else may open another while it lasts. The house brings the keys."""
    async with db.transaction() as opened:
        yield opened
