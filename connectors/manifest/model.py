"""The manifest language: one class per block. Parsing a manifest builds what runs.

A `Connector` is one vendor. Its operations know their own names. The rules that reach across blocks (does a name exist,
does the sample fit) are in `check.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from pydantic import Field as Attribute
from pydantic import model_validator

from connectors.components.address import BaseUrl
from connectors.components.auth import Auth
from connectors.components.component import Component
from connectors.components.extract import Path, extract
from connectors.components.fields import Checker, Field, Fields, Rule, TypeName
from connectors.components.memory import Due, Fire, Identity
from connectors.components.outcome import Errors
from connectors.components.template import Scope, Template
from connectors.components.times import Duration
from connectors.components.tree import Tree
from connectors.components.values import Block, Name, RequestLine, Url, Version, effect_of
from connectors.components.where import Conditions, LeftOut
from connectors.components.wrong import wrong
from connectors.manifest.calls import Call, IdempotencyKey, List, Named, Output
from connectors.manifest.hooks import Webhook
from connectors.manifest.keys import Key, Keys, Paths, Versions, key_paths

MOST_FIELDS = 10_000
"""How many fields one of `types` may hold, with those that it names written out."""


class Origin(Component):
    """Another host that the vendor's answers may point to."""

    url: Url
    """Scheme and host, such as https://files.example.com."""
    credentials: Literal["none"] = "none"
    """Which credentials go there."""


class Include(Component):
    """Something that an item only names, fetched by another action."""

    from_: Name = Attribute(alias="from")
    """The action that fetches it; it must only read."""
    with_: Block = Attribute(alias="with")
    """The action's inputs; `{item.customer.id}` is a value of the item. If one is absent, nothing is fetched."""


class Operation(Named):
    """What all operations have: words for people, inputs, and a sample of what comes out."""

    title: str = Attribute(min_length=1, max_length=60)
    """What a person reads in a menu: Add note to offer."""
    description: str = Attribute(min_length=1)
    """What it does, in a sentence or two; a trigger's begins with 'Triggers when '."""
    docs: str | None = None
    """Where the vendor documents it."""
    input: Fields = {}
    """What the user gives, by name."""
    rules: list[Rule] = []
    """Rules between inputs."""
    sample: Any = None
    """An example of one item that comes out, true to the vendor's document, with invented people.

    What reads a list has the list's, unless it has its own.
    """
    output: TypeName | Output | None = None
    """What comes back: the name of one of `types`, or the words of fields. Default: as the sample shows."""
    include: dict[Name, Include] = {}
    """What an item only names, fetched and put in its place, by the item's key."""

    @cached_property
    def checker(self) -> Checker:
        """Checks inputs against `input` and `rules`."""
        return Checker(self.input, self.rules)


class Action(Operation, Call):
    """Does one thing and gives one object."""

    effect: Literal["read", "write", "destroy"] | None = None
    """What it does to the vendor's data: `destroy` is what cannot be taken back, and has to be confirmed. Default: GET
    reads, DELETE destroys, everything else writes."""
    idempotent: bool | IdempotencyKey = False
    """Sending it twice does no more than sending it once, so it may be repeated."""
    result: Path = ()
    """Where the answer holds what comes back: `ticket`. Default: the whole answer."""

    @property
    def effective(self) -> Literal["read", "write", "destroy"]:
        """The effect, said or following from the method."""
        return self.effect or effect_of(self.request.method)


class Scan(Component):
    """How far a search reads."""

    pages: int = Attribute(ge=1, le=10_000)
    """The most pages that it reads."""


class Search(Operation):
    """Finds items: reads a list and keeps those that match; the vendor searches where the list takes the inputs."""

    list: Name
    """The list to read."""
    match: Conditions = Conditions({})
    """By path: what must hold. A line whose input is absent drops out; if none is left, that is an input error."""
    scan: Scan = Scan(pages=50)
    """The most pages to read. If there are more, the search ends in the error `search_incomplete`."""


class DueBlock(Component):
    """A time that comes."""

    at: Path
    """Where an item holds the time."""
    before: Duration = timedelta(0)
    """How long before it the trigger fires."""


