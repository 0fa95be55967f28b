"""Any request to a vendor, in the vendor's own words."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.components.extract import MISSING
from connectors.components.filters import as_text
from connectors.components.http import Response
from connectors.engine.raw import RawCall
from connectors.engine.run import Vendor
from connectors.errors import InputError
from connectors.server.call import Call
from connectors.server.deeds import Deed, answered
from connectors.server.preview import previewed

_NOT_SHOWN = ("set-cookie", "connection", "keep-alive", "transfer-encoding")  # they are the connection's, or secret


async def send_request(call: Call) -> Any:
    """Makes any call to the vendor, signed in as the connection, and gives the answer, secrets hidden.

    `path` begins with / and follows the base URL. GET reads, DELETE has to be confirmed, and anything but GET is sent
    once; its outcome may be unknown. An answer that is neither JSON nor text comes as `content`, in base64.
    """
    opened, body = await call.opened(), call.body
    raw = RawCall(body["method"].upper(), body["path"], tuple(_pairs(body["query"])), body.get("body", MISSING))
    if body["dry_run"]:
        return {"request": previewed(opened.connection, raw.request(opened.connection))}
    about = {name: body[name] for name in ("method", "path", "query", "body") if name in body}

    async def work(vendor: Vendor) -> dict[str, Any]:
        return _shown(await vendor.request(raw.method, raw.path, raw.query, raw.body, confirmed=body["confirm"]))

    return answered(await Deed(call, opened, raw.method, raw.effect, (about, body["confirm"])).done(work))


def _pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, given in query.items():
        for value in given if isinstance(given, list) else [given]:
            try:
                yield name, as_text(value)
            except TypeError:
                message = f"'query.{name}' has to be a text, a number, true or false, or a list of these"
                raise InputError(message, field=f"query.{name}") from None


def _shown(response: Response) -> dict[str, Any]:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        if name not in _NOT_SHOWN:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    answer = {"status": response.status, "headers": headers}
    if not response.body:
        return {**answer, "body": None}
    try:
        return {**answer, "body": response.json()}
    except ValueError:
        pass
    try:
        return {**answer, "body": response.body.decode()}
    except UnicodeDecodeError:
        return {**answer, "content": base64.b64encode(response.body).decode()}
