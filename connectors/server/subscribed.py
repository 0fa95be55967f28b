"""Subscriptions and deliveries as clients see them and what can be done with them, over HTTP as on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from connectors.components.outcome import is_success
from connectors.engine.redaction import masked
from connectors.errors import GridwireError, InputError
from connectors.manifest.model import Connector, Trigger
from connectors.server.said import time_or_null
from connectors.service import system
from connectors.service.feed import Line
from connectors.service.outbox import Event
from connectors.service.poller import name_now
from connectors.service.replay import Delivery
from connectors.service.service import Service
from connectors.service.subscriptions import Subscription
from connectors.service.worker import Worker


async def shown(service: Service, worker: Worker, workspace: str, some: Sequence[Subscription]) -> list[dict[str, Any]]:
    """How subscriptions are, and what stands in their way."""
    accounts = {one.id: one for one in await service.connections.listed(workspace)}
    held = await service.feed.held(list(some))
    found = list[dict[str, Any]]()
    for one in some:
        reading, account = one.reading, accounts.get(one.reading.connection)
        needs = account.last_error if account and account.state == "reconnect" else None
        found.append(
            {
                "id": one.id,
                "connection": reading.connection or None,
                "connector": account and account.connector,
                "trigger": reading.trigger,
                "input": await _input(service, one),
                "target_url": one.target.url,
                "format": one.format,
                "ordered": one.ordered,
                "interval": None if reading.way == "webhook" else reading.interval,
                "way": reading.way,
                "state": "beginning" if one.begins else one.state,
                "error": _error(one.error or needs or reading.error),
                "held": held.get(reading.id, 0),
                "note": await _note(worker, one, "poll"),
                "created_at": time_or_null(one.created_at),
            }
        )
    return found


async def made(service: Service, worker: Worker, one: Subscription) -> dict[str, Any]:
    """The same of one that has just been made, with its secret and what a person has to do at the vendor."""
    [facts] = await shown(service, worker, one.workspace, [one])
    return facts | {"secret": one.target.secret, "setup": await _note(worker, one, "webhook")}


async def tested(service: Service, worker: Worker, one: Subscription) -> dict[str, Any]:
    """Sends the trigger's sample to the target, and says what that answered. Raises InputError if there is none."""
    if one.target.url is None:
        remedy = "Give it one first: PATCH it with a `target_url`, or `gridwire subscriptions change --to URL`."
        raise InputError("this subscription has no target to send a sample to", field="target_url", remedy=remedy)
    named, sample = await _sample(service, one)
    answer = await worker.deliverer.test(one, one.target.url, named, sample)
    if isinstance(answer, str):
        return {"delivered": False, "status": None, "error": answer}
    taken = is_success(answer)
    error = None if taken else f"the target answered {answer.status}, and only an answer from 200 to 299 takes an event"
    return {"delivered": taken, "status": answer.status, "error": error}


async def released(service: Service, worker: Worker, one: Subscription) -> dict[str, Any]:
    """Lets through what is held as too many gone at once. Raises GridwireError if the vendor cannot be asked."""
    if not (await service.feed.held([one])).get(one.reading.id):
        return {"released": 0}
    return {"released": await worker.poller.release(one.reading)}


def event(one: Event) -> dict[str, Any]:
    """What happened."""
    time = time_or_null(one.at)
    return {"id": one.id, "time": time, "type": one.type, "data": one.body, "previous": one.previous}


def line(one: Line) -> dict[str, Any]:
    """A line of history."""
    said = {name: time_or_null(fact) if name == "until" else fact for name, fact in one.said.items()}
    items = [{"item": key, "by": path, "value": value} for key, path, value in one.items]
    return {"at": time_or_null(one.at), **said, "items": items}


def delivery(one: Delivery) -> dict[str, Any]:
    """How a delivery stands."""
    said = (one.last or {}).get("said")
    return {
        "id": one.id,
        "subscription": one.subscription,
        "event": one.event,
        "type": one.type,
        "time": time_or_null(one.happened_at),
        "state": one.state,
        "attempts": one.attempts,
        "next_at": time_or_null(one.due_at) if one.state == "waiting" else None,
        "last_at": time_or_null((one.last or {}).get("at")),
        "last_status": said if isinstance(said, int) else None,
        "last_error": said if isinstance(said, str) else None,
    }


async def _sample(service: Service, one: Subscription) -> tuple[str, Any]:
    """The type of the trigger's events, and an example."""
    if one.reading.way == "system":
        return one.reading.trigger, system.SAMPLES[one.reading.trigger]
    connector, trigger = await _trigger(service, one)
    return f"{connector.connector}.{trigger.name}", connector.sample_of(trigger)


async def _input(service: Service, one: Subscription) -> Mapping[str, Any]:
    """What the trigger is given, without secrets; nothing, where nobody knows any more which of it is secret."""
    with suppress(GridwireError):
        return masked((await _trigger(service, one))[1].input, one.reading.input) if one.reading.input else {}
    return {}


async def _trigger(service: Service, one: Subscription) -> tuple[Connector, Trigger]:
    """Raises GridwireError if there is none any more."""
    connector = (await service.connections.open(one.workspace, one.reading.connection)).connection.connector
    return connector, connector.triggers[name_now(connector, one.reading.trigger)]


async def _note(worker: Worker, one: Subscription, way: str) -> str | None:
    """What whoever subscribes in this way should know; what to set up at a vendor holds the secret of its calls."""
    if one.reading.way != way:
        return None
    with suppress(GridwireError):  # of a connection that cannot be used there is something else to be said
        return await worker.reconciler.note(one.reading)
    return None


def _error(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if said is None else {"remedy": None, **said, "at": time_or_null(said.get("at"))}
