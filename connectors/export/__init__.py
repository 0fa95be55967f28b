"""What no-code platforms and tools take: files made from a manifest, for each platform in its own form."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from connectors.manifest.model import Connector

PLATFORMS = ("n8n", "zapier", "power-automate", "openapi")
"""Each is a package of that name here (with `_` for `-`), with `package` and `limits` as in `Platform`."""

FEATURES = {
    "actions": "what does one thing",
    "searches": "what finds items",
    "triggers": "being told of what happens",
    "polling": "the platform itself asks for what is new",
    "signatures": "what is told is proven to come from the server",
    "dropdowns": "inputs are chosen from what the account holds",
    "searching in dropdowns": "a long list can be searched",
    "dropdowns in lists": "each entry of a list is chosen",
    "values beside the listed ones": "a fixed list takes other values too",
    "groups of any content": "an input holds whatever the user likes, by name",
    "lists of any content": "an input holds whatever the user likes, one after the other",
    "values of several types": "an input is a number or a text",
    "nothing, as a value": "an input that is given as nothing empties a value at the vendor",
    "rules between inputs": "such as: exactly one of these",
    "checks while typing": "a wrong value is refused before anything runs",
    "confirmation": "what destroys something asks first",
    "once only": "a step that is repeated does nothing twice",
    "files": "a file that comes back is a file there",
    "search or create": "find a thing, or make it if there is none, in one step",
    "errors": "the vendor's own words, and what to do now",
    "icon": "the connector's icon",
}
"""What exports are compared by, each with what is meant."""


class Limit(NamedTuple):
    """What a platform cannot express, and what the export did instead.

    `operation` is None where it concerns the whole connector; `feature` is one of FEATURES.
    """

    operation: str | None
    feature: str
    instead: str


class Platform(NamedTuple):
    """What can be made for a platform: files (relative path to text), and what they leave out."""

    package: Callable[[Connector, str | None], dict[str, str]]
    limits: Callable[[Connector], list[Limit]]


def platform(name: str) -> Platform:
    """The platform of that name, one of PLATFORMS."""
    module = import_module(f"connectors.export.{name.replace('-', '_')}")
    return Platform(module.package, module.limits)
