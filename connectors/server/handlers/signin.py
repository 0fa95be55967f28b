"""Signing in: addresses that a person opens in a browser."""

from __future__ import annotations

from typing import Any

from connectors.engine.authorization import Authorization
from connectors.errors import InputError
from connectors.manifest.problem import did_you_mean, quoted
from connectors.server.call import Call
from connectors.server.pages.connect import link_to
from connectors.server.pages.form import forms_of
from connectors.server.pages.oauth import callback_of, start_of
from connectors.server.pages.wanted import Wanted
from connectors.server.shapes import time_of
from connectors.service.connections import NoSuchConnectionError, check_name


async def authorize(call: Call) -> Any:
    """Gives an address for the account's owner to open in a browser, once, within ten minutes.

    It leads to the vendor's sign-in and back; then the connection is signed in, and tested.
    """
    opened = await call.opened()
    _ = Authorization(opened.connection, callback_of(call.server)).way
    stored = opened.stored
    caller = call.known_caller
    wanted = Wanted(caller.workspace, caller.key, stored.connector, stored.name, stored.account, id=stored.id)
    return _answer(*await start_of(call.server, wanted))


async def make_link(call: Call) -> Any:
    """Gives an address where somebody else connects the account: enters a key or signs in, once, within a day.

    If there is a connection of that name, it is changed; its address and its OAuth app stay.
    """
    name, connector = call.body["name"], call.body["connector"]
    await _check(call, connector, name)
    return _answer(*await link_to(call.server, call.known_caller, connector, name))


async def _check(call: Call, connector: str, name: str) -> None:
    known, service = call.server.connectors, call.server.service
    if connector not in known:
        hint = did_you_mean(connector, known) or f"there are {', '.join(known) or 'none'}"
        raise InputError(f"there is no connector {quoted(connector)}; {hint}", field="connector")
    check_name(name)
    app = await service.oauth_apps.values(call.workspace, connector)
    try:
        there = await service.connections.get(call.workspace, name)
    except NoSuchConnectionError:
        there = None
    if there is not None and there.connector != connector:
        message = f"the connection '{name}' is one of {there.connector}, not of {connector}"
        raise InputError(message, field="name", remedy="Take another name.")
    values = {**app, **(there.account.values if there else {})}
    if not forms_of(known[connector], values, "en"):
        message = f"nobody can sign in to {connector} yet: the workspace has no OAuth app there"
        raise InputError(message, field="connector", remedy=f"Set one: PUT /v1/oauth-apps/{connector}.")


def _answer(url: str, expires_at: float) -> dict[str, Any]:
    return {"url": url, "expires_at": time_of(expires_at)}
