"""What happens to a webhook, in the words of a case: while it is recorded, and whenever it is played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.components.http import Response, dump_json, load_json
from connectors.components.memory import Memory
from connectors.engine.hooks import Hook, Received
from connectors.engine.run import Vendor
from connectors.errors import InputError, ReconnectError, VendorError
from connectors.testing.case import Case
from connectors.testing.perform import error_words
from connectors.testing.signed import agreed
from connectors.testing.steps import Happening, Hooked
from connectors.testing.written import body_words


@dataclass(slots=True)
class Known:
    """What is kept from one step to the next."""

    memory: Memory | None
    secret: str = field(default="", repr=False)
    kept: dict[str, Any] = field(default_factory=dict[str, Any])


async def happen(vendor: Vendor, case: Case, step: Happening, known: Known) -> dict[str, Any]:
    """What comes of a step, in the words of a case; what is known goes on from there."""
    assert case.webhook is not None
    try:
        hook = vendor.hook(case.operation, case.input)
        known.secret = agreed(hook.webhook.verify, known.secret)
        if step.do == "receive":
            return await _received(vendor, case, step, known)
        return await _ASKED[step.do](hook, case.webhook, known)
    except (InputError, ReconnectError, VendorError) as error:
        return {"error": error_words(error)}


async def _subscribed(hook: Hook, webhook: Hooked, known: Known) -> dict[str, Any]:
    made = await hook.subscribe(webhook.url, known.secret)
    known.kept, known.secret = made.kept, made.secret
    return {"kept": made.kept} if made.kept else {}


async def _looked_at(hook: Hook, webhook: Hooked, known: Known) -> dict[str, Any]:
    found = await hook.standing(webhook.url, known.secret, known.kept)
    return {"standing": found.state} if found else {}


async def _unsubscribed(hook: Hook, webhook: Hooked, known: Known) -> dict[str, Any]:
    await hook.unsubscribe(known.kept)
    return {}


_ASKED: dict[str, Callable[[Hook, Hooked, Known], Awaitable[dict[str, Any]]]] = {
    "subscribe": _subscribed,
    "check": _looked_at,
    "unsubscribe": _unsubscribed,
}


async def _received(vendor: Vendor, case: Case, step: Happening, known: Known) -> dict[str, Any]:
    secrets, now = [known.secret], step.moment
    got = vendor.receive(case.operation, case.input, step.delivered, secrets, known.memory, now=now)
    known.memory, known.secret = got.memory, got.secret or known.secret
    said: dict[str, Any] = {"reply": reply_words(got.reply)}
    if got.problem is not None:
        return said | {"problem": got.problem}
    said["events"] = await events_of(vendor, case.operation, case.input, got)
    return said | ({"memory": got.memory.as_dict()} if got.memory else {})


async def events_of(vendor: Vendor, name: str, given: Mapping[str, Any], got: Received) -> list[Any]:
    """The events of a delivery as the trigger gives them, with what they only name fetched. Raises VendorError."""
    whole = [replace(one, body=dump_json(await vendor.complete(name, given, one.item))) for one in got.events]
    return [load_json(one.line) for one in whole]


def reply_words(reply: Response) -> dict[str, Any]:
    """An answer of ours, in the words of a case."""
    headers = {"headers": dict(reply.headers)} if reply.headers else {}
    return {"status": reply.status, **headers, **body_words(reply.body)}
