"""Where requests go, and what goes along."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request
from connectors.engine.exchange import MOST_REDIRECTS, Exchange
from connectors.errors import InputError, ResponseLost, UnknownOutcome, VendorFailed, VendorNotFound
from tests.engine.acme import API, FILES

KEY = "X-Authorization"
READ = Request("GET", f"{API}/items", (("page", "0"),))
WRITE = Request("POST", f"{API}/notes", json={"text": "Hi"})
DROPPED = ResponseLost("closed the connection before answering")


def moved(where: str, status: int = 302) -> tuple[int, Any, dict[str, str]]:
    return (status, None, {"location": where})


async def read(exchange: Exchange, request: Request = READ) -> Any:
    return (await exchange.send(request, effect="read", repeatable=True)).json()


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_on_the_same_origin_the_credential_goes_along(exchange, status):
    there = exchange(moved("/v2/items?page=0#top", status), {"ok": 1})
    assert await read(there) == {"ok": 1}
    assert there.transport.sent[1] == Request("GET", f"{API}/v2/items?page=0", headers={KEY: "canary-1"})


async def test_a_key_in_the_query_goes_along_too(exchange):
    auth = {"api_key": {"query": "key", "value": "{apiKey}"}}
    there = exchange(moved("/v2/items"), {"ok": 1}, connection={"auth": auth})
    await read(there)
    assert there.transport.sent[1].full_url == f"{API}/v2/items?key=canary-1"


@pytest.mark.parametrize(
    "where",
    [
        "https://API.example.com:443/x",
        "//api.example.com/x",
        "https://user:pw@api.example.com/x",
        "https://evil.example:443@api.example.com/x",
    ],
)
async def test_the_address_asked_is_the_one_declared_whatever_was_written(exchange, where):
    there = exchange(moved(where), {"ok": 1})
    await read(there)
    assert there.transport.sent[1].url == f"{API}/x"


async def test_another_declared_origin_gets_no_credential(exchange):
    there = exchange(moved(f"{FILES}/f?sig=1"), {"ok": 1})
    assert await read(there) == {"ok": 1}
    assert there.transport.sent[1] == Request("GET", f"{FILES}/f?sig=1")


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/secret-path?token=1",
        "//evil.example/secret-path",
        "http://api.example.com/secret-path",
        "https://api.example.com:8443/secret-path",
        "https://api.example.com./secret-path",
        "https://api.example.com@evil.example/secret-path",
        "https://api.example.com.evil.example/secret-path",
        "https://private-static.example.com@evil.example/secret-path",
        "https://api.example.com\\@evil.example/secret-path",
        "https://evil.example\\@api.example.com/secret-path",
        "https://[::1/secret-path",
        "ftp://api.example.com/secret-path",
        "javascript:alert(1)//secret-path",
    ],
)
async def test_no_other_host_is_asked_and_the_message_names_the_host_alone(exchange, clock, where):
    away = exchange(moved(where), {"ok": 1})
    with pytest.raises(VendorFailed) as caught:
        await read(away)
    assert len(away.transport.sent) == 1
    assert "secret-path" not in str(caught.value)
    assert "token" not in str(caught.value)
    assert "nothing was sent there. Declared: https://private-static.example.com." in caught.value.message
    assert (caught.value.status, clock.slept) == (302, [])


async def test_how_a_refused_redirect_reads(exchange):
    with pytest.raises(VendorFailed) as caught:
        await read(exchange(moved("https://evil.example/x?y"), origins={}))
    assert caught.value.message == (
        "the vendor points to the host https://evil.example, which the manifest does not declare;"
        " nothing was sent there. Declared: none."
    )
    assert caught.value.remedy == "If that host is the vendor's, add it to 'origins' in the manifest."


@pytest.mark.parametrize("where", ["/elsewhere", f"{FILES}/f", "https://evil.example/"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_write_is_never_redirected(exchange, status, where):
    away = exchange(moved(where, status), {"ok": 1})
    with pytest.raises(UnknownOutcome) as caught:
        await away.send(WRITE, effect="write", repeatable=False)
    assert (len(away.transport.sent), caught.value.status) == (1, status)


async def test_a_redirect_without_a_place_is_a_failure(exchange):
    with pytest.raises(VendorFailed, match=r"the vendor failed \(302\)"):
        await read(exchange(302))


async def test_redirects_end(exchange):
    around = exchange(moved("/x"))
    with pytest.raises(VendorFailed, match=f"redirected more than {MOST_REDIRECTS} times in a row") as caught:
        await read(around)
    assert len(around.transport.sent) == MOST_REDIRECTS + 1
    assert caught.value.status == 302


async def test_another_origin_does_not_redirect_on(exchange):
    chain = exchange(moved(f"{FILES}/f"), moved(f"{API}/back"), {"ok": 1})
    with pytest.raises(VendorFailed, match=r"the vendor failed \(302\)"):
        await read(chain)
    assert len(chain.transport.sent) == 2


@pytest.mark.parametrize("url", ["https://evil.example/items", f"{FILES}/items", "http://api.example.com/", "/items"])
async def test_a_signed_request_goes_to_the_base_url_alone(exchange, url):
    ok = exchange({"ok": 1})
    with pytest.raises(InputError, match=r"credentials go to https://api\.example\.com alone; nothing was sent"):
        await read(ok, Request("GET", url))
    assert ok.transport.sent == []


# Files


async def test_a_file_is_fetched_without_any_credential(exchange):
    ok = exchange((200, b"%PDF", {}))
    assert (await ok.fetch(f"{FILES}/a/b.pdf?sig=a%2Fb#page=1")).body == b"%PDF"
    assert ok.transport.sent == [Request("GET", f"{FILES}/a/b.pdf?sig=a%2Fb")]


async def test_a_file_is_fetched_from_what_stands_in_for_its_host(vendor, connect):
    connection = connect(hosts={FILES: "http://127.0.0.1:1/files"})
    exchange = vendor((200, b"%PDF", {}), using=connection).exchange
    await exchange.fetch(f"{FILES}/a.pdf")
    await exchange.fetch(FILES)
    urls = [request.url for request in exchange.transport.sent]
    assert urls == ["http://127.0.0.1:1/files/a.pdf", "http://127.0.0.1:1/files"]


@pytest.mark.parametrize(
    "url",
    [
        "https://private-static.example.com@evil.example/x",
        "https://private-static.example.com.evil.example/x",
        "https://private-static.example.com\\@evil.example/x",
        "https://private-static.example.com\\.evil.example/x",
        "https://private-static.example.com:444/x",
        "http://private-static.example.com/x",
        "//private-static.example.com/x",
        "//evil.example/x",
        "\\\\evil.example\\x",
        "https:\n//private-static.example.com/x",
        "https://private-static.exam\nple.com/x",
        "https://private-static.example.com/x\r\nX-Admin: 1",
        "https://evil.example/x",
        f"{API}/x",
        "file:///etc/passwd",
        "x",
        "",
    ],
)
async def test_a_file_from_any_other_place_is_not_fetched(exchange, url):
    ok = exchange((200, b"%PDF", {}))
    with pytest.raises(VendorFailed, match="nothing was sent there") as caught:
        await ok.fetch(url)
    assert (ok.transport.sent, caught.value.status) == ([], None)
    assert "/x" not in caught.value.message


async def test_an_address_that_is_none_is_called_so(exchange):
    with pytest.raises(VendorFailed, match=r"^the vendor points to an address that is none; nothing was sent there"):
        await exchange().fetch("//evil.example/x")


async def test_a_file_is_asked_for_again_after_what_may_pass(exchange):
    later = exchange(503, DROPPED, (200, b"%PDF", {}))
    assert (await later.fetch(f"{FILES}/a.pdf")).body == b"%PDF"


async def test_a_file_that_is_gone_is_not_found(exchange):
    with pytest.raises(VendorNotFound):
        await exchange(404).fetch(f"{FILES}/a.pdf")
