"""A trial: what is asked of a connector, which pretend vendor answers, and what must come of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, TypeVar

from connectors.components.delivery import Delivery
from connectors.components.extract import MISSING
from connectors.components.http import dump_json
from connectors.components.memory import Memory
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.hooks import Hook
from connectors.engine.rates import Rates
from connectors.engine.reading import Reader
from connectors.engine.run import Vendor
from connectors.errors import GridwireError
from connectors.manifest.model import Connector
from connectors.testing.generated.pretend import Pretend, World
from connectors.testing.hooked import events_of
from connectors.testing.perform import one_at_a_time
from connectors.testing.replay import Clock, as_fast_as_it_can
from connectors.testing.signed import agreed
from connectors.testing.steps import INVENTED, Asked

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
"""The time that it is in a trial, unless it says otherwise."""

About: TypeAlias = Literal["inputs", "pages", "events", "choices", "errors", "words", "webhook"]
Verb: TypeAlias = Literal[
    "call", "search", "poll", "hook", "choices", "read", "open", "test", "subscribe", "check", "receive", "unsubscribe"
]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: what is asked for, and what the vendor is like then."""

    verb: Verb
    given: Mapping[str, Any] = field(default_factory=dict)
    world: World | None = None
    delivery: Delivery | None = None
    """What the vendor sends, where it calls."""
    secret: str = field(default="HIDDEN-webhook_secret", repr=False)
    """What was agreed on with it."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What is kept of the subscription."""
    field: str = ""
    """The input whose choices are asked for."""
    now: datetime = NOW
    from_start: bool = False
    confirmed: bool = True
    spent: bool = False
    """The rate plans are kept, and all that they allow now was just asked for."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act."""

    requests: tuple[Asked, ...]
    output: Any = None
    error: GridwireError | None = None
    memory: Memory | None = None
    waited: float = 0.0
    """Seconds, which nobody really waited."""
    signed_in: int = 0
    """How often it signed in anew on the way, because the vendor had refused the session before."""

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
        error = self.error.as_dict() if self.error else None
        return dump_json([wire, self.output, error, self.memory.as_dict() if self.memory else None])


_Block = TypeVar("_Block")


def chosen(blocks: Mapping[str, _Block], names: Container[str]) -> list[_Block]:
    """Those of the operations or lists that have one of the names."""
    return [block for name, block in blocks.items() if name in names]


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
    connector = one_at_a_time(connector)
    fast = as_fast_as_it_can(connector)
    done: list[Done] = []
    for act in trial.acts:
        clock = Clock()
        pretend = Pretend(act.world, clock)
        memory = done[-1].memory if done else None
        output, error = None, None
        try:
            if act.verb == "open":
                _opened(fast, trial.values, act)
            else:
                rates = Spent() if act.spent else Rates()
                vendor = _vendor(connector if act.spent else fast, trial.values, pretend, clock, rates)
                output, memory = await _come_of(vendor, trial.operation, act, memory)
        except GridwireError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001 - whatever a wrong manifest leads to is a result
            error = GridwireError(f"{type(raised).__name__}: {raised}")
        done.append(Done(tuple(pretend.asked), output, error, memory, clock.now, pretend.signed_in))
    return done


class Spent(Rates):
    """Rate plans of which others have just asked for everything that they allow."""

    def reserve(self, account: Hashable, limit: int, per: str, *, now: float, longest: float) -> float:
        """See Rates."""
        for _ in range(limit):
            super().reserve(account, limit, per, now=now, longest=0.0)
        return super().reserve(account, limit, per, now=now, longest=longest)


async def _come_of(vendor: Vendor, name: str, act: Act, memory: Memory | None) -> tuple[Any, Memory | None]:
    match act.verb:
        case "call":
            return await vendor.call(name, act.given, confirmed=act.confirmed, idempotency_key="one-key"), memory
        case "search":
            return await vendor.search(name, act.given), memory
        case "choices":
            found, _ = await vendor.choices(name, act.field, act.given)
            return [[choice.value, choice.title] for choice in found], memory
        case "poll":
            poll = await vendor.poll(name, act.given, memory, now=act.now, from_start=act.from_start)
            return [line.decode() for line in poll.events.lines()], poll.memory
        case "read":
            return await _read(vendor, name, act.given), memory
        case "hook":
            vendor.hook(name, act.given)
        case "subscribe" | "check" | "unsubscribe":
            return await _asked(vendor.hook(name, act.given), act), memory
        case "receive":
            return await _received(vendor, name, act, memory)
        case _:
            await vendor.test()
    return None, memory


async def _asked(hook: Hook, act: Act) -> Any:
    """What comes of asking a vendor to call, or to call no more, or whether it does."""
    secret = agreed(hook.webhook.verify, act.secret)
    match act.verb:
        case "subscribe":
            made = await hook.subscribe(INVENTED, secret)
            return {"kept": made.kept, "secret": made.secret}
        case "check":
            found = await hook.standing(INVENTED, secret, act.kept)
            return {"state": found.state, "differs": found.differs} if found else None
        case _:
            return await hook.unsubscribe(act.kept)


async def _received(vendor: Vendor, name: str, act: Act, memory: Memory | None) -> tuple[Any, Memory | None]:
    secret = agreed(vendor.hook(name, act.given).webhook.verify, act.secret)
    assert act.delivery is not None
    got = vendor.receive(name, act.given, act.delivery, [secret] if secret else [], memory, now=act.now)
    said = {"status": got.reply.status, "headers": got.reply.headers, "body": got.reply.body.decode()}
    events = await events_of(vendor, name, act.given, got)
    return {**said, "problem": got.problem, "secret": got.secret, "events": events}, got.memory


async def _read(vendor: Vendor, name: str, given: Mapping[str, Any]) -> list[Any]:
    reader = Reader(vendor.exchange.in_a_reading())
    async with aclosing(reader.read(vendor.connector.lists[name], given)) as pages:
        return [item async for page in pages for item in page.items]


def _opened(connector: Connector, values: Mapping[str, Any], act: Act) -> Connection:
    values = {**values, **act.given}
    return Connection.open(connector, {name: value for name, value in values.items() if value is not MISSING})


def _vendor(connector: Connector, values: Mapping[str, Any], pretend: Pretend, clock: Clock, rates: Rates) -> Vendor:
    connection = Connection.open(connector, values).as_if_signed_in()
    chance = random.Random(0)  # noqa: S311 - the same each time
    return Vendor(Exchange(connection, pretend, jitter=chance, rates=rates, clock=clock, sleep=clock.sleep))
