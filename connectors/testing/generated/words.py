"""What follows from what people are told: limits that a description names are those that hold."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from connectors.components.fields import Field
from connectors.manifest.finding import every_field
from connectors.manifest.model import Connector, Operation, Search
from connectors.testing.generated.trial import Done, Trial, chosen

_NUMBER = r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?"
_FROM_TO = re.compile(rf"\b(?:from|between) ({_NUMBER}) (?:to|and) ({_NUMBER})", re.IGNORECASE)
_AT_MOST = re.compile(rf"\b(?:at most|up to|no more than) ({_NUMBER}) (characters|letters|entries)", re.IGNORECASE)
_AT_LEAST = re.compile(rf"\bat least ({_NUMBER}) (characters|letters|entries)", re.IGNORECASE)


_PAGES = re.compile(rf"\bat most ({_NUMBER}) pages", re.IGNORECASE)


def of_words(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about descriptions that name a limit."""
    for operation in chosen(connector.operations, names):
        if isinstance(operation, Search) and (found := _PAGES.search(operation.description)):
            yield _trial(operation, "it", "number of pages", operation.scan.pages, _read(found[1]))
        for path, field in every_field(operation.input):
            for word, said in _limits(field):
                yield _trial(
                    operation, ".".join(one for one in path if one != "properties"), word, getattr(field, word), said
                )


def _limits(field: Field) -> Iterator[tuple[str, float]]:
    text = field.description or ""
    entries = "Items" if field.items is not None else "Length"
    if found := _FROM_TO.search(text):
        yield from (("minimum", _read(found[1])), ("maximum", _read(found[2])))
    if found := _AT_MOST.search(text):
        yield f"max{entries}", _read(found[1])
    if found := _AT_LEAST.search(text):
        yield f"min{entries}", _read(found[1])


def _read(text: str) -> float:
    return float(text.replace(",", ""))


def _trial(operation: Operation, name: str, word: str, limit: float | None, said: float) -> Trial:
    def same(done: list[Done]) -> str | None:
        if limit == said:
            return None
        return f"'{name}' says {said:g} in its description, and its {word} is {'not given' if limit is None else limit}"

    return Trial(operation.name, "words", f"{name}: {said:g}, which the description names", (), same)
