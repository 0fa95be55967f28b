"""Playing a case: the same input must make the same requests, in the same order, and give the same outcome.

    found = replay(load(path), connector)      # no differences: the case holds

Nothing leaves the process and nothing is waited for. `player` says who answers: by default one in memory, which is
fast; `cassette.playing` answers below the HTTP client, with vcrpy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

from connectors.components.extract import MISSING
from connectors.components.http import Request, Response, load_json
from connectors.components.memory import Memory
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange as Engine
from connectors.engine.rates import Rates
from connectors.engine.run import Vendor
from connectors.engine.session import SignedIn
from connectors.engine.transport import Transport
from connectors.errors import InputError, NotReached, ResponseLost
from connectors.manifest.model import Connector
from connectors.testing.case import Case
from connectors.testing.compare import Difference, differing, requests_differing
from connectors.testing.hooked import Known, happen
from connectors.testing.perform import IDEMPOTENCY_KEY, one_at_a_time, perform
from connectors.testing.placeholders import placeholders
from connectors.testing.secrets import Mask, of_connection
from connectors.testing.signed import of_webhook
from connectors.testing.steps import Asked, Exchange, Failure, Happening, PolledOnce, Step

_NOISE = frozenset(
    "host user-agent accept-encoding connection content-length transfer-encoding te trailer upgrade expect".split()
)
"""Headers that the HTTP client adds and that no vendor documents."""


class Unmatched(Exception):
    """Something was asked that is not what comes next."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__("\n".join(map(str, differences)))
        self.differences = differences


class Clock:
    """Time that passes when it is waited for, at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds since some moment."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Lets that much time pass."""
        self.now += seconds


class Script:
    """The exchanges of one step after another, of which each must be asked for in its turn."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._act = ""
        self.exchanges: list[Exchange] = []
        self.played = 0
        self.clock = Clock()

    def begin(self, act: str, exchanges: list[Exchange]) -> None:
        """Goes on with the exchanges of the next step, which is called `act`."""
        self._act, self.exchanges, self.played = act, exchanges, 0

    def next(self, asked: Asked) -> Exchange:
        """The exchange whose turn it is. Raises Unmatched if it is another that was asked for."""
        where = f"{self._act}request {self.played + 1}"
        if self.played == len(self.exchanges):
            raise Unmatched([Difference(f"{where}, one more than recorded", MISSING, self.masked(asked).line)])
        exchange = self.exchanges[self.played]
        where = f"{where} of {len(self.exchanges)} ({exchange.request.method})"
        if found := list(requests_differing(where, exchange.request, self.masked(asked))):
            raise Unmatched(found)
        return exchange

    def failing(self, failure: Failure, timeout: float) -> NotReached | ResponseLost:
        """The error that came in place of an answer; a deadline passes first."""
        if failure.timed_out:
            self.clock.now += timeout
        return (ResponseLost if failure.received else NotReached)(failure.message, timed_out=failure.timed_out)

    def masked(self, asked: Asked) -> Asked:
        """The request as it would be recorded."""
        return rewritten(asked, self._mask)

    def left(self) -> Iterator[Difference]:
        """What was recorded and not asked for."""
        for number, exchange in enumerate(self.exchanges[self.played :], self.played + 1):
            yield Difference(f"{self._act}request {number}, which was not made", exchange.request.line, MISSING)


Player: TypeAlias = Callable[[Script], Transport]


class InMemory:
    """Answers from the script alone."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        exchange = self._script.next(asked_of(request))
        self._script.played += 1
        if exchange.failure is not None:
            raise self._script.failing(exchange.failure, timeout)
        answer = exchange.answer
        assert answer is not None
        return Response(answer.status, tuple(answer.headers.items()), answer.body or b"")


