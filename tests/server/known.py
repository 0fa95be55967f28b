"""For each operation that a server describes, requests that are known to work with the sandbox behind it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import httpx

from connectors.cli.sandbox import connection_at
from connectors.manifest.model import Connector
from connectors.sandbox import Autarc, Reonic
from connectors.testing.case import load

Request: TypeAlias = dict[str, Any]
"""What schemathesis makes a case of: path_parameters, headers, query, cookies, body, media_type."""
Making: TypeAlias = Callable[[], Request]
"""Makes a request that works once, with what it needs."""

CASSETTES = Path(__file__).parents[2] / "cassettes"
NOUNS = {"actions": "action", "searches": "search", "triggers": "trigger"}
CHANGING = ("delete", "patch", "put")
FORM = "application/x-www-form-urlencoded"


class Known:
    """What works at the server that the client asks."""

    def __init__(self, client: httpx.Client, connectors: dict[str, Connector]) -> None:
        self.client = client
        self.connectors = connectors
        self.at = str(client.base_url).rstrip("/")
        sandbox = f"{self.at}/sandbox"
        self.account = connection_at(Reonic(), sandbox)
        self.app = connection_at(Autarc(), sandbox) | {"values": {**Autarc.oauth_client, "auth": "oauth"}}
        self.bodies: dict[str, Callable[[], Any]] = {
            "answer_agent": lambda: {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            "offer_choices": lambda: {"operation": "add_note", "field": "offerId"},
            "create_connection": lambda: {"connector": "reonic", "name": uuid.uuid4().hex, **self.account},
            "change_connection": lambda: {"name": uuid.uuid4().hex},
            "send_request": lambda: {"method": "GET", "path": self._tested()},
            "put_oauth_app": lambda: Autarc.oauth_client,
            "make_link": lambda: {"connector": "reonic", "name": uuid.uuid4().hex},
            "take_form": lambda: self.account["values"],
            "subscribe": lambda: {"connection": "sandbox-reonic", "trigger": "new_offer"},
            "change_subscription": lambda: {"ordered": True},
            "replay_range": lambda: {"subscription": self._subscription, "from": "2026-01-01T00:00:00Z"},
        }
        """What works, for operations whose fields have no examples that do."""

    def requests(self, operation: Any) -> Iterator[tuple[str, list[Making]]]:
        """For each vendor that has the operation: what to call this, and what to try until something works."""
        name = operation.definition.raw["operationId"]
        if name == "finish_sign_in":
            yield name, [self._back]
            return
        if name.startswith("take_webhook"):
            yield name, [lambda: self._called]
            return
        if self._noun(operation) is None:
            yield name, [partial(self._request, operation)]
            if name == "take_form":
                yield f"{name} that leads to a sign-in", [self._to_sign_in]
            return
        confirm = {"confirm": True} if self._noun(operation) == "actions" else {}
        for connector, one in self._named(operation):
            filled = {"id": f"sandbox-{connector.connector}", NOUNS[self._noun(operation) or ""]: one}
            bodies = [{"body": {"input": given} | confirm} for given in self.inputs(connector, one)]
            json = {"path_parameters": filled, "media_type": "application/json"}
            tries = [json | body for body in bodies] if operation.method == "post" else [{"path_parameters": filled}]
            yield f"{name} of {connector.connector}", [partial(dict, one) for one in tries]

    def inputs(self, connector: Connector, name: str) -> list[dict[str, Any]]:
        """Inputs that the sandbox accepts, or at least one of them, as they were recorded."""
        cases = [load(path) for path in sorted((CASSETTES / connector.connector / name).glob("*.yaml"))]
        worked = [case for case in cases if case.error is None and case.choices is None]
        return [dict(case.input) for case in sorted(worked, key=lambda case: case.evidence != "sandbox")]

    def fill(self, operation: Any, hole: str) -> str:
        """What there is, for a name in the operation's path."""
        if hole == "connector":
            return "autarc" if "oauth" in operation.path else "reonic"
        if hole == "ticket":
            return self._start() if "start" in operation.path else self._link()
        if operation.path.startswith("/v1/subscriptions"):
            return self._subscription if operation.method != "delete" else "sub_0"
        if operation.path.startswith("/v1/deliveries"):
            return self._delivery
        if operation.method in CHANGING:
            return self.fresh()
        if operation.path.endswith("/authorize"):
            return self._signs_in
        return next((f"sandbox-{one.connector}" for one, _ in self._named(operation)), "sandbox-reonic")

    def fresh(self) -> str:
        """The id of a new connection, which may be changed and removed; the name of one where none can be made."""
        made = self.client.post("/v1/connections", json=self.bodies["create_connection"]())
        return made.json().get("id", "sandbox-reonic")

    def _request(self, operation: Any) -> Request:
        holes = re.findall(r"\{(\w+)\}", operation.path)
        filled = {"path_parameters": {hole: self.fill(operation, hole) for hole in holes}}
        content = operation.definition.raw.get("requestBody", {}).get("content", {})
        body = self.bodies.get(operation.definition.raw["operationId"], dict)
        return filled | {"body": body(), "media_type": next(iter(content))} if content else filled

    def _noun(self, operation: Any) -> str | None:
        noun = operation.path.removeprefix("/v1/connections/{id}/").partition("/")[0]
        return noun if noun in NOUNS and "{id}" in operation.path else None

    def _named(self, operation: Any) -> Iterator[tuple[Connector, str]]:
        """Each connector's operation that the path names; the first that there is, if the path leaves it open."""
        noun = self._noun(operation)
        called, _, deed = operation.path.partition(f"/{noun}/")[2].partition("/")
        for connector in self.connectors.values() if noun else ():
            there = getattr(connector, noun or "")
            for one in there if called.startswith("{") else there.keys() & {called}:
                if deed != "poll" or there[one].poll is not None:
                    yield connector, one
                    if called.startswith("{"):
                        return

    @cached_property
    def _subscription(self) -> str:
        """The id of a subscription to what is there already, at a target that takes nothing."""
        wanted = {"connection": "sandbox-reonic", "trigger": "new_offer", "from_start": True}
        return self._subscribed(wanted | {"target_url": f"{self.at}/healthz"})

    @cached_property
    def _delivery(self) -> str:
        listed = self.client.get("/v1/deliveries", params={"subscription": self._subscription, "limit": 1})
        return listed.json()["items"][0]["id"]

    @cached_property
    def _called(self) -> Request:
        """As a vendor calls that was asked to, with nothing to tell."""
        self._subscribed({"connection": "sandbox-opensolar", "trigger": "project_created"})
        log = self.client.get("/sandbox/_log/opensolar").json()
        [asked] = [one for one in log if one["method"] == "POST" and one["path"].endswith("/webhooks/")]
        hook = json.loads(asked["body"])
        token = hook["endpoint"].rpartition("/")[2]
        return {"path_parameters": {"token": token, "secret": "x"}, "headers": json.loads(hook["headers"])}

    def _subscribed(self, wanted: dict[str, Any]) -> str:
        return self.client.post("/v1/subscriptions", json=wanted).raise_for_status().json()["id"]

    @cached_property
    def _signs_in(self) -> str:
        """The id of a connection to which somebody signs in in the browser."""
        made = self.client.post("/v1/connections", json={"connector": "autarc", "name": "signs-in", **self.app})
        return made.json()["id"]

    def _link(self, connection: str | None = None) -> str:
        """A link to a connection, by default to a new one."""
        there = self.client.get(f"/v1/connections/{connection or self.fresh()}").json()
        asked = {"connector": there["connector"], "name": there["name"]}
        return _last(self.client.post("/v1/connect-links", json=asked))

    def _to_sign_in(self) -> Request:
        ticket = self._link(self._signs_in)
        return {"path_parameters": {"ticket": ticket}, "body": {"auth": "oauth"}, "media_type": FORM}

    def _start(self) -> str:
        return _last(self.client.post(f"/v1/connections/{self._signs_in}/authorize"))

    def _back(self) -> Request:
        """As a browser comes back from the vendor's sign-in."""
        with httpx.Client(base_url=self.client.base_url, trust_env=False) as browser:
            away = browser.get(f"/oauth/start/{self._start()}").headers["location"]
            allowed = browser.post(away, data={"decision": "allow"}).headers["location"]
            return {"query": dict(parse_qsl(urlsplit(allowed).query)), "cookies": dict(browser.cookies)}

    def _tested(self) -> str:
        """What is asked to test a connection to the first vendor."""
        _, _, path = str(self.connectors["reonic"].connection.test).partition(" ")
        return path.format(**self.account["values"])


def _last(ticket: httpx.Response) -> str:
    return ticket.json()["url"].rpartition("/")[2]
