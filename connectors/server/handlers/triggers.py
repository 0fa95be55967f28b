"""Triggers that a client polls by itself, keeping the memory."""

from __future__ import annotations

from typing import Any

from connectors.components.http import load_json
from connectors.components.memory import Memory
from connectors.errors import InputError
from connectors.manifest.model import Trigger
from connectors.server.call import Call
from connectors.server.problems import TooLarge

MAX_CURSOR = 256 * 1024
"""Characters."""


async def poll_trigger(call: Call) -> Any:
    """Gives what is new since the poll that gave `cursor`.

    Without a cursor it is the first poll: it remembers what is there and gives nothing, unless `from_start`.
    """
    body, opened = call.body, await call.opened()
    connector = opened.connection.connector
    trigger = call.operation(connector, Trigger)
    about = ("poll", opened.stored.id, connector.connector, trigger.name, body["input"])
    memory = _memory(call, body["cursor"], about) if body.get("cursor") is not None else None
    async with call.asking(opened) as vendor:
        poll = await vendor.poll(trigger.name, body["input"], memory, from_start=body["from_start"])
    cursor = call.server.signer.sign(poll.memory.as_dict(), *about)
    if len(cursor) > MAX_CURSOR:
        message = f"'{trigger.name}' has {len(poll.memory.versions):,} items to remember, too many for a cursor"
        remedy = "Use a subscription, for which the server remembers, or `gridwire poll` with a --state file."
        raise TooLarge(f"{message} of {MAX_CURSOR // 1024} KiB", remedy=remedy)
    return {"items": [load_json(event.line) for event in poll.events], "cursor": cursor}


async def show_sample(call: Call) -> Any:
    """Gives an example of what a trigger emits, without asking the vendor."""
    connector = (await call.opened()).connection.connector
    return {"sample": connector.sample_of(call.operation(connector, Trigger))}


def _memory(call: Call, cursor: str, about: tuple[Any, ...]) -> Memory:
    try:
        return Memory.from_dict(call.server.signer.open(cursor, *about))
    except ValueError:
        message = "this cursor was changed, or was given for another trigger, connection or input"
        remedy = "Send the last cursor as it came, with the same input; or none, to begin anew."
        raise InputError(message, field="cursor", remedy=remedy) from None
