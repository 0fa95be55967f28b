"""`gridwire backup` and `gridwire restore`: the database as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from connectors.cli.data import Data, folder_of, takes_data
from connectors.cli.output import print_json
from connectors.cli.session import Session, common, pass_session
from connectors.errors import ConfirmRequired

_KEY = "The secret key is not in it: keep {} beside it, or nobody can read the accounts."


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@takes_data
@common()
@pass_session
def backup(session: Session, data_folder: Path | None, file: Path) -> None:
    """Copy the database into FILE, for its owner's eyes alone. A server may go on using it meanwhile."""
    from connectors.service.upkeep import copy

    folder = folder_of(data_folder)
    copy(folder, file)
    key = folder / "secret-key"
    said = _KEY.format(key if key.exists() else "GRIDWIRE_SECRET_KEY")
    if session.json:
        print_json({"file": str(file), "bytes": file.stat().st_size, "note": said})
    else:
        click.echo(f"{file} holds the database of {folder}.\n{said}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace the database that is there.")
@takes_data
@common()
@pass_session
def restore(session: Session, data_folder: Path | None, file: Path, yes: bool) -> None:
    """Put FILE, which `gridwire backup` wrote, in the place of the database. The server has to be ended before."""
    from connectors.service.upkeep import NAME
    from connectors.service.upkeep import restore as put_back

    folder = folder_of(data_folder)
    there = folder / NAME
    if there.exists() and not yes:
        message = f"there is a database in {folder}, and restoring replaces it"
        raise ConfirmRequired(message, remedy="Say --yes if that is meant; `gridwire backup` copies it before.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(put_back(file, folder, Data.of(folder).secret_keys, session.catalog()), debug=False)
    if session.json:
        print_json({"data": str(folder)})
    else:
        click.echo(f"{folder} holds what was in {file}.")
