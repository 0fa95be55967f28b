"""The values that a case is played with, in place of those of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.components.address import UrlPattern
from connectors.components.fields import Checker, Field
from connectors.errors import InputError
from connectors.manifest.model import Connector
from connectors.testing.secrets import HIDDEN


def placeholders(connector: Connector, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with which a case is played: a text that fits for each secret; what must be there and is not, too."""
    fields = connector.connection.fields
    secret = {name for name, field in fields.items() if field.secret}
    bare = secret.isdisjoint(given)
    in_place = {name: HIDDEN + name for name in fields} | in_addresses(connector)
    lacking = {name: in_place[name] for name, field in fields.items()
               if name not in given and (field.required or (bare and name in secret))}  # fmt: skip
    return {name: _fitting(name, fields[name], value) if name in secret else value
            for name, value in {**given, **lacking}.items()}  # fmt: skip


def _fitting(name: str, field: Field, value: Any) -> Any:
    """A text that the field takes: the placeholder itself, an example, or the placeholder made longer."""
    for candidate in (value, *(field.examples or ()), f"{value}{'x' * (field.minLength or 0)}"):
        try:
            Checker({name: field}, []).check({name: candidate})
        except InputError:
            continue
        return candidate
    return value


def in_addresses(connector: Connector) -> dict[str, str]:
    """Values for the fields that addresses are made of: those to ask at, and those to sign in at."""
    return {name: text for pattern in _patterns(connector) for name, text in pattern.examples.items()}


def fits_addresses(connector: Connector, name: str, value: Any) -> bool:
    """Whether the addresses that the field is part of can hold the value."""
    try:
        for pattern in _patterns(connector):
            if name in pattern.examples:
                pattern.fill({**pattern.examples, name: value})
    except InputError:
        return False
    return True


def _patterns(connector: Connector) -> list[UrlPattern]:
    urls = [connector.base_url, *(url for _, url in connector.connection.auth.hosts())]
    return [url for url in urls if isinstance(url, UrlPattern)]
