"""What can be done with one vendor, once: call an action, search, offer choices, poll a trigger.

    vendor = Vendor(Exchange(connection, transport))
    note = await vendor.call("add_note", {"offerId": "…", "text": "Call back in the morning"})
    poll = await vendor.poll("new_offer", {}, memory)       # poll.events, poll.memory
    got = vendor.receive("new_offer", {}, delivery, [secret], memory)   # got.events, got.memory, got.reply

Nothing is remembered here: memory goes in and comes out.
"""

from __future__ import annotations

import base64
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from connectors.components.delivery import Delivery
from connectors.components.extract import MISSING, extract
from connectors.components.files import plain_name, said_name
from connectors.components.http import Request, Response
from connectors.components.memory import Memory
from connectors.components.read import Reader as Reading
from connectors.components.read import reader_of
from connectors.components.template import NotText, Scope, Template
from connectors.engine.choosing import Choice, Choosing
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange, after_sending
from connectors.engine.hooks import Hook, Received, Subscription
from connectors.engine.polling import Poll, Poller
from connectors.engine.raw import RawCall, ask
from connectors.engine.reading import Reader
from connectors.engine.redaction import secrets_in
from connectors.engine.request import build, path_of, usual_headers
from connectors.engine.spool import Spool
from connectors.errors import ConfirmRequired, InputError, SearchIncomplete, VendorNotFound, VendorRefused
from connectors.manifest.calls import FileOutput, IdempotencyKey
from connectors.manifest.model import Action, Connector, Include, Operation, Search, Trigger
from connectors.manifest.problem import did_you_mean

