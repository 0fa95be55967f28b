"""All trials of a connector, and what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.manifest.model import Connector
from connectors.testing.generated.errors import of_errors
from connectors.testing.generated.events import of_events
from connectors.testing.generated.finds import of_finds
from connectors.testing.generated.hooks import of_hooks
from connectors.testing.generated.inputs import account, of_inputs
from connectors.testing.generated.pages import of_pages
from connectors.testing.generated.trial import About, Trial, tried
from connectors.testing.generated.words import of_words
from connectors.testing.perform import CONNECTION


@dataclass(frozen=True)
class Checked:
    """A trial that was made."""

    operation: str
    about: About
    what: str
    problem: str | None
    """What is wrong, in a sentence; None if all is well."""

    def as_dict(self) -> dict[str, Any]:
        """The result as data."""
        said = {"about": self.about, "what": self.what, "passed": self.problem is None}
        return said if self.problem is None else {**said, "problem": self.problem}

    def __str__(self) -> str:
        return f"{self.what}\n    {self.problem}"


_KINDS = (of_words, of_inputs, of_finds, of_pages, of_events, of_hooks, of_errors)


def trials(connector: Connector, names: Container[str] | None = None) -> Iterator[Trial]:
    """Everything that must hold of the connector, always in the same order; or of its blocks of these names."""
    values = account(connector)
    names = {*connector.operations, *connector.lists, CONNECTION} if names is None else names
    for of in _KINDS:
        yield from (replace(trial, values=trial.values or values) for trial in of(connector, names))


def tried_all(connector: Connector, names: Container[str] | None = None) -> Iterator[Checked]:
    """What came of each trial. Not to be called where an event loop runs."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        for trial in trials(connector, names):
            problem = trial.expect(runner.run(tried(trial, connector)))
            yield Checked(trial.operation, trial.about, trial.what, problem)
