"""What no-code platforms and tools take: files made from a manifest, for each platform in its own form."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from connectors.manifest.model import Connector

PLATFORMS = ("n8n", "zapier")
"""Each is a package of that name here (with `_` for `-`), with `package` and `limits` as in `Platform`."""


class Limit(NamedTuple):
    """What a platform cannot express, and what the export did instead.

    `operation` is None where it concerns the whole connector; `feature` is a word of the table in docs/platforms.
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
