"""What the server was told when it started. It is kept, so that the command line subscribes as the server would."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from connectors.components.http import dump_json, load_json
from connectors.engine.addresses import Reach
from connectors.service.readings import MIN_INTERVAL
from connectors.service.store import Store, put
from connectors.service.tables import facts

_NAME = "settings of the server that started last"


@dataclass(frozen=True, slots=True)
class Settings:
    """How subscriptions are treated.

    `called_at` is where vendors call, None if they cannot; `source` names the server in CloudEvents; `min_interval`, in
    seconds, is the shortest time between two polls of one reading; `reach` says which addresses targets may have.
    """

    called_at: str | None = None
    source: str = "gridwire"
    min_interval: float = MIN_INTERVAL
    reach: Reach = field(default_factory=Reach)


async def keep(store: Store, settings: Settings) -> None:
    """Keeps them in place of those of any server before."""
    reach = settings.reach
    said = [settings.called_at, settings.source, settings.min_interval]
    told = dump_json([*said, [sorted(reach.origins), reach.loopback, reach.private]])
    await store.write(lambda rows: put(rows, _NAME, told))


async def kept(store: Store) -> Settings | None:
    """Those of the server that started last; None if none ever did."""
    found = await store.read(lambda rows: rows.scalar(select(facts.c.value).where(facts.c.name == _NAME)))
    if found is None:
        return None
    called_at, source, min_interval, (origins, loopback, private) = load_json(found)
    return Settings(called_at, source, min_interval, Reach(frozenset(origins), loopback, private))
