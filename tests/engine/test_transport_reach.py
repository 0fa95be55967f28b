"""Which addresses the transport connects to, on real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.components.http import Request
from connectors.engine.addresses import Reach
from connectors.engine.exchange import Exchange
from connectors.engine.transport import HttpTransport
from connectors.errors import NotReached, VendorOffLimits, VendorUnreachable
from tests.engine.acme import make_connection
from tests.engine.hostile import answer, request, self_signed, serve
from tests.engine.test_addresses import resolving


async def refusal(url: str, reach: Reach | None = None) -> NotReached:
    async with HttpTransport(reach=reach or Reach()) as transport:
        with pytest.raises(NotReached) as caught:
            await transport.send(Request("GET", url), timeout=5)
    return caught.value


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "localhost"])
async def test_loopback_is_not_called(scheme: str, host: str):
    async with serve(request, answer()) as server:
        error = await refusal(f"{scheme}://{host}:{server.host.partition(':')[2]}/secret")
    assert (server.opened, server.heads) == (0, [])
    assert error.message.startswith("nothing was sent to ")
    assert "secret" not in error.message
    assert "--allow-target" in (error.remedy or "")


async def test_a_name_that_pointed_outside_when_it_was_saved_does_not_lead_inside(monkeypatch: pytest.MonkeyPatch):
    resolving(monkeypatch, "8.8.8.8", "127.0.0.1")
    async with serve(request, answer()) as server:
        url = f"https://vendor.example:{server.host.partition(':')[2]}"
        await Reach().check(url, "base_url")
        error = await refusal(url)
    assert server.opened == 0
    assert error.message == f"nothing was sent to {url[8:]}: the address 127.0.0.1 is not public"
    assert error.remedy == Reach().remedy(url)


async def test_the_name_is_asked_for_once_and_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
):
    async with serve(request, answer(b"ok")) as server:
        asked = resolving(monkeypatch, "127.0.0.1", "8.8.8.8")
        origin = f"http://n8n.example:{server.host.partition(':')[2]}"
        async with HttpTransport(reach=Reach(origins=frozenset({origin}))) as transport:
            response = await transport.send(Request("GET", f"{origin}/hook"), timeout=5)
    assert (response.body, asked) == (b"ok", ["n8n.example"])
    assert f"Host: {origin[7:]}\r\n".encode() in server.heads[0]


async def test_tls_asks_for_the_name_and_not_for_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    named: list[str] = []
    context = self_signed(tmp_path)
    context.sni_callback = lambda _, name, __: named.append(name)
    async with serve(request, answer(), tls=context) as server:
        resolving(monkeypatch, "127.0.0.1")
        error = await refusal(f"https://n8n.example:{server.host.partition(':')[2]}", Reach(private=True))
    assert named == ["n8n.example"]
    assert "its certificate is not trusted" in error.message


async def test_a_redirect_does_not_lead_inside():
    async with serve(request, answer()) as server:
        connection = make_connection(base_url=server.url)
        async with HttpTransport(reach=Reach()) as transport:
            exchange = Exchange(connection, transport, timeout=1)
            with pytest.raises(VendorUnreachable) as caught:
                await exchange.send(Request("GET", connection.base_url), effect="read", repeatable=True)
    assert server.heads == []
    assert caught.value.remedy == Reach().remedy(connection.trusted)


async def test_what_we_refuse_to_send_is_not_tried_again(monkeypatch: pytest.MonkeyPatch):
    asked = resolving(monkeypatch, "127.0.0.1")
    connection = make_connection(base_url="https://vendor.example")
    async with HttpTransport(reach=Reach()) as transport:
        with pytest.raises(VendorOffLimits, match="is not public"):
            await Exchange(connection, transport).send(
                Request("GET", connection.base_url), effect="read", repeatable=True
            )
    assert asked == ["vendor.example"]
