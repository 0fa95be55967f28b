"""What a command asks of subscriptions: the data folder that the server uses, and a worker for what is done at once.

A server that works on the same folder notices what is changed here within seconds, and does what is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from connectors.cli.account import ending_as_if_interrupted
from connectors.cli.data import Data
from connectors.cli.stored import workspace_of
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.cli.session import Session
    from connectors.engine.run import Vendor
    from connectors.engine.transport import HttpTransport
    from connectors.service.connections import Opened
    from connectors.service.service import Service
    from connectors.service.subscriptions import Subscription
    from connectors.service.worker import Worker

Result = TypeVar("Result")

_MOST_NAMED = 5  # subscriptions that a message names
_PATIENCE = 600.0
"""Seconds for which the first poll may go on; whoever waits sees for how long, and can end it."""


@dataclass(frozen=True)
class Work:
    """What is kept for a workspace, and the worker of this process, which does only what it is asked to."""

    service: Service
    worker: Worker
    workspace: str

    async def subscription(self, word: str) -> Subscription:
        """The one of that id, or the only one to the trigger of that name. Raises InputError."""
        from connectors.manifest.problem import quoted

        listed = await self.service.subscriptions.listed(self.workspace)
        trigger = word if word.startswith("gridwire.") else word.rpartition(".")[2]
        found = [one for one in listed if one.id == word]
        found = found or [one for one in listed if one.reading.trigger == trigger]
        if len(found) == 1:
            return found[0]
        message = f"there is no subscription {quoted(word)}, neither by its id nor by its trigger"
        if found:
            more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            some = ", ".join(one.id for one in found[:_MOST_NAMED])
            message = f"{len(found)} subscriptions are to {quoted(word)}: {some}{more}"
        raise InputError(message, field="subscription", remedy="`gridwire subscriptions` lists them with their ids.")

    async def server_works(self) -> bool:
        """Whether a server works on this data folder now."""
        async with self.service.store.alone("worker", wait=False) as nobody_works:
            return not nobody_works

    async def say_when(self, what: str) -> None:
        """Says that it happens only once a server works, if none does."""
        if not await self.server_works():
            click.echo(f"No server works on this data folder: {what} once `gridwire serve` runs.", err=True)


def work(
    session: Session, folder: Path | None, workspace: str, question: Callable[[Work], Awaitable[Result]]
) -> Result:
    """The answer to what `question` asks; where there is no data folder, none is made.

    Raises InputError, StoreError, KeyboardInterrupt.
    """

    async def answer(service: Service) -> Result:
        from connectors.engine.transport import HttpTransport

        with ending_as_if_interrupted():
            async with HttpTransport() as transport:
                worker = worker_of(service, transport)
                return await question(Work(service, worker, await workspace_of(service, workspace)))

    try:
        return Data.there(folder).ask(session.catalog(), answer)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except InputError as error:
        if error.field == "target_url":
            error.message = error.message.replace("'target_url'", "--to")  # as the one who typed it calls it
        raise


def worker_of(service: Service, transport: HttpTransport) -> Worker:
    """A worker that does what it is asked to, as the server that started last would."""
    from connectors.engine.exchange import Exchange
    from connectors.engine.run import Vendor
    from connectors.service.worker import Worker

    def vendor(opened: Opened, trigger: str) -> Vendor:
        return Vendor(Exchange(opened.connection, transport))

    return Worker(
        service.store,
        service.vault,
        service.connections,
        transport,
        vendor,
        public_url=service.settings.called_at,
        source=service.settings.source,
        min_interval=service.settings.min_interval,
        patience=_PATIENCE,
    )
