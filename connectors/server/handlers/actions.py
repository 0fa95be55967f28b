"""Actions: what is done at a vendor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response

from connectors.components.http import JSON_TYPE, dump_json
from connectors.engine.redaction import secrets_in
from connectors.errors import GridwireError, InputError, ReconnectError, VendorBusy
from connectors.manifest.model import Action
from connectors.server.call import Call
from connectors.server.deeds import REPLAYED, Deed, NotWaited, answered
from connectors.server.places import Crowded
from connectors.server.preview import previewed
from connectors.server.problems import problem
from connectors.service.connections import Opened
from connectors.service.idempotency import Outcome


async def run_action(call: Call) -> Any:
    """Runs an action once; with `inputs`, once for each of them in turn, and what goes wrong with one stops no other.

    With the header Idempotency-Key the same is done once, however often it is sent: the first outcome is given again,
    with the header Idempotent-Replayed. With `dry_run`, shows the request that it would send, and sends nothing.
    """
    opened, body = await call.opened(), call.body
    action = call.operation(opened.connection.connector, Action)
    if "inputs" not in body:
        given = body.get("input", {})
        task = _Task(call, opened, action, {"input": given})
        return task.preview(given) if body["dry_run"] else answered(await task.done(given))
    if "input" in body:
        raise InputError("give either 'input' or 'inputs', not both", field="inputs")
    return await _several(_Task(call, opened, action, {"inputs": body["inputs"]}), body["inputs"])


@dataclass(frozen=True)
class _Task:
    call: Call
    opened: Opened
    action: Action
    asked: Mapping[str, Any]

    @property
    def deed(self) -> Deed:
        what = (self.asked, self.call.body["confirm"])
        return Deed(self.call, self.opened, self.action.name, self.action.effective, what)

    async def done(self, given: Mapping[str, Any], number: int | None = None) -> Outcome:
        confirmed = self.call.body["confirm"]

        async def work(vendor: Any) -> dict[str, Any]:
            return {"output": await vendor.call(self.action.name, given, confirmed=confirmed)}

        return await self.deed.done(work, number)

    def preview(self, given: Mapping[str, Any]) -> dict[str, Any]:
        request = self.call.server.vendor(self.opened).prepare(self.action, given)
        secrets = secrets_in(self.action.input, self.action.checker.check(given))
        return {"request": previewed(self.opened.connection.hiding(secrets), request)}

    def problem(self, error: GridwireError) -> dict[str, Any]:
        return {"error": problem(error, self.call.correlation_id)}


async def _several(task: _Task, inputs: Sequence[Mapping[str, Any]]) -> Response:
    """One after the other; once the account or the vendor takes no more, or the time is over, the rest is not sent."""
    clock = asyncio.get_running_loop().time
    ends = clock() + task.call.server.longest_reading
    results: list[Any] = []
    replayed: list[bool] = []
    stopped: GridwireError | None = None
    if not task.call.body["dry_run"] and (key := task.deed.key) is not None:
        await task.call.server.service.idempotency.listed(task.deed.asked(key))
    for number, given in enumerate(inputs):
        if stopped is None and clock() >= ends:
            stopped = Crowded("there was no time left for this; nothing was sent", remedy="Send it again.")
        if stopped is not None:
            results.append(task.problem(stopped))
            continue
        try:
            result, known = await _one(task, given, number)
        except GridwireError as error:
            result, known = task.problem(error), False
            stopped = _why_not(error)
        results.append(result)
        replayed.append(known)
    headers = {REPLAYED: "true"} if results and replayed.count(True) == len(results) else None
    return Response(dump_json({"results": results}), headers=headers, media_type=JSON_TYPE)


async def _one(task: _Task, given: Mapping[str, Any], number: int) -> tuple[Any, bool]:
    """A result, and whether it was given before. Raises GridwireError."""
    if task.call.body["dry_run"]:
        return task.preview(given), False
    outcome = await task.done(given, number)
    body = msgspec.Raw(outcome.body)
    return (body if outcome.status == 200 else {"error": body}), outcome.replayed


def _why_not(error: GridwireError) -> GridwireError | None:
    """What is said of those after this one, if they are not sent for it."""
    if isinstance(error, NotWaited):
        return Crowded("gridwire stopped before it came to this; nothing was sent", remedy="Send it again.")
    if not isinstance(error, ReconnectError | VendorBusy):
        return None
    rest = copy(error)
    rest.message = f"nothing was sent, because of the answer to the one before: {error.message}"
    return rest
