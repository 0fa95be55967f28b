"""Subscribing on the command line: as over HTTP, with a server or without one."""

from __future__ import annotations

import json
import signal

import pytest

from connectors.sandbox import CONNECTIONS, OpenSolar, create_app
from tests.cli.subscribed import files

TARGET = "http://127.0.0.1:9/in"


def test_who_subscribes_is_told_what_happens_and_the_secret_once(folder, gridwire):
    done = gridwire("subscribe", "reonic.new_offer", "--connection", "acme", "--to", TARGET)

    assert done.exit_code == 0, done.output
    subscribed, from_now, signed = done.stdout.splitlines()
    own = subscribed.removeprefix("Subscribed: ")
    assert from_now == f"Each new_offer of acme from now on is delivered to {TARGET}. It is looked for every 60 s."
    assert signed.startswith("Deliveries are signed with whsec_")
    assert done.stderr.startswith("No server works on this data folder: what happens is told once `gridwire serve`")
    [one] = folder.listed()
    assert (one["id"], one["state"], one["way"], one["target_url"]) == (own, "active", "poll", TARGET)
    assert "secret" not in one


def test_its_first_poll_is_over_before_it_is_said(folder, reonic):
    folder.subscribe()
    reonic.create_offer("Later")

    folder.served()

    [event] = map(json.loads, folder.gridwire("subscriptions", "events", "new_offer").stdout.splitlines())
    assert event["type"] == "reonic.new_offer"
    assert folder.json("subscriptions", "history", "new_offer")["items"][-1]["kind"] == "first poll"


def test_without_a_target_it_is_a_feed(folder, gridwire):
    done = gridwire("subscribe", "new_offer", "--connection", "acme")

    assert "is kept to be read: `gridwire subscriptions events sub_" in done.stdout
    assert "whsec_" not in done.stdout


def test_inputs_and_options_are_kept(folder):
    made = folder.subscribe(
        "offer_status_changed", "-i", "to=Rejected", "--format", "plain", "--ordered", "--interval", "300",
        "--to", TARGET, "--from-start",
    )  # fmt: skip

    [one] = folder.listed()
    kept = {name: one[name] for name in ("input", "format", "ordered", "interval")}
    assert kept == {"input": {"to": "Rejected"}, "format": "plain", "ordered": True, "interval": 300.0}
    assert made == {**one, "secret": made["secret"], "setup": None}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reonic.new_ofer", "--connection", "acme"], "reonic has no trigger 'new_ofer'; did you mean 'new_offer'?"),
        (["autarc.new_project", "--connection", "acme"], "'acme' is one of reonic, and the trigger one of autarc"),
        (["new_offer"], "Say with --connection which account the trigger is of"),
        (["new_offer", "--connection", "acne"], "there is no connection 'acne'; did you mean 'acme'?"),
        (["new_offer", "--connection", "acme", "-i", "a=x"], "`gridwire show reonic new_offer` says what it takes"),
        (["new_offer", "--connection", "acme", "--to", "nowhere"], "--to is"),
        (["gridwire.delivery.dad"], "did you mean 'gridwire.delivery.dead'?"),
        (["gridwire.delivery.dead", "-i", "x=1"], "takes no input"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(folder, gridwire, words, said):
    done = gridwire("subscribe", *words)

    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert folder.listed() == []


@pytest.mark.usefixtures("impatient")
def test_what_cannot_begin_is_said_and_nothing_is_kept(folder, gridwire, fault):
    fault("status", status=500)

    done = gridwire("subscribe", "new_offer", "--connection", "acme")

    assert done.exit_code == 1
    assert folder.listed() == []


def test_who_ends_it_while_it_begins_has_no_subscription(folder, program, fault, reonic):
    fault("delay", seconds=30)
    reonic.log.clear()
    process = program("subscribe", "new_offer", "--connection", "acme")
    while not reonic.log:
        assert process.poll() is None, process.stderr.read()

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 130
    reonic.faults.clear()
    assert folder.listed() == []


def test_what_happens_here_can_be_subscribed_to(folder):
    made = folder.json("subscribe", "gridwire.delivery.dead")

    assert (made["way"], made["state"], made["connection"], made["trigger"]) == (
        "system", "active", None, "gridwire.delivery.dead"
    )  # fmt: skip


def test_it_is_as_the_server_was_started(folder, gridwire):
    folder.started_with(min_interval=2.0)

    assert folder.subscribe("new_offer", "--to", TARGET, "--interval", "1")["interval"] == 2.0
    done = gridwire("subscribe", "new_offer", "--connection", "acme", "--to", "http://10.0.0.1/in")
    assert done.exit_code == 2
    assert "the address 10.0.0.1 is not public" in done.stderr
    assert "--allow-target http://10.0.0.1" in done.stderr


@pytest.fixture
def opensolar(served, folder, gridwire):
    """The pretend OpenSolar, with an account that is called sun."""
    vendor, known = OpenSolar(), CONNECTIONS["opensolar"]
    values = [word for name, value in known["values"].items() for word in ("--set", f"{name}={value}")]
    with served(create_app([vendor])) as address:
        url = address + known["path"]
        assert gridwire("connect", "opensolar", "--name", "sun", "--base-url", url, *values).exit_code == 0
        yield vendor


def test_a_vendor_that_can_reach_the_server_is_asked_to_call(folder, gridwire, opensolar):
    folder.started_with(called_at="http://127.0.0.1:9")

    done = gridwire("subscribe", "opensolar.project_created", "--connection", "sun", "--to", TARGET)

    assert "The vendor calls when it happens." in done.stdout
    [hook] = opensolar.webhooks.values()
    assert hook["endpoint"].startswith("http://127.0.0.1:9/hooks/")
    assert folder.listed()[0]["way"] == "webhook"


def test_one_that_cannot_is_polled_and_that_is_said(folder, gridwire, opensolar):
    done = gridwire("subscribe", "opensolar.project_created", "--connection", "sun")

    assert "looked for every 60 s" in done.stdout
    assert "Start the server with --public-url" in done.stderr
    assert not opensolar.webhooks


def test_the_secret_is_nowhere_in_the_files(folder, tmp_path):
    made = folder.subscribe("new_offer", "--to", TARGET)

    assert made["secret"].removeprefix("whsec_").encode() not in files(tmp_path)


def test_two_at_once_share_one_reading_and_both_begin(folder, program):
    several = [program("subscribe", "new_offer", "--connection", "acme", "--json") for _ in range(2)]

    made = [json.loads(process.communicate(timeout=60)[0]) for process in several]

    assert [one["state"] for one in made] == ["active", "active"]
    kinds = [line["kind"] for line in folder.json("subscriptions", "history", made[0]["id"])["items"]]
    assert kinds.count("first poll") == 1
