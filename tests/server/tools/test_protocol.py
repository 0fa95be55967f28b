"""What /mcp says beside the results of tools."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

VERSIONS = ["2025-03-26", "2025-06-18", "2025-11-25"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_introduces_itself(send, version):
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    result = send("initialize", params).json()["result"]

    assert (result["protocolVersion"], result["serverInfo"]["name"]) == (version, "gridwire")
    assert "tools" in result["capabilities"]
    assert "unknown_outcome" in result["instructions"]


def test_tools_are_those_of_the_connections_that_are_there(send):
    named = [tool["name"] for tool in send("tools/list", of="").json()["result"]["tools"]]

    assert {name.partition("_")[0] for name in named} == {"acme", "club"}
    assert {"acme_place_order", "acme_choices"} <= {*named}


def test_the_address_can_name_connections(send):
    named = [tool["name"] for tool in send("tools/list").json()["result"]["tools"]]
    wrong = send("tools/list", of="?connection=acme-7").json()["error"]

    assert {name.partition("_")[0] for name in named} == {"acme"}
    assert "did you mean" in wrong["message"]


def test_a_tool_that_is_not_there_is_no_result(send):
    error = send("tools/call", {"name": "acme_place_orders", "arguments": {}}).json()["error"]

    assert (error["code"], "acme_place_orders" in error["message"]) == (-32602, True)


def test_what_wants_no_answer_gets_none(client):
    answer = client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})

    assert (answer.status_code, answer.content) == (202, b"")


def test_there_is_nothing_to_listen_to(client):
    answer = client.get("/mcp", headers={"Accept": "text/event-stream"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[]", -32600),
        (b"null", -32600),
        (b'{"jsonrpc": "1.0"}', -32600),
        (b'{"a":' * 100 + b"1" + b"}" * 100, -32600),
    ],
)
def test_what_is_no_message_is_refused(client, content, code):
    answer = client.post("/mcp", content=content, headers={"Content-Type": "application/json"})

    said = answer.json()
    assert (answer.status_code, said["jsonrpc"], said["id"], said["error"]["code"]) == (400, "2.0", None, code)
    assert said["error"]["message"]


def test_a_message_has_a_limit(client):
    assert client.post("/mcp", json={"jsonrpc": "2.0", "method": "x" * 2**20}).status_code == 413


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8710", 200),
        ("http://localhost:3000", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("http://127.0.0.1.evil.example", 403),
    ],
)
def test_a_page_of_another_site_cannot_use_the_tools(send, origin, status):
    assert send("ping", Origin=origin).status_code == status


def test_many_at_once_are_answered_each_with_its_own(client, acme):
    async def ask() -> list[int]:
        messages = [
            {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": _limited(number % 3 + 1)}
            for number in range(20)
        ]
        answers = await asyncio.gather(
            *(asyncio.to_thread(client.post, "/mcp?connection=acme-1", json=m) for m in messages)
        )
        return [(a.json()["id"], len(a.json()["result"]["structuredContent"]["items"])) for a in answers]

    assert asyncio.run(ask()) == [(number, number % 3 + 1) for number in range(20)]


def _limited(limit):
    return {"name": "acme_find_order", "arguments": {"city": "Kiel", "limit": limit}}


def test_a_server_that_no_agent_asks_does_not_load_the_protocol():
    program = "import sys, connectors.server; print({'mcp', 'httpx2', 'opentelemetry'} & sys.modules.keys())"

    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )
