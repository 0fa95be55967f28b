"""The data folder with an account at the pretend Reonic, and what a server would do with it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.cli.data import Data
from connectors.cli.work import worker_of
from connectors.engine.addresses import Reach
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import Catalog, bundled
from connectors.service.service import Service
from connectors.service.settings import Settings, keep


@dataclass
class Folder:
    """The usual data folder of a test; `gridwire` is the command line."""

    gridwire: Any

    def json(self, *words: Any) -> Any:
        done = self.gridwire(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def listed(self) -> list[dict[str, Any]]:
        return self.json("subscriptions")["items"]

    def subscribe(self, trigger: str = "reonic.new_offer", *words: Any) -> dict[str, Any]:
        return self.json("subscribe", trigger, "--connection", "acme", *words)

    def served(self, *, polls: bool = True, delivers: bool = False) -> None:
        """What a server does once: each reading polled, and then what waits delivered."""

        async def once(service: Service) -> None:
            async with HttpTransport() as transport:
                worker = worker_of(service, transport)
                for one in await service.subscriptions.listed(await service.keys.workspace("default")):
                    if polls:
                        assert await worker.poller.poll(one.reading) is None
                if delivers:
                    await worker.deliverer.begin()
                    async with asyncio.timeout(20):
                        while worker.deliverer._lanes:  # noqa: ASYNC110
                            await asyncio.sleep(0.01)
                    await worker.deliverer.end()

        self._ask(once)

    def started_with(self, **settings: Any) -> None:
        """A server was started here, and told this."""
        given = {"reach": Reach(loopback=True), **settings}
        self._ask(lambda service: keep(service.store, Settings(**given)))

    def _ask(self, question: Any) -> Any:
        return Data.of(None).ask(Catalog([bundled()]), question)


def files(folder: Path) -> bytes:
    """Everything in the folder's files."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