log = logging.getLogger("gridwire")


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor, as one connection sees it."""

    exchange: Exchange

    @property
    def connection(self) -> Connection:
        """The account."""
        return self.exchange.connection

    @property
    def connector(self) -> Connector:
        """The manifest."""
        return self.connection.connector

    @property
    def reader(self) -> Reader:
        """What reads the lists."""
        return Reader(self.exchange)

    def prepare(self, action: Action, inputs: Mapping[str, Any]) -> Request:
        """The request that the action would send, without credentials. Raises InputError."""
        return build(self.connection, action, action.checker.check(inputs), action.input)

    async def call(
        self, name: str, inputs: Mapping[str, Any], *, confirmed: bool = False, idempotency_key: str | None = None
    ) -> Any:
        """What the action gives back. Raises InputError (nothing was sent), ReconnectError, VendorError.

        `idempotency_key` is sent where the vendor takes one; the same key makes the same call once.
        """
        action = operation_named(self.connector, name, Action)
        given = action.checker.check(inputs)
        self = self._hiding(action, given)
        if action.effective == "destroy" and not confirmed:
            build(self.connection, action, given, action.input)
            raise ConfirmRequired(
                f"{self.connector.connector}.{action.name} destroys something at the vendor and was not confirmed",
                remedy='Confirm it: --yes on the command line, "confirm": true over HTTP.',
            )
        response = await self._sent(action, given, idempotency_key)
        with after_sending(action.effective):
            if isinstance(file := getattr(action.output, "file", None), FileOutput):
                return await self._file(file, action, given, response)
            return await self._completing(action, given)(self._answer(action, response))

    async def test(self) -> bool:
        """Asks the manifest's test request, if the account has what it names. Raises ReconnectError or VendorError."""
        line, here = self.connector.connection.test, self.connection
        if self.testable:
            request = Request(line.method, here.base_url + path_of(line, here.scope), headers=usual_headers(here))
            await self.exchange.send(request, effect="read", repeatable=True)
        return self.testable

    @property
    def testable(self) -> bool:
        """Whether the account has what the manifest's test request names."""
        return all(hole.path[0] in self.connection.scope for hole in self.connector.connection.test.holes)

    async def request(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        body: Any = MISSING,
        *,
        confirmed: bool = False,
    ) -> Response:
        """The answer to any call that the account may make, without the connection's secrets (see `raw.py`).

        Raises InputError, ReconnectError, VendorError.
        """
        return await ask(self.exchange, RawCall(method, path, query, body), confirmed=confirmed)

    async def search(self, name: str, inputs: Mapping[str, Any], *, limit: int | None = None) -> list[Any]:
        """The items that match, in the vendor's order; reads no further than `limit` matches.

        Raises SearchIncomplete if the manifest's `scan` ends before the list does.
        """
        search = operation_named(self.connector, name, Search)
        given = search.checker.check(inputs)
        self = self._in_one_reading(search, given)
        reading = self.connector.lists[search.list]
        scope = {**self.connection.scope, **given}
        if not search.match.asked(scope) and not self.connector.inputs_of(reading).keys() & given.keys():
            names = ", ".join(search.input) or "the inputs"
            raise InputError(f"give at least one of {names} to search for", field=next(iter(search.input), None))
        found: list[Any] = []
        read = 0
        async with aclosing(self.reader.read(reading, given)) as pages:
            async for page in pages:
                if read == search.scan.pages and (page.items or page.parents):
                    raise _incomplete(search.name, read, len(found))
                found += [item for item in page.items if search.match.holds(item, scope)]
                read += 1
                if limit is not None and len(found) >= limit:
                    break
                if page.next is not None and read == search.scan.pages:
                    raise _incomplete(search.name, read, len(found))
        complete = self._completing(search, given)
        return [await complete(item) for item in found[:limit]]

    async def choices(
        self, name: str, field_name: str, inputs: Mapping[str, Any], *, search: str = "", after: Request | None = None
    ) -> tuple[list[Choice], Request | None]:
        """The choices of an input whose titles hold `search`, and where the rest begins if there are more.

        Each value is there once, with the first title that it has.
        """
        operation = operation_named(self.connector, name, Operation)
        reader = self._in_one_reading(operation, inputs).reader
        return await Choosing(reader, operation, field_name, inputs, search).choices(after)

    async def poll(
        self,
        name: str,
        inputs: Mapping[str, Any],
        memory: Memory | None,
        *,
        from_start: bool = False,
        limit: int | None = None,
        release: bool = False,
        now: datetime | None = None,
    ) -> Poll:
        """Reads the trigger's list once and compares it with the memory of earlier polls.

        The first poll (no memory) remembers everything and gives no events, unless `from_start`. Where the list comes
        in several pages it is then read until two readings agree, so that an item that was hidden while pages shifted
        does not pass for new later. Of more than `limit` events the rest stays unseen; `release` lets through what is
        held as too much gone at once; `now` is the time that it is, if not the present one. Raises VendorError, and
        then nothing was learnt.
        """
        trigger = polled_trigger(self.connector, name)
        given = trigger.checker.check(inputs)
        scope = {**self.connection.scope, **given}
        self = self._in_one_reading(trigger, given)
        poller = Poller(self.reader, trigger, scope, self._completing(trigger, given), now or datetime.now(UTC))
        if (memory is None or memory.unread) and not from_start:
            return poller.found(Spool(), await poller.settle(memory))
        return await poller.poll(memory, limit=limit, release=release)

    def hook(self, name: str, inputs: Mapping[str, Any]) -> Hook:
        """The trigger's webhook, which can also say whether it still stands. Raises InputError if there is none."""
        trigger = operation_named(self.connector, name, Trigger)
        given = trigger.checker.check(inputs)
        if trigger.webhook is None:
            message = f"{self.connector.connector}.{name} is polled; the vendor does not call"
            raise InputError(message, remedy="Poll it.")
        return Hook(self._hiding(trigger, given).exchange, trigger, trigger.webhook, given)

    async def subscribe(self, name: str, inputs: Mapping[str, Any], webhook_url: str, secret: str) -> Subscription:
        """Asks the vendor to call the address; where a person has to ask, nothing is sent.

        What comes back is to be kept. Raises InputError, ReconnectError, VendorError; none of them tells the secret.
        """
        return await self.hook(name, inputs).subscribe(webhook_url, secret)

    async def unsubscribe(
        self, name: str, inputs: Mapping[str, Any], kept: Mapping[str, Any], secret: str = ""
    ) -> None:
        """Asks the vendor to call no more; may be asked again. Errors (see `subscribe`) do not tell the secret."""
        await self.hook(name, inputs).unsubscribe(kept, secret)

    def receive(
        self,
        name: str,
        inputs: Mapping[str, Any],
        delivery: Delivery,
        secrets: Sequence[str],
        memory: Memory | None,
        *,
        now: datetime | None = None,
    ) -> Received:
        """What a delivery brings: events, the memory to keep together with them, and what to answer once both are.

        Nothing is sent: what an item only names is fetched later, by `complete`. Never raises for what a vendor sends.
        """
        return self.hook(name, inputs).receive(delivery, secrets, memory, now or datetime.now(UTC))

    async def complete(self, name: str, inputs: Mapping[str, Any], item: Any) -> Any:
        """A received item as the trigger gives it: loose types read, what it only names fetched. Raises VendorError."""
        trigger = operation_named(self.connector, name, Trigger)
        given = trigger.checker.check(inputs)
        self = self._hiding(trigger, given)
        return await self._completing(trigger, given)(item)

    def sample(self, name: str) -> Any:
        """An example of what the operation gives."""
        return self.connector.sample_of(operation_named(self.connector, name, Operation))

    def _hiding(self, operation: Operation, given: Mapping[str, Any]) -> Vendor:
        """The vendor whose errors and log lines tell none of the inputs that are secret."""
        return Vendor(self.exchange.hiding(secrets_in(operation.input, given)))

    def _in_one_reading(self, operation: Operation, given: Mapping[str, Any]) -> Vendor:
        """The same, with one deadline for all that it asks together."""
        return Vendor(self._hiding(operation, given).exchange.in_a_reading())

    async def _sent(self, action: Action, given: Mapping[str, Any], key: str | None) -> Response:
        """Sends the action by the line that worked before, or by each in turn while the vendor answers 405."""
        repeatable, effect = action.effective == "read" or bool(action.idempotent), action.effective
        numbers = self.connection.lines_to_try(action)
        key = key or str(uuid.uuid4())
        for number in numbers:
            request = build(self.connection, action, given, action.input, action.lines[number])
            if isinstance(action.idempotent, IdempotencyKey):
                request = request.with_header(action.idempotent.header, key)
            try:
                response = await self.exchange.send(request, effect=effect, repeatable=repeatable, rate=action.rate)
            except VendorRefused as error:
                if error.status != 405 or number == numbers[-1]:
                    raise
            else:
                self.connection.worked[action.name] = number
                return response
        raise AssertionError("one line always answers or raises")

    def _completing(self, operation: Operation, inputs: Mapping[str, Any]) -> Callable[[Any], Awaitable[Any]]:
        """What makes of an item what the operation gives; for all its items one, so that the same is fetched once."""
        read = reader_of(self.connector.output_of(operation))
        return partial(self._completed, operation, {**self.connection.scope, **inputs}, read, dict[str, Any]())

    async def _completed(
        self, operation: Operation, scope: Scope, read: Reading | None, fetched: dict[str, Any], item: Any
    ) -> Any:
        """The item as the manifest says that it comes out: loose types read, and what it only names fetched."""
        item = read(item) if read else item
        for name, include in operation.include.items() if isinstance(item, dict) else ():
            given = _include_inputs(include, {**scope, "item": item})
            if given is None:
                continue
            key = f"{include.from_} {sorted(given.items())!r}"
            if key not in fetched:
                fetched[key] = await self._included(include.from_, given)
            item = item if fetched[key] is MISSING else {**item, name: fetched[key]}
        return item

    async def _included(self, action: str, given: dict[str, Any]) -> Any:
        """What the action fetches; MISSING for what is gone meanwhile, or cannot be asked for.

        An item that names something in a way that fits no request will do so in every reading. To fail would hold up
        all others for ever; so the item comes as it is, which is all that is known of it, and a warning says why.
        """
        try:
            return await self.call(action, given)
        except VendorNotFound:
            return MISSING
        except InputError as error:
            log.warning("what an item names cannot be fetched by '%s': %s", action, error.message)
            return MISSING

    def _answer(self, action: Action, response: Response) -> dict[str, Any]:
        """The one object that an action gives; a write that is answered without a body gives an empty one.

        Raises VendorError.
        """
        says_nothing = not response.body.strip()
        if says_nothing and action.effective == "read":
            raise self.exchange.unreadable(response, action.effective, "it is empty")
        answer = extract({} if says_nothing else self.exchange.read(response, action.effective), action.result)
        if answer is MISSING:
            why = f"there is nothing at '{'.'.join(action.result)}'"
            raise self.exchange.unreadable(response, action.effective, why)
        return answer if isinstance(answer, dict) else {"result": answer}

    async def _file(
        self, file: FileOutput, action: Action, given: Mapping[str, Any], response: Response
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if file.url is not None:
            answer = self._answer(action, response)
            response = await self._fetched(file.url, answer, action.rate)
        said = (response.header("content-type") or "application/octet-stream").partition(";")[0].strip()
        media_type = file.media_type or said
        name = file.name.show({**given, **answer}) if file.name else said_name(response)
        return {
            "name": plain_name(name, media_type),
            "media_type": media_type,
            "size": len(response.body),
            "content": base64.b64encode(response.body).decode(),
        }

    async def _fetched(self, address: Template, answer: dict[str, Any], rate: str | None) -> Response:
        """The file that an answer points to: signed in at the vendor's own host, without a credential elsewhere."""
        try:
            url = address.fill(answer)
        except NotText:
            url = None
        if not isinstance(url, str) or not url:
            raise VendorNotFound("there is no such file", remedy="It appears once the vendor has made it.")
        own = self.connection.at_the_vendor(url)
        if own is None:
            return await self.exchange.fetch(url)
        request = Request("GET", own.partition("#")[0], headers={**usual_headers(self.connection), "Accept": "*/*"})
        return await self.exchange.send(request, effect="read", repeatable=True, rate=rate)


_OperationType = TypeVar("_OperationType", bound=Operation)


def operation_named(connector: Connector, name: str, kind: type[_OperationType]) -> _OperationType:
    """The connector's operation of that name and kind. Raises InputError with the near miss."""
    fitting = {key: operation for key, operation in connector.operations.items() if isinstance(operation, kind)}
    if name in fitting:
        return fitting[name]
    word = "operation" if kind is Operation else kind.__name__.lower()
    hint = did_you_mean(name, fitting) or f"there are {', '.join(fitting) or 'none'}"
    raise InputError(f"{connector.connector} has no {word} '{name}'; {hint}")


def polled_trigger(connector: Connector, name: str) -> Trigger:
    """The connector's trigger of that name. Raises InputError if it cannot be polled."""
    trigger = operation_named(connector, name, Trigger)
    if trigger.poll is None:
        message = f"{connector.connector}.{name} comes by webhook only, so it cannot be polled"
        raise InputError(message, remedy=f"`gridwire show {connector.connector} {name}` says how the vendor calls.")
    return trigger


def _include_inputs(include: Include, scope: Scope) -> dict[str, Any] | None:
    """The inputs with which to fetch what the item names; None if it names nothing, as vendors say with "" too."""
    try:
        given = include.with_.fill(scope)
    except NotText:
        return None
    return given if all(given.get(name) not in (None, "") for name in include.with_.root) else None


def _incomplete(name: str, pages: int, found: int) -> SearchIncomplete:
    return SearchIncomplete(
        f"'{name}' read {pages:,} pages and found {found:,}; there are more pages, so the answer would not be complete",
        remedy="Search for something that needs fewer pages, or raise 'scan' in the manifest.",
    )
