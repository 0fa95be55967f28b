"""Fewer items in the pages of a polled list, so that a person can read the case: only whole items are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.components.extract import Path, extract
from connectors.components.http import dump_json
from connectors.manifest.model import Trigger
from connectors.testing.case import Answer, Exchange

if TYPE_CHECKING:
    from connectors.testing.record import Take


def shortened(take: Take, most: int) -> Take | None:
    """The same with the first `most` items of each page, and whatever is not the same in each poll.

    None if there is nothing to leave out. Whether what is left still says the same is for the caller to find out.
    """
    path = _items_of(take)
    if path is None:
        return None
    polls = [[items for one in part if (items := _items(one, path)) is not None] for part in take.exchanges]
    each = [{dump_json(item) for items in poll for item in items} for poll in polls]
    first = {dump_json(item) for poll in polls for items in poll for item in items[:most]}
    dropped = set.intersection(*each) - first if each else set[bytes]()
    if not dropped:
        return None
    said = f"Of each page, the first {most} items and those that are not the same in each poll are kept."
    exchanges = [[_without(one, path, dropped) for one in part] for part in take.exchanges]
    return replace(take, exchanges=exchanges, repairs=(*take.repairs, said), most_items=None)


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