class Trigger(Operation):
    """Emits an event when something happens: the vendor calls, or a list is read again and again."""

    webhook: Webhook | None = None
    """How the vendor calls when it happens."""
    poll: Name | None = None
    """The list to read. With a webhook too, it finds what did not come, and is used where the vendor cannot call."""
    each: Path | None = None
    """Where an item holds a list whose entries are the items; each has its `parent`, in place of one of its own."""
    key: Keys
    """What identifies an item: a path, several, or `hash:` of values that may be absent."""
    version: Versions | None = None
    """What changes when the item has changed: a path, or `hash:` of several, where no single value tells it."""
    fire: Literal["new", "changed", "new_or_changed", "deleted"] | None = None
    """When. Default: `new` (never seen), and with a version `new_or_changed`. `deleted` needs a `complete` list."""
    due: DueBlock | None = None
    """Fire once when a time has come: `due: {at: expiryAt, before: P3D}`."""
    remember: Paths = []
    """Values to keep, for `previous` and, besides its key, for what a deleted item was."""
    where: Conditions = Conditions({})
    """Which of the items that fire are emitted. `previous.x` is what was remembered, `parent.x` what it lies in."""
    was: Name | None = None
    """The name that it had before, so that its memory is found."""

    @model_validator(mode="after")
    def _has_a_source(self) -> Trigger:
        if self.webhook is None and self.poll is None:
            raise wrong("no_source", "a trigger has a 'webhook', or a 'poll' that names the list to read, or both")
        return self

    @cached_property
    def identity(self) -> Identity:
        """How items are told apart. Of one that is gone its key is remembered too, for all that comes is remembered."""
        due = Due(self.due.at, self.due.before) if self.due else None
        fire: Fire = "due" if due else self.fire or ("new_or_changed" if self.version else "new")
        hashed = isinstance(self.key, Key)
        paths = key_paths(self.key)
        remember = dict.fromkeys([*(paths if fire == "deleted" and not hashed else ()), *self.remember])
        several = tuple(self.version.hash) if isinstance(self.version, Key) else ()
        version = None if isinstance(self.version, Key) else self.version
        return Identity(paths, version, fire, hashed, tuple(remember), due, version_hash=several)

    def left_out(self, key: str, item: Any, previous: Any, scope: Scope) -> LeftOut | None:
        """Why an item that fires is not emitted; None if it is."""
        seen = {**item, "previous": previous} if isinstance(item, dict) and previous is not None else item
        return next(((key, *unmet) for unmet in self.where.unmet(seen, scope)), None)

    def told_by(self, entry: Any) -> tuple[str | None, Any]:
        """Key and version of what an entry of a delivery tells of; no key if nothing identifies it."""
        key, version = (self.webhook.key, self.webhook.version) if self.webhook else (None, None)
        own = replace(
            self.identity, key=key_paths(key or self.key), hashed=isinstance(key or self.key, Key), version=version
        )
        item = extract(entry, self.webhook.item if self.webhook else ())
        try:
            found = own.key_of(entry if key else item)
        except ValueError:
            return None, None
        return found, own.version_of(entry) if version else self.identity.version_of(item)


class ConnectionBlock(Component):
    """What a user gives to connect an account, and how it is used."""

    fields: Fields
    """What the user enters, by name."""
    auth: Auth
    """How requests are signed in: one kind, such as api_key, or `one_of` several."""
    test: RequestLine
    """A cheap request that works when the values are right. Where an optional field that it names is not given, nothing
    is tested."""
    label: Template | None = None
    """What to call a connection, from its fields."""
    account: Template | None = None
    """What the vendor tells accounts apart by, from the fields; rate plans count by it unless they say otherwise."""


def _size(field: Field, types: Fields, sizes: dict[str, int], within: tuple[str, ...]) -> int:
    """How many fields it is with its types written out; more than `MOST_FIELDS` for one that lies in itself."""
    if field.named is not None and field.named in within:
        return MOST_FIELDS + 1
    if field.named is not None:
        if field.named not in sizes and field.named in types:
            sizes[field.named] = _size(types[field.named], types, sizes, (*within, field.named))
        return sizes.get(field.named, 1)
    inner = [*(field.properties or {}).values(), *([field.items] if field.items else [])]
    return min(1 + sum(_size(one, types, sizes, within) for one in inner), MOST_FIELDS + 1)


class Note(Component):
    """What the vendor's document says, leaves open or contradicts, and what was chosen."""

    about: str
    """The operation, field or part it is about."""
    says: Literal["stated", "assumed", "contradicted"]
    """What the document does: it states, it leaves to be assumed, or it contradicts itself."""
    where: str
    """The place in the document."""
    chosen: str
    """What this manifest does about it."""


class RatePlan(Component):
    """How often a vendor lets itself be asked."""

    limit: int = Attribute(ge=1)
    """So many requests …"""
    per: Literal["second", "minute", "hour", "day"]
    """… in this time."""
    account: Template | None = None
    """What the vendor counts by, from the connection's fields. Default: the connection's `account`."""

    @property
    def words(self) -> str:
        """As it is said: `2 requests per minute`."""
        return f"{self.limit} request{'s' if self.limit > 1 else ''} per {self.per}"


