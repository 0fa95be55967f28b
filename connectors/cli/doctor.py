"""`gridwire doctor`: whether all is well, and what to do where it is not."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.data import Data, folder_of, takes_data
from connectors.cli.output import print_json, print_table, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.errors import GridwireError

if TYPE_CHECKING:
    from connectors.components.http import Request, Response
    from connectors.engine.transport import Transport
    from connectors.manifest.catalog import Catalog
    from connectors.service.service import Service

_USUAL = "http://127.0.0.1:8710"
_LEAST_ROOM = 500 * 2**20  # bytes
_MOST_DRIFT = 60.0  # seconds; signatures of webhooks and OAuth count minutes
_PATIENCE = 15.0  # seconds for each answer


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, what was seen, and what to do now."""

    about: str
    ok: bool
    seen: str
    remedy: str = "nothing"


@click.command()
@click.option(
    "--url",
    metavar="URL",
    envvar="GRIDWIRE_PUBLIC_URL",
    show_default="where a server was last started on the data folder",
    show_envvar=True,
    help="The server's address.",
)
@takes_data
@common()
@pass_session
def doctor(session: Session, url: str | None, data_folder: Path | None) -> None:
    """See whether the server is well: address, key, disk, clock, database, connections, subscriptions.

    Exit code 1 if one is not.
    """
    with waiting("Looking …"):
        folder = folder_of(data_folder)
        found = asyncio.run(_all((url or _noted(folder)).rstrip("/"), folder, session.catalog()), debug=False)
    if session.json:
        print_json({"ok": all(one.ok for one in found), "findings": [asdict(one) for one in found]})
    else:
        rows = [["ok" if one.ok else "WRONG", one.about, session.redact(one.seen), one.remedy] for one in found]
        print_table(["", "what", "seen", "what to do"], rows)
    if not all(one.ok for one in found):
        raise SystemExit(1)


def _noted(folder: Path) -> str:
    from connectors.service.upkeep import noted_address

    try:
        return noted_address(folder) or _USUAL
    except GridwireError:  # which is told of the database
        return _USUAL


async def _all(url: str, folder: Path, catalog: Catalog) -> list[Finding]:
    from connectors.engine.transport import HttpTransport

    async with HttpTransport() as transport:
        dated = _Dated(transport)
        found = [await _address(url, transport), *_disk(folder), _schema(folder)]
        if found[-1].ok:
            found += [one async for one in _kept(folder, catalog, dated)]
        return [*found, _clock(dated.drift)]


class _Dated:
    """A way to vendors that notes by how much their clocks differ from ours."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.drift: float | None = None

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        response = await self._transport.send(request, timeout=timeout)
        try:
            theirs = parsedate_to_datetime(response.header("date") or "").timestamp()
        except ValueError:
            return response
        drift = time.time() - theirs
        self.drift = drift if self.drift is None else min(drift, self.drift, key=abs)
        return response


async def _address(url: str, transport: Transport) -> Finding:
    from connectors.components.http import Request
    from connectors.errors import TransportError

    try:
        response = await transport.send(Request("GET", f"{url}/readyz"), timeout=_PATIENCE)
    except TransportError as error:
        remedy = "start it with `gridwire serve`, or name its address with --url or GRIDWIRE_PUBLIC_URL"
        return Finding("address", ok=False, seen=error.message, remedy=remedy)
    if response.status == 200:
        return Finding("address", ok=True, seen=f"a server is ready at {url}")
    remedy = "see what its log says" if response.status == 503 else "see what else answers at this address"
    return Finding("address", ok=False, seen=f"{url}/readyz answers {response.status}", remedy=remedy)


def _disk(folder: Path) -> Iterator[Finding]:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    remedy = "nothing" if free >= _LEAST_ROOM else f"make room: at least {_LEAST_ROOM // 2**20} MiB"
    yield Finding("disk", free >= _LEAST_ROOM, f"{free // 2**20:,} MiB are free at {there}", remedy)


def _schema(folder: Path) -> Finding:
    from connectors.service.upkeep import newest_version, version_of

    try:
        version = version_of(folder)
    except GridwireError as error:
        return Finding("database", ok=False, seen=error.message, remedy="restore a copy with `gridwire restore`")
    if version is None:
        remedy = "name the folder of the server with --data, or start it: `gridwire serve`"
        return Finding("database", ok=False, seen=f"there is none in {folder}", remedy=remedy)
    if version > newest_version():
        seen = f"its version is {version}, and this gridwire knows {newest_version()}"
        return Finding("database", ok=False, seen=seen, remedy="install the newer gridwire that has used it last")
    return Finding("database", ok=True, seen=f"version {version}")


async def _kept(folder: Path, catalog: Catalog, transport: Transport) -> AsyncIterator[Finding]:
    from connectors.engine.exchange import Exchange
    from connectors.engine.run import Vendor
    from connectors.service.service import opened as opened_service
    from connectors.service.upkeep import all_workspaces

    try:
        data = Data.of(folder)
        async with opened_service(data.folder, data.secret_keys, catalog) as service:
            yield Finding("key", ok=True, seen="it opens the database")
            workspaces = await all_workspaces(service)
            for name, workspace in workspaces.items():
                for stored in await service.connections.listed(workspace):
                    about = f"connection {name}/{stored.name}"
                    try:
                        opened = await service.connections.open(workspace, stored.id)
                        await Vendor(Exchange(opened.connection, transport, _PATIENCE)).test()
                    except GridwireError as error:
                        yield Finding(about, ok=False, seen=error.message, remedy=error.remedy or "connect it again")
                    else:
                        yield Finding(about, ok=True, seen=f"{stored.connector} answers")
            async for one in _subscribed(service, workspaces):
                yield one
    except GridwireError as error:
        yield Finding("key", ok=False, seen=error.message, remedy=error.remedy or "put the right key back")


async def _subscribed(service: Service, workspaces: Mapping[str, str]) -> AsyncIterator[Finding]:
    """What is wrong with subscriptions; one finding if nothing is."""
    from connectors.service.troubles import of_deliveries, of_subscriptions

    found = [one for name, own in workspaces.items() async for one in of_subscriptions(service, name, own)]
    found += [one async for one in of_deliveries(service)]
    for one in found:
        yield Finding(one.about, ok=False, seen=one.seen, remedy=one.remedy)
    if not found:
        yield Finding("subscriptions", ok=True, seen="nothing fails, is late or was given up")


def _clock(drift: float | None) -> Finding:
    if drift is None:
        return Finding("clock", ok=True, seen="no vendor has told the time")
    well = abs(drift) <= _MOST_DRIFT
    remedy = "nothing" if well else "set this machine's clock, best by NTP"
    return Finding("clock", well, f"it differs by {abs(drift):.0f} s from a vendor's", remedy)
