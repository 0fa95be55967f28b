"""One account at one vendor: the connector, what the user gave, and which hosts it may reach."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.components.fields import Checker, Field, Fields
from connectors.components.http import origin_of
from connectors.errors import InputError
from connectors.manifest.model import Connector

HIDDEN = "•••"


@dataclass(frozen=True)
class Connection:
    """An account, ready to use; `open` makes one out of what a user gave."""

    connector: Connector
    values: Mapping[str, Any]
    base_url: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Origins that the manifest declares, each with the URL that stands in for it."""

    @classmethod
    def open(
        cls,
        connector: Connector,
        values: Mapping[str, Any],
        *,
        base_url: str | None = None,
        hosts: Mapping[str, str] | None = None,
    ) -> Connection:
        """Checks what the user gave. Raises InputError naming the field."""
        block = connector.connection
        checked = Checker(_fields(connector), []).check(values)
        block.auth.chosen_for(checked)
        return cls(connector, checked, _url(base_url or connector.base_url, "base_url"), _hosts(connector, hosts or {}))

    @property
    def auth(self) -> Any:
        """The one way of signing in that the values ask for."""
        return self.connector.connection.auth.chosen_for(self.values)

    @property
    def scope(self) -> dict[str, Any]:
        """The values that templates outside of `auth` may use: all but the secret ones."""
        fields = self.connector.connection.fields
        return {name: value for name, value in self.values.items() if name in fields and not fields[name].secret}

    @cached_property
    def trusted(self) -> str:
        """The one origin that credentials are sent to."""
        return origin_of(self.base_url)

    @cached_property
    def readable(self) -> dict[str, str]:
        """Other origins that may be read, without credentials, each with the URL to ask in its place."""
        urls = (origin.url for origin in self.connector.origins.values())
        return {origin_of(url): self.hosts.get(origin_of(url), url) for url in urls}

    def redact(self, text: str) -> str:
        """The text without any of the connection's secrets, in the forms that they travel in."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    @cached_property
    def _secrets(self) -> list[str]:
        fields = self.connector.connection.fields
        plain = [str(value) for name, value in self.values.items() if name in fields and fields[name].secret and value]
        forms = {form for secret in plain for form in _forms(secret)}
        return sorted(forms, key=len, reverse=True)


def _forms(secret: str) -> list[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    in_json = json.dumps(secret)[1:-1]
    return [secret, quote(secret, safe=""), in_json, encoded, quote(encoded, safe=""), encoded.rstrip("=")]


def _fields(connector: Connector) -> Fields:
    """The fields of the connection's form; where there are several ways to sign in, `auth` chooses one."""
    block = connector.connection
    ways = block.auth.one_of
    return {**block.fields, **({"auth": Field(enum=list(ways))} if ways else {})}


def _url(url: str, name: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        remedy = "Write it as https://host, without user, query or fragment."
        raise InputError(f"'{name}' is not an address: {url[:100]}", field=name, remedy=remedy)
    return url.rstrip("/")


def _hosts(connector: Connector, hosts: Mapping[str, str]) -> dict[str, str]:
    known = [origin_of(connector.base_url), *(origin_of(origin.url) for origin in connector.origins.values())]
    for origin in hosts:
        if origin not in known:
            message = f"'hosts' names {origin}, which the manifest does not; it has {', '.join(known)}"
            raise InputError(message, field="hosts")
    return {origin: _url(url, f"hosts.{origin}") for origin, url in hosts.items()}
