"""Files that an operation gives: what they are called, and which host is asked for them in which way."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import VendorFailed
from tests.engine.acme import API, FILES

PDF = {"name": "x.pdf", "media_type": "application/pdf", "size": 1, "content": "eA=="}


@pytest.fixture
def filing(vendor: Any) -> Any:
    """A function from answers and the words of `file` to a Vendor whose action `act` gives a file."""

    def make(*answers: Any, using: Any = None, **file: Any) -> Any:
        action = {"request": "GET /file", "output": {"file": file}, "sample": PDF}
        return vendor(*answers, using=using, actions={"act": action})

    return make


def said(disposition: str) -> tuple[int, bytes, dict[str, str]]:
    return 200, b"%PDF", {"content-disposition": disposition, "content-type": "application/pdf; charset=utf-8"}


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''Angebot%20%C3%84.pdf", "Angebot Ä.pdf"),
        ('attachment; filename="../../.ssh/id_rsa"', "id_rsa"),
        ("inline", "file.pdf"),
    ],
)
async def test_a_file_is_called_as_the_vendor_says_made_harmless(filing, disposition, name):
    assert (await filing(said(disposition)).call("act", {}))["name"] == name


async def test_a_name_in_the_manifest_goes_before_the_vendors(filing):
    acme = filing({"url": f"{API}/f", "no": "../7"}, said("attachment; filename=x.pdf"), url="{url}", name="Offer {no}")
    assert (await acme.call("act", {}))["name"] == "7"


async def test_a_file_on_the_vendors_own_host_is_fetched_signed_in(filing):
    acme = filing({"url": f"{API}/files/1?part=a%20b#top"}, (200, b"x"), url="{url}")
    await acme.call("act", {})
    _, request = acme.exchange.transport.sent
    assert request.full_url == f"{API}/files/1?part=a%20b"
    assert (request.headers["X-Authorization"], request.headers["Accept"]) == ("canary-1", "*/*")


async def test_a_file_on_a_host_that_is_declared_is_fetched_without_credentials(filing):
    acme = filing({"url": f"{FILES}/1?signature=s"}, (200, b"x"), url="{url}")
    await acme.call("act", {})
    _, request = acme.exchange.transport.sent
    assert request.full_url == f"{FILES}/1?signature=s"
    assert "canary-1" not in str(request.headers)


async def test_a_file_at_the_real_vendor_is_fetched_where_the_connection_has_it(filing, vendor, connect, connector):
    using = connect(
        connector(actions={"act": {"request": "GET /file", "output": {"file": {"url": "{url}"}}, "sample": PDF}}),
        base_url="http://127.0.0.1:1/acme",
    )
    acme = vendor({"url": f"{API}/files/1"}, (200, b"x"), using=using)
    await acme.call("act", {})
    assert acme.exchange.transport.sent[1].url == "http://127.0.0.1:1/acme/files/1"


@pytest.mark.parametrize("url", ["https://evil.example/1", f"{API}.evil.example/", f"{API}@evil.example/1", "//evil/1"])
async def test_a_file_elsewhere_is_not_fetched(filing, url):
    acme = filing({"url": url}, url="{url}")
    with pytest.raises(VendorFailed, match="nothing was sent there"):
        await acme.call("act", {})
    assert len(acme.exchange.transport.sent) == 1
