"""One account at one vendor: the connector, what the user gave, and which hosts it may reach."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from connectors.components.address import UrlPattern, completed
from connectors.components.auth import OAuth2, Way
from connectors.components.extract import MISSING
from connectors.components.fields import Checker, Field, Fields
from connectors.components.http import base_of, origin_of
from connectors.components.values import in_clear
from connectors.engine.redaction import Redaction
from connectors.engine.session import SignedIn
from connectors.errors import InputError
from connectors.manifest.model import Action, Connector, List


@dataclass(frozen=True)
class Connection:
    """An account, ready to use; `open` makes one out of what a user gave."""

    connector: Connector
    values: Mapping[str, Any] = field(repr=False)
    base_url: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Origins that the manifest declares, each with the URL that stands in for it."""
    worked: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """By action or list, which of its request lines the vendor took."""
    signed_in: SignedIn = field(default_factory=SignedIn, compare=False, repr=False)
    """The session, where signing in gives one."""
    hidden: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What is kept out of whatever is said, and of answers, besides its own secrets: those among the inputs."""
    unsaid: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What is kept out of whatever is said and not of answers: a webhook's secret, which an answer may have to tell."""
    _redactions: dict[tuple[str, ...], Redaction] = field(default_factory=dict, init=False, compare=False, repr=False)

    @classmethod
    def open(
        cls,
        connector: Connector,
        values: Mapping[str, Any],
        *,
        base_url: str | None = None,
        hosts: Mapping[str, str] | None = None,
        signed_in: SignedIn | None = None,
    ) -> Connection:
        """Checks what the user gave. Raises InputError naming the field."""
        checked = Checker(_fields(connector, elsewhere=bool(base_url)), []).check(values)
        connector.connection.auth.chosen_for(checked)
        account = cls(connector, checked, "", signed_in=signed_in or SignedIn())
        own = account._own_url(needed=not base_url) or ""
        placed = replace(account, hosts=_hosts(connector, hosts or {}, [own, *account._session_urls]))
        return replace(placed, base_url=_url(base_url or placed.moved(own), "base_url"))

    def as_if_signed_in(self) -> Connection:
        """The same account with a session that is none: for showing a request that is not sent."""
        pretended = SignedIn()
        pretended.hold({"token": "what-signing-in-gives", "of": self.mark})
        return replace(self, signed_in=pretended)

    def hiding(self, secrets: Sequence[str]) -> Connection:
        """The same account, which keeps these too out of whatever is said, and out of answers."""
        return replace(self, hidden=(*self.hidden, *secrets)) if secrets else self

    def not_saying(self, secrets: Sequence[str]) -> Connection:
        """The same account, which keeps these too out of whatever is said."""
        return replace(self, unsaid=(*self.unsaid, *secrets))

    @cached_property
    def auth(self) -> Way:
        """The one way of signing in that the values ask for."""
        return self.connector.connection.auth.chosen_for(self.values)

    @property
    def scope(self) -> dict[str, Any]:
        """The values that templates outside of `auth` may use: all but the secret ones."""
        fields = self.connector.connection.fields
        return {name: value for name, value in self.values.items() if name in fields and not fields[name].secret}

    @cached_property
    def own_url(self) -> str | None:
        """The vendor's address as the manifest has it; None if it needs fields that this account does not give."""
        return self._own_url(needed=False)

    def _own_url(self, *, needed: bool) -> str | None:
        """See `own_url`; where it is needed, InputError in place of None. Also for a value that cannot be in it."""
        url, known = self.connector.base_url, self.scope
        own = completed(url, known)
        if needed and own is None and isinstance(url, UrlPattern):
            missing = next(hole.path[0] for hole in url.holes if hole.value(known) is MISSING)
            remedy = f"Give it, or the whole address as base_url (--base-url) in place of {url}."
            raise InputError(f"'{missing}' is required: it is part of the address", field=missing, remedy=remedy)
        return own and base_of(own)

    def at_the_vendor(self, url: str) -> str | None:
        """Where this connection has what the vendor says is at `url`; None if that is elsewhere."""
        own = self.own_url
        try:
            if origin_of(url) == self.trusted:
                return url
        except ValueError:
            return None
        is_own = own is not None and url.startswith((f"{own}/", f"{own}?"))
        return self.base_url + url[len(own or "") :] if is_own else None

    def lines_to_try(self, call: Action | List) -> list[int]:
        """The numbers of its request lines in the order to try them: first the one that the vendor took before."""
        took = self.worked.get(call.name, 0)
        return sorted(range(len(call.lines)), key=lambda number: number != took)

    @cached_property
    def trusted(self) -> str:
        """The one origin that credentials are sent to."""
        return origin_of(self.base_url)

    @cached_property
    def readable(self) -> dict[str, str]:
        """Other origins that may be read, without credentials, each with the URL to ask in its place."""
        declared = (origin_of(origin.url) for origin in self.connector.origins.values())
        return {origin: self.hosts.get(origin, origin) for origin in declared}

    @cached_property
    def session_hosts(self) -> frozenset[str]:
        """Other origins where sessions come from; what is sent there is what asks for one, and nothing else."""
        return frozenset(map(origin_of, self._session_urls))

    @property
    def _session_urls(self) -> list[str]:
        """Where sessions come from, as far as the values say. Raises InputError for what cannot be in an address."""
        known = self.scope
        return [url for _, each in self.connector.connection.auth.hosts() if (url := completed(each, known))]

    def moved(self, url: str) -> str:
        """The URL on the host that stands in for its own, if one does."""
        origin = origin_of(url)
        return self.hosts[origin] + urlsplit(url).path if origin in self.hosts else url

    @cached_property
    def mark(self) -> str:
        """What a session belongs to: a way to sign in with these values at this address, and no other.

        What a person allowed in the browser outlives the client's secret, which is changed from time to time.
        """
        block, way = self.connector.connection.auth, self.auth
        outlived = ("client_secret",) if isinstance(way, OAuth2) and way.in_browser else ()
        values = {
            hole.path[0]: self.values.get(hole.path[0]) for place, hole in way.holes() if place[0] not in outlived
        }
        about = [block.name_for(self.values), values, self.base_url]
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()

    @property
    def warnings(self) -> list[str]:
        """What the user should know before anything is sent."""
        urls = [self.base_url, *(self.moved(origin) for origin in sorted(self.session_hosts))]
        clear = dict.fromkeys(origin_of(url) for url in urls if in_clear(url))
        return [f"http:// sends the credentials in clear to {to}; use https:// if the host offers it." for to in clear]

    def redact(self, text: str) -> str:
        """The text without any of the connection's secrets, in the forms they travel in."""
        return self._redacting(self.unsaid)(text)

    @property
    def redaction(self) -> Redaction:
        """What takes the connection's secrets, and those of its session, out of answers."""
        return self._redacting()

    def _redacting(self, more: tuple[str, ...] = ()) -> Redaction:
        secrets = (*self.signed_in.secrets, *more)
        if secrets not in self._redactions:
            self._redactions.clear()
            self._redactions[secrets] = Redaction([*self._secrets, *secrets])
        return self._redactions[secrets]

    @cached_property
    def _secrets(self) -> list[str]:
        fields = self.connector.connection.fields
        plain = [str(value) for name, value in self.values.items() if name in fields and fields[name].secret and value]
        return [*plain, *self._disguised, *self.hidden]

    @property
    def _disguised(self) -> list[str]:
        """Texts that hold secrets in other letters; none while the values are incomplete, for nothing is sent then."""
        try:
            return list(self.auth.disguises(self.values))
        except (InputError, TypeError):
            return []


