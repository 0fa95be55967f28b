"""The worker beside the requests: it begins when the server does, and ends before what it needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from connectors.service.worker import Worker

log = logging.getLogger("gridwire.server")

_AGAIN = 5.0  # seconds after which it is begun anew, as when the disk was full


@asynccontextmanager
async def at_work(worker: Worker, *chores: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """The worker works, and chores are done, while this is open.

    What the worker was doing is left as it is, and is due at the next start.
    """
    tasks = [asyncio.create_task(work) for work in (_work(worker), *chores)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _work(worker: Worker) -> None:
    while True:
        try:
            await worker.run()
        except Exception:
            log.exception("the worker broke off, and begins anew in %g s", _AGAIN)
            await asyncio.sleep(_AGAIN)
