"""The `webhook` block: how a vendor is told to call, how a call is known to be its, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pydantic import model_validator

from connectors.components.challenge import Challenge
from connectors.components.component import Component
from connectors.components.delivery import Delivery, read_json
from connectors.components.extract import MISSING, Path, extract
from connectors.components.template import Hole, Scope, Template
from connectors.components.tree import holes_in
from connectors.components.values import Name, RequestLine
from connectors.components.verify import Verify
from connectors.components.where import Conditions
from connectors.components.wrong import wrong
from connectors.manifest.calls import Call
from connectors.manifest.keys import Keys, Paths


class Notice(Call):
    """A request that turns calls on or off. It sends what is written here, and no input by itself."""

    def takes_the_rest(self, line: RequestLine) -> None:
        """Nothing goes by itself."""
        return


class Subscribe(Notice):
    """The request that asks the vendor to call {webhook_url}."""

    keep: dict[Name, Path] = {}
    """Values of its answer, for `{subscription.id}`; one called `secret` is what the vendor will sign with."""


class Reconcile(Component):
    """How to see whether the vendor still calls: in a list of all that it was asked for."""

    list: Name
    """The list of subscriptions."""
    match: Conditions
    """Which of them is ours: `{id: "{subscription.id}"}`. If none is, it is missing."""
    active: Conditions = Conditions({})
    """What holds while it is not disabled: `{enabled: true}`."""
    same: Conditions = Conditions({})
    """What holds while it is as it was made: `{endpoint: "{webhook_url}"}`. If not, it has drifted."""

    @model_validator(mode="after")
    def _tells_ours(self) -> Reconcile:
        if not self.match.root:
            raise wrong("condition", "'match' says which of the subscriptions is ours")
        return self

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole with the path, inside this block, of the text that it stands in."""
        return holes_in(self)


class Webhook(Component):
    """The vendor calls an address of ours when something happens. What it sends is a delivery, which has entries."""

    subscribe: Subscribe | None = None
    """Asks the vendor to call. Without it a person does so in the vendor's own pages, as `setup` says."""
    unsubscribe: Notice | None = None
    """Asks the vendor to call no more; that it knows of no such subscription is fine too."""
    check: Reconcile | None = None
    """How to see whether the vendor still calls."""
    setup: Template | None = None
    """What a person does where there is no `subscribe`: 'Under Settings, add {webhook_url} with {webhook_secret}.'"""
    challenge: Challenge | None = None
    """What the vendor asks the address before it calls."""
    verify: Verify
    """How a delivery proves that it comes from the vendor."""
    secret: Template | None = None
    """What the vendor signs with, where neither we nor its answer say so: a field of the connection."""
    headers: Conditions = Conditions({})
    """What the headers of a delivery hold, by name, if it is for this trigger: `{X-Event: issues}`."""
    json_text: Paths = []
    """Where a text in the body holds JSON; it is read before all else: `payload`."""
    items: Path | None = None
    """Where the body holds a list of entries. Default: the body is the entry, or the list of them."""
    where: Conditions = Conditions({})
    """Which entries are for this trigger: `{model: Project, event: UPDATE}`."""
    item: Path = ()
    """Where an entry holds the item that poll and webhook have in common. Default: the entry is the item."""
    key: Keys | None = None
    """Where an *entry* holds what identifies the item. Default: the trigger's key, in the item."""
    version: Path | None = None
    """Where an *entry* holds the version. Default: the trigger's version, in the item."""
    sample: Any = None
    """The body of a delivery, true to the vendor's document, with invented people; a form as its fields."""

    @model_validator(mode="after")
    def _can_be_turned_on(self) -> Webhook:
        if (self.subscribe is None) == (self.setup is None):
            message = "a webhook has 'subscribe', or 'setup': what a person does in the vendor's own pages instead"
            raise wrong("no_setup", message)
        return self

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole outside of its requests, with the path, inside this block, of the text that it stands in."""
        for word in ("where", "headers", "check", "setup", "secret"):
            yield from holes_in(getattr(self, word), (word,))
        yield from holes_in(self.challenge and self.challenge.where, ("challenge", "where"))

    def entries(self, body: Any, scope: Scope) -> list[Any]:
        """What a delivery tells of that is for this trigger. A body of an unexpected form is one entry."""
        for at in self.json_text:
            body = _read(body, at)
        found = extract(body, self.items) if self.items else body
        entries = found if isinstance(found, list) else [body if found is MISSING else found]
        return [entry for entry in entries if self.where.holds(entry, scope)]

    def item_of(self, entry: Any) -> Any:
        """The item in an entry; the entry itself where it holds none, as when something was deleted."""
        item = extract(entry, self.item)
        return entry if item is MISSING or item is None else item

    def is_for(self, delivery: Delivery, scope: Scope) -> bool:
        """Whether the delivery's headers say that it is for this trigger."""
        given = ((one, delivery.header(name)) for name, one in self.headers.root.items())
        return all(one.holds(MISSING if value is None else value, scope) is not False for one, value in given)

    @cached_property
    def sample_entry(self) -> Any:
        """The first entry of the sample that is for this trigger; MISSING if none is."""
        return next(iter(self.entries(self.sample, {})), MISSING)

    @cached_property
    def sample_item(self) -> Any:
        """The item in the sample; None if there is none."""
        return None if self.sample is None or self.sample_entry is MISSING else self.item_of(self.sample_entry)


def _read(body: Any, at: Path) -> Any:
    """The body with the JSON read that a text in it holds; what is none stays as it is."""
    text = extract(body, at)
    if not isinstance(text, str):
        return body
    try:
        return _put(body, at, read_json(text))
    except ValueError:
        return body


def _put(outer: Any, at: Path, value: Any) -> Any:
    if not at:
        return value
    first, *rest = at
    if isinstance(outer, list):
        number = int(first)
        return [*outer[:number], _put(outer[number], tuple(rest), value), *outer[number + 1 :]]
    return {**outer, first: _put(outer[first], tuple(rest), value)}
