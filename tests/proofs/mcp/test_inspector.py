"""The tools before the protocol's own inspector, in strict mode, over HTTP and over standard input and output."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from connectors.manifest.catalog import Catalog, bundled
from connectors.sandbox import Reonic, Vendor

if TYPE_CHECKING:
    from tests.proofs.conftest import Node, Server

pytestmark = pytest.mark.proof

Inspect: TypeAlias = Callable[..., Any]
Account: TypeAlias = Callable[[Vendor], Path]


@pytest.fixture(scope="session")
def inspect(node: Node, server: Server) -> Inspect:
    """What the inspector prints of the server, or of a program that it starts; a wrong schema or result fails."""
    inspector = node.modules / ".bin" / "mcp-inspector"
    key = ["--transport", "http", "--header", f"Authorization: Bearer {server.key}"]

    def inspected(*words: str, program: list[str] | None = None) -> Any:
        how, target = ([], program) if program else (key, [f"{server.url}/mcp"])
        return json.loads(node.run(inspector, "--cli", *how, *words, "--", *target, cwd=node.folder))

    return inspected


def call(inspect: Inspect, name: str, *given: str) -> Any:
    """The result of a tool."""
    arguments = [word for one in given for word in ("--tool-arg", one)]
    return inspect("--method", "tools/call", "--tool-name", name, *arguments)


def test_every_action_and_search_passes_the_strict_check(inspect: Inspect) -> None:
    listed = [tool["name"] for tool in inspect("--method", "tools/list", "--strict")["tools"]]
    catalog = Catalog([bundled()])
    known = [catalog.load(name) for name in catalog.names]

    wanted = {f"{one.connector}_{name}" for one in known for name in (*one.actions, *one.searches)}
    assert {name for name in listed if not name.endswith("_choices")} == wanted


def test_a_search_is_called(inspect: Inspect) -> None:
    found = call(inspect, "reonic_find_user", "name=a")

    assert found["structuredContent"]["items"][0]["email"].endswith("@example.com")
    assert json.loads(found["content"][0]["text"]) == found["structuredContent"]


def test_an_action_is_called_with_nested_arguments(inspect: Inspect) -> None:
    person = ["firstName=Erika", "lastName=Beispiel", 'latLng={"lat": 52.52, "lng": 13.4}']

    assert call(inspect, "reonic_create_request", *person)["structuredContent"] == {}


def test_what_is_missing_is_told(inspect: Inspect) -> None:
    with pytest.raises(AssertionError, match="'lastName' is required"):
        call(inspect, "reonic_create_request", "firstName=Erika")


def test_the_same_over_standard_input_and_output(inspect: Inspect, gridwire: list[str], account: Account) -> None:
    program = [*gridwire, "mcp", "reonic", "--connection-file", str(account(Reonic()))]
    tools = inspect("--method", "tools/list", "--strict", program=program)["tools"]

    assert {"reonic_create_request", "reonic_choices"} <= {tool["name"] for tool in tools}
