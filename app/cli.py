"""`frontdoor`: one verb a task. Each imports what it needs when it runs, so that `--help` is quick."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from app.cli_keys import keys

if TYPE_CHECKING:
    from core.domain.settings import Settings


# As in core.domain.identity.Role; a test compares. Imported, it would make `--help` slow.
ROLES = ("therapist", "triage", "clinic-admin", "manager", "governance", "system-admin")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Front Door: the one way in to a children's therapy service.

    Settings come from the environment; docs/runbook.md explains each.
    """


@main.command()
@click.option("--with-parent", is_flag=True, help="Stop when the process that started this one stops (make run).")
def up(*, with_parent: bool) -> None:
    """Run everything on this machine: PostgreSQL, Redis, web and worker."""
    from app.check import refuse_unsafe
    from app.up import up as run_everything

    settings = read_settings()
    refuse_unsafe(settings)
    sys.exit(run_everything(settings, with_parent=with_parent))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="How many processes.")
@click.option("--trust-proxy", multiple=True, metavar="ADDRESS", help="A proxy (address or network) to believe.")
def serve(*, host: str, workers: int, trust_proxy: tuple[str, ...]) -> None:
    """Serve the pages, on PORT."""
    from app.serve import serve as serve_pages

    settings = read_settings()
    # Here already: processes that end at once would only be started again.
    _refuse_unsafe(settings)
    serve_pages(host=host, port=settings.port, workers=workers, trusted_proxies=list(trust_proxy))


@main.command()
def worker() -> None:
    """Do the work that happens later, until told to stop."""
    from app.worker import main as work

    work()


@main.command()
def migrate() -> None:
    """Bring the database to the shape this version needs."""
    with with_servers(redis=False) as settings:
        _migrate(settings)
    click.echo("The database is up to date.")


@main.command()
def seed() -> None:
    """Fill the demo service: invented teams, staff, clinics and families. May be run again."""
    with with_servers() as settings:
        if not settings.demo:
            sys.exit("The demo is only put in with DEMO=1: its people are invented and its passwords are public.")
        _make_keys_once(settings)
        _migrate(settings)
        for sign_in in _seed(settings):
            click.echo("  ".join(sign_in.values()))


@main.command(hidden=True)
def prepare() -> None:
    """What `up` does between starting the servers and serving: keys, migrations, demo."""
    from app.data_dir import write_private
    from app.up import sign_ins_file

    settings = read_settings()
    if settings.demo:
        _make_keys_once(settings)
    _migrate(settings)
    sign_ins = _seed(settings) if settings.demo else []
    write_private(sign_ins_file(settings.data_dir), json.dumps(sign_ins))


@main.command()
def check() -> None:
    """List the settings that are missing or unsafe for real records. Exit code 1 when there are any."""
    from app.check import findings

    settings = read_settings()
    found = [*findings(settings), *_strangers(settings)]
    for finding in found:
        click.echo(f"- {finding}")
    click.echo(f"{len(found)} to put right before real records go in." if found else "Nothing to put right.")
    sys.exit(1 if found else 0)


@main.command()
def health() -> None:
    """Ask the web process on PORT whether it is ready. Exit code 1 when it is not, with the reason."""
    from app.health import ask

    answer = ask(read_settings())
    click.echo(answer.said)
    sys.exit(0 if answer.ready else 1)


main.add_command(keys)


@main.command()
@click.argument("email")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What they may do; docs/rights.md says more.")
def invite(email: str, name: str, role: str) -> None:
    """Invite somebody with this EMAIL and NAME: the first administrator, who then invites everybody else.

    Sends the link by e-mail, or prints it while no provider of e-mail is set. It opens once, for seven days.
    """
    from app.invite import NotInvited, invite_colleague
    from core.domain.identity import Role

    with with_servers() as settings:
        try:
            invited = asyncio.run(invite_colleague(settings, email, name, Role(role)))
        except NotInvited as problem:
            sys.exit(str(problem))
    if invited.by_email:
        click.echo("The invitation is on its way by e-mail. It opens once, for seven days.")
    else:
        click.echo(f"Hand this link over in person. It opens once, for seven days:\n{invited.link}")


@main.group()
def audit() -> None:
    """What the service promises, checked against what the database holds."""


@audit.command("check")
def audit_check() -> None:
    """Run every check now. Exit code 1 when a promise is broken."""
    from app.audit import check_promises

    with with_servers() as settings:
        findings = asyncio.run(check_promises(settings))
    for finding in findings:
        click.echo(f"{'BROKEN' if finding.broken else 'holds '}  {finding.name}: {finding.broken}")
    sys.exit(any(finding.broken for finding in findings))


@audit.command("verify")
@click.option("--head", default="", help="A head noted before (position:hash); the chain must still pass it.")
def audit_verify(head: str) -> None:
    """Walk the sealed audit trail. Prints its head, to be noted elsewhere; exit code 1 when anything was changed."""
    from app.trail import read_head, verify_trail

    with with_servers() as settings:
        now, faults = asyncio.run(verify_trail(settings, read_head(head) if head else None))
    for fault in faults:
        click.echo(f"BROKEN  {fault.fault} at {fault.position} {fault.entry_id or ''}")
    click.echo(f"{len(faults)} faults. Head: {now}")
    sys.exit(bool(faults))


def read_settings() -> "Settings":
    """The settings of the environment; ends the process with a list of those that cannot be read."""
    from pydantic import ValidationError

    from core.domain.settings import Settings

    try:
        return Settings()
    except ValidationError as problem:
        # Not the values: one of them may be a secret.
        lines = [f"- {str(error['loc'][0]).upper()}: {error['msg']}" for error in problem.errors()]
        sys.exit("\n".join(["These settings cannot be read:", *lines]))


def _refuse_unsafe(settings: "Settings") -> None:
    from app.check import Unsafe, refuse_unsafe

    refuse_unsafe(settings)
    if strangers := _strangers(settings):
        raise Unsafe(strangers)


def _strangers(settings: "Settings") -> list[str]:
    """What the database itself says against going live."""
    from app.strangers import look_for_demo_accounts, told_of

    if settings.demo or not settings.database_url:
        return []
    found = look_for_demo_accounts(settings)
    return [told_of(found)] if found else []


@contextmanager
def with_servers(*, redis: bool = True) -> "Iterator[Settings]":
    """The settings with the addresses of servers that can be reached, for one command."""
    from app.child import StartFailed
    from app.data_dir import DataDirInUse
    from app.servers import reachable

    try:
        with reachable(read_settings(), redis=redis) as settings:
            yield settings
    except (StartFailed, DataDirInUse) as problem:
        sys.exit(str(problem))


def _make_keys_once(settings: "Settings") -> None:
    from core.storage.keys import make_keys_file

    if not settings.keys and not settings.keys_path.exists():
        make_keys_file(settings.keys_path)


def _migrate(settings: "Settings") -> None:
    from app.migrate import upgrade_to_head

    if not settings.database_url:
        sys.exit("DATABASE_URL is not set.")
    upgrade_to_head(settings.database_url)


def _seed(settings: "Settings") -> list[dict[str, str]]:
    from app.seed import seed as fill

    return [asdict(sign_in) for sign_in in asyncio.run(fill(settings))]


if __name__ == "__main__":
    main()
