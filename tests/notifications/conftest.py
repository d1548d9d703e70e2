"""Every test here has the template "made-up"."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notifications.support import made


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Messages can be said with the template "made-up"."""
    yield from made(tmp_path, monkeypatch)
