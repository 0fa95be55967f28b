"""Whether the vendor is still as it was recorded: what the cases read is read again, and the answers are compared.

Nothing is written: lists are read, and actions that only read are called. What is compared are shapes (types, fields),
statuses, paging, media types and the headers that tell of limits; no value comes out, but those of fields whose values
the manifest lists.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from connectors.components.fields import Fields
from connectors.components.http import Request, Response, dump_json
from connectors.components.template import NotText
from connectors.engine.run import Vendor
from connectors.engine.transport import Transport
from connectors.errors import InputError, ReconnectError, VendorBusy, VendorError, VendorNotFound
from connectors.manifest.model import Action, Connector, List, Operation, Trigger
from connectors.testing.answers import Answers, Reading, Seen, readings, recorded, sorted_out, title
from connectors.testing.case import Case
from connectors.testing.changes import Change, Uncompared, compare
from connectors.testing.perform import one_at_a_time

_OTHERS = 3
"""How many of the present choices are read, where what was recorded is not there any more."""
_WORST = ("status", "answer", "gone", "type", "paging", "media type", "null", "optional", "value", "new", "rates")
_BY_INPUT = ("vendor_not_found", "invalid_input")
"""Errors that the input leads to, so that the same must come again."""


@dataclass
class Drift:
    """What became of a vendor."""

    changes: list[Change] = field(default_factory=list[Change])
    """The worst first."""
    uncompared: list[Uncompared] = field(default_factory=list[Uncompared])
    compared: dict[str, int] = field(default_factory=dict[str, int])
    """How many answers were compared, by operation."""

    @property
    def breaking(self) -> bool:
        """Whether any change is."""
        return any(change.breaking for change in self.changes)

    def as_dict(self) -> dict[str, Any]:
        """All of it as data."""
        said = {"breaking": self.breaking, "changes": [asdict(change) for change in self.changes]}
        return {**said, "compared": self.compared, "uncompared": [asdict(one) for one in self.uncompared]}


@dataclass(frozen=True)
class Probe:
    """Something to read again."""

    call: List | Action
    case: Case
    input: Mapping[str, Any]
    fields: Fields
    """The inputs of the operation, some of which have choices."""

    @property
    def name(self) -> str:
        """What people call it: the case."""
        return f"{self.case.operation}[{self.case.name}]"

    @property
    def refused(self) -> int | None:
        """The status with which the vendor refused, if that was recorded."""
        return self.case.error.status if self.case.error else None

    @property
    def mark(self) -> tuple[str, bytes]:
        """Equal for what reads the same."""
        return title(self.call), dump_json(dict(self.input))


async def drift(vendor: Vendor, cases: Iterable[Case], *, pages: int = 1) -> Drift:
    """Reads again what the cases read, of each list at most so many pages, and compares.

    Raises ReconnectError or VendorError if the connection itself does not work.
    """
    await vendor.test()
    noting = _Noting(vendor.exchange.transport)
    connection = replace(vendor.connection, connector=one_at_a_time(vendor.connector))
    vendor = Vendor(replace(vendor.exchange, connection=connection, transport=noting))
    known, found, kept = readings(vendor.connector), Drift(), list(cases)
    for probe in _distinct(filter(None, [_probe(vendor, case, found) for case in kept])):
        noting.seen.append([])
        await _ask(vendor, probe, pages, found)
    before, now = sorted_out(known, map(recorded, kept)), sorted_out(known, noting.seen)
    whole = sorted_out(known, (recorded(case) for case in kept if not case.repairs))
    for reading, answers in before.items():
        answers.whole = whole[reading].seen if reading in whole else []
    for reading in dict.fromkeys([*known, *before]):
        _compare(vendor, reading, before, now, found)
    found.uncompared += _never_read(vendor.connector, kept)
    found.uncompared = list(dict.fromkeys(found.uncompared))
    found.changes = sorted(dict.fromkeys(found.changes), key=lambda one: (not one.breaking, _WORST.index(one.kind)))
    return found


class _Noting:
    """Keeps what goes over the wire, one part for each probe."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.seen: list[list[Seen]] = []

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - as every transport
        response = await self._transport.send(request, timeout=timeout)
        self.seen[-1].append((request, response))
        return response


def _probe(vendor: Vendor, case: Case, found: Drift) -> Probe | None:
    """What to read again of a case; None, and why, if there is nothing."""
    operation = vendor.connector.operations.get(case.operation)
    if operation is None:
        found.uncompared.append(Uncompared(case.operation, "the manifest has no such operation any more"))
        return None
    if isinstance(operation, Action) and operation.effective != "read" and not case.choices:
        return None
    ends = [step.error for step in case.steps]
    if any(error and (error.kind not in _BY_INPUT or error.status is None) for error in ends):
        return None
    try:
        call, given = _call(vendor, operation, case)
    except (InputError, NotText):
        found.uncompared.append(Uncompared(case.operation, f"the input of the case {case.name} does not fit any more"))
        return None
    return Probe(call, case, given, operation.input) if call else None


