from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Any

import pytest
import uvicorn
from hypothesis import settings

# `ci` is hypothesis's own, where nothing depends on chance; these say how many examples there are.
settings.register_profile("brief", settings.get_profile("ci"), max_examples=25)
settings.register_profile("proofs", settings.get_profile("ci"), max_examples=1000, derandomize=False, print_blob=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def serving(app: Any, port: int = 0, **config: Any) -> Iterator[str]:
    """`app` on a real socket: it listens before the server runs, so that nobody has to wait."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        if isinstance(app, partial):  # it wants to know its address
            app = app(public_url="http://{}:{}".format(*listening.getsockname()))
        server = uvicorn.Server(uvicorn.Config(app, ws="none", log_level="warning", **config))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def served() -> Any:
    """How to put an app on a socket of its own."""
    return serving
