"""What can be done with subscriptions, and with what they deliver."""

from __future__ import annotations

import json
import time

import pytest

from connectors.cli.signature import check

TARGET = "http://127.0.0.1:9/in"


@pytest.fixture
def delivered(folder, target, reonic):
    """A subscription of whose events one was delivered."""
    folder.started_with()
    made = folder.subscribe("new_offer", "--to", target[0])
    reonic.create_offer("Somebody Rarenamed")
    folder.served(delivers=True)
    return made


def test_they_are_listed(folder, gridwire):
    one, other = folder.subscribe("new_offer", "--to", TARGET)["id"], folder.subscribe("new_user")["id"]

    done = gridwire("subscriptions", "list")

    assert f"{one}  new_offer  acme        every 60 s    {TARGET}  active" in done.stdout
    assert f"{other}  new_user   acme        every 60 s    (is read)              active" in done.stdout


def test_one_is_named_by_its_id_or_its_trigger(folder, gridwire):
    one = folder.subscribe("new_offer")["id"]
    for word in (one, "new_offer", "reonic.new_offer"):
        assert folder.json("subscriptions", "history", word)["items"]

    other = folder.subscribe("new_offer")["id"]

    done = gridwire("subscriptions", "remove", "new_offer")
    assert done.exit_code == 2
    assert f"2 subscriptions are to 'new_offer': {one}, {other}" in done.stderr
    assert "there is no subscription 'new_ofer'" in gridwire("why", "new_ofer").stderr


def test_of_many_only_some_are_named(folder, gridwire, monkeypatch):
    monkeypatch.setattr("connectors.cli.work._MOST_NAMED", 1)
    one, _, _ = (folder.subscribe("new_offer")["id"] for _ in range(3))

    done = gridwire("subscriptions", "remove", "new_offer")

    assert f"3 subscriptions are to 'new_offer': {one}, and 2 more" in done.stderr


def test_one_is_paused_resumed_changed_and_removed(folder, gridwire):
    own = folder.subscribe("new_offer", "--to", TARGET)["id"]

    assert folder.json("subscriptions", "pause", own)["state"] == "paused"
    assert folder.json("subscriptions", "resume", own)["state"] == "beginning"
    changed = folder.json("subscriptions", "change", own, "--to", f"{TARGET}/2", "--format", "plain", "--ordered")
    assert (changed["target_url"], changed["format"], changed["ordered"]) == (f"{TARGET}/2", "plain", True)
    assert gridwire("subscriptions", "change", own).exit_code == 2
    assert gridwire("subscriptions", "remove", own).stdout == f"{own} has ended.\n"
    assert folder.listed() == []


def test_a_sample_is_sent_to_the_target_now(folder, gridwire, target):
    made = folder.subscribe("new_offer", "--to", target[0])

    done = gridwire("subscriptions", "test", "new_offer")

    assert done.stdout == "The target took the sample: it answered 200.\n"
    [(headers, body)] = target[1]
    assert check(headers, body, [made["secret"]], time.time())
    assert headers["gridwire-test"] == "true"
    assert folder.json("deliveries")["items"] == []


def test_a_target_that_does_not_take_it_is_said(folder, gridwire):
    folder.subscribe("new_offer", "--to", TARGET)

    done = gridwire("subscriptions", "test", "new_offer")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "the sample was not delivered: " in done.stderr


def test_the_history_is_a_table(delivered, gridwire):
    done = gridwire("subscriptions", "history", "new_offer")

    _, newest, first = done.stdout.splitlines()
    assert " poll        pages 3, seen 58, known 58, new 1" in newest
    assert " first poll  " in first


def test_nothing_is_released_where_nothing_is_held(folder, gridwire):
    folder.subscribe("new_offer")

    assert gridwire("subscriptions", "release", "new_offer").stdout == "Nothing is held.\n"


def test_deliveries_are_listed(delivered, folder, gridwire):
    [one] = folder.json("deliveries", "--subscription", "new_offer")["items"]

    assert (one["subscription"], one["state"], one["last_status"]) == (delivered["id"], "delivered", 200)
    assert f"{one['id']}  {one['event']}  reonic.new_offer" in gridwire("deliveries").stdout
    assert folder.json("deliveries", "--state", "dead") == {"items": []}
    assert "There may be more than these 1" in gridwire("deliveries", "--limit", 1).stderr


def test_one_or_all_of_a_time_are_delivered_again_under_the_same_id(delivered, folder, gridwire, target):
    [one] = folder.json("deliveries")["items"]

    done = gridwire("replay", one["id"])
    folder.served(polls=False, delivers=True)
    assert folder.json("replay", "--subscription", "new_offer", "--from", "2026-01-01") == {"replayed": 1}
    folder.served(polls=False, delivers=True)

    assert done.stdout == f"{one['id']} is sent once more.\n"
    assert "No server works on this data folder: it is sent once `gridwire serve` runs." in done.stderr
    assert [headers["webhook-id"] for headers, _ in target[1]] == [one["event"]] * 3


def test_none_is_replayed_of_another_time(delivered, folder):
    said = folder.json("replay", "--subscription", "new_offer", "--from", "2020-01-01", "--to", "2020-01-02T10:00:00Z")

    assert said == {"replayed": 0}


@pytest.mark.parametrize(
    "words",
    [[], ["dlv_1", "--subscription", "x"], ["--subscription", "x"], ["dlv_1", "--to", "2020-01-01"],
     ["--from", "2020-01-01"], ["--subscription", "x", "--from", "yesterday"]],
)  # fmt: skip
def test_what_is_to_be_replayed_is_said_in_one_way(gridwire, words):
    assert gridwire("replay", *words).exit_code == 2


def test_why_answers_in_a_sentence(delivered, folder, gridwire, target):
    [event] = map(json.loads, gridwire("subscriptions", "events", "new_offer").stdout.splitlines())

    assert gridwire("why", "new_offer").stdout.startswith("The last poll at ")
    said = gridwire("why", "new_offer", event["data"]["id"]).stdout
    assert f"{event['data']['id']}: the event {event['id']} was stored at " in said
    assert "and delivered at" in said
    assert folder.json("why", "new_offer", "nothing")["why"].startswith("nothing has not been seen yet")


def test_a_person_is_forgotten_once_that_is_confirmed(delivered, folder, gridwire):
    person = json.loads(gridwire("subscriptions", "events", "new_offer").stdout)["data"]["customer"]["id"]

    asked = gridwire("forget", person)
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "Confirm it with --yes." in asked.stderr
    assert gridwire("forget", person, "--yes").stdout == "It stood in 1 place, and is erased.\n"
    assert gridwire("forget", person, "--yes").stdout == "It stood nowhere.\n"
    assert gridwire("subscriptions", "events", "new_offer").stdout == ""


def test_another_workspace_sees_none_of_it(delivered, folder, gridwire):
    gridwire("keys", "add", "other", "--workspace", "other")

    assert folder.json("subscriptions", "--workspace", "other")["items"] == []
    assert folder.json("deliveries", "--workspace", "other")["items"] == []
    for words in (["why", delivered["id"]], ["subscriptions", "remove", delivered["id"]]):
        assert gridwire(*words, "--workspace", "other").exit_code == 2
    [one] = folder.json("deliveries")["items"]
    refused = gridwire("replay", one["id"], "--workspace", "other")
    assert refused.exit_code == 2
    assert "there is no delivery" in refused.stderr
    assert "`gridwire deliveries` lists them" in refused.stderr
