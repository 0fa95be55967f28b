"""A canary in each secret of a server, through every failure of its vendor at -vv, is found nowhere."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog
from connectors.service.connections import Account
from connectors.service.service import opened
from tests.canaries import CANARIES, FAILURES, echoing, found_in
from tests.test_canaries import AUTH, MANIFEST, WAYS

ROOT = Path(__file__).parents[2]
KEY = f"gw_{CANARIES['pin']}"
SEAL = f"seal-{CANARIES['password']}"
FIELDS = ("apiKey", "password", "clientSecret")
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("test", {}),
    ("actions/add", {"input": {"name": "Erika", "pin": CANARIES["pin"]}}),
    ("actions/add", {"input": {"name": "Erika", "pin": CANARIES["pin"]}, "dry_run": True}),
    ("searches/find", {"input": {"name": "Erika", "pin": CANARIES["pin"]}}),
    ("choices", {"operation": "add", "field": "kind", "input": {"pin": CANARIES["pin"]}}),
    ("triggers/new_item/poll", {"input": {"pin": CANARIES["pin"]}}),
]


def prepare(folder: Path, way: str, addresses: list[str]) -> None:
    """A data folder with a connection to each address, and a folder with their manifest."""
    (folder / "manifests").mkdir()
    auth = {**MANIFEST["connection"], "auth": WAYS[way]}
    (folder / "manifests" / "acme.yaml").write_text(json.dumps({**MANIFEST, "connection": auth}))
    values = {name: CANARIES[name] for name in FIELDS}

    async def put() -> None:
        catalog = Catalog([folder / "manifests"])
        async with opened(folder / "data", [SEAL], catalog, Reach(private=True)) as service:
            workspace = await service.keys.workspace("default")
            for number, address in enumerate(addresses):
                hosts = {AUTH: address} if "oauth2" in WAYS[way] else {}
                await service.connections.create(workspace, "acme", f"acme{number}", Account(values, address, hosts))

    asyncio.run(put())


OF_A_SERVER = tuple(failure for failure in FAILURES if failure != "interrupted")  # that one ends its own process
QUICK = ("ok", "refused", "page", "redirect", "nonsense")
ALL = [
    ("header", "json", QUICK),
    ("program", "text", QUICK),
    *(pytest.param(way, "json", OF_A_SERVER, marks=pytest.mark.proof) for way in WAYS),
    pytest.param("header", "text", OF_A_SERVER, marks=pytest.mark.proof),
]


@pytest.mark.parametrize(("way", "form", "failures"), ALL)
def test_no_canary_is_logged_counted_or_answered(tmp_path, way, form, failures):
    words = ["serve", "--sandbox", "--port", "0", "--log-format", form, "-vv"]
    folders = ["--data", tmp_path / "data", "--manifests", tmp_path / "manifests"]
    env = {**os.environ, "GRIDWIRE_API_KEY": KEY, "GRIDWIRE_SECRET_KEY": SEAL, "PYTHONASYNCIODEBUG": "1"}
    command = [sys.executable, str(ROOT / "cli.py"), *words, *map(str, folders)]
    with ExitStack() as stack:
        vendors = [stack.enter_context(echoing()) for _ in REQUESTS]
        prepare(tmp_path, way, [vendor.url for vendor in vendors])
        with (
            (tmp_path / "log").open("w+") as log,
            subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, text=True) as process,
        ):
            url = re.search(r"http://\S+", process.stdout.readline())[0]
            headers = {"Authorization": f"Bearer {KEY}"}
            with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
                said = [ask(client, vendors, failure) for failure in failures]
                said.append(client.get("/metrics").text)
                client.get("/v1/connections", headers={"Authorization": f"Bearer {CANARIES['access']}"})
            process.terminate()
            out, _ = process.communicate(timeout=30)

    logged = (tmp_path / "log").read_text()
    assert process.returncode == 0
    assert logged.count("actions/{action}") >= 2 * len(failures)
    lines = [line[:500] for line in "\n".join([*said, out, logged]).splitlines() if found_in(line)]
    assert lines == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and found_in(path.read_text("utf-8", "replace"))]


def ask(client: httpx.Client, vendors: list[Any], failure: str) -> str:
    """What is answered to all requests, sent at once; each has a vendor of its own, which repeats what it was told."""

    def one(number: int) -> str:
        vendors[number].failure = failure
        vendors[number].heard.clear()
        path, body = REQUESTS[number]
        return client.post(f"/v1/connections/acme{number}/{path}", json=body).text

    with ThreadPoolExecutor(len(REQUESTS)) as pool:
        return "\n".join(pool.map(one, range(len(REQUESTS))))
