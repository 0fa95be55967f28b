"""Which addresses a server may be made to call: https and public ones, unless an origin is allowed by name.

Where a request goes is decided twice: by its URL before anything is done, and by the very address that a connection is
about to be opened to. A name that pointed elsewhere when it was saved gains nothing by pointing inside now.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.components.http import origin_of
from connectors.errors import InputError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # all that IANA gives out; what lies beside it is for special uses
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_SIX_TO_FOUR_RELAYS = ipaddress.ip_network("192.88.99.0/24")  # RFC 7526
_A_NUMBER = re.compile(r"(\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)  # a last label that makes a host an IPv4 address


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached beyond https and public addresses.

    `origins` by name (`http://n8n:5678`), with whatever addresses they have; `loopback`, http included; `private`:
    every address, http included. `trusted`: whoever names addresses may see whatever is sent there.
    """

    origins: frozenset[str] = frozenset()
    loopback: bool = False
    private: bool = False
    trusted: bool = False

    def entrusts(self, origin: str) -> bool:
        """Whether an origin that somebody else has named may be sent what is the operator's own."""
        return self.trusted or origin in self.origins or (self.loopback and _is_here(origin))

    def complaint(self, origin: str) -> str | None:
        """What is wrong with an origin (as `origin_of` writes it), so far as it can be told without asking for its
        addresses.
        """
        if self.private or origin in self.origins:
            return None
        scheme, host = origin.split("://")
        host = urlsplit(origin).hostname or host
        literal = _literal(host)
        if literal is None and _A_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            return "its host is a number in an unusual form"
        if literal is not None and (said := self._about(literal)):
            return said
        http_here = scheme == "http" and self.loopback and (literal is None or literal.is_loopback)
        if scheme != "https" and not http_here:
            return "it is not https"
        return None

    def forbids(self, origin: str, address: str) -> str | None:
        """Why no connection may be opened to an address that the origin's host has now."""
        if self.private or origin in self.origins:
            return None
        here = ipaddress.ip_address(address)
        if self.loopback and here.is_loopback:
            return None
        return self._about(here) or ("it is not https" if not origin.startswith("https:") else None)

    def remedy(self, origin: str) -> str:
        """How whoever runs the server can allow it."""
        return (
            f"If it is meant, start the server with --allow-target {origin}; --allow-private allows every such address."
        )

    async def check(self, url: str, field: str) -> None:
        """Checks an address before it is kept. Raises InputError naming the field.

        A name that has no address at the moment passes: it is checked again whenever a connection is opened. Where any
        would do, none is asked for.
        """
        try:
            origin = origin_of(url)
        except ValueError:
            origin = ""
        if not origin.startswith(("https://", "http://")):
            remedy = "Give one such as https://example.com/events."
            raise InputError(f"'{field}' is not an absolute URL of https or http", field=field, remedy=remedy)
        reason = self.complaint(origin)
        everything = self.private or origin in self.origins
        for address in [] if reason or everything else await _addresses(urlsplit(origin).hostname or ""):
            reason = reason or self.forbids(origin, address)
        if reason:
            message = f"'{field}' cannot be {origin}: {reason}"
            raise InputError(message, field=field, remedy=self.remedy(origin))

    def _about(self, address: _Address) -> str | None:
        if is_public(address) or (self.loopback and address.is_loopback):
            return None
        return f"the address {address} is not public"


def is_public(address: _Address) -> bool:
    """Whether it belongs to the public internet. Of IPv4 addresses in IPv6 only NAT64's may, as what they hold."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and address not in _SIX_TO_FOUR_RELAYS
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and address.sixtofour is None


def _literal(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_here(origin: str) -> bool:
    """Whether it is this machine's own by its name, whatever any name server says (RFC 6761, 6.3)."""
    host = urlsplit(origin).hostname or ""
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(sockaddr[0]) for *_, sockaddr in found]
