from __future__ import annotations

import re

import pytest

from connectors.sandbox.pdf import one_page

HOST = "https://private-static.reonic.de"


@pytest.fixture
def signed(reonic, sandbox):
    """The address of a signed PDF, as the sandbox stands in for it."""
    url = reonic.sign_offer(7)["offer"]["currentSignature"]["signedPdfUrl"]
    return "/reonic-files" + url.removeprefix(HOST)


def test_the_signed_pdf_is_a_pdf(sandbox, signed):
    answer = sandbox.get(signed)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.4\n")
    assert answer.content.endswith(b"%%EOF\n")


@pytest.mark.parametrize("header", ["Authorization", "X-Authorization"])
def test_a_credential_sent_along_is_refused(sandbox, signed, header):
    answer = sandbox.get(signed, headers={header: "anything"})
    assert answer.status_code == 400
    assert f"header {header.lower()}: a credential must not be sent" in answer.json()["message"]


@pytest.mark.parametrize("query", ["", "?token=wrong", "?token="])
def test_the_token_must_be_right(sandbox, signed, query):
    assert sandbox.get(signed.partition("?")[0] + query).status_code == 400


def test_nothing_else_may_be_asked(sandbox, signed):
    assert sandbox.get(signed + "&x=1").status_code == 400


def test_there_is_no_file_before_the_customer_has_signed(sandbox, reonic, signed):
    waiting = reonic.offers[6]
    url = signed.replace(reonic.offers[7]["id"], waiting["id"]).partition("?")[0]
    assert sandbox.get(f"{url}?token={reonic.token(waiting['id'])}").status_code == 404


def test_a_deleted_offer_has_no_file(sandbox, reonic, signed):
    reonic.delete_offer(7)
    assert sandbox.get(signed).status_code == 404


def test_files_are_in_the_log_under_their_own_host(sandbox, signed, reonic):
    sandbox.get(signed)
    assert reonic.log[-1]["path"].startswith(f"{HOST}/offers/")
    assert reonic.log[-1]["query"].startswith("token=")


def test_every_object_of_a_pdf_is_where_its_table_says():
    file = one_page("Größe (1) \\ 漢")
    table = int(re.search(rb"startxref\n(\d+)\n", file)[1])
    assert file[table:].startswith(b"xref\n0 6\n")
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n ", file)]
    assert [file[offset : offset + 7] for offset in offsets] == [b"%d 0 obj" % number for number in range(1, 6)]
    stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", file)
    assert int(stream[1]) == len(stream[2])
