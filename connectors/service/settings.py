"""What a server was told when it started. It is kept, so that what the command line subscribes to is as over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from connectors.components.http import dump_json, load_json
from connectors.engine.addresses import Reach
from connectors.service.store import Store, put
from connectors.service.tables import facts

MIN_INTERVAL = 60.0
"""Seconds between two polls of one reading, at least."""

_SETTINGS = "settings of the server that started last"


@dataclass(frozen=True, slots=True)
class Settings:
    """How subscriptions are to be treated.

    `public_url` is where vendors reach the server, None if they do not; `reach` says which addresses targets may have.
    """

    public_url: str | None = None
    reach: Reach = Reach()
    min_interval: float = MIN_INTERVAL


async def keep(store: Store, settings: Settings) -> None:
    """Keeps them, in place of those of any server before."""
    reach = settings.reach
    said = {
        "public_url": settings.public_url,
        "reach": [sorted(reach.origins), reach.loopback, reach.private],
        "min_interval": settings.min_interval,
    }
    await store.write(lambda rows: put(rows, _SETTINGS, dump_json(said)))


async def kept(store: Store) -> Settings | None:
    """Those of the server that started last; None if none ever did."""
    found = await store.read(lambda rows: rows.scalar(select(facts.c.value).where(facts.c.name == _SETTINGS)))
    if found is None:
        return None
    said = load_json(found)
    origins, loopback, private = said["reach"]
    return Settings(said["public_url"], Reach(frozenset(origins), loopback, private), said["min_interval"])
