"""Fewer items in the pages of a polled list, so that a person can read the case: only whole items are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.components.extract import Path, extract
from connectors.components.http import dump_json, load_json
from connectors.manifest.model import Trigger
from connectors.testing.case import Answer, Exchange

if TYPE_CHECKING:
    from connectors.testing.record import Take


def shortened(take: Take, most: int) -> Take | None:
    """The same with the first `most` items of each page, whatever is not the same in each poll, and each form once.

    None if there is nothing to leave out. Whether what is left still says the same is for the caller to find out.
    """
    path = _items_of(take)
    if path is None:
        return None
    polls = [[items for one in part if (items := _items(one, path)) is not None] for part in take.exchanges]
    each = [{dump_json(item) for items in poll for item in items} for poll in polls]
    first = {dump_json(item) for poll in polls for items in poll for item in items[:most]}
    same = set.intersection(*each) - first if each else set[bytes]()
    dropped = same - set(_of_other_forms([load_json(item) for item in (*sorted(first), *sorted(same))], len(first)))
    if not dropped:
        return None
    said = f"Of each page, the first {most} and those that are of another form or not the same in each poll are kept."
    exchanges = [[_without(one, path, dropped) for one in part] for part in take.exchanges]
    return replace(take, exchanges=exchanges, repairs=(*take.repairs, said), most_items=None)


def _of_other_forms(items: list[Any], known: int) -> Iterator[bytes]:
    """Those that show what no item before them shows: another type, or that a field may be missing."""
    forms = [dict(_types("", item)) for item in items]
    places = sorted({place for form in forms for place in form})
    seen: set[tuple[str, str]] = set()
    for number, (item, form) in enumerate(zip(items, forms, strict=True)):
        shows = {(place, form.get(place, "missing")) for place in places}
        if number >= known and not shows <= seen:
            yield dump_json(item)
        if number < known or not shows <= seen:
            seen |= shows


def _types(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every field with the type of its value; of lists, whether they hold anything."""
    yield place, type(value).__name__ + (" empty" if value in ([], {}) else "")
    inner = (
        value.items() if isinstance(value, dict) else [("[]", one) for one in value] if isinstance(value, list) else ()
    )
    for name, one in inner:
        yield from _types(f"{place}.{name}", one)


def _items_of(take: Take) -> Path | None:
    """Where pages of the list hold their items, if it is about a trigger that is polled and begins with nothing."""
    connector = take.connection.connector
    trigger = connector.operations.get(take.operation)
    if not isinstance(trigger, Trigger) or not take.times or take.memory is not None:
        return None
    reading = connector.list_of(trigger)
    return reading.items if reading is not None and not reading.single else None


def _items(exchange: Exchange, path: Path) -> list[Any] | None:
    answer = exchange.answer
    found = extract(answer.json_, path) if answer is not None and answer.status == 200 else None
    return found if isinstance(found, list) else None


def _without(exchange: Exchange, path: Path, dropped: set[bytes]) -> Exchange:
    items, answer = _items(exchange, path), exchange.answer
    if items is None or answer is None:
        return exchange
    kept = list(_kept(items, dropped))
    said = answer.model_dump(by_alias=True, exclude_unset=True)
    return exchange.model_copy(
        update={"answer": Answer.model_validate({**said, "json": _put(said["json"], path, kept)})}
    )


def _kept(items: list[Any], dropped: set[bytes]) -> Iterator[Any]:
    return (item for item in items if dump_json(item) not in dropped)


def _put(body: Any, path: Path, items: list[Any]) -> Any:
    return {**body, path[0]: _put(body[path[0]], path[1:], items)} if path else items
