"""The protocol's own conformance suite against /mcp."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from tests.proofs.conftest import Node, Server

pytestmark = pytest.mark.proof

HERE = Path(__file__).parent
OF_THE_WAY = ("content-length", "transfer-encoding", "connection", "date", "content-encoding")


@pytest.fixture(scope="session")
def opened(server: Server, served: Callable[[Starlette], AbstractContextManager[str]]) -> Iterator[str]:
    """The address of a way to the server that brings its key: the suite cannot send one."""

    async def passed_on(request: Request) -> Response:
        headers = [(name, value) for name, value in request.headers.items() if name not in OF_THE_WAY]
        headers.append(("authorization", f"Bearer {server.key}"))
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            url = f"{server.url}/mcp"
            answer = await client.request(request.method, url, content=await request.body(), headers=headers)
        said = {name: value for name, value in answer.headers.items() if name not in OF_THE_WAY}
        return Response(answer.content, answer.status_code, said)

    app = Starlette(routes=[Route("/mcp", passed_on, methods=["GET", "POST", "DELETE"])])
    with served(app) as address:
        yield f"{address}/mcp"


def test_it_behaves_as_the_protocol_says(node: Node, opened: str, tmp_path: Path) -> None:
    suite = node.modules / ".bin" / "conformance"
    baseline = ["--expected-failures", HERE / "baseline.yml", "--output-dir", tmp_path]
    said = node.run(suite, "server", "--url", opened, *baseline, cwd=node.folder)

    for scenario in ("server-initialize", "ping", "tools-list", "dns-rebinding-protection"):
        assert f"\u2713 {scenario}" in said
