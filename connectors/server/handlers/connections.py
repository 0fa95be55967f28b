"""Connections: accounts at vendors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from connectors.components.auth.flow import AGAIN
from connectors.components.http import JSON_TYPE, dump_json
from connectors.errors import InputError
from connectors.manifest.model import Connector
from connectors.manifest.problem import did_you_mean, quoted
from connectors.server.call import Call
from connectors.server.describe import account
from connectors.service.connections import Account, Stored


async def list_connections(call: Call) -> Any:
    """Lists the connections of the key's workspace, by name; with `connector`, those of one connector."""
    listed, only = await call.server.service.connections.listed(call.workspace), call.query.get("connector")
    if only is not None:
        _check_connector(call, only)
    return {"items": [shown(call, stored) for stored in listed if only in (None, stored.connector)]}


async def create_connection(call: Call) -> Any:
    """Keeps an account at a vendor, sealed; `POST /v1/connections/{id}/test` then says whether it works.

    What `values` holds is described by the connector: `connection.input` of `GET /v1/connectors/{connector}`. Where
    a person signs in in the browser, its state is `reconnect` until somebody has.
    """
    body = call.body
    _check_connector(call, body["connector"])
    given = Account(body["values"], body.get("base_url"), _hosts(body["hosts"]))
    made = await call.server.service.connections.create(call.workspace, body["connector"], body["name"], given)
    where = f"/v1/connections/{quote(made.id)}"
    return Response(dump_json(shown(call, made)), 201, {"Location": where}, media_type=JSON_TYPE)


async def show_connection(call: Call) -> Any:
    """Describes a connection: how it is, and what to do if it has to be connected again. Secrets are never shown."""
    return shown(call, await call.server.service.connections.get(call.workspace, call.params["id"]))


async def change_connection(call: Call) -> Any:
    """Changes what is given and leaves the rest; a value that is null is removed.

    Another account forgets the session of the one before, and what was known of its state. Another address needs the
    secret values again: who may not know them may not send them elsewhere.
    """
    body, connections = call.body, call.server.service.connections
    connector = call.server.connectors.get((await connections.get(call.workspace, call.params["id"])).connector)
    given = body.get("values", {})

    def edit(before: Account) -> Account:
        base_url = body.get("base_url") if "base_url" in body else before.base_url
        hosts = _hosts(_merged(before.hosts, body.get("hosts", {})))
        if (base_url, hosts) != (before.base_url, before.hosts):
            _check_given(connector, before, given)
        return Account(_merged(before.values, given), base_url, hosts)

    return shown(call, await connections.change(call.workspace, call.params["id"], edit, renamed=body.get("name")))


async def remove_connection(call: Call) -> Any:
    """Erases a connection with everything that is kept of it, its subscriptions too.

    The vendor is asked to call no more, as far as it answers within some seconds; nothing else is changed there.
    """
    connections = call.server.service.connections
    stored = await connections.get(call.workspace, call.params["id"])
    await call.server.worker.part(stored.id)
    await connections.remove(call.workspace, stored.id)
    return Response(status_code=204)


async def test_connection(call: Call) -> Any:
    """Asks the vendor whether the connection works."""
    opened = await call.opened()
    if not call.server.vendor(opened).testable:
        return shown(call, opened.stored) | {"state": "not_tested"}
    async with call.asking(opened, tested=True) as vendor:
        await vendor.test()
    return shown(call, opened.stored)


def shown(call: Call, stored: Stored) -> dict[str, Any]:
    """A connection as clients see it."""
    facts = account(stored, call.server.connectors.get(stored.connector))
    if facts["last_error"] and facts["last_error"]["remedy"] == AGAIN:  # which is for the command line
        facts["last_error"]["remedy"] = facts["remedy"]
    return facts


def _check_connector(call: Call, name: str) -> None:
    known = call.server.connectors
    if name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
        remedy = "GET /v1/connectors lists them."
        raise InputError(f"there is no connector {quoted(name)}; {hint}", field="connector", remedy=remedy)


def _check_given(connector: Connector | None, before: Account, given: Mapping[str, Any]) -> None:
    fields = connector.connection.fields if connector else {}
    lacking = [name for name in before.values if name not in given and name in fields and fields[name].secret]
    if lacking:
        remedy = f"Give {', '.join(lacking)} too."
        raise InputError(
            "the address changes, so what is secret has to be given again", field=lacking[0], remedy=remedy
        )


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def _hosts(given: Mapping[str, Any]) -> dict[str, str]:
    for origin, url in given.items():
        if not isinstance(url, str):
            raise InputError(f"'hosts' has for {quoted(origin)} no text", field="hosts", remedy="Give an address.")
    return dict(given)
