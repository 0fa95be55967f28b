"""Which account is to be connected: what the tickets behind the pages hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from connectors.components.auth.flow import Session
from connectors.engine.connection import Connection
from connectors.errors import GridwireError, ReconnectError, VendorBusy, VendorRefused
from connectors.server.call import Server
from connectors.server.pages.form import Trouble
from connectors.service.connections import Account, Opened
from connectors.service.tickets import Issued, NoSuchTicketError


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account to sign in to: a connection that there is (`id`), or one that a link lets somebody enter.

    `key` is the id of the key whose client asked for it.
    """

    workspace: str
    key: str
    connector: str
    name: str
    account: Account
    id: str | None = None
    link: str | None = None
    """The secret of the link that is used up once it is connected."""

    @classmethod
    async def of(cls, server: Server, issued: Issued) -> Wanted:
        """What a ticket was issued for. Raises NoSuchConnectionError, NoSuchTicketError if that is gone."""
        content, workspace, key = issued.content, issued.workspace, issued.key
        if "link" in content:
            account = Account(**content["account"])
            wanted = cls(workspace, key, content["connector"], content["name"], account, link=content["link"])
        else:
            stored = await server.service.connections.get(workspace, content["id"])
            wanted = cls(workspace, key, stored.connector, stored.name, stored.account, id=stored.id)
        if wanted.connector not in server.connectors:
            raise NoSuchTicketError("its connector is not there any more")
        return wanted

    def content(self) -> dict[str, Any]:
        """As a ticket holds it."""
        if self.link is None:
            return {"id": self.id}
        return {
            "connector": self.connector,
            "name": self.name,
            "account": asdict(self.account),
            "link": self.link,
        }

    async def trial(self, server: Server) -> Connection:
        """The account ready to use, while nothing of it is kept. Raises InputError."""
        return await server.service.connections.trial(self.workspace, self.connector, self.account)

    async def kept(self, server: Server, session: Session | None) -> Opened:
        """Keeps the account with its session, and uses up the link. Raises NoSuchTicketError, InputError."""
        service = server.service
        if self.link is not None:
            await service.tickets.take("link", self.link)
            stored = await service.connections.put(self.workspace, self.connector, self.name, self.account)
        else:
            stored = await service.connections.get(self.workspace, self.id or "")
        if session is not None:
            await service.connections.sign_in(stored, session)
        return await service.connections.open(self.workspace, stored.id)


def trouble_of(error: GridwireError) -> Trouble:
    """Why the vendor could not be used, for the person in front of the page."""
    accepted = not isinstance(error, ReconnectError | VendorRefused)
    key = "busy" if isinstance(error, VendorBusy) else "failed" if accepted else "not_accepted"
    said = getattr(error, "vendor_message", None)
    return Trouble(key, vendor_message=said, details=error.message)
