"""What can be done with one vendor, once: call an action, read a list, search, offer choices, poll a trigger.

    vendor = Vendor(Exchange(connection, transport))
    note = await vendor.call("add_note", {"offerId": "…", "text": "Call back in the morning"})
    poll = await vendor.poll("new_offer", {}, memory)       # poll.events, poll.memory

Nothing is remembered here: memory goes in and comes out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.components.choices import Choices
from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, parse_text
from connectors.components.http import JSON_TYPE, Request, Response
from connectors.components.memory import Memory
from connectors.components.outcome import LOOKED_AT, UNKNOWN_REMEDY
from connectors.components.template import NotText
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.request import build, path_of
from connectors.errors import (
    ConfirmRequired,
    InputError,
    SearchIncomplete,
    UnknownOutcome,
    VendorError,
    VendorFailed,
    VendorNotFound,
)
from connectors.manifest.model import Action, Connector, FileOutput, List, Operation, Search, Trigger
from connectors.manifest.problem import did_you_mean

MOST_PAGES = 10_000
"""More pages than any list has; reaching it is an error, so that a vendor cannot keep us reading for ever."""
MOST_EMPTY_PAGES = 20
"""More empty pages in a row than a vendor sends that still gets on."""
MOST_SCANS = 5
CHOICES_AT_ONCE = 100
CHOICE_PAGES_AT_ONCE = 10
"""A search that matches little is answered with what these pages hold, and with where the rest begins."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items, and the request for the page after it, or None at the end."""

    items: list[Any]
    next: Request | None


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll found: the events, oldest reading first, and the memory to keep together with them."""

    events: list[Any]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a dropdown."""

    value: Any
    title: str


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

    def prepare(self, action: Action, inputs: Mapping[str, Any]) -> Request:
        """The request that the action would send, without credentials. Raises InputError."""
        return build(self.connection, action, action.checker.check(inputs), action.input)

    async def call(self, name: str, inputs: Mapping[str, Any], *, confirmed: bool = False) -> Any:
        """What the action gives back. Raises InputError (nothing was sent), ReconnectError, VendorError."""
        action = operation_named(self.connector, name, Action)
        request = self.prepare(action, inputs)
        if action.effective == "destroy" and not confirmed:
            raise ConfirmRequired(
                f"{self.connector.connector}.{name} destroys something at the vendor and was not confirmed",
                remedy='Confirm it: --yes on the command line, "confirm": true over HTTP.',
            )
        repeatable = action.effective == "read" or action.idempotent
        response = await self.exchange.send(request, effect=action.effective, repeatable=repeatable)
        try:
            output = _answer(response)
        except ValueError as error:
            raise self._unreadable(response, action.effective, str(error)) from None
        return await self._file(action.output.file, output) if action.output else output

    async def test(self) -> None:
        """Asks the manifest's test request. Raises ReconnectError or VendorError when the connection does not work."""
        line = self.connector.connection.test
        request = Request(line.method, self.connection.base_url + path_of(line, self.connection.scope), headers=_ACCEPT)
        await self.exchange.send(request, effect="read", repeatable=True)

    async def pages(self, reading: List, start: Request | None = None) -> AsyncIterator[Page]:
        """The pages of a list, from the first or from `start`. Raises VendorFailed when reading does not get on."""
        request = start or self._first(reading)
        seen: set[bytes] = set()
        empty = 0
        for _ in range(MOST_PAGES):
            response = await self.exchange.send(request, effect="read", repeatable=True)
            try:
                page = _page(reading, request, response)
            except ValueError as error:
                raise self._unreadable(response, "read", str(error)) from None
            digest = hashlib.sha256(response.body).digest()
            empty = 0 if page.items else empty + 1
            if page.items and digest in seen:
                raise VendorFailed(f"the vendor sent a page of '{reading.name}' twice, so reading it would not end")
            if empty > MOST_EMPTY_PAGES:
                raise VendorFailed(f"the vendor sent {empty} empty pages of '{reading.name}' in a row")
            seen.add(digest)
            yield page
            if page.next is None:
                return
            request = page.next
        raise VendorFailed(f"'{reading.name}' has more than {MOST_PAGES:,} pages")

    async def search(self, name: str, inputs: Mapping[str, Any], *, limit: int | None = None) -> list[Any]:
        """The items that match, in the vendor's order; reads no further than `limit` matches.

        Raises SearchIncomplete if the manifest's `scan` ends before the list does.
        """
        search = operation_named(self.connector, name, Search)
        scope = {**self.connection.scope, **search.checker.check(inputs)}
        if not search.match.asked(scope):
            names = list(search.input)
            field = names[0] if names else None
            raise InputError(f"give at least one of {', '.join(names) or 'the inputs'} to search for", field=field)
        found: list[Any] = []
        read = 0
        async for page in self.pages(self.connector.lists[search.list]):
            found += [item for item in page.items if search.match.holds(item, scope)]
            read += 1
            if limit is not None and len(found) >= limit:
                return found[:limit]
            if page.next is not None and read >= search.scan.pages:
                raise _incomplete(name, read, len(found))
        return found

    async def choices(
        self, name: str, field_name: str, inputs: Mapping[str, Any], *, search: str = "", after: Request | None = None
    ) -> tuple[list[Choice], Request | None]:
        """The choices of an input whose titles hold `search`, and where the rest begins if there are more."""
        operation = operation_named(self.connector, name, Operation)
        field = _field_named(operation, field_name)
        choices = field.choices
        if choices is None:
            raise InputError(f"'{field_name}' has no choices; any fitting value will do", field=field_name)
        if choices.list is None:
            values = choices.values or {}
            fixed = [Choice(parse_text(field, value), title) for value, title in values.items()]
            return [choice for choice in fixed if _holds(choice, search)], None
        found: list[Choice] = []
        rest: Request | None = None
        pages = 0
        async for page in self.pages(self.connector.lists[choices.list], after):
            offered = (_choice(item, choices) for item in page.items)
            found += [choice for choice in offered if choice is not None and _holds(choice, search)]
            rest, pages = page.next, pages + 1
            if len(found) >= CHOICES_AT_ONCE or pages >= CHOICE_PAGES_AT_ONCE:
                break
        return found, rest

    async def poll(
        self, name: str, inputs: Mapping[str, Any], memory: Memory | None, *, from_start: bool = False
    ) -> Poll:
        """Reads the trigger's list once and compares it with the memory of earlier polls.

        The first poll (no memory) remembers everything and gives no events, unless `from_start`. Where the list comes
        in several pages it is then read until two readings agree, so that an item that was hidden while pages shifted
        does not pass for new later. Raises VendorError, and then nothing was learnt.
        """
        trigger = operation_named(self.connector, name, Trigger)
        scope = {**self.connection.scope, **trigger.checker.check(inputs)}
        if memory is None and not from_start:
            return Poll([], await self._settled(trigger))
        after = Memory(dict(memory.versions) if memory else {})
        fired, _ = await self._scan(trigger, after)
        return Poll([item for item in fired if trigger.where.holds(item, scope)], after)

    def sample(self, name: str) -> Any:
        """An example of what the operation gives."""
        return operation_named(self.connector, name, Operation).sample

    def _first(self, reading: List) -> Request:
        request = build(self.connection, reading, {}, {})
        return reading.paginate.chosen.first(request) if reading.paginate else request

    async def _scan(self, trigger: Trigger, memory: Memory) -> tuple[list[Any], int]:
        """Reads the list once into the memory: the items that fire, and the number of pages."""
        fired: list[Any] = []
        pages = 0
        async for page in self.pages(self.connector.lists[trigger.poll]):
            try:
                fired += trigger.identity.observe(page.items, memory)
            except ValueError as error:
                raise VendorFailed(f"'{trigger.poll}' cannot be watched: {error}") from None
            pages += 1
        return fired, pages

    async def _settled(self, trigger: Trigger) -> Memory:
        """A first memory: of one page, or of as many readings as it takes until two in a row hold the same items."""
        memory = Memory()
        _, pages = await self._scan(trigger, memory)
        before = memory.versions.keys()
        for _ in range(MOST_SCANS - 1):
            if pages == 1:
                return memory
            again = Memory()
            await self._scan(trigger, again)
            memory = Memory({**memory.versions, **again.versions})
            if again.versions.keys() == before:
                return memory
            before = again.versions.keys()
        raise VendorFailed(
            f"unstable: '{trigger.poll}' changed during each of {MOST_SCANS} readings; there is no safe place to begin",
            remedy="Try again when less is going on at the vendor.",
        )

    def _unreadable(self, response: Response, effect: str, why: str) -> VendorError:
        begins = self.connection.redact(response.body[:LOOKED_AT].decode("utf-8", "replace"))[:80]
        message = f"the vendor answered {response.status}, but not as documented: {why}. It begins: {begins!r}"
        if effect == "read":
            remedy = "Try again later; if it stays so, ask the vendor."
            return VendorFailed(message, remedy=remedy, status=response.status)
        return UnknownOutcome(message, remedy=UNKNOWN_REMEDY, status=response.status)

    async def _file(self, file: FileOutput, answer: dict[str, Any]) -> dict[str, Any]:
        try:
            url = file.url.fill(answer)
        except NotText:
            url = None
        if not isinstance(url, str) or not url:
            raise VendorNotFound("there is no such file", remedy="It appears once the vendor has made it.")
        response = await self.exchange.fetch(url)
        content = base64.b64encode(response.body).decode()
        return {
            "name": file.name.show(answer),
            "media_type": file.media_type,
            "size": len(response.body),
            "content": content,
        }


