"""`gridwire check` and `gridwire schema`: is a manifest right, and what may it say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.against import compare_all
from connectors.cli.output import print_json
from connectors.cli.session import Session, common
from connectors.errors import InputError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.manifest.problem import Problem


@click.command()
@click.argument("names", metavar="[PATH]…", nargs=-1)
@click.option(
    "--against",
    metavar="OLD",
    type=click.Path(exists=True, path_type=Path),
    help="A manifest as it was, or a folder of them: say what breaks for those who use it, and what is new.",
)
@common()
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], against: Path | None) -> None:
    """Check manifests: print every problem with its place and what to do.

    PATH is a manifest, a folder of manifests, or a connector's name. Without any, all manifests are checked that can be
    used by name. Ends with exit code 2 if there is a problem; with --against, if all are right, with 1 if something
    breaks for those who use the old ones.
    """
    session = ctx.ensure_object(Session)
    files = list(_files(session, names))
    problems = {file: _problems(file) for file in files}
    every = [problem for found in problems.values() for problem in found]
    if against is not None and not every:
        everything = not names or any(Path(name).is_dir() for name in names)
        breaks = compare_all(files, against, session, everything=everything)
        _show(breaks, _difference(breaks, against), session)
        ctx.exit(1 if breaks else 0)
    if session.json:
        print_json({"problems": [problem.as_dict() for problem in every]})
    _show(every, _summary(problems), session)
    ctx.exit(2 if every else 0)


@click.command()
@common()
def schema() -> None:
    """Print the JSON Schema of the manifest language.

    Editors that know it complete and check a manifest while it is written. Its first line names the schema:
    `# yaml-language-server: $schema=./schema.json`.
    """
    from connectors.manifest.reference import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _files(session: Session, names: Sequence[str]) -> Iterator[Path]:
    from connectors.manifest.catalog import manifests_in

    catalog = session.catalog()
    for name in names or catalog.names:
        if not Path(name).is_dir():
            yield catalog.path(name)
            continue
        found = manifests_in(Path(name))
        if not found:
            raise InputError(f"the folder {name} holds no manifests (*.yaml)", remedy="Name another folder, or a file.")
        yield from found


def _problems(file: Path) -> list[Problem]:
    from connectors.manifest.catalog import load

    try:
        load(file)
    except ManifestError as error:
        return error.problems
    return []


def _show(problems: list[Problem], summary: str, session: Session) -> None:
    """For people; what a program reads has been printed."""
    if session.json:
        return
    for problem in problems:
        _print(problem)
    click.echo(summary)


def _print(problem: Problem) -> None:
    first, _, rest = str(problem).partition("\n")
    kind, colon, message = first.partition(":")
    click.echo(f"{click.style(kind, fg='red', bold=True)}{click.style(colon + message, bold=True)}\n{rest}\n")


def _summary(problems: dict[Path, list[Problem]]) -> str:
    wrong = [file for file, found in problems.items() if found]
    count = sum(map(len, problems.values()))
    manifests = f"{len(problems)} manifest{'' if len(problems) == 1 else 's'}"
    if not wrong:
        return f"{manifests} checked, no problem found."
    where = manifests if len(problems) == 1 else f"{len(wrong)} of {manifests}"
    return f"{count} problem{'' if count == 1 else 's'} in {where}. Correct the lines shown, then check again."


def _difference(breaks: list[Problem], against: Path) -> str:
    if not breaks:
        return f"Compared with {against}: nothing breaks."
    many = "1 change breaks" if len(breaks) == 1 else f"{len(breaks)} changes break"
    return f"Compared with {against}: {many} what users have."
