"""Subscriptions: who is told of what happens at a trigger, and what they were told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from connectors.components.http import JSON_TYPE, dump_json
from connectors.errors import GridwireError, InputError
from connectors.server import subscribed
from connectors.server.attention import while_there
from connectors.server.call import Call
from connectors.server.deeds import REPLAYED
from connectors.service.idempotency import Asked, Making
from connectors.service.subscriptions import Edit, NoSuchSubscriptionError, Place, Subscription, Wanted


async def list_subscriptions(call: Call) -> Any:
    """Lists the subscriptions of the key's workspace, the oldest first; `cursor`, sent back as `after`, gives more."""
    query, about = call.query, ("subscriptions", call.workspace)
    after = _place(call, query["after"], about) if "after" in query else None
    found = await call.server.service.subscriptions.listed(call.workspace, after=after, limit=query["limit"])
    more = len(found) == query["limit"]
    cursor = call.server.signer.sign(found[-1].place, *about) if more else None
    return {"items": await _shown(call, found), "cursor": cursor}


async def subscribe(call: Call) -> Any:
    """Subscribes to a trigger. Once this is answered with the state `active`, nothing that happens is missed.

    What takes longer is told with the state `beginning`, and goes on. Where the vendor can call it is asked to;
    otherwise it is polled, and `note` says so. With the header Idempotency-Key one subscription is made, however often
    it is sent: the answer is that one as it is by then, with its secret, and the header Idempotent-Replayed. Without
    it, whoever leaves before the answer has no subscription.
    """
    body, service, making = call.body, call.server.service, _making(call)
    wanted = Wanted(**{name: value for name, value in body.items() if name != "connection"})
    added = await service.subscriptions.add(call.workspace, body.get("connection"), wanted, making)
    try:
        async with while_there(call.request.receive):
            begun = await call.server.worker.begin(added)
    except (ClientDisconnect, asyncio.CancelledError):
        if making is None:
            await _forget(call, added.id)
        raise
    except GridwireError:
        if making is not None:
            await service.idempotency.free(making.asked)
        raise
    shown = await subscribed.made(service, call.server.worker, begun)
    called_at = service.settings.called_at or ""
    headers = {"Location": f"{called_at}/v1/subscriptions/{quote(begun.id)}"}  # whole: some follow no path
    headers |= {REPLAYED: "true"} if making and making.again else {}
    return Response(dump_json(shown), 201, headers, media_type=JSON_TYPE)


def _making(call: Call) -> Making | None:
    """The subscription that is asked for under an Idempotency-Key, if there is one. Raises InputError."""
    key = call.header("Idempotency-Key")
    asked = None if key is None else Asked.of(call.workspace, key, None, "subscribe", call.body)
    return asked and call.server.service.idempotency.making(asked)


async def show_subscription(call: Call) -> Any:
    """Describes a subscription: how it is, and what stands in its way. The secret is not shown again."""
    return (await _shown(call, [await _subscription(call)]))[0]


async def change_subscription(call: Call) -> Any:
    """Changes what is given and leaves the rest."""
    changed = await call.server.service.subscriptions.change(call.workspace, call.params["id"], Edit(**call.body))
    call.server.worker.wake()
    call.server.worker.deliverer.wake([changed.id])
    return (await _shown(call, [changed]))[0]


async def unsubscribe(call: Call) -> Any:
    """Ends a subscription at once; the vendor is told to call no more. Where there is none, this is done already."""
    await _forget(call, call.params["id"])
    return Response(status_code=204)


async def read_events(call: Call) -> Any:
    """Gives what has happened, the oldest first, for callers that ask instead of being called.

    `cursor`, sent back as `after`, gives what came since. Events are kept for some days only.
    """
    subscription, query = await _subscription(call), call.query
    feed, about = call.server.service.feed, ("events", subscription.id)
    after = _number(call, query["after"], about) if "after" in query else 0
    if "last" in query:
        found = await feed.newest(subscription, query["last"])
    else:
        found = await feed.events(subscription, after, query["limit"])
    cursor = call.server.signer.sign(found[-1].number if found else after, *about)
    return {"items": [subscribed.event(one) for one in found], "cursor": cursor}


async def read_history(call: Call) -> Any:
    """Gives what was done for the subscription, the newest first: polls, calls of the vendor, and what went wrong.

    `left_out` counts the items that a condition of the trigger left out, and `items` has some of them.
    """
    lines = await call.server.service.feed.history(await _subscription(call))
    return {"items": [subscribed.line(one) for one in lines]}


async def say_why(call: Call) -> Any:
    """Says in one sentence why the trigger did not fire, or what became of the item."""
    why = call.server.service.why
    return {"why": await why.not_fired(call.workspace, call.params["id"], call.query.get("item"))}


async def test_subscription(call: Call) -> Any:
    """Sends the trigger's sample to the target now, signed, and says what the target answered.

    The header `gridwire-test: true` (in a CloudEvent also `gridwiretest`) marks it. Nothing has happened, so nothing is
    stored: it does not stand in /events either, and the vendor is not asked.
    """
    return await subscribed.tested(call.server.service, call.server.worker, await _subscription(call))


async def release_held(call: Call) -> Any:
    """Lets through what looks deleted and is held, because so many are gone at once that it may be a mistake.

    The vendor is asked once more; what is there again is not told to be gone.
    """
    return await subscribed.released(call.server.service, call.server.worker, await _subscription(call))


async def _subscription(call: Call) -> Subscription:
    return await call.server.service.subscriptions.get(call.workspace, call.params["id"])


async def _forget(call: Call, id: str) -> None:
    with suppress(NoSuchSubscriptionError):
        await call.server.service.subscriptions.remove(call.workspace, id)
    call.server.worker.wake()


async def _shown(call: Call, some: list[Subscription]) -> list[dict[str, Any]]:
    return await subscribed.shown(call.server.service, call.server.worker, call.workspace, some)


def _place(call: Call, cursor: str, about: tuple[Any, ...]) -> Place:
    try:
        made_at, own = call.server.signer.open(cursor, *about)
    except ValueError:
        message = "this cursor was changed, or is another workspace's"
        raise InputError(message, field="after", remedy="Send the last cursor as it came, or none.") from None
    return made_at, own


def _number(call: Call, cursor: str, about: tuple[Any, ...]) -> int:
    try:
        return call.server.signer.open(cursor, *about)
    except ValueError:
        message = "this cursor was changed, or was given for another subscription"
        remedy = "Send the last cursor as it came, or none, to begin with the first event that is kept."
        raise InputError(message, field="after", remedy=remedy) from None
