"""A trial: what is asked of a connector, which pretend vendor answers, and what must come of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from connectors.components.http import dump_json
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.rates import Rates
from connectors.engine.run import Vendor
from connectors.errors import GridwireError
from connectors.manifest.model import Connector
from connectors.testing.case import Asked
from connectors.testing.generated.pretend import Pretend, World
from connectors.testing.perform import one_at_a_time
from connectors.testing.replay import Clock, as_fast_as_it_can

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
"""The time that it is in a trial, unless it says otherwise."""

About: TypeAlias = Literal["inputs", "pages", "events", "choices", "errors", "words"]
Verb: TypeAlias = Literal["call", "search", "poll", "hook", "choices", "open", "test"]
CONNECTION = "connection"
"""What trials are called that are about the connection itself."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: what is asked for, and what the vendor is like then."""

    verb: Verb
    given: Mapping[str, Any] = field(default_factory=dict)
    world: World | None = None
    field: str = ""
    """The input whose choices are asked for."""
    now: datetime = NOW
    from_start: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act."""

    requests: tuple[Asked, ...]
    output: Any = None
    error: GridwireError | None = None

    @property
    def refused(self) -> set[str]:
        """The inputs that were refused, by their dotted names."""
        problems = getattr(self.error, "problems", ())
        return {one.field or "" for one in problems} | {getattr(self.error, "field", None) or ""}

    @property
    def kind(self) -> str:
        """The kind of error, or 'done'."""
        return self.error.kind if self.error else "done"

    def as_bytes(self) -> bytes:
        """What can be compared: the wire and the output."""
        wire = [one.model_dump(by_alias=True, exclude_unset=True) for one in self.requests]
        return dump_json([wire, self.output, self.error.as_dict() if self.error else None])


Expect: TypeAlias = Callable[[list[Done]], str | None]


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that must hold whatever was recorded."""

    operation: str
    about: About
    what: str
    """What is tried, for people: `firstName of 101 characters, where 100 are the most`."""
    acts: tuple[Act, ...]
    expect: Expect
    """What is wrong with what came of the acts, in a sentence; None if all is well."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the connection is opened with."""


async def tried(trial: Trial, connector: Connector) -> list[Done]:
    """What comes of each act of a trial, one after the other. Never raises for what a manifest says."""
    done: list[Done] = []
    connector = as_fast_as_it_can(one_at_a_time(connector))
    memory = None
    for act in trial.acts:
        pretend = Pretend(act.world)
        try:
            output, memory = await _come_of(trial, act, connector, pretend, memory)
        except GridwireError as error:
            done.append(Done(tuple(pretend.asked), error=error))
        except Exception as error:  # noqa: BLE001 - whatever a wrong manifest leads to is a result
            done.append(Done(tuple(pretend.asked), error=GridwireError(f"{type(error).__name__}: {error}")))
        else:
            done.append(Done(tuple(pretend.asked), output))
    return done


async def _come_of(trial: Trial, act: Act, connector: Connector, pretend: Pretend, memory: Any) -> tuple[Any, Any]:
    name, given = trial.operation, act.given
    if act.verb == "open":
        Connection.open(connector, {**trial.values, **given})
        return None, memory
    vendor = _vendor(connector, trial.values, pretend)
    match act.verb:
        case "call":
            return await vendor.call(name, given, confirmed=True, idempotency_key="one-key"), memory
        case "search":
            return await vendor.search(name, given), memory
        case "choices":
            found, _ = await vendor.choices(name, act.field, given)
            return [[choice.value, choice.title] for choice in found], memory
        case "hook":
            vendor.hook(name, given)
        case "test":
            await vendor.test()
        case "poll":
            poll = await vendor.poll(name, given, memory, now=act.now, from_start=act.from_start)
            return [line.decode() for line in poll.events.lines()], poll.memory
    return None, memory


def _vendor(connector: Connector, values: Mapping[str, Any], pretend: Pretend) -> Vendor:
    connection = Connection.open(connector, values).as_if_signed_in()
    clock = Clock()
    return Vendor(
        Exchange(connection, pretend, jitter=random.Random(0), rates=Rates(), clock=clock, sleep=clock.sleep)  # noqa: S311
    )
