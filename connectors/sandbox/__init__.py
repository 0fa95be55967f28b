"""Pretend vendors on a real socket, strict and stateful, for trying things out and for tests.

Each is written from its vendor's document alone and imports nothing of ours, so that it can disagree with the
manifest and prove something. `create_app` gives an ASGI application that may stand alone or be mounted under any
path; `GET /` says what is there and what to try. Everybody in the data is invented, every key is a pretend one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from .autarc import Autarc
from .control import Control
from .enneo import Enneo
from .opensolar import OpenSolar
from .reonic import Reonic
from .vendor import Connection, Vendor, refuse, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .vendor import Clock

__all__ = ["CONNECTIONS", "Autarc", "Connection", "Enneo", "OpenSolar", "Reonic", "Vendor", "create_app"]

KINDS: tuple[type[Vendor], ...] = (Reonic, Autarc, Enneo, OpenSolar)

CONNECTIONS: dict[str, Connection] = {kind.name: kind.connection for kind in KINDS}
"""What it takes to use each pretend vendor; paths are below the sandbox's own address."""


def create_app(vendors: Iterable[Vendor] | None = None, *, seed: int = 1, now: Clock = utc_now) -> Starlette:
    """The sandbox as an ASGI application: these vendors, by default one of each made with `seed` and `now`."""
    present = [kind(seed=seed, now=now) for kind in KINDS] if vendors is None else list(vendors)
    routes = Control({vendor.name: vendor for vendor in present}).routes()
    for vendor in present:
        routes += vendor.mounts()
    return Starlette(routes=routes, exception_handlers={HTTPException: refuse})
