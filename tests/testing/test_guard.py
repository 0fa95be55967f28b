from __future__ import annotations

import _socket
import asyncio
import http.client
import socket
import urllib.request
from contextlib import suppress
from threading import Thread

import pytest

from connectors.components.http import Request
from connectors.engine.transport import HttpTransport
from connectors.testing.guard import NetworkClosed, network_closed


@pytest.fixture
def address():
    """Somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()


def by_socket(address):
    with socket.socket() as one:
        one.connect(address)


def by_error_code(address):
    with socket.socket() as one:
        one.connect_ex(address)


def below_the_socket_module(address):
    one = _socket.socket()
    try:
        one.connect(address)
    finally:
        one.close()


def by_datagram(address):
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"secret", address)


def by_name(_):
    socket.getaddrinfo("vendor.example", 443)


def by_http_client(address):
    http.client.HTTPConnection(*address, timeout=1).request("GET", "/")


def by_urllib(address):
    urllib.request.urlopen("http://{}:{}/".format(*address), timeout=1)


def by_asyncio(address):
    asyncio.run(asyncio.open_connection(*address))


def by_our_transport(address):
    async def send():
        async with HttpTransport() as transport:
            await transport.send(Request("GET", "http://{}:{}/".format(*address)), timeout=1)

    asyncio.run(send())


WAYS = [
    *(by_socket, by_error_code, below_the_socket_module, by_datagram, by_name),
    *(by_http_client, by_urllib, by_asyncio, by_our_transport),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_leads_out(way, address):
    with network_closed() as attempts, pytest.raises((NetworkClosed, ExceptionGroup)):  # anyio groups what it raises
        way(address)

    assert attempts


def test_nor_from_another_thread(address):
    refused = []

    def try_it():
        try:
            by_socket(address)
        except NetworkClosed as error:
            refused.append(error)

    with network_closed():
        thread = Thread(target=try_it)
        thread.start()
        thread.join()

    assert len(refused) == 1


def test_it_opens_again(address):
    with network_closed():
        pass

    by_socket(address)


def test_what_was_tried_and_hidden_is_told(address):
    with network_closed() as attempts, suppress(Exception):  # as careless client code does
        by_socket(address)

    assert attempts[0].startswith("socket.connect")
