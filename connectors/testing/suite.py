"""All cases of a connector, played the ordinary way: through the real HTTP client, with vcrpy, the network closed."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import connectors
from connectors.components.extract import MISSING
from connectors.errors import GridwireError
from connectors.manifest.model import Connector
from connectors.testing.case import Case, CaseError, load
from connectors.testing.cassette import playing
from connectors.testing.compare import Difference
from connectors.testing.perform import CONNECTION
from connectors.testing.replay import replay

EXPLAINED = "survivors.yaml"
"""The file beside a connector's cases that is none: which mistakes in the manifest nothing notices, and why."""


@dataclass(frozen=True)
class Played:
    """A case that was played, or could not be."""

    operation: str
    name: str
    evidence: str
    problems: list[Difference | CaseError]
    """What is not as it was recorded, or why the file cannot be used; nothing if the case holds."""
    title: str

    def as_dict(self) -> dict[str, Any]:
        """The result as data."""
        said = {"case": self.name, "evidence": self.evidence, "passed": not self.problems}
        return {**said, "problems": [problem.as_dict() for problem in self.problems]}


def suite(connector: Connector, folder: Path) -> Iterator[Played]:
    """Plays every case of the connector that the folder holds."""
    for path in cases_in(folder / connector.connector):
        operation, name = path.parent.name, path.stem
        title = f"{connector.connector}.{operation}[{name}]"
        try:
            case = load(path)
        except CaseError as error:
            yield Played(operation, name, "unreadable", [error], title)
        else:
            yield Played(operation, name, case.evidence, list(play(case, connector)), title)


def play(case: Case, connector: Connector) -> list[Difference]:
    """What is not as it was recorded, played through the real HTTP client."""
    if case.operation not in (*connector.operations, CONNECTION):
        return [Difference("operation", case.operation, MISSING)]
    try:
        with playing(case) as player:
            return replay(case, connector, player)
    except GridwireError as error:
        return [Difference("the network", MISSING, error.message)]


def cases_in(folder: Path) -> list[Path]:
    """The files of a connector's folder that are cases: `<operation>/<case>.yaml`."""
    return sorted(folder.glob("*/*.yaml"))


def strays(folder: Path, known: Container[str], only: Container[str] | None = None) -> Iterator[str]:
    """What looks like a case and is not played, with the reason.

    `known` holds the connectors that have a manifest, `only` those that are asked for.
    """
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".yaml", ".yml")):
        vendor, *rest = path.relative_to(folder).parts
        if rest and only is not None and vendor not in only:
            continue
        if rest and vendor not in known:
            yield f"{path}: there is no manifest '{vendor}'"
        elif len(rest) != 2 and rest != [EXPLAINED]:
            yield f"{path}: a case is at {folder}/<vendor>/<operation>/<case>.yaml"
        elif path.suffix != ".yaml":
            yield f"{path}: the name of a case ends in .yaml"


def bundled_cassettes() -> Path:
    """The folder of the cassettes that come with the program: in the package, or beside it in a checkout."""
    package = Path(connectors.__file__).parent
    inside = package / "data" / "cassettes"
    return inside if inside.is_dir() else package.parent / "cassettes"
