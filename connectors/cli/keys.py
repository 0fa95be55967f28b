"""`gridwire keys`: who may ask the server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.data import Data, takes_data
from connectors.cli.output import print_json, print_table
from connectors.cli.session import Session, common, pass_session

if TYPE_CHECKING:
    from connectors.service.keys import Key, Scope

_SCOPES = ("use", "manage", "raw", "metrics")


@click.group()
@common()
def keys() -> None:
    """Make, list and revoke the keys that open the server.

    What a key may do: use (run operations, and let targets of its own be told of events), manage (connect and change
    accounts), raw (make any request at a vendor), metrics (read the server's figures).
    """


@keys.command()
@click.argument("name")
@click.option("--workspace", metavar="NAME", default="default", show_default=True, help="What it opens; made if new.")
@click.option(
    "--scope", "scopes", type=click.Choice(_SCOPES), multiple=True, help="What it may do. Repeatable. Default: all."
)
@takes_data
@common()
@pass_session
def add(session: Session, name: str, workspace: str, scopes: tuple[Scope, ...], data_folder: Path | None) -> None:
    """Make a key and print it, this once: it is nowhere kept. NAME tells later which one it is."""
    wanted = tuple(dict.fromkeys(scopes)) or _SCOPES
    made, key = Data.of(data_folder).ask(
        session.catalog(), lambda service: service.keys.add(name, workspace=workspace, scopes=wanted)
    )
    if session.json:
        facts = {"id": made.id, "name": made.name, "workspace": made.workspace, "key": key, "scopes": made.scopes}
        print_json(facts)
    else:
        click.echo(key)
        click.echo(f"This is the key {made.id}, shown this once. Send it as Authorization: Bearer …", err=True)


@keys.command("list")
@takes_data
@common()
@pass_session
def list_(session: Session, data_folder: Path | None) -> None:
    """List the keys, revoked ones too, without what opens."""
    listed = [
        _shown(key) for key in Data.there(data_folder).ask(session.catalog(), lambda service: service.keys.listed())
    ]
    if session.json:
        print_json({"items": listed})
        return
    rows = [
        [one["id"], one["name"], one["workspace"], ", ".join(one["scopes"]), one["created_at"], one["revoked_at"] or ""]
        for one in listed
    ]
    print_table(["Id", "Name", "Workspace", "Scopes", "Made", "Revoked"], rows)


@keys.command()
@click.argument("key", metavar="ID")
@takes_data
@common()
@pass_session
def revoke(session: Session, key: str, data_folder: Path | None) -> None:
    """End a key, by its id, or by its name where only one has it. Running servers refuse it from now on."""
    revoked = Data.there(data_folder).ask(session.catalog(), lambda service: service.keys.revoke(key))
    if session.json:
        print_json(_shown(revoked))
    else:
        click.echo(f"{revoked.name} ({revoked.id}) opens nothing any more.")


def _shown(key: Key) -> dict[str, Any]:
    from connectors.server.said import time_or_null

    return {
        "id": key.id,
        "name": key.name,
        "workspace": key.workspace,
        "scopes": list(key.scopes),
        "created_at": time_or_null(key.created_at),
        "revoked_at": time_or_null(key.revoked_at),
    }
