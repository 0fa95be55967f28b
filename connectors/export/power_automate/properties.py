"""`apiProperties.json`: what a connection asks for, and what happens to each request on its way to the server."""

from __future__ import annotations

from typing import Any

from connectors.export.power_automate.definition import KEY, operation_id
from connectors.manifest.model import Connector

SERVER = "server"
_COLOUR = "#1f4e79"


def properties(connector: Connector) -> dict[str, Any]:
    """The whole document."""
    policies = [
        _policy("setheader", "Sign in with the key", name="Authorization", value=_BEARER, existsAction="override"),
        _policy("dynamichosturl", "Ask the gridwire server", urlTemplate=f"https://@connectionParameters('{SERVER}')"),
    ]
    if connector.triggers:
        lead = _policy("routerequesttoendpoint", "Subscribe", newPath="/v1/subscriptions", httpMethod="POST")
        subscribing = [operation_id(connector, trigger) for trigger in connector.triggers.values()]
        lead["parameters"]["x-ms-apimTemplate-operationName"] = subscribing
        policies.append(lead)
    return {
        "properties": {
            "connectionParameters": {SERVER: _SERVER, KEY: _KEY},
            "iconBrandColor": _COLOUR,
            "capabilities": [],
            "policyTemplateInstances": policies,
            "publisher": "gridwire",
            "stackOwner": connector.title,
        }
    }


def _policy(template: str, title: str, **parameters: str) -> dict[str, Any]:
    given: dict[str, Any] = {f"x-ms-apimTemplateParameter.{name}": value for name, value in parameters.items()}
    return {
        "templateId": template,
        "title": title,
        "parameters": {**given, "x-ms-apimTemplate-policySection": "Request"},
    }


def _asked(kind: str, title: str, description: str, tooltip: str, *, hidden: bool = False) -> dict[str, Any]:
    constraints: dict[str, Any] = {"tabIndex": 3 if hidden else 2, "clearText": not hidden, "required": "true"}
    words = {"displayName": title, "description": description, "tooltip": tooltip}
    return {"type": kind, "uiDefinition": {**words, "constraints": constraints}}


_BEARER = f"Bearer @connectionParameters('{KEY}')"
_SERVER = _asked(
    "string",
    "gridwire server",
    "The server's name without https://, such as gridwire.example.com",
    "Ask whoever set up gridwire; it has to be reachable from the internet over https.",
)
_KEY = _asked(
    "securestring",
    "gridwire key",
    "The key begins with gw_; leave out the word Bearer",
    "Ask whoever set up gridwire: gridwire keys add power-automate --scope use makes one.",
    hidden=True,
)
