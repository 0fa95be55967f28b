from __future__ import annotations

import asyncio

import pytest

from connectors.server import attention
from connectors.server.attention import Ongoing


@pytest.mark.anyio
async def test_it_is_left_when_all_has_ended():
    ended = []

    async def work():
        await asyncio.sleep(0)
        ended.append(True)

    async with Ongoing() as ongoing:
        ongoing.start(work())

    assert ended == [True]


@pytest.mark.anyio
async def test_what_does_not_end_is_cut_off_and_can_still_say_so(monkeypatch):
    monkeypatch.setattr(attention, "_GRACE", 0.01)
    said = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("unknown")

    async with Ongoing() as ongoing:
        ongoing.start(work())
        await asyncio.sleep(0)

    assert said == ["unknown"]
