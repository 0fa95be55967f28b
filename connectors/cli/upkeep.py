"""`gridwire backup`, `restore` and `forget`: the database as a file, and without what must go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from connectors.cli.data import Data, folder_of, takes_data, takes_workspace
from connectors.cli.output import print_json
from connectors.cli.session import Session, common, pass_session
from connectors.cli.work import Work, work
from connectors.errors import ConfirmRequired, InputError

_KEY = "The secret key is not in it: keep {} beside it, or nobody can read the accounts."


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace the file if it is there.")
@takes_data
@common()
@pass_session
def backup(session: Session, data_folder: Path | None, file: Path, yes: bool) -> None:
    """Copy the database into FILE, for its owner's eyes alone. A server may go on using it meanwhile."""
    from connectors.service.upkeep import copy

    folder = folder_of(data_folder)
    if file.absolute().parent.resolve() == folder.resolve():
        remedy = "Name a file elsewhere, best on another disk."
        raise InputError(f"{file} lies in the folder that is copied, beside what it must not replace", remedy=remedy)
    if file.exists() and not yes:
        raise ConfirmRequired(f"there is a file {file}, and the backup replaces it", remedy="Confirm it with --yes.")
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


@click.command()
@click.argument("value")
@click.option("--yes", is_flag=True, help="Go ahead: it cannot be brought back.")
@takes_data
@takes_workspace
@common()
@pass_session
def forget(session: Session, value: str, yes: bool, data_folder: Path | None, workspace: str) -> None:
    """Erase whatever holds VALUE, such as a person's email address: events, what came, outcomes, history, memory.

    Upper and lower case are the same. An item that is forgotten passes for new if the vendor still shows it. Backups
    and log files are not touched, nor is anything at the vendor.
    """
    if not yes:
        message = f"whatever holds '{value}' would be erased for good"
        raise ConfirmRequired(message, remedy="Confirm it with --yes.")

    async def forgotten(desk: Work) -> int:
        return await desk.worker.retention.forget(desk.workspace, value)

    places = work(session, data_folder, workspace, forgotten)
    if session.json:
        print_json({"erased": places})
    elif places:
        click.echo(f"It stood in {places} {'place' if places == 1 else 'places'}, and is erased.")
    else:
        click.echo("It stood nowhere.")
