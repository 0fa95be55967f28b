"""A trigger's webhook: ask the vendor to call, take what it sends, ask it to stop, see whether it still calls.

Nothing listens here and nothing is kept: a delivery, its secrets and the memory go in; events, memory and the answer
come out, to be stored before the answer is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from connectors.components.delivery import Delivery
from connectors.components.extract import MISSING, extract
from connectors.components.heard import Told, is_event, remember
from connectors.components.http import Response, dump_json
from connectors.components.memory import Memory
from connectors.components.template import Scope
from connectors.components.verify import SECRET
from connectors.components.where import LeftOut
from connectors.engine.exchange import Exchange
from connectors.engine.reading import Reader
from connectors.engine.redaction import hidden
from connectors.engine.request import build
from connectors.engine.spool import Event
from connectors.errors import VendorRefused
from connectors.manifest.hooks import Webhook
from connectors.manifest.model import Trigger

TAKEN = Response(200)
REFUSED = Response(404)
"""To a wrong, a missing and a foreign secret alike, and as to an address that is none."""
UNREADABLE = Response(400)

GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What to keep of a subscription; `secret` is what its deliveries are verified with, ours or the vendor's own."""

    kept: dict[str, Any] = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the vendor still calls; `found` is what it says of the subscription, `differs` the paths that do."""

    state: Literal["active", "missing", "disabled", "drifted"]
    found: Any = field(default=None, repr=False)
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What a delivery brought, and the answer to give once it is stored."""

    events: tuple[Event, ...]
    memory: Memory | None
    reply: Response
    problem: str | None = None
    """Why it was not taken, for whoever looks for the mistake; it holds nothing of the delivery or the secret."""
    secret: str | None = field(default=None, repr=False)
    """What the vendor says that it will sign with."""
    left_out: Sequence[LeftOut] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """One trigger's webhook, with one input."""

    exchange: Exchange
    trigger: Trigger
    webhook: Webhook
    inputs: Mapping[str, Any]

    @property
    def scope(self) -> Scope:
        """What templates may use."""
        return {**self.exchange.connection.scope, **self.inputs}

    def setup(self, webhook_url: str, secret: str) -> str | None:
        """What a person has to do at the vendor, where we cannot."""
        said = self.webhook.setup
        return said.show({**self.scope, **self._ours(webhook_url, secret)}) if said else None

    async def subscribe(self, webhook_url: str, secret: str) -> Subscription:
        """Asks the vendor to call. Raises InputError, ReconnectError, VendorError; none of them tells the secret."""
        call = self.webhook.subscribe
        if call is None:
            return Subscription({}, secret)
        exchange = self.exchange.not_saying(secret)
        request = build(exchange.connection, call, {**self.inputs, **self._ours(webhook_url, secret)}, {})
        response = await exchange.send(request, effect="write", repeatable=False, rate=call.rate)
        kept = self._kept(response, exchange)
        return Subscription(kept, str(kept.pop("secret", secret)))

    async def unsubscribe(self, kept: Mapping[str, Any], secret: str = "") -> None:
        """Asks the vendor to call no more. Raises ReconnectError, VendorError; none of them tells the secret."""
        call = self.webhook.unsubscribe
        if call is None:
            return
        request = build(self.exchange.connection, call, {**self.inputs, "subscription": kept}, {})
        try:
            await self.exchange.not_saying(secret).send(request, effect="write", repeatable=True, rate=call.rate)
        except VendorRefused as error:
            if error.status not in GONE:
                raise

    async def standing(self, webhook_url: str, secret: str, kept: Mapping[str, Any]) -> Standing | None:
        """What the vendor's own list says of the subscription; None if the manifest does not say how to see it."""
        check = self.webhook.check
        if check is None:
            return None
        address = self._ours(webhook_url, secret)["webhook_url"]
        scope = {**self.scope, "subscription": kept, "webhook_url": address}
        reading = self.exchange.connection.connector.lists[check.list]
        given = {name: value for name, value in self.inputs.items() if name in reading.input}
        async with aclosing(Reader(self.exchange.not_saying(secret)).read(reading, given)) as pages:
            async for page in pages:
                for item in page.items:
                    if all(one.holds(extract(item, at), scope) for at, one in check.match.by_path()):
                        return self._standing(item, scope)
        return Standing("missing")

    def receive(self, delivery: Delivery, secrets: Sequence[str], memory: Memory | None, now: datetime) -> Received:
        """What a delivery brings; the memory given stays as it is."""
        if (answered := self.check(delivery, secrets, now)) is not None:
            return replace(answered, memory=memory)
        return self.take(delivery, secrets, self.begin(memory and memory.copy()), now)

    def check(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> Received | None:
        """What is answered to a delivery that brings nothing; None if it is verified, and to be kept for `take`.

        It is verified over raw bytes before it is read, but for what asks whether we are there.
        """
        hook, known = self.webhook, [*self._own_secret(), *secrets]
        if hook.challenge and (asked := hook.challenge.asked(delivery, hook.verify, known, now)) is not None:
            reply = hook.challenge.answer(asked)
            return Received((), None, reply, secret=asked if hook.challenge.secret else None)
        if not hook.verify.verified(delivery, known, now):
            return Received((), None, REFUSED, "it does not prove that it comes from the vendor")
        try:
            body = delivery.value()
        except ValueError as error:
            return Received((), None, UNREADABLE, f"its body cannot be read: {error}")
        if body is MISSING or not hook.is_for(delivery, self.scope):
            return Received((), None, TAKEN)
        return None

    def begin(self, memory: Memory | None) -> Memory:
        """A memory for `take` to write to: the one given, unless it tells items apart in another way."""
        identity = self.trigger.identity
        if memory is not None and memory.identity == identity.as_dict():
            return memory
        after = identity.begin(memory)
        if memory is None and self.trigger.poll is not None:
            after.unread = True
        return after

    def take(self, delivery: Delivery, secrets: Sequence[str], memory: Memory, now: datetime) -> Received:
        """What a delivery brings that `check` has passed, written into the memory; `now` is when it came."""
        identity, events, left_out = self.trigger.identity, list[Event](), list[LeftOut]()
        redaction = self.exchange.connection.hiding([*self._own_secret(), *secrets]).redaction
        body = delivery.value()
        body = hidden(body, redaction) if redaction.repeated_in(dump_json(body)) else body
        for entry in self.webhook.entries(body, self.scope):
            told = self._told(entry)
            if is_event(told, identity, memory, polled=self.trigger.poll is not None):
                previous = identity.previous_of(told.key, memory) if told.key in memory.versions else None
                item = _as_it_was(told.item, previous) if identity.fire == "deleted" else told.item
                left = self.trigger.left_out(told.key, item, previous, self.scope)
                if left is None:
                    events.append(Event(told.key, told.version, previous, dump_json(item)))
                left_out += [left] if left else []
            remember(told, identity, memory, now)
        return Received(tuple(events), memory, TAKEN, left_out=left_out)

    def _told(self, entry: Any) -> Told:
        """What an entry says; one that nothing identifies is known by itself as a whole."""
        item = self.webhook.item_of(entry)
        key, version = self.trigger.told_by(entry)
        if key is None:
            return Told(f"delivery:{sha256(dump_json(entry)).hexdigest()[:32]}", None, item, entry, known=False)
        return Told(key, version, item, entry)

    def _ours(self, webhook_url: str, secret: str) -> dict[str, str]:
        return {"webhook_url": self.webhook.verify.address(webhook_url, secret), SECRET: secret}

    def _own_secret(self) -> list[str]:
        """What the account's owner has entered that the vendor signs with."""
        template = self.webhook.secret
        return [template.show(self.exchange.connection.values)] if template else []

    def _kept(self, response: Response, exchange: Exchange) -> dict[str, Any]:
        assert self.webhook.subscribe is not None
        keep = self.webhook.subscribe.keep
        answer = exchange.read(response, "write") if keep else None
        kept = {name: extract(answer, path) for name, path in keep.items()}
        lacking = [name for name, value in kept.items() if value is MISSING or value is None]
        if lacking:
            why = f"it holds no '{'.'.join(keep[lacking[0]])}' to keep"
            raise exchange.not_saying(str(kept.get("secret") or "")).unreadable(response, "write", why)
        return kept

    def _standing(self, item: Any, scope: Scope) -> Standing:
        assert self.webhook.check is not None
        if differs := tuple(at for at, _ in self.webhook.check.active.unmet(item, scope)):
            return Standing("disabled", item, differs)
        if differs := tuple(at for at, _ in self.webhook.check.same.unmet(item, scope)):
            return Standing("drifted", item, differs)
        return Standing("active", item)


def _as_it_was(item: Any, previous: dict[str, Any] | None) -> Any:
    """What was deleted: what is remembered of it, and over that what the delivery says."""
    return {**(previous or {}), **item} if isinstance(item, dict) else item
