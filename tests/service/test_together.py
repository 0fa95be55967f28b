from __future__ import annotations

import asyncio

import pytest

from connectors.service.together import Together


async def test_what_comes_together_is_done_together():
    done: list[list[int]] = []

    async def do(items: list[int]) -> None:
        done.append(items)

    together = Together(do)
    await asyncio.gather(*(together.add(n) for n in range(5)))
    await together.add(5)
    assert done == [[0, 1, 2, 3, 4], [5]]


async def test_all_who_wait_are_told_what_went_wrong_and_the_next_go_on():
    async def do(items: list[int]) -> None:
        if 1 in items:
            raise ValueError("no")

    together = Together(do)
    said = await asyncio.gather(together.add(1), together.add(2), return_exceptions=True)
    assert [str(one) for one in said] == ["no", "no"]
    await together.add(3)


async def test_what_is_under_way_is_done_though_nobody_waits():
    go, done = asyncio.Event(), list[int]()

    async def do(items: list[int]) -> None:
        await go.wait()
        done.extend(items)

    together = Together(do)
    waiting = asyncio.create_task(together.add(1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go.set()
    await together.settle()
    assert done == [1]
