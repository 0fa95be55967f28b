from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from connectors.engine.addresses import Reach, is_public
from connectors.errors import InputError

SERVER = Reach()


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Has every name resolve to these addresses, one after the other, the last for ever. Gives the names asked for."""
    left, asked = list(addresses), list[str]()

    def found(host: str, port: int | str | None, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, int(port or 0), *((0, 0) if ":" in address else ())))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_what_is_public(address: str):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.255.255.254 10.0.0.7 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0
    0.1.2.3 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1
    192.88.99.1
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.7 ::ffff:8.8.8.8 fe80::1 fe80::1%1 fc00::1 fd12::1
    fec0::1 ff02::1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.7 64:ff9b::224.0.0.1 64:ff9b:1::8.8.8.8 2002:7f00:1::
    2002:808:808:: 2001::1 2001:db8::1 100::1 4000::1""".split(),
)
def test_what_is_not_public(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    """127.0.0.1 [::1] [::ffff:127.0.0.1] 10.0.0.7 169.254.169.254 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 127.1 0
    127.0.0.1. 8.8.8.010 0x08080808 134744072 0X7F.1 1.2.3.4.5 a.0x 0x""".split(),
)
async def test_an_address_that_is_not_public_or_oddly_written_is_refused_before_anything_is_done(host: str):
    for port in ("", ":8443"):
        assert SERVER.complaint(f"https://{host}{port}")
        with pytest.raises(InputError, match=r"^'base_url' cannot be https://"):
            await SERVER.check(f"https://{host}{port}/v1", "base_url")


@pytest.mark.parametrize("address", ["10.0.0.7", "::1", "::ffff:10.0.0.7", "169.254.169.254"])
async def test_a_name_of_an_address_that_is_not_public_is_refused_when_it_is_saved(monkeypatch, address: str):
    resolving(monkeypatch, address)
    with pytest.raises(InputError) as caught:
        await SERVER.check("https://n8n:5678/hook?token=secret", "target_url")
    assert caught.value.field == "target_url"
    shown = ipaddress.ip_address(address)
    assert caught.value.message == f"'target_url' cannot be https://n8n:5678: the address {shown} is not public"
    assert (caught.value.remedy or "").startswith(
        "If it is meant, start the server with --allow-target https://n8n:5678; --allow-private allows"
    )


async def test_a_public_name_is_saved(monkeypatch):
    asked = resolving(monkeypatch, "8.8.8.8")
    await SERVER.check("https://vendor.example/v1", "base_url")
    assert asked == ["vendor.example"]


async def test_a_name_without_an_address_is_saved(monkeypatch):
    def unknown(*_: object, **__: object):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    await SERVER.check("https://vendor.example", "base_url")


async def test_plain_http_is_refused(monkeypatch):
    resolving(monkeypatch, "8.8.8.8")
    with pytest.raises(InputError, match=r"cannot be http://vendor\.example: it is not https"):
        await SERVER.check("http://vendor.example", "base_url")


@pytest.mark.parametrize(
    "reach",
    [Reach(origins=frozenset({"http://n8n:5678"})), Reach(private=True), Reach(loopback=True)],
    ids=["by name", "private", "loopback"],
)
async def test_what_is_allowed_is_allowed(monkeypatch, reach: Reach):
    resolving(monkeypatch, "127.0.0.1")
    await reach.check("http://N8N:5678/hook", "target_url")
    assert reach.forbids("http://n8n:5678", "127.0.0.1") is None


@pytest.mark.parametrize("reach", [Reach(origins=frozenset({"http://n8n:5678"})), Reach(private=True)])
async def test_no_name_is_looked_up_where_any_address_would_do(monkeypatch, reach: Reach):
    asked = resolving(monkeypatch, "127.0.0.1")
    await reach.check("http://n8n:5678/hook", "target_url")
    assert asked == []


@pytest.mark.parametrize("reach", [SERVER, Reach(private=True)])
@pytest.mark.parametrize("url", ["", "here", "//a.example", "https://a:port/", "https://[::1/", "ftp://a.example/"])
async def test_what_is_no_address_is_an_input_error(reach: Reach, url: str):
    with pytest.raises(InputError, match=r"^'target_url' is not an absolute URL of https or http") as caught:
        await reach.check(url, "target_url")
    assert caught.value.field == "target_url"


@pytest.mark.parametrize(
    "origin", ["https://n8n:5678", "http://n8n:5679", "http://n8n", "http://n8n.evil.example:5678"]
)
def test_an_origin_allowed_by_name_is_that_one_alone(origin: str):
    reach = Reach(origins=frozenset({"http://n8n:5678"}))
    assert reach.forbids(origin, "10.0.0.7")


@pytest.mark.parametrize(
    ("origin", "address"),
    [("http://a.example", "8.8.8.8"), ("https://a.example", "10.0.0.7"), ("https://a.example", "169.254.169.254")],
)
def test_loopback_allows_nothing_else(origin: str, address: str):
    assert Reach(loopback=True).forbids(origin, address)


def test_an_address_in_clear_is_refused_before_anything_is_asked_for():
    assert SERVER.complaint("http://vendor.example") == "it is not https"
    assert SERVER.complaint("https://vendor.example") is None
