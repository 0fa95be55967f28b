from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

NORTH = "?connection=acme-1"
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
}


@pytest.fixture
def send(client: httpx.Client) -> Callable[..., httpx.Response]:
    """Sends one message to /mcp, by default to a workspace with one account at Acme."""

    def sent(method: str, params: Any = None, *, of: str = NORTH, **headers: str) -> httpx.Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        return client.post(f"/mcp{of}", json=message, headers=headers)

    return sent


@pytest.fixture
def tool(send: Callable[..., httpx.Response]) -> Callable[..., dict[str, Any]]:
    """Calls a tool and gives its result."""

    def called(name: str, /, of: str = NORTH, **arguments: Any) -> dict[str, Any]:
        answer = send("tools/call", {"name": name, "arguments": arguments}, of=of).json()
        assert "result" in answer, answer
        return answer["result"]

    return called


@pytest.fixture
def modern(send: Callable[..., httpx.Response]) -> Callable[..., dict[str, Any]]:
    """Calls a tool as a client does that can ask its person."""

    def called(name: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
        params = {"name": name, "arguments": arguments, "_meta": MODERN, **more}
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}
        answer = send("tools/call", params, **headers).json()
        assert "result" in answer, answer
        return answer["result"]

    return called