def replay(case: Case, connector: Connector, player: Player = InMemory) -> list[Difference]:
    """What is not as it was recorded; nothing if the case holds. Not to be called where an event loop runs."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(played(case, connector, player))


async def played(case: Case, connector: Connector, player: Player = InMemory) -> list[Difference]:
    """The same where an event loop runs."""
    try:
        connection = Connection.open(connector, placeholders(connector, case.connection))
    except InputError as error:
        return [Difference("connection", case.connection, error.message)]
    script = Script(mask_of(connection, case))
    try:
        async with aclosing(acts(case, connection, script, player)) as done:
            async for act, step, now in done:
                if found := [*_outcomes(act, step, now), *script.left()]:
                    return found
    except Unmatched as unmatched:
        return unmatched.differences
    except Exception as error:  # noqa: BLE001 - whatever a wrong manifest leads to is a difference, not our end
        return [Difference("the program", MISSING, f"{type(error).__name__}: {error}")]
    return []


async def acts(
    case: Case, connection: Connection, script: Script, player: Player = InMemory, key: str = IDEMPOTENCY_KEY
) -> AsyncGenerator[tuple[str, Step, dict[str, Any]]]:
    """Each step of the case, what to call it, and what it gives now. Raises Unmatched."""
    connection = replace(connection, connector=as_fast_as_it_can(one_at_a_time(connection.connector)))
    if case.session is not None:
        begun = SignedIn.begun({**case.session, "of": connection.mark})
        connection = replace(connection, signed_in=begun)
    clock = script.clock
    timeout = case.options.timeout or Engine.timeout
    engine = Engine(connection, player(script), timeout, rates=Rates(), clock=clock, sleep=clock.sleep)
    vendor = Vendor(engine)
    secret = case.webhook.secret if case.webhook else ""
    known = Known(Memory.from_dict(case.memory) if case.memory else None, secret)
    for number, step in enumerate(case.steps, 1):
        act = _act(number, step)
        script.begin(act, step.exchanges)
        if isinstance(step, Happening):
            now = await happen(vendor, case, step, known)
        else:
            now, known.memory = await perform(vendor, case, step, known.memory, key)
        yield act, step, now


def _act(number: int, step: Step) -> str:
    if isinstance(step, Happening):
        return f"step {number} ({step.do}), "
    return f"poll {number}, " if isinstance(step, PolledOnce) else ""


def as_fast_as_it_can(connector: Connector) -> Connector:
    """The same connector without rate plans: nobody is asked here."""
    return connector.model_copy(update={"rates": {}})


def outcome(step: Step) -> dict[str, Any]:
    """What a step is to give, in the words of `perform`."""
    said = step.model_dump(include=set(step.OUTCOMES), exclude_unset=True, by_alias=True)
    if step.error is not None:
        said["error"] = step.error.model_dump(exclude_none=True)
    return said


def with_outcomes(case: Case, outcomes: list[dict[str, Any]]) -> Case:
    """The case, in which each step gives what is said in the words of `perform`."""
    said = case.model_dump(by_alias=True, exclude_unset=True)
    said.pop("output", None)
    if case.polls is not None:
        said["polls"] = [{**poll, **now} for poll, now in zip(said["polls"], outcomes, strict=True)]
    elif case.webhook is not None:
        steps = [{**step, **now} for step, now in zip(said["webhook"]["steps"], outcomes, strict=True)]
        said["webhook"] = {**said["webhook"], "steps": steps}
    else:
        said |= outcomes[0]
    return Case.model_validate(said).at(case.path)


def _outcomes(act: str, step: Step, now: Mapping[str, Any]) -> Iterator[Difference]:
    recorded = outcome(step)
    if "error" in now and "problems" not in recorded.get("error", {}):
        now = {**now, "error": {name: said for name, said in now["error"].items() if name != "problems"}}
    for name in step.OUTCOMES:
        if name in recorded or (name in now and name != "memory"):
            yield from differing(f"{act}{name}", recorded.get(name, MISSING), now.get(name, MISSING))


def asked_of(request: Request) -> Asked:
    """A request of the engine in the words of a case."""
    return asked(request.method, request.full_url, request.headers, request.content)


def asked(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Asked:
    """A request in the words of a case, its body as what it says, without what the client adds."""
    kept = {name.lower(): value for name, value in headers.items() if name.lower() not in _NOISE}
    kept = {name: value for name, value in kept.items() if (name, value) != ("accept", "*/*")}
    return Asked(line=f"{method} {url}", headers=dict(sorted(kept.items())), **_said(body))


def _said(body: bytes | None) -> dict[str, Any]:
    if not body:
        return {}
    try:
        return {"json": load_json(body)}
    except ValueError:
        return {"text": body.decode("utf-8", "replace")}


def rewritten(message: Any, change: Callable[[str], str]) -> Any:
    """The message with every text in it changed."""
    update: dict[str, Any] = {"headers": {name: change(value) for name, value in message.headers.items()}}
    if isinstance(message, Asked):
        update["line"] = change(message.line)
    for name in ("json_", "text"):
        if name in message.model_fields_set:
            update[name] = _each(getattr(message, name), change)
    return message.model_copy(update=update)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): _each(inner, change) for name, inner in value.items()}
    return [_each(inner, change) for inner in value] if isinstance(value, list) else value


def mask_of(connection: Connection, case: Case) -> Mask:
    """What hides the placeholders that the program has encoded."""
    return _mask(tuple((of_connection(connection) | of_webhook(connection.connector, case)).items()))


@lru_cache(maxsize=64)
def _mask(secrets: tuple[tuple[str, str], ...]) -> Mask:
    return Mask(dict(secrets))