_ACCEPT = {"Accept": JSON_TYPE}

_OperationType = TypeVar("_OperationType", bound=Operation)


def operation_named(connector: Connector, name: str, kind: type[_OperationType]) -> _OperationType:
    """The connector's operation of that name and kind. Raises InputError with the near miss."""
    fitting = {key: operation for key, operation in connector.operations.items() if isinstance(operation, kind)}
    if name in fitting:
        return fitting[name]
    word = "operation" if kind is Operation else kind.__name__.lower()
    hint = did_you_mean(name, fitting) or f"there are {', '.join(fitting) or 'none'}"
    raise InputError(f"{connector.connector} has no {word} '{name}'; {hint}")


def _answer(response: Response) -> dict[str, Any]:
    """The one object that an action gives. An answer without a body gives an empty one. Raises ValueError."""
    if not response.body.strip():
        return {}
    answer = response.json()
    return answer if isinstance(answer, dict) else {"result": answer}


def _page(reading: List, request: Request, response: Response) -> Page:
    body = response.json()
    items = extract(body, reading.items)
    if not isinstance(items, list):
        raise ValueError(f"no list at '{'.'.join(reading.items)}'" if reading.items else "it is not a list")
    following = reading.paginate.chosen.next(request, body, len(items)) if reading.paginate else None
    return Page(items, following)


def _incomplete(name: str, pages: int, found: int) -> SearchIncomplete:
    return SearchIncomplete(
        f"'{name}' read {pages:,} pages and found {found:,}; there are more pages, so the answer would not be complete",
        remedy="Search for something that needs fewer pages, or raise 'scan' in the manifest.",
    )


def _field_named(operation: Operation, name: str) -> Field:
    if name not in operation.input:
        hint = did_you_mean(name, operation.input) or f"there are {', '.join(operation.input) or 'none'}"
        raise InputError(f"{operation.name} has no input '{name}'; {hint}", field=name)
    return operation.input[name]


def _choice(item: Any, choices: Choices) -> Choice | None:
    value = extract(item, choices.value)
    if value is MISSING or value is None:
        return None
    title = choices.title.show(item) if choices.title else ""
    return Choice(value, title or str(value))


def _holds(choice: Choice, search: str) -> bool:
    return search.casefold() in choice.title.casefold() or search == str(choice.value)
