"""All that the server remembers, opened together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from connectors.engine.addresses import Reach
from connectors.errors import InputError
from connectors.manifest.catalog import Catalog
from connectors.service.connections import Connections
from connectors.service.feed import Feed
from connectors.service.idempotency import DAY, Idempotency
from connectors.service.keys import Keys
from connectors.service.oauth_apps import OAuthApps
from connectors.service.replay import Deliveries
from connectors.service.resealing import reseal
from connectors.service.settings import Settings, keep, kept
from connectors.service.store import Store, put
from connectors.service.subscriptions import Subscriptions
from connectors.service.tables import facts, place_of
from connectors.service.tickets import Tickets
from connectors.service.vault import Vault, WrongKeyError
from connectors.service.why import Why

_PROOF = "proof of the secret key"


@dataclass(frozen=True)
class Service:
    """The floor, as the server and the command line use it."""

    store: Store
    vault: Vault
    catalog: Catalog
    reach: Reach
    keys: Keys
    connections: Connections
    oauth_apps: OAuthApps
    tickets: Tickets
    idempotency: Idempotency
    settings: Settings
    subscriptions: Subscriptions
    feed: Feed
    deliveries: Deliveries
    why: Why


@asynccontextmanager
async def opened(
    folder: Path,
    secret_keys: Sequence[str],
    catalog: Catalog,
    reach: Reach | None = None,
    *,
    idempotency_ttl: float = DAY,
    settings: Settings | None = None,
) -> AsyncGenerator[Service]:
    """What is kept in the folder.

    `reach` says which addresses vendors and targets may have. Without it vendors have any, for whoever opens the folder
    by himself is trusted with all that is in it, and targets those that the server allows.

    With several keys, what the others sealed is sealed anew with the first, so that they can be left out the next time.
    `idempotency_ttl`, in seconds, is how long the outcome of what was asked for under an Idempotency-Key is kept.
    `settings` are a server's, and are kept; without them subscriptions are made as the server that started last makes
    them. Raises InputError if the secret key is not the one that sealed it, StoreError.
    """
    vault, anywhere = Vault(secret_keys), Reach(private=True, trusted=True)
    async with Store(folder) as store:
        await _prove(store, vault)
        if vault.has_old_keys:
            await reseal(store, vault)
        apps = OAuthApps(store, vault)
        connections = Connections(store, vault, catalog, reach or anywhere, apps)
        tickets = Tickets(store, vault)
        idempotency = Idempotency(store, vault, idempotency_ttl)
        starts = settings is not None
        if settings is not None:
            await keep(store, settings)
        settings = settings or await kept(store) or Settings(reach=anywhere)
        subscriptions = Subscriptions(
            store,
            vault,
            connections,
            reach or settings.reach,
            min_interval=settings.min_interval,
            can_be_called=settings.called_at is not None,
        )
        if starts:
            await subscriptions.pace_all()
        yield Service(
            store,
            vault,
            catalog,
            reach or anywhere,
            Keys(store),
            connections,
            apps,
            tickets,
            idempotency,
            settings,
            subscriptions,
            Feed(store, vault),
            Deliveries(store),
            Why(store, vault, connections, subscriptions),
        )


async def _prove(store: Store, vault: Vault) -> None:
    """Lets nobody go on with a key that opens nothing of what is there, and would seal new secrets beside it."""
    place = place_of(facts.c.value, _PROOF)
    sealed = vault.seal(_PROOF.encode(), *place)

    def change(rows: Connection) -> None:
        known = rows.scalar(select(facts.c.value).where(facts.c.name == _PROOF))
        if known is not None:
            vault.open(known, *place)
        if known is None or not known.startswith(vault.current):
            put(rows, _PROOF, sealed)

    try:
        await store.write(change)
    except WrongKeyError:
        message = f"the secret key is not the one that {store.file} was sealed with"
        remedy = "Set GRIDWIRE_SECRET_KEY to that one, or put its file back; without it nobody can read the accounts."
        raise InputError(message, remedy=remedy) from None
