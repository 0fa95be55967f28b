"""Five public APIs, each said in the language alone, beside a pretend server that was written apart from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.rates import Rates
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import load
from tests.manifests.servers import github, jira, notion, stripe, zendesk
from tests.manifests.servers.pretend import serving

SERVERS = {module.__name__.rpartition(".")[2]: module for module in (github, jira, notion, stripe, zendesk)}
VALUES = {
    "github": {"token": github.TOKEN},
    "stripe": {"apiKey": stripe.KEY},
    "notion": {"token": notion.TOKEN},
    "jira": {"email": jira.EMAIL, "token": jira.TOKEN},
    "zendesk": {"email": zendesk.EMAIL, "token": zendesk.TOKEN},
}


@dataclass
class Api:
    """A vendor, as its manifest says, and the pretend server that it talks to."""

    vendor: Vendor
    state: Any

    @property
    def data(self) -> Any:
        return self.state.data

    async def read(self, name: str, **inputs: Any) -> list[Any]:
        batches = self.vendor.reader.read(self.vendor.connector.lists[name], inputs)
        return [item async for batch in batches for item in batch.items]

    async def events(self, trigger: str, *, twice: bool, happen: Callable[[Any], Any], **inputs: Any) -> list[Any]:
        """What a second poll gives of what happens after a silent first one; `twice`: or the poll after it."""
        first = await self.vendor.poll(trigger, inputs, None)
        happen(self.data)
        polls = [first, await self.vendor.poll(trigger, inputs, first.memory)]
        polls.append(await self.vendor.poll(trigger, inputs, polls[-1].memory))
        assert [len(poll.events) for poll in polls if poll is not polls[2 if twice else 1]] == [0, 0]
        return [event.item | {"previous": event.previous} for event in polls[2 if twice else 1].events]

    def before_call(self, number: int, happen: Callable[[Any], Any]) -> None:
        """Something happens at the vendor while it is asked for the call of that number, from now on."""
        count = iter(range(1, 10_000))
        self.state.before = lambda call: happen(self.data) if next(count) == number else None

    def forget_refusals(self) -> list[Any]:
        """The calls so far, which then do not count as refused by mistake."""
        calls = [*self.state.log]
        self.state.log.clear()
        return calls

    @property
    def last(self) -> Any:
        """The last call that the server received."""
        return self.state.log[-1]


@pytest.fixture(scope="module")
def running() -> Any:
    with ExitStack() as stack:
        apps = {name: module.create_app() for name, module in SERVERS.items()}
        yield {name: (app, stack.enter_context(serving(app))) for name, app in apps.items()}


@pytest.fixture
async def api(running: Any) -> Any:
    """A function from the name of an API to it, as at the start; in the end, it has refused nothing."""
    opened = []
    async with HttpTransport() as transport:

        def make(name: str) -> Api:
            app, address = running[name]
            app.state.reset()
            manifest = load(Path(__file__).parent / "ok" / f"{name}.yaml")
            hosts = {origin.url: address for origin in manifest.origins.values()}
            connection = Connection.open(manifest, VALUES[name], base_url=address, hosts=hosts)
            opened.append(Api(Vendor(Exchange(connection, transport, rates=Rates())), app.state))
            return opened[-1]

        yield make
    refused = [(call.method, call.path, call.query, call.status) for one in opened for call in one.state.log]
    assert [call for call in refused if call[-1] >= 400] == []