def _fields(connector: Connector, *, elsewhere: bool) -> Fields:
    """The fields of the connection's form; where there are several ways to sign in, `auth` chooses one.

    Of a connection that has its vendor elsewhere, those that complete the usual address are not required.
    """
    block, url = connector.connection, connector.base_url
    spared = {hole.path[0] for hole in url.holes} if elsewhere and isinstance(url, UrlPattern) else set[str]()
    fields = {
        name: field.model_copy(update={"required": False}) if name in spared else field
        for name, field in block.fields.items()
    }
    ways = block.auth.one_of
    return {**fields, **({"auth": Field(enum=list(ways))} if ways else {})}


def _url(url: str, name: str) -> str:
    try:
        return base_of(url)
    except ValueError:
        # The address is not repeated: it may hold a password.
        remedy = "Write it as https://host, without user, query or fragment."
        message = f"'{name}' is not an address that requests can be sent to"
        raise InputError(message, field=name, remedy=remedy) from None


def _hosts(connector: Connector, hosts: Mapping[str, str], urls: list[str]) -> dict[str, str]:
    declared = [*urls, *(origin.url for origin in connector.origins.values())]
    known = list(dict.fromkeys(origin_of(url) for url in declared if url))
    for origin in hosts:
        if origin not in known:
            message = f"'hosts' names {origin}, which the manifest does not; it has {', '.join(known) or 'none'}"
            raise InputError(message, field="hosts")
    return {origin: _url(url, f"hosts.{origin}") for origin, url in hosts.items()}
