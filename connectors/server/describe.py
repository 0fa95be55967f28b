"""Connectors as clients see them: all that it takes to show a form, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.components.auth import OAuth2
from connectors.components.choices import Choices
from connectors.components.fields import Field
from connectors.components.http import origin_of
from connectors.engine.connection import Connection
from connectors.errors import InputError
from connectors.manifest.forms import form
from connectors.manifest.model import Action, Connector, Operation, Trigger
from connectors.server.said import time_or_null
from connectors.service.connections import Stored


def summary(connector: Connector) -> dict[str, Any]:
    """A connector in a list: what it is, and the names of what it can do."""
    return {
        "name": connector.connector,
        "title": connector.title,
        "description": connector.description,
        "version": connector.version,
        "categories": connector.categories,
        "docs": connector.docs,
        "triggers": list(connector.triggers),
        "actions": list(connector.actions),
        "searches": list(connector.searches),
    }


def whole(connector: Connector) -> dict[str, Any]:
    """A connector with its connection form, and its operations with their forms."""
    return summary(connector) | {
        "base_url": str(connector.base_url),
        "connection": {"input": connection_form(connector)},
        "triggers": [_operation(connector, trigger) for trigger in connector.triggers.values()],
        "actions": [_operation(connector, action) for action in connector.actions.values()],
        "searches": [_operation(connector, search) for search in connector.searches.values()],
    }


def account(stored: Stored, connector: Connector | None) -> dict[str, Any]:
    """A connection as it is kept. Of its secret values, and of all if there is no such connector now, only the names
    are said.
    """
    given = stored.account
    fields = connector.connection.fields if connector else {}
    open_values = {name for name, field in fields.items() if not field.secret} | ({"auth"} if connector else set())
    opened = None if connector is None else Connection(connector, given.values, given.base_url or "", given.hosts)
    url = given.base_url or _usual_url(opened)
    return {
        "id": stored.id,
        "name": stored.name,
        "connector": stored.connector,
        "state": stored.state,
        "last_error": _failure(stored.last_error),
        "remedy": _remedy(stored, opened),
        "base_url": _without_secrets(url, opened),
        "hosts": {origin: _without_secrets(there, opened) for origin, there in given.hosts.items()},
        "values": {name: value for name, value in given.values.items() if name in open_values},
        "secrets": [name for name in given.values if name not in open_values],
        "warnings": replace(opened, base_url=url).warnings if opened and url else [],
        "created_at": time_or_null(stored.created_at),
        "updated_at": time_or_null(stored.updated_at),
        "tested_at": time_or_null(stored.tested_at),
    }


def connection_form(connector: Connector) -> dict[str, Any]:
    """The JSON Schema of a connection's values; where there are several ways to sign in, `auth` chooses one."""
    block = connector.connection
    ways = {name: way.title or name for name, way in (block.auth.one_of or {}).items()}
    chosen = {"auth": Field(title="Way to sign in", choices=Choices.model_validate({"values": ways}))} if ways else {}
    return form({**block.fields, **chosen})


def _usual_url(opened: Connection | None) -> str | None:
    try:
        return opened.moved(opened.own_url) if opened and opened.own_url else None
    except InputError:  # the manifest has changed since
        return None


def _without_secrets(url: str | None, opened: Connection | None) -> str | None:
    """The whole address; of an account whose values nobody understands now, only whose it is."""
    return url and (opened.redact(url) if opened else origin_of(url))


def _failure(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {"remedy": None, "vendor_message": None, **said, "at": time_or_null(said["at"])}


def _remedy(stored: Stored, opened: Connection | None) -> str | None:
    """What to do about the state. Raises nothing: an account that fits the manifest no more is shown all the same."""
    at = f"/v1/connections/{stored.id}"
    if stored.state == "ok":
        return None
    if stored.state == "not_tested":
        return f"POST {at}/test asks the vendor whether it works."
    if stored.state == "failing":
        return (stored.last_error or {}).get("remedy")
    return how_to_reconnect(stored, opened)


def how_to_reconnect(stored: Stored, opened: Connection | None) -> str:
    """What the account's owner has to do, as a client of the server can let him."""
    at = f"/v1/connections/{stored.id}"
    try:
        way = opened.auth if opened else None
    except InputError:
        way = None
    if isinstance(way, OAuth2) and way.in_browser:
        return f"Sign in: POST {at}/authorize gives the address to open in a browser."
    return f"Enter the account's values anew with PATCH {at}, then POST {at}/test."


def _operation(connector: Connector, operation: Operation) -> dict[str, Any]:
    described = {
        "name": operation.name,
        "title": operation.title,
        "description": operation.description,
        "docs": operation.docs,
        "input": form(operation.input, operation.rules),
        "sample": connector.sample_of(operation),
    }
    if isinstance(operation, Trigger):
        return described | {"comes_by": [by for by in ("webhook", "poll") if getattr(operation, by) is not None]}
    return described | ({"effect": operation.effective} if isinstance(operation, Action) else {})
