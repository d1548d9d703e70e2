"""Every message of the house leaves by `notifications`: nothing else opens a connection to a provider."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_shape import MODULES, name_of

CLIENTS = {
    "smtplib", "aiosmtplib", "httpx", "requests", "urllib3", "aiohttp", "notifications_python_client", "http.client",
}  # fmt: skip
# Federated sign-in asks the trust's own identity provider; the health command asks our own web process on this machine.
ALLOWED = ("notifications/providers/", "accounts/federation", "app/provider", "app/health.py")


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def clients_of(path: Path) -> set[str]:
    return {name for name in imported(path) if any(name == known or name.startswith(f"{known}.") for known in CLIENTS)}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_providers_and_sign_in_reach_out(path: Path) -> None:
    assert name_of(path).startswith(ALLOWED) or clients_of(path) == set()


def test_the_test_above_would_notice() -> None:
    assert any(clients_of(path) for path in MODULES if name_of(path).startswith("notifications/providers/"))
