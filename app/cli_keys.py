"""`frontdoor keys`: the keys that hide personal data in the database."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import click


@click.group()
def keys() -> None:
    """The keys that hide personal data in the database."""


@keys.command("make")
@click.option("--print", "to_screen", is_flag=True, help="Show them instead, for the setting KEYS.")
def make(*, to_screen: bool) -> None:
    """Make a keys file where there is none. Keep a copy elsewhere: without it nobody can read the records."""
    from app.cli import read_settings
    from core.storage.keys import make_keys_file, new_keyring, spell_keyring

    if to_screen:
        click.echo(spell_keyring(new_keyring()))
        return
    path = read_settings().keys_path
    try:
        make_keys_file(path)
    except FileExistsError:
        sys.exit(f"{path} exists. It stays as it is: what it hid could not be read with other keys.")
    click.echo(f"Made {path}. Keep a copy of it apart from the database's backups.")


@keys.command("list")
def show() -> None:
    """Every key, what it does, and how many rows need it. Never the keys themselves."""
    from app.cli import with_servers
    from app.keys import list_keys

    with with_servers(redis=False) as settings:
        _run(list_keys(settings, click.echo))


@keys.command("rotate")
def rotate() -> None:
    """Seal everything with a new key while the service runs; go on where it was cut off."""
    from app.cli import with_servers
    from app.keys import rotate as change

    with with_servers(redis=False) as settings:
        _run(change(settings, click.echo))


@keys.command("retire")
@click.argument("key_id")
def retire(key_id: str) -> None:
    """Take an old key away. Refused while anything needs it."""
    from app.cli import with_servers
    from app.keys import retire as take_away

    with with_servers(redis=False) as settings:
        _run(take_away(settings, key_id, click.echo))


@keys.command("next")
def following() -> None:
    """Show what KEYS must be set to for the next step of a rotation, where the keys are not in a file."""
    from app.cli import read_settings
    from app.keys import next_keys, ring_of
    from core.storage.keys import spell_keyring

    settings = read_settings()
    if not settings.keys:
        sys.exit("The keys are in a file: `frontdoor keys rotate` does every step.")
    click.echo(spell_keyring(next_keys(ring_of(settings))))


def _run(work: Coroutine[Any, Any, None]) -> None:
    from app.keys import KeysStay

    try:
        asyncio.run(work)
    except (KeysStay, OSError, ValueError) as reason:
        sys.exit(str(reason))
    except KeyboardInterrupt:
        sys.exit("Stopped. Nothing is lost; run it again to go on.")
