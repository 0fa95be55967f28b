"""What holds of every place that keeps a session."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.connection_file import ConnectionFile
from connectors.engine.session import InMemory, SignedIn


def in_a_file(folder: Path, session: Any) -> ConnectionFile:
    path = folder / "acme.json"
    path.write_text(json.dumps({"values": {"a": 1}, "session": session}))
    return ConnectionFile(path)


@pytest.fixture(params=["memory", "file"])
def sessions(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return InMemory({"token": "t-1"}) if request.param == "memory" else in_a_file(tmp_path, {"token": "t-1"})


async def test_what_is_saved_is_what_the_next_finds(sessions):
    async with sessions.alone() as session:
        assert session == {"token": "t-1"}
        await sessions.save({"token": "t-2"})
    async with sessions.alone() as session:
        assert session == {"token": "t-2"}


async def test_only_one_at_a_time_is_alone(sessions):
    inside, most = 0, 0

    async def renew() -> None:
        nonlocal inside, most
        async with sessions.alone():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(renew() for _ in range(5)))
    assert most == 1


async def test_a_file_keeps_whatever_else_it_holds(tmp_path):
    file = in_a_file(tmp_path, {})
    async with file.alone():
        await file.save({"token": "t"})
    assert json.loads(file.path.read_text()) == {"values": {"a": 1}, "session": {"token": "t"}}
    assert file.path.stat().st_mode & 0o777 == 0o600


async def test_a_link_stays_a_link(tmp_path):
    file = in_a_file(tmp_path, {})
    link = tmp_path / "link.json"
    link.symlink_to(file.path)
    async with ConnectionFile(link).alone():
        await ConnectionFile(link).save({"token": "t"})
    assert link.is_symlink()
    assert file.read()["session"] == {"token": "t"}


def test_only_the_latest_secrets_are_remembered():
    signed_in = SignedIn()
    for number in range(100):
        signed_in.hold({"token": f"t-{number}", "refresh_token": f"r-{number}"})
    assert len(signed_in.secrets) == 16
    assert {"t-99", "r-99", "t-98"} <= set(signed_in.secrets)
