"""`gridwire test --mutate`: which small mistakes in a manifest nothing notices."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.output import counting, print_json, print_table, print_title

if TYPE_CHECKING:
    from connectors.cli.session import Session
    from connectors.testing.survivors import Verdict

_NOTICED = ("check", "cases", "generated", "same")


def report_survivors(session: Session, manifests: list[Path], folder: Path) -> None:
    """Makes every mutant of these manifests and prints which survive; ends with exit code 1 if one is unexplained."""
    from connectors.testing.mutate import fates
    from connectors.testing.survivors import explained, verdicts

    reports: dict[str, list[Verdict]] = {}
    for path in manifests:
        with counting(f"Mistakes in {path.stem}") as told:
            found = fates(path, folder, jobs=_jobs(), told=told)
            reports[path.stem] = list(verdicts(found, explained(folder / path.stem)))
    if session.json:
        print_json({"connectors": [_as_dict(name, found) for name, found in reports.items()]})
    else:
        for name, found in reports.items():
            _print(name, found)
    if any(verdict.survives for found in reports.values() for verdict in found):
        click.get_current_context().exit(1)


def _jobs() -> int:
    """As many processes as there are processors for us."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print(name: str, found: list[Verdict]) -> None:
    print_title(name)
    columns = ["Mistake", "Mutants", "Check", "Cases", "Generated", "Same", "Explained", "Survive"]
    print_table(columns, [*_rows(found), ["all", *_cells(found)]])
    survivors = [verdict.fate.mutant for verdict in found if verdict.survives]
    if survivors:
        print_title(f"Nothing notices {len(survivors)} of {len(found)} mistakes")
        print_table(
            ["Operation", "Mistake", "Where", "What"],
            [[one.operation, one.kind, one.place, one.change] for one in survivors],
        )
        click.echo("\nRecord a case that shows the difference, or explain it in survivors.yaml beside the cases.")
    else:
        click.echo(f"\n{len(found)} mistakes; none goes unnoticed without a reason.")


def _rows(found: list[Verdict]) -> Iterator[list[str]]:
    for kind in dict.fromkeys(verdict.fate.mutant.kind for verdict in found):
        yield [kind, *_cells([verdict for verdict in found if verdict.fate.mutant.kind == kind])]


def _cells(found: list[Verdict]) -> list[str]:
    killed = Counter(verdict.fate.killed for verdict in found)
    explained = sum(1 for verdict in found if verdict.reason is not None)
    left = sum(1 for verdict in found if verdict.survives)
    return [str(len(found)), *(str(killed[one]) for one in _NOTICED), str(explained), str(left)]


def _as_dict(name: str, found: list[Verdict]) -> dict[str, Any]:
    """The same for programs."""
    killed = Counter(verdict.fate.killed for verdict in found)
    return {
        "connector": name,
        "mutants": len(found),
        **{one: killed[one] for one in _NOTICED},
        "explained": sum(1 for verdict in found if verdict.reason is not None),
        "survive": sum(1 for verdict in found if verdict.survives),
        "fates": [{**verdict.fate.as_dict(), "reason": verdict.reason} for verdict in found],
    }