class Connector(Component):
    """One vendor, as its manifest says."""

    connector: Name
    """Its name, for commands and addresses: lower-case letters, digits and underscores."""
    language: Literal[1]
    """The version of this language: 1."""
    version: Version
    """The manifest's own version, such as 1.4.0."""
    title: str = Attribute(min_length=1, max_length=60)
    """The vendor's name, as people write it."""
    description: str = Attribute(min_length=1)
    """What can be done with it, in a sentence."""
    icon: str | None = None
    """A file beside the manifest, as SVG."""
    categories: list[str] = []
    """What it is for: CRM, Solar."""
    docs: str | None = None
    """Where the vendor documents its API."""
    base_url: BaseUrl
    """Where its API is: an address, or `{pattern: "https://{instance}.example.com"}`; a connection can name another."""
    headers: Block = Tree({})
    """Headers that go along with every request: `{Notion-Version: "2022-06-28"}`. A request's own win."""
    origins: dict[Name, Origin] = {}
    """Other hosts that the vendor's answers may point to. No other host is ever asked."""
    connection: ConnectionBlock
    """How an account is connected."""
    types: dict[TypeName, Field] = {}
    """What comes back, by name, in the words of fields."""
    rates: dict[Name, RatePlan] = {}
    """How often it may be asked, by name; `default` counts every request that names no other."""
    lists: dict[Name, List] = {}
    """What can be read item by item, for triggers, searches and dropdowns."""
    triggers: dict[Name, Trigger] = {}
    """What tells that something happened."""
    actions: dict[Name, Action] = {}
    """What does one thing and gives one object."""
    searches: dict[Name, Search] = {}
    """What finds items."""
    pairs: dict[Name, Name] = {}
    """What finds a thing, with what makes it if there is none: `{find_customer: create_customer}`."""
    errors: Errors = Errors()
    """Where this vendor's errors differ from the usual."""
    notes: list[Note] = []
    """What the vendor's document leaves open or contradicts, and what was chosen."""

    @model_validator(mode="after")
    def _types_end(self) -> Connector:
        sizes: dict[str, int] = {}
        for name in self.types:
            if _size(self.types[name], self.types, sizes, (name,)) > MOST_FIELDS:
                message = f"'{name}' is too large: it lies in itself, or holds more than {MOST_FIELDS:,} fields"
                raise wrong("endless_type", message, path=("types", name))
        return self

    def model_post_init(self, context: Any, /) -> None:
        """Tells each operation its name."""
        for kind in (self.lists, self.triggers, self.actions, self.searches):
            for name, operation in kind.items():
                operation._name = name  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def list_of(self, operation: Operation) -> List | None:
        """The list that a trigger or a search reads."""
        name = operation.poll if isinstance(operation, Trigger) else getattr(operation, "list", None)
        return self.lists.get(name) if name else None

    def lineage(self, reading: List) -> list[List]:
        """The list, the one under whose items it is read, the one under whose items that is, and so on."""
        found = [reading]
        while (each := found[-1].for_each) and each.list in self.lists:
            if each.list in [one.name for one in found]:
                break
            found.append(self.lists[each.list])
        return found

    def inputs_of(self, reading: List) -> Fields:
        """What reading the list may be given: its own inputs, and those of the lists that it is read under."""
        return {name: field for one in reversed(self.lineage(reading)) for name, field in one.input.items()}

    def shown_by(self, operation: Operation) -> List | None:
        """The list whose items are what the operation gives; the entries inside an item are not."""
        return None if isinstance(operation, Trigger) and operation.each else self.list_of(operation)

    def sample_of(self, operation: Operation) -> Any:
        """The operation's sample, or that of the list whose items it gives, or what its webhook's sample holds."""
        reading = self.shown_by(operation)
        sample = reading.sample if operation.sample is None and reading is not None else operation.sample
        hook = operation.webhook if isinstance(operation, Trigger) else None
        return hook.sample_item if sample is None and hook is not None else sample

    def output_of(self, operation: Operation | List) -> Field | None:
        """What comes back, if the manifest says it: the operation's own output, or that of the list it is shown by."""
        output = operation.output
        if output is None and isinstance(operation, Operation):
            reading = self.shown_by(operation)
            return self.output_of(reading) if reading else None
        said = self.types.get(output) if isinstance(output, str) else output
        return said.resolved(self.types) if said else None

    @property
    def operations(self) -> dict[str, Action | Search | Trigger]:
        """Actions, searches and triggers by name."""
        return {**self.actions, **self.searches, **self.triggers}
