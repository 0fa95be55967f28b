from __future__ import annotations

import json
import socket

import pytest


def test_choices_are_read_from_the_vendor_and_searched(gridwire, account, reonic):
    lost = [offer["id"] for offer in reversed(reonic.offers.values()) if offer["status"] == "Lost"]

    done = gridwire("choices", "reonic.add_note", "offerId", *account, "--search", "lost")

    assert [line.split()[0] for line in done.stdout.splitlines()] == ["Value", *lost]


def test_as_json(gridwire, account, reonic):
    shown = json.loads(gridwire("choices", "reonic.add_note", "offerId", *account, "--json").stdout)

    assert len(shown["choices"]) == len(reonic.offers)
    assert shown["choices"][0].keys() == {"value", "title"}
    assert shown["more"] is False


def test_that_there_are_more_is_said(gridwire, account, monkeypatch):
    monkeypatch.setattr("connectors.engine.choosing.CHOICES_AT_ONCE", 20)

    done = gridwire("choices", "reonic.add_note", "offerId", *account)

    assert len(done.stdout.splitlines()) == 21
    assert "--search TEXT" in done.stderr


def test_the_vendor_has_only_so_long(gridwire):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = (
            "--base-url",
            "http://{}:{}".format(*silent.getsockname()),
            "--set",
            "clientId=c",
            "--set",
            "apiKey=k-invented",
        )

        done = gridwire("choices", "reonic.add_note", "offerId", *at, "--timeout", 0.1, "--json")

    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (1, "vendor_failed")


def test_fixed_choices_need_no_account(gridwire, acme):
    done = gridwire("choices", acme, "create_order", "colour", "--search", "blu")

    assert done.stdout == "  Value  Title\n  b      Blue\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reonic.add_note"], "Write it as X.OP FIELD"),
        (["reonic.add_note", "ofertId"], "did you mean 'offerId'?"),
        (["reonic.add_note", "text"], "'text' has no choices"),
    ],
)
def test_what_has_no_choices(gridwire, account, words, said):
    done = gridwire("choices", *words, *account)

    assert done.exit_code == 2
    assert said in done.stderr
