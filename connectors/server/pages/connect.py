"""The page behind a link: somebody enters a key, or signs in, once; then the account is connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from connectors.components.http import origin_of
from connectors.engine.connection import Connection
from connectors.errors import FieldProblem, InputError, ReconnectError, VendorError
from connectors.manifest.model import Connector
from connectors.server.body import read_form
from connectors.server.call import Call, Server
from connectors.server.pages.form import Form, chosen_of, forms_of
from connectors.server.pages.oauth import start_of
from connectors.server.pages.page import language_of, message, page, redirect, written
from connectors.server.pages.wanted import Wanted, trouble_of
from connectors.service.connections import Account, NoSuchConnectionError
from connectors.service.keys import Caller
from connectors.service.oauth_apps import app_fields
from connectors.service.tickets import Issued, NoSuchTicketError

LASTS = 24 * 3600.0
"""Seconds within which a link has to be used."""

_TRIES = 50  # how often somebody may be sent to the vendor, or the vendor be asked whether what was entered is right
_OWN = ("same-origin", "none")


async def link_to(server: Server, caller: Caller, connector: str, name: str) -> tuple[str, float]:
    """An address where somebody can connect the account, once, and when it ends."""
    content = {"connector": connector, "name": name}
    ticket = await server.service.tickets.issue(caller.workspace, caller.key, "link", content, lasts=LASTS)
    return f"{server.public_url}/connect/{ticket.secret}", ticket.expires_at


@page
async def show_form(call: Call) -> Response:
    """Shows the form in which an account is connected."""
    link = await _Link.of(call)
    return link.form_page(link.forms)


@page
async def take_form(call: Call) -> Response:
    """Takes the form: tests at the vendor what was entered and keeps it, or leads to the vendor's sign-in."""
    if not _is_ours(call):
        return message(call, "elsewhere", status=400)
    link, posted = await _Link.of(call), await read_form(call.request)
    if not link.forms:
        return link.form_page([])
    form = chosen_of(link.forms, posted)
    wanted = link.wanted(form.read(posted, language_of(call)), form)
    try:
        connection = await wanted.trial(call.server)
    except InputError as error:
        form.blame(error.problems or [FieldProblem(error.field, error.message)])
        return link.form_page(link.forms, status=422)
    await call.server.service.tickets.count("link", call.params["ticket"], _TRIES)
    if form.in_browser:
        address, _ = await start_of(call.server, wanted)
        return redirect(address)
    return await link.connected(wanted, connection, form)


class _Link:
    """A link that opens, with the forms behind it."""

    def __init__(self, call: Call, issued: Issued, connector: Connector, there: Account | None) -> None:
        self._call = call
        self._issued = issued
        self._connector = connector
        self._name: str = issued.content["name"]
        self._there = there
        self.forms: list[Form] = []

    @classmethod
    async def of(cls, call: Call) -> _Link:
        """The link that the path names. Raises NoSuchTicketError."""
        service = call.server.service
        issued = await service.tickets.look("link", call.params["ticket"])
        connector = call.server.connectors.get(issued.content["connector"])
        if connector is None:
            raise NoSuchTicketError("the connector is not there any more")
        name, workspace = issued.content["name"], issued.workspace
        try:
            there = (await service.connections.get(workspace, name)).account
        except NoSuchConnectionError:
            there = None
        link = cls(call, issued, connector, there)
        known = {**await service.oauth_apps.values(workspace, connector.connector), **link._own_app()}
        link.forms = forms_of(connector, known, language_of(call))
        return link

    def wanted(self, values: Mapping[str, Any], form: Form) -> Wanted:
        """The account that was entered; of the one that there is, its addresses and its OAuth app stay."""
        there = self._there or Account({})
        own = self._own_app() if form.in_browser else {}
        account = Account({**own, **values}, there.base_url, there.hosts)
        connector, link = self._connector.connector, self._call.params["ticket"]
        return Wanted(self._issued.workspace, self._issued.key, connector, self._name, account, link=link)

    async def connected(self, wanted: Wanted, connection: Connection, form: Form) -> Response:
        """Asks the vendor, and keeps the account if it works."""
        server = self._call.server
        try:
            tested = await server.vendor_of(connection).test()
        except (InputError, ReconnectError, VendorError) as error:
            form.trouble = trouble_of(error)
            return self.form_page(self.forms, status=422)
        opened = await wanted.kept(server, connection.signed_in.session)
        if tested:
            await server.service.connections.note(opened, None, tested=True)
        return message(self._call, "connected")

    def form_page(self, forms: list[Form], *, status: int = 200) -> Response:
        """The page with the forms, or that there is no way to sign in."""
        vendor, leaves = self._connector.title, any(form.in_browser for form in forms)
        if not forms:
            return message(self._call, "not_connected", status=424, text="cannot", vendor=vendor)
        facts = {"forms": forms, "vendor": vendor, "name": self._name}
        return written(self._call, "connect.html", status=status, leaves=leaves, **facts)

    def _own_app(self) -> dict[str, Any]:
        """The values of the OAuth app that the connection has in place of the workspace's."""
        names = app_fields(self._connector)
        return {name: value for name, value in (self._there or Account({})).values.items() if name in names}


def _is_ours(call: Call) -> bool:
    """Whether the form lies on our page. Browsers that keep the referrer to themselves name the origin `null`."""
    site, origin = call.headers.get("sec-fetch-site"), call.headers.get("origin", "null")
    return (site is None or site in _OWN) and origin in ("null", origin_of(call.server.public_url))
