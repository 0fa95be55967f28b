"""Whether a manifest's cases and checks notice mistakes: every mutant is made, and what notices it is found.

for fate in fates(path, folder, jobs=4):
    fate.killed          # check, cases, generated, same; None if nothing noticed
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from connectors.errors import GridwireError
from connectors.manifest.check import RULES
from connectors.manifest.model import Connector
from connectors.manifest.source import read
from connectors.testing.case import Case, load
from connectors.testing.generated.trial import Trial, tried
from connectors.testing.generated.trials import trials, tried_all
from connectors.testing.mutations import Mutant, concerned, mutants
from connectors.testing.perform import CONNECTION
from connectors.testing.replay import replay
from connectors.testing.suite import cases_in

Killer: TypeAlias = Literal["check", "cases", "generated", "same"]
"""What notices a mutant: the check of manifests, a case, a generated check; `same`: there is nothing to notice."""


FEW = 100
"""Fewer mutants than these are judged before another process would have begun."""


class NotReady(GridwireError):
    """Something fails before anything is changed, so it would seem to notice every mutant."""

    kind = "not_ready"


@dataclass(frozen=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    killed: Killer | None
    """What noticed it first; None if nothing did."""
    by: str = ""
    """The rule, the case or the trial."""

    def as_dict(self) -> dict[str, Any]:
        """The fate as data."""
        one = self.mutant
        said = {"kind": one.kind, "place": one.place, "change": one.change, "operation": one.operation}
        return {**said, "killed": self.killed, "by": self.by or None}


class Judge:
    """Finds what notices mutants of one manifest."""

    def __init__(self, manifest: Path, folder: Path) -> None:
        self._data = read(manifest).value
        self._connector = Connector.model_validate(self._data)
        self._cases = [load(path) for path in cases_in(folder / self._connector.connector)]
        self.mutants = list(mutants(self._data))
        self._traces: dict[frozenset[str] | None, dict[str, tuple[Trial, list[bytes]]]] = {}

    def must_hold(self) -> None:
        """Raises NotReady if a case or a generated check fails for the manifest as it is."""
        wrong = [case.title for case in self._cases if _differs(case, self._connector)]
        wrong += [f"{one.operation}: {one.what}" for one in tried_all(self._connector) if one.problem is not None]
        if wrong:
            message = f"{wrong[0]} does not hold as it is, so nothing can be said about mistakes"
            raise NotReady(message, remedy=f"See `gridwire test {self._connector.connector}`.")

    def fate(self, number: int) -> Fate:
        """What becomes of the mutant of that number."""
        mutant = self.mutants[number]
        data = mutant.of(self._data)
        try:
            connector = Connector.model_validate(data)
        except ValidationError as error:
            return Fate(mutant, "check", error.errors(include_url=False)[0]["msg"])
        finding = next((finding for rule in RULES for finding in rule(connector)), None)
        if finding is not None:
            return Fate(mutant, "check", finding.message)
        names = concerned(self._data, mutant.path)
        cases = (case for case in self._cases if names is None or case.operation in names)
        case = next((case for case in cases if _differs(case, connector)), None)
        if case is not None:
            return Fate(mutant, "cases", case.title)
        wrong = next((one for one in tried_all(connector, names) if one.problem is not None), None)
        if wrong is not None:
            return Fate(mutant, "generated", f"{wrong.operation}: {wrong.what}")
        return Fate(mutant, "same" if mutant.can_be_seen and self._same(connector, names) else None)

    def _same(self, connector: Connector, names: set[str] | None) -> bool:
        """Whether the wire and the output of all generated inputs, those of both manifests, are the same."""
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            known = self._known(None if names is None else frozenset(names), runner)
            if any(_trace(one, connector, runner) != trace for one, trace in known.values()):
                return False
            more = (one for one in trials(connector, names) if one.acts and _asked(one) not in known)
            return all(_trace(one, connector, runner) == _trace(one, self._connector, runner) for one in more)

    def _known(self, names: frozenset[str] | None, runner: asyncio.Runner) -> dict[str, tuple[Trial, list[bytes]]]:
        """What comes of everything that the manifest as it is asks of its vendor, by what is asked."""
        if names not in self._traces:
            asking = (one for one in trials(self._connector, names) if one.acts)
            traces = {_asked(one): (one, _trace(one, self._connector, runner)) for one in asking}
            self._traces[names] = traces
        return self._traces[names]


def _differs(case: Case, connector: Connector) -> bool:
    return case.operation not in (*connector.operations, CONNECTION) or bool(replay(case, connector))


def _asked(trial: Trial) -> str:
    """What is asked of whom, in a text; of two trials with the same one need be made."""
    return repr((trial.operation, trial.values, trial.acts))


def _trace(trial: Trial, connector: Connector, runner: asyncio.Runner) -> list[bytes]:
    return [done.as_bytes() for done in runner.run(tried(trial, connector))]


_JUDGE: list[Judge] = []
"""In each process of several, its judge."""


def _begin(manifest: Path, folder: Path) -> None:
    logging.getLogger("gridwire").setLevel(logging.CRITICAL)  # what a wrong manifest leads to is no news
    _JUDGE[:] = [Judge(manifest, folder)]


def _fate(number: int) -> Fate:
    return _JUDGE[0].fate(number)


def fates(
    manifest: Path, folder: Path, *, jobs: int = 1, told: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[Fate]:
    """What becomes of each mutant, in the order of `mutants`, found by so many processes; `told` how many of how many.

    Raises ManifestError, CaseError; NotReady if the manifest as it is does not hold.
    """
    judge = Judge(manifest, folder)
    judge.must_hold()
    total = len(judge.mutants)
    with _mapping(judge, manifest, folder, jobs) as mapping:
        for done, fate in enumerate(mapping(range(total)), 1):
            told(done, total)
            yield fate


@contextmanager
def _mapping(judge: Judge, manifest: Path, folder: Path, jobs: int) -> Generator[Callable[[range], Iterator[Fate]]]:
    if jobs == 1 or len(judge.mutants) < FEW:
        yield lambda numbers: map(judge.fate, numbers)
        return
    context = get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(manifest, folder)) as pool:
        yield lambda numbers: pool.map(_fate, numbers, chunksize=4)
