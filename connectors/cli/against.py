"""`gridwire check --against OLD`: what breaks for those who use the manifests as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.output import plain, print_json
from connectors.cli.session import Session
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.manifest.problem import Problem


def compare_all(files: list[Path], against: Path, session: Session, *, everything: bool) -> list[Problem]:
    """What breaks, after notes of what is new have been printed. Raises InputError, ManifestError.

    `everything` says that `files` are all there are, so that a connector that is not among them is gone.
    """
    from connectors.manifest.compare import compare
    from connectors.manifest.source import read

    new, old = {file.stem: file for file in files}, _old(files, against)
    notes = [f"the connector '{name}' is new" for name in new if name not in old]
    problems = [_gone(old[name], name) for name in old if everything and name not in new]
    for name in (name for name in new if name in old):
        comparison = compare(read(old[name]), read(new[name]))
        problems += comparison.breaks
        notes += [f"{name}: {note}" for note in comparison.notes]
    if session.json:
        print_json({"problems": [problem.as_dict() for problem in problems], "notes": notes})
    for note in () if session.json else notes:
        click.echo(f"note: {plain(note)}")
    return problems


def _old(files: list[Path], against: Path) -> dict[str, Path]:
    """The old manifests by name; a file is that of the only new one, or of the one that has its connector's name."""
    if against.is_dir():
        from connectors.manifest.catalog import manifests_in

        found = {file.stem: file for file in manifests_in(against)}
        if not found:
            raise InputError(f"the folder {against} holds no manifests (*.yaml)", remedy="Name another, or a file.")
        return found
    if len(files) == 1:
        return {files[0].stem: against}
    from connectors.manifest.catalog import load

    name = load(against).connector
    if name not in (file.stem for file in files):
        raise InputError(f"{against} is about '{name}', and no such connector is checked", remedy="Name both files.")
    return {name: against}


def _gone(file: Path, name: str) -> Problem:
    """A connector that is not there any more; the place is that of the old manifest."""
    from connectors.manifest.problem import Problem
    from connectors.manifest.source import read

    place = read(file).place(("connector",))
    return Problem("gone", f"the connector '{name}' is gone", place, hint="workflows that use it stop")
