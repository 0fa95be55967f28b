"""What may be chosen for an input: a dropdown's entries, from one of the vendor's lists or fixed by the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from connectors.components.choices import Choices
from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, parse_text
from connectors.components.filters import as_text
from connectors.components.http import Request, dump_json
from connectors.engine.reading import Reader
from connectors.errors import InputError
from connectors.manifest.calls import List
from connectors.manifest.model import Operation
from connectors.manifest.problem import did_you_mean

CHOICES_AT_ONCE = 100
CHOICE_PAGES_AT_ONCE = 10
"""A search that matches little is answered with what these pages hold, and with where the rest begins."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a dropdown."""

    value: Any
    title: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """The choices of one input of an operation whose titles hold `search`, while the other inputs are `inputs`."""

    reader: Reader
    operation: Operation
    field_name: str
    inputs: Mapping[str, Any]
    search: str = ""

    async def choices(self, after: Request | None = None) -> tuple[list[Choice], Request | None]:
        """Some of them, and where the rest begins if there are more. Raises InputError, VendorError."""
        chosen = field_named(self.operation, self.field_name)
        choices = chosen.choices
        if choices is None:
            raise InputError(f"'{self.field_name}' has no choices; any fitting value will do", field=self.field_name)
        if choices.list is None:
            fixed = [Choice(parse_text(chosen, value), title) for value, title in (choices.values or {}).items()]
            return [choice for choice in fixed if self._fits(choice)], None
        return await self._read(choices, self.reader.exchange.connection.connector.lists[choices.list], after)

    async def _read(
        self, choices: Choices, reading: List, after: Request | None
    ) -> tuple[list[Choice], Request | None]:
        given, found, read = self._given(choices, reading), dict[bytes, Choice](), 0
        async with aclosing(self.reader.read(reading, given, start=after)) as pages:
            async for page in pages:
                for choice in filter(None, (_choice(item, choices) for item in page.items)):
                    if choices.search or self._fits(choice):
                        found.setdefault(dump_json(choice.value), choice)
                read += 1
                if len(found) >= CHOICES_AT_ONCE or read >= CHOICE_PAGES_AT_ONCE:
                    return list(found.values()), page.next
        return list(found.values()), None

    def _given(self, choices: Choices, reading: List) -> dict[str, Any]:
        """What the list is read with. Raises InputError naming the input that has to be given first."""
        connection = self.reader.exchange.connection
        inputs = {name: value for name, value in self.inputs.items() if value is not None}
        required = {name: one for name, one in connection.connector.inputs_of(reading).items() if one.required}
        given = {name: inputs[name] for name in required if name in inputs}
        needs: dict[str, str] = {}
        if choices.with_ is not None:
            needs = {path[0]: hole.path[0] for path, hole in choices.with_.holes()}
            given |= choices.with_.fill({**connection.scope, **inputs})
        if choices.search is not None and self.search:
            given[choices.search] = self.search
        for name, wanted in required.items():
            if name not in given and "default" not in wanted.model_fields_set:
                needed = needs.get(name, name)
                raise InputError(f"'{needed}' must be given before there are choices", field=needed)
        return given

    def _fits(self, choice: Choice) -> bool:
        return self.search.casefold() in choice.title.casefold() or self.search == str(choice.value)


def field_named(operation: Operation, name: str) -> Field:
    """The input of that name, such as `place.country`; of a list that has no choices, each of its entries.

    Raises InputError if there is none.
    """
    fields, field = operation.input, Field()
    for step in name.split("."):
        if step not in fields:
            hint = did_you_mean(step, fields) or f"there are {', '.join(fields) or 'none'}"
            raise InputError(f"{operation.name} has no input '{name}'; {hint}", field=name)
        field = fields[step]
        field = field if field.choices else field.items or field
        fields = field.properties or {}
    return field


def _choice(item: Any, choices: Choices) -> Choice | None:
    value = extract(item, choices.value)
    if value is MISSING or value in (None, "") or isinstance(value, dict | list):  # no input takes these as a choice
        return None
    title = choices.title.show(item) if choices.title else ""
    return Choice(value, title or as_text(value))
