"""Whatever happens to a list between its pages: everything once, or an error."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st

from connectors.components.http import Request
from connectors.components.memory import Memory
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.errors import VendorFailed
from tests.engine.acme import Wire, make_connection, make_connector

Change: TypeAlias = tuple[Literal["insert", "delete", "move", "edit"], int, int]

TRIGGERS = {
    "new": {"poll": "items", "key": "id"},
    "touched": {"poll": "items", "key": "id", "version": "status"},
}
CONNECTION = make_connection(make_connector(triggers=TRIGGERS))
CHANGES = st.tuples(st.sampled_from(["insert", "delete", "move", "edit"]), st.integers(0, 9), st.integers(0, 9))
SCRIPTS = st.lists(st.lists(CHANGES, max_size=3), max_size=30)
"""What happens before each request; when it is over, nothing happens any more."""


class Shop:
    """A list in pages whose rows change before each request, as a script says."""

    def __init__(self, script: list[list[Change]], size: int) -> None:
        self.script, self.size = list(script), size
        self.rows: list[str] = ["r0", "r1", "r2", "r3"]
        self.status: dict[str, int] = dict.fromkeys(self.rows, 0)
        self.disturbed = False

    def answer(self, request: Request) -> dict[str, Any]:
        number = int(dict(request.query)["page"])
        changes = self.script.pop(0) if self.script else []
        self.disturbed = number > 0 and (self.disturbed or bool(changes))
        for change in changes:
            self.change(*change)
        start = number * self.size
        shown = self.rows[start : start + self.size]
        results = [{"id": row, "status": self.status[row]} for row in shown]
        return {"results": results, "hasNextPage": start + self.size < len(self.rows)}

    def change(self, what: str, at: int, to: int) -> None:
        if what == "insert":
            row = f"r{len(self.status)}"
            self.rows.insert(at % (len(self.rows) + 1), row)
            self.status[row] = 0
        elif self.rows:
            row = self.rows.pop(at % len(self.rows))
            if what != "delete":
                self.rows.insert(to % (len(self.rows) + 1) if what == "move" else at % (len(self.rows) + 1), row)
            if what == "edit":
                self.status[row] += 1


async def readings(shop: Shop, trigger: str, *, from_start: bool) -> Any:
    """Polls until the script is over and once more; yields each poll with the memory before it."""
    vendor = Vendor(Exchange(CONNECTION, Wire(shop.answer)))
    memory: Memory | None = None
    over = False
    while not over:
        over = not shop.script
        before = dict(memory.versions) if memory else {}
        try:
            poll = await vendor.poll(trigger, {}, memory, from_start=from_start)
        except VendorFailed as error:
            event(error.message)
            assert not over, "an undisturbed reading must not fail"
            assert before == (memory.versions if memory else {}), "a failed poll must not change the memory"
            continue
        yield memory, poll
        memory = poll.memory


@given(script=SCRIPTS, size=st.integers(1, 3), from_start=st.booleans())
async def test_every_item_of_an_undisturbed_reading_was_emitted_once_and_none_twice(script, size, from_start):
    shop = Shop(script, size)
    emitted: Counter[str] = Counter()
    remembered: set[str] = set()
    async for memory, poll in readings(shop, "new", from_start=from_start):
        emitted.update(item["id"] for item in poll.events)
        if memory is None and not from_start:
            remembered = set(poll.memory.versions)
            assert not poll.events
        assert not [row for row, times in emitted.items() if times > 1 or row in remembered]
        if not shop.disturbed:
            assert set(shop.rows) <= remembered | set(emitted)
    assert set(shop.rows) <= remembered | set(emitted)


@given(script=SCRIPTS, size=st.integers(1, 3))
async def test_no_version_is_emitted_twice_in_a_row_and_the_last_one_is_never_missed(script, size):
    shop = Shop(script, size)
    last: dict[str, int] = {}
    async for memory, poll in readings(shop, "touched", from_start=False):
        if memory is None:
            last = dict(poll.memory.versions)
        for item in poll.events:
            assert last.get(item["id"]) != item["status"]
            last[item["id"]] = item["status"]
    assert {row: last.get(row) for row in shop.rows} == {row: shop.status[row] for row in shop.rows}