def _call(vendor: Vendor, operation: Operation, case: Case) -> tuple[List | Action | None, dict[str, Any]]:
    """What the case asks for, and what that is given. Raises InputError, NotText."""
    if case.choices is not None:
        chosen = operation.input[case.choices.field].choices if case.choices.field in operation.input else None
        if chosen is None or chosen.list is None:
            return None, {}
        filled = chosen.with_.fill({**vendor.connection.scope, **case.input}) if chosen.with_ else {}
        reading = vendor.connector.lists[chosen.list]
        return reading, _taken(vendor.connector, reading, {**case.input, **filled})
    given = operation.checker.check(case.input)
    if isinstance(operation, Action):
        return operation, given
    reading = vendor.connector.list_of(operation)
    return reading, _taken(vendor.connector, reading, given) if reading else {}


def _taken(connector: Connector, reading: List, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in connector.inputs_of(reading)}


def _distinct(probes: Iterable[Probe]) -> list[Probe]:
    """What reads the same once; a refusal of what was granted to another case was not for what was asked."""
    found: dict[tuple[str, bytes], Probe] = {}
    for probe in sorted(probes, key=lambda one: one.refused is not None):
        found.setdefault(probe.mark, probe)
    return list(found.values())


async def _ask(vendor: Vendor, probe: Probe, pages: int, found: Drift) -> None:
    """Reads it; with what the vendor lists now, if what was recorded is not there any more."""
    if await _answered(vendor, probe, probe.input, pages, found):
        return
    why = "what was recorded is not there, and no list of choices names another"
    tried = 0
    try:
        async with aclosing(_others(vendor, probe)) as others:
            async for given in others:
                tried += 1
                if await _answered(vendor, probe, given, pages, found):
                    why = ""
    except (InputError, VendorError) as error:
        why = f"what was recorded is not there, and choosing another failed: {_said(error)}"
    if tried and why:
        found.changes.append(Change(title(probe.call), "", "status", "404, also for what the vendor lists now", True))
    elif not tried and not probe.input and isinstance(probe.call, List):
        found.changes.append(Change(title(probe.call), "", "status", "404, which was a success", True))
    elif why:
        found.uncompared.append(Uncompared(probe.name, why))


async def _answered(vendor: Vendor, probe: Probe, given: Mapping[str, Any], pages: int, found: Drift) -> bool:
    """Whether the vendor knows what was asked for; any other trouble is noted."""
    expected, name = probe.refused, title(probe.call)
    try:
        await _once(vendor, probe.call, given, pages)
        status = None
    except VendorNotFound as error:
        if expected is None:
            if error.status is None:
                found.uncompared.append(Uncompared(probe.name, "what it points to is not there now"))
            return error.status is None
        status = error.status
    except VendorBusy as error:
        found.uncompared.append(Uncompared(probe.name, f"the vendor was busy: {_said(error)}"))
        return True
    except (InputError, ReconnectError, VendorError) as error:
        status = 401 if isinstance(error, ReconnectError) else getattr(error, "status", None)
        if status is None:
            found.uncompared.append(Uncompared(probe.name, _said(error)))
            return True
        if status < 300:
            what = "it cannot be read any more as the manifest says"
            found.changes.append(Change(name, "", "answer", what, True))
            return True
    if status != expected:
        what = f"{status or 'a success'}, which was {expected or 'a success'}"
        found.changes.append(Change(name, "", "status", what, True))
    return True


async def _once(vendor: Vendor, call: List | Action, given: Mapping[str, Any], pages: int) -> None:
    if isinstance(call, Action):
        await vendor.call(call.name, given)
        return
    read = 0
    async with aclosing(vendor.reader.read(call, given)) as batches:
        async for _ in batches:
            read += 1
            if read >= pages:
                return


async def _others(vendor: Vendor, probe: Probe) -> AsyncGenerator[dict[str, Any]]:
    """The inputs with present choices in place of those recorded. Raises InputError, VendorError."""
    given = dict(probe.case.input)
    chosen = [name for name, said in probe.fields.items() if name in given and said.choices and said.choices.list]
    for name in chosen:
        several, _ = await vendor.choices(probe.case.operation, name, given)
        if not several:
            return
        given[name] = several[0].value
        for choice in several[:_OTHERS] if name == chosen[-1] else ():
            whole = {**given, name: choice.value}
            yield whole if isinstance(probe.call, Action) else _taken(vendor.connector, probe.call, whole)


def _said(error: InputError | VendorError | ReconnectError) -> str:
    """What kind of error it is; the vendor's own words may name people."""
    status = getattr(error, "status", None)
    return f"{error.kind}, status {status}" if status else error.kind


def _compare(
    vendor: Vendor, reading: Reading, before: Mapping[Reading, Answers], now: Mapping[Reading, Answers], found: Drift
) -> None:
    """Adds what differs in the answers to one kind of request, if any came."""
    if reading not in now:
        found.uncompared += [Uncompared(reading.name, "no answer to compare came")] if reading in before else []
        return
    found.compared[reading.name] = len(now[reading].seen)
    for one in compare(vendor.connector, before.get(reading, Answers(reading)), now[reading]):
        if isinstance(one, Change):
            found.changes.append(one)
        else:
            found.uncompared.append(one)


def _never_read(connector: Connector, cases: list[Case]) -> Iterator[Uncompared]:
    """Operations of which nothing was compared by their nature, or for want of a case."""
    have = {case.operation for case in cases}
    for name, operation in connector.operations.items():
        if isinstance(operation, Action) and operation.effective != "read":
            yield Uncompared(name, "it writes, and nothing is written here")
        elif isinstance(operation, Trigger) and operation.poll is None:
            yield Uncompared(name, "the vendor calls by itself; there is nothing to read")
        elif name not in have:
            yield Uncompared(name, "it has no case")
