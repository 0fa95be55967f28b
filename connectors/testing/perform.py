"""What a case's operation gives, while it is recorded and whenever it is played."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors.components.http import load_json
from connectors.components.memory import Memory
from connectors.engine.polling import Poll
from connectors.engine.run import Vendor, operation_named
from connectors.errors import GridwireError, InputError, ReconnectError, VendorError
from connectors.manifest.model import Action, Connector, Operation, Search
from connectors.testing.case import Case
from connectors.testing.steps import PolledOnce, Step

IDEMPOTENCY_KEY = "HIDDEN-idempotency_key"
"""What stands for the key that tells a vendor of a repetition, which is another each time."""


CONNECTION = "connection"
"""The operation of a case that is about the connection's own test."""


async def perform(
    vendor: Vendor, case: Case, step: Step, memory: Memory | None, key: str = IDEMPOTENCY_KEY
) -> tuple[dict[str, Any], Memory | None]:
    """One call or one poll: its outcome in the words of a case, and the memory for the next poll."""
    try:
        if not isinstance(step, PolledOnce):
            return {"output": await _output(vendor, case, key)}, None
        now = datetime.strptime(step.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if step.at else None
        how = case.options
        poll = await vendor.poll(
            case.operation, case.input, memory, from_start=how.from_start, limit=how.limit, release=how.release, now=now
        )
    except (InputError, ReconnectError, VendorError) as error:
        return {"error": error_words(error)}, memory
    return polled_words(poll), poll.memory


def polled_words(poll: Poll) -> dict[str, Any]:
    """What a poll gave, in the words of a case."""
    held = {"held": poll.held} if poll.held else {}
    return {"events": [load_json(line) for line in poll.events.lines()], **held, "memory": poll.memory.as_dict()}


def error_words(error: GridwireError) -> dict[str, Any]:
    """An error in the words of a case."""
    facts = error.as_dict()
    if "problems" in facts:
        facts["problems"] = [{name: said for name, said in one.items() if said} for one in facts["problems"]]
    return {name: facts[name] for name in ("kind", "status", "field", "problems") if name in facts}


async def _output(vendor: Vendor, case: Case, key: str) -> Any:
    name, chosen = case.operation, case.choices
    if name == CONNECTION and name not in vendor.connector.operations:
        return {} if await vendor.test() else {"tested": False}
    operation = operation_named(vendor.connector, name, Operation)
    if chosen is not None:
        found, _ = await vendor.choices(name, chosen.field, case.input, search=chosen.search)
        return [{"value": choice.value, "title": choice.title} for choice in found]
    if isinstance(operation, Action):
        return await vendor.call(name, case.input, confirmed=case.options.confirmed, idempotency_key=key)
    if isinstance(operation, Search):
        return await vendor.search(name, case.input, limit=case.options.limit)
    raise InputError(f"{name} is a trigger; its case has 'polls'")


def one_at_a_time(connector: Connector) -> Connector:
    """The same connector, which asks for one page at a time, so that requests have an order."""
    lists = {name: reading.model_copy(update={"in_flight": 1}) for name, reading in connector.lists.items()}
    return connector.model_copy(update={"lists": lists})
