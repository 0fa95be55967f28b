from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request, Response
from connectors.engine.transport import MAX_BODY, HttpTransport
from connectors.errors import TransportError


async def send(url: str, *, timeout: float = 5, max_body: int = MAX_BODY, **about: Any) -> Response:  # noqa: ASYNC109
    async with HttpTransport(max_body=max_body) as transport:
        return await transport.send(Request(about.pop("method", "GET"), url, **about), timeout=timeout)


async def failure(url: str, **about: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await send(url, **about)
    return caught.value
