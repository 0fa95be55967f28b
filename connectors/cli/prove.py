"""`gridwire test`: every case played offline, and what has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.output import plain, print_json, print_table, print_title, waiting
from connectors.cli.saving import CASSETTES
from connectors.cli.session import Session, common, pass_session
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.manifest.model import Connector
    from connectors.testing.suite import Played


@click.command()
@click.argument("names", metavar="[CONNECTOR …]", nargs=-1)
@click.option(
    "--cassettes",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of cassettes.  [default: cassettes, or else the bundled ones]",
)
@click.option("--complete", is_flag=True, help="Fail also where an operation has no case.")
@common()
@pass_session
def test(session: Session, names: tuple[str, ...], folder: Path | None, complete: bool) -> None:
    """Play every case of these connectors, or of all that have any. The network stays closed.

    What is sent and what comes out must be what was recorded. The exit code is 1 if it is not.
    """
    from connectors.testing.suite import bundled_cassettes, suite

    folder = folder or (CASSETTES if CASSETTES.is_dir() else bundled_cassettes())
    catalog = session.catalog()
    wanted = names or tuple(name for name in catalog.names if (folder / name).is_dir())
    if not wanted:
        raise InputError(f"{folder} holds no cases", remedy="`gridwire record X.OP --case NAME` makes one.")
    with waiting("Playing cases"):
        reports = [_Report(connector := catalog.load(name), list(suite(connector, folder))) for name in wanted]
    if session.json:
        print_json({"connectors": [report.as_dict() for report in reports]})
    else:
        for report in reports:
            report.print()
    if any(report.failed or (complete and report.without) for report in reports):
        click.get_current_context().exit(1)


@dataclass(frozen=True)
class _Report:
    connector: Connector
    played: list[Played]
    failed: list[Played] = field(init=False)
    without: list[str] = field(init=False)

    def __post_init__(self) -> None:
        have = {one.operation for one in self.played}
        object.__setattr__(self, "failed", [one for one in self.played if one.problems])
        object.__setattr__(self, "without", [name for name in self.connector.operations if name not in have])

    def rows(self) -> Iterator[tuple[str, list[Played]]]:
        for name in [*self.connector.operations, *{one.operation for one in self.played}]:
            yield name, [one for one in self.played if one.operation == name]

    def print(self) -> None:
        """The table, then each failure with what differs."""
        print_title(self.connector.title)
        lines = {name: [name, *_cells(played)] for name, played in self.rows()}
        print_table(["Operation", "Cases", "Evidence", "Result"], list(lines.values()))
        for one in self.failed:
            click.secho(f"\n{one.title} does not hold", bold=True)
            for problem in one.problems:
                click.echo("\n".join(f"  {plain(line)}" for line in str(problem).splitlines()))
        click.echo(f"\n{_count(self.played, self.failed)}{_lacking(self.without)}")

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        rows = dict(self.rows())
        return {
            "connector": self.connector.connector,
            "version": self.connector.version,
            "passed": len(self.played) - len(self.failed),
            "failed": len(self.failed),
            "without": self.without,
            "operations": [
                {"operation": name, "cases": [one.as_dict() for one in played]} for name, played in rows.items()
            ],
        }


def _cells(played: list[Played]) -> list[str]:
    evidence = Counter(one.evidence for one in played)
    failed = sum(1 for one in played if one.problems)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(evidence.items()))
    return [str(len(played)), said, f"{failed} failed" if failed else "passed" if played else "no case"]


def _count(played: list[Played], failed: list[Played]) -> str:
    cases = f"{len(played)} case{'' if len(played) == 1 else 's'} played"
    return f"{cases}, {len(failed)} failed." if failed else f"{cases}; what was recorded comes out."


def _lacking(names: list[str]) -> str:
    return f" No case: {', '.join(names)}." if names else ""
