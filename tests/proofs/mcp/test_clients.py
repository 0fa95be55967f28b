"""The tools by way of the protocol's own client for Python."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitRequestParams, ElicitResult

from connectors.sandbox import OpenSolar, Vendor

if TYPE_CHECKING:
    from tests.proofs.conftest import Server

Opening: TypeAlias = Callable[["Person"], AbstractAsyncContextManager[Client]]

pytestmark = [pytest.mark.proof, pytest.mark.anyio]


class Person:
    """Whoever is asked to confirm."""

    def __init__(self, *, agrees: bool) -> None:
        self.agrees = agrees
        self.asked: list[str] = []

    async def answer(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": self.agrees})


@pytest.fixture
def over_http(server: Server) -> Opening:
    @asynccontextmanager
    async def opened(person: Person) -> AsyncGenerator[Client]:
        key = {"Authorization": f"Bearer {server.key}"}
        async with httpx2.AsyncClient(headers=key, timeout=60, trust_env=False) as client:
            transport = streamable_http_client(f"{server.url}/mcp?connection=sandbox-opensolar", http_client=client)
            async with Client(transport, elicitation_callback=person.answer) as talking:
                yield talking

    return opened


@pytest.fixture
def program(gridwire: list[str], account: Callable[[Vendor], Path]) -> StdioServerParameters:
    words = [*gridwire[1:], "mcp", "opensolar", "--connection-file", str(account(OpenSolar()))]
    return StdioServerParameters(command=gridwire[0], args=words)


@pytest.fixture
def over_stdio(program: StdioServerParameters) -> Opening:
    return lambda person: Client(program, elicitation_callback=person.answer)


@pytest.fixture
def over_stdio_as_before(program: StdioServerParameters) -> Opening:
    """By a version of the protocol that begins with a handshake."""
    return lambda person: Client(program, mode="legacy", elicitation_callback=person.answer)


@pytest.fixture(params=["over_http", "over_stdio", "over_stdio_as_before"])
def opening(request: pytest.FixtureRequest) -> Opening:
    return request.getfixturevalue(request.param)


async def test_an_agent_finds_its_tools_and_uses_them(opening: Opening) -> None:
    async with opening(Person(agrees=False)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        found = await client.call_tool("opensolar_find_contact", {"limit": 1, "email": "nobody@example.com"})

    assert {name.partition("_")[0] for name in tools} == {"opensolar"}
    assert tools["opensolar_delete_contact"].annotations.destructive_hint
    assert (found.is_error, found.structured_content) == (False, {"items": []})


@pytest.mark.parametrize("agrees", [True, False])
async def test_the_person_is_asked_before_anything_is_destroyed(opening: Opening, agrees: bool) -> None:
    person = Person(agrees=agrees)
    async with opening(person) as client:
        made = await client.call_tool("opensolar_create_contact", {"first_name": "Max"})
        contact = made.structured_content["id"]
        gone = await client.call_tool("opensolar_delete_contact", {"id": contact, "confirm": True})
        left = await client.call_tool("opensolar_get_contact", {"id": contact})

    assert person.asked == [f'OpenSolar: Delete contact, with {{"id":{contact}}}. This cannot be undone. Do it?']
    assert (gone.is_error, left.is_error) == (not agrees, agrees)
