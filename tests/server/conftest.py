from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from connectors.components.http import Request, Response, dump_json
from connectors.engine import addresses
from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog
from connectors.server import create_app
from connectors.service.connections import Account
from connectors.service.service import opened

KEY = "gw_test"
SECRET = "acme-secret-token"
SEAL = "s" * 32
ACME = Account({"account": "north", "token": SECRET})
APP = {"clubId": "club-client", "clubSecret": "club-client-secret"}
CLUB = Account({"city": "kiel", "auth": "browser", **APP})
ORDERS = [{"id": number, "city": "Kiel" if number % 2 else "Ulm"} for number in range(1, 6)]


OURS = ("acme.example", "club.example")  # the manifests here; other tests of the process ask for other names


@pytest.fixture(scope="session", autouse=True)
def _names_of_examples_are_asked_of_nobody() -> Iterator[None]:
    """No network but loopback; and a name server that is slow would make a test fail."""
    ask = addresses._addresses

    async def known(host: str) -> list[str]:
        return [] if host.endswith(OURS) else await ask(host)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_addresses", known)
        yield


class Acme:
    """A stand-in for the vendor: answers by a function, and keeps what it was asked."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.asked: list[Request] = []
        self.orders = list(ORDERS)
        self.answer: Callable[[Request], Response] = self.usual

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        self.asked.append(request)
        return self.answer(request)

    def usual(self, request: Request) -> Response:
        if request.method == "GET" and request.url.endswith("/orders"):
            page = int(dict(request.query).get("page", "1"))
            part = self.orders[2 * page - 2 : 2 * page]
            return Response(200, (), dump_json({"orders": part, "more": 2 * page < len(self.orders)}))
        return Response(200, (), dump_json({"id": 7}))

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.answer = lambda request: Response(status, pairs, body)


@pytest.fixture(scope="session")
def stub() -> Acme:
    return Acme()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog([Path(__file__).parent / "manifests"])


def seed(data: Path, catalog: Catalog, accounts: dict[str, tuple[str, Account]], key: str = KEY) -> None:
    """Puts a key, and connections by name, into a data folder, as if a person had."""

    async def put() -> None:
        async with opened(data, [SEAL], catalog, Reach(private=True)) as service:
            _, _ = await service.keys.add("test", key=key)
            workspace = await service.keys.workspace("default")
            for name, (connector, account) in accounts.items():
                await service.connections.put(workspace, connector, name, account)

    asyncio.run(put())


def until(found: Callable[[], Any], wanted: Any) -> None:
    """Asks a server again and again, for what it does by itself it tells nobody."""
    deadline = time.monotonic() + 10
    while (last := found()) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert last == wanted


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Path:
    folder = tmp_path_factory.mktemp("data")
    accounts = dict.fromkeys(("acme-1", "acme-2"), ("acme", ACME))
    seed(folder, catalog, {**accounts, "club-1": ("club", CLUB)})
    return folder


@pytest.fixture(scope="session")
def make_app(stub: Acme, catalog: Catalog, data: Path) -> Callable[..., Starlette]:
    """Makes an application for a server of its own, on the same data."""
    usual = {"catalog": catalog, "data": data, "secret_keys": [SEAL], "transport": stub, "timeout": 1.0}
    return lambda **more: create_app(**usual | more)


@pytest.fixture(scope="session")
def shared(make_app: Callable[..., Starlette]) -> Starlette:
    return make_app()


@pytest.fixture
def app(shared: Starlette, running: httpx.Client) -> Starlette:
    """The application, which runs."""
    return shared


@pytest.fixture(scope="session")
def running(served: Any, shared: Starlette) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {KEY}"}
    with served(shared) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        client.get("/healthz").raise_for_status()  # it runs, for those who ask the application itself
        yield client


@pytest.fixture(scope="session")
def nobody(running: httpx.Client) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=running.base_url, trust_env=False) as client:
        yield client


@pytest.fixture
def acme(stub: Acme) -> Acme:
    """The vendor, as at the start."""
    stub.reset()
    return stub


@pytest.fixture
def client(running: httpx.Client, acme: Acme) -> httpx.Client:
    """Asks the server, with its key."""
    return running


@pytest.fixture
def post(client: httpx.Client) -> Callable[..., httpx.Response]:
    """Posts a JSON body below the connection acme-1."""
    return lambda path, /, **body: client.post(f"/v1/connections/acme-1/{path}", json=body)
