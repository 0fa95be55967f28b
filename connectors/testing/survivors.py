"""Mutants that nothing notices and that may stay so: `cassettes/<vendor>/survivors.yaml`, each with its reason.

- kind: limit
  place: connection.fields.clientId.minLength
  change: 1 → 2            # only where several mutants of the kind are at that place
  reason: A case begins with a connection that is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field as Attribute
from pydantic import TypeAdapter, ValidationError

from connectors.components.component import Component
from connectors.manifest.problem import Problem
from connectors.testing import written
from connectors.testing.case import CaseError, read_text, shown
from connectors.testing.mutate import Fate
from connectors.testing.suite import EXPLAINED


class Explained(Component):
    """A mutant that may survive."""

    kind: str
    """The kind of mutation."""
    place: str
    """Where in the manifest, as dotted names."""
    change: str | None = None
    """What it does there: `1 → 2`. Default: whatever that kind does there."""
    reason: str = Attribute(min_length=10)
    """Why nothing can notice it, or need not."""

    def is_about(self, fate: Fate) -> bool:
        """Whether it explains what became of that mutant."""
        one = fate.mutant
        return (self.kind, self.place) == (one.kind, one.place) and self.change in (None, one.change)


_LIST = TypeAdapter(list[Explained])


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, and the reason if nothing noticed it."""

    fate: Fate
    reason: str | None = None

    @property
    def survives(self) -> bool:
        """Whether nothing noticed it, and nobody said why."""
        return self.fate.killed is None and self.reason is None


def explained(folder: Path) -> list[tuple[Explained, Problem]]:
    """The entries of a connector's folder, each with the problem that it is if nothing survives there.

    Raises CaseError for a file that cannot be used.
    """
    path = folder / EXPLAINED
    if not path.is_file():
        return []
    source = written.read(read_text(path), shown(path))
    try:
        entries = _LIST.validate_python(source.value)
    except ValidationError as error:
        problems = [
            Problem("survivors", one["msg"], source.place(one["loc"])) for one in error.errors(include_url=False)
        ]
        raise CaseError(problems) from None
    message = "no mutant of that kind survives there"
    hint = "take the entry out, or correct its kind, place and change"
    return [(one, Problem("survivors", message, source.place((number,)), hint)) for number, one in enumerate(entries)]


def verdicts(fates: Iterable[Fate], entries: list[tuple[Explained, Problem]]) -> Iterator[Verdict]:
    """Each fate, with its reason if an entry gives one. Raises CaseError at the end for entries about nothing."""
    idle = dict(enumerate(entries))
    for fate in fates:
        about = [number for number, (entry, _) in enumerate(entries) if fate.killed is None and entry.is_about(fate)]
        for number in about:
            idle.pop(number, None)
        yield Verdict(fate, entries[about[0]][0].reason if about else None)
    if idle:
        raise CaseError([problem for _, problem in idle.values()])
