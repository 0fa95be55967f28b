"""`gridwire test`: every case played offline, and what has none."""

from __future__ import annotations

import logging
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
    from connectors.testing.generated.trials import Checked
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
@click.option("--mutate", is_flag=True, help="Make one small mistake after the other, and tell which go unnoticed.")
@common()
@pass_session
def test(session: Session, names: tuple[str, ...], folder: Path | None, complete: bool, mutate: bool) -> None:
    """Play every case of these connectors, or of all that have any. The network stays closed.

    What is sent and what comes out must be what was recorded, and what follows from the manifest alone must hold. With
    --mutate, each small mistake in the manifest must be noticed. The exit code is 1 if something is not so.
    """
    from connectors.testing.generated.trials import tried_all
    from connectors.testing.suite import bundled_cassettes, cases_in, strays, suite

    if not session.verbosity:
        logging.getLogger("gridwire").setLevel(logging.CRITICAL)  # what is tried is to go wrong
    named = folder is not None
    folder = folder or (CASSETTES if CASSETTES.is_dir() else bundled_cassettes())
    catalog = session.catalog()
    wanted = names or tuple(name for name in catalog.names if (folder / name).is_dir())
    known = {name: catalog.load(name) for name in wanted}
    ours = {connector.connector for connector in known.values()}
    lost = list(strays(folder, {*catalog.names, *ours}, ours if names else None))
    if not lost and (not wanted or (named and not mutate and not any(cases_in(folder / name) for name in ours))):
        raise InputError(f"{folder} holds no cases", remedy="`gridwire record X.OP --case NAME` makes one.")
    if mutate:
        from connectors.cli.mutate import report_survivors

        report_survivors(session, [catalog.path(name) for name in wanted], folder)
        return
    with waiting("Playing cases"):
        reports = [
            _Report(connector, list(suite(connector, folder)), list(tried_all(connector)))
            for connector in known.values()
        ]
    if session.json:
        print_json({"connectors": [report.as_dict() for report in reports], **({"not_played": lost} if lost else {})})
    else:
        for report in reports:
            report.print()
        for one in lost:
            click.echo(f"Not played: {plain(one)}")
    if lost or any(report.failed or report.wrong or (complete and report.without) for report in reports):
        click.get_current_context().exit(1)


@dataclass(frozen=True)
class _Report:
    connector: Connector
    played: list[Played]
    checked: list[Checked]
    failed: list[Played] = field(init=False)
    wrong: list[Checked] = field(init=False)
    without: list[str] = field(init=False)

    def __post_init__(self) -> None:
        have = {one.operation for one in self.played}
        object.__setattr__(self, "failed", [one for one in self.played if one.problems])
        object.__setattr__(self, "wrong", [one for one in self.checked if one.problem])
        object.__setattr__(self, "without", [name for name in self.connector.operations if name not in have])

    def rows(self) -> Iterator[tuple[str, list[Played], list[Checked]]]:
        """Every operation, then the lists and the connection, each with its cases and its checks."""
        others = dict.fromkeys([*(one.operation for one in self.played), *(one.operation for one in self.checked)])
        for name in dict.fromkeys([*self.connector.operations, *others]):
            played = [one for one in self.played if one.operation == name]
            yield name, played, [one for one in self.checked if one.operation == name]

    def print(self) -> None:
        """The table, then each failure with what differs."""
        print_title(self.connector.title)
        lines = [[name, *self._cells(name, played, checked)] for name, played, checked in self.rows()]
        print_table(["Operation", "Cases", "Evidence", "Checks", "Result"], lines)
        for one in self.failed:
            click.secho(f"\n{one.title} does not hold", bold=True)
            for problem in one.problems:
                click.echo("\n".join(f"  {plain(line)}" for line in str(problem).splitlines()))
        for check in self.wrong:
            click.secho(f"\n{self.connector.connector}.{check.operation} is not as its manifest says", bold=True)
            click.echo("\n".join(f"  {plain(line)}" for line in str(check).splitlines()))
        click.echo(f"\n{_count(self.played, self.failed)}{_lacking(self.without)}")
        click.echo(f"{len(self.checked)} checks follow from the manifest alone; {_held(self.wrong)}")

    def as_dict(self) -> dict[str, Any]:
        """The same for programs; of the checks only those that failed one by one."""
        return {
            "connector": self.connector.connector,
            "version": self.connector.version,
            "passed": len(self.played) - len(self.failed),
            "failed": len(self.failed) + len(self.wrong),
            "without": self.without,
            "operations": [
                {
                    "operation": name,
                    "cases": [one.as_dict() for one in played],
                    "checks": {"made": len(checked), "wrong": [one.as_dict() for one in checked if one.problem]},
                }
                for name, played, checked in self.rows()
            ],
        }

    def _cells(self, name: str, played: list[Played], checked: list[Checked]) -> list[str]:
        evidence = Counter(one.evidence for one in played)
        failed = sum(1 for one in played if one.problems) + sum(1 for one in checked if one.problem)
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(evidence.items()))
        nothing = "no case" if name in self.without else "passed"
        return [
            str(len(played)),
            said,
            str(len(checked)),
            f"{failed} failed" if failed else "passed" if played else nothing,
        ]


def _held(wrong: list[Checked]) -> str:
    return f"{len(wrong)} of them {'does' if len(wrong) == 1 else 'do'} not hold." if wrong else "all of them hold."


def _count(played: list[Played], failed: list[Played]) -> str:
    if not played:
        return "No case was played."
    cases = f"{len(played)} case{'' if len(played) == 1 else 's'} played"
    return f"{cases}, {len(failed)} failed." if failed else f"{cases}; what was recorded comes out."


def _lacking(names: list[str]) -> str:
    return f" No case: {', '.join(names)}." if names else ""
