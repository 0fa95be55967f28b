from __future__ import annotations

import fcntl
import json
import os
import signal
import socket

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

NEW = "poll", "reonic.new_offer"
TIMES = "--watch", "--timeout"


@pytest.fixture
def poll(gridwire, account, tmp_path):
    """Polls with the same account and state file each time: the result, and the ids that were printed."""

    def once(*options, trigger="reonic.new_offer"):
        done = gridwire("poll", trigger, *account, "--state", tmp_path / "s.json", *options)
        return done, [json.loads(line)["id"] for line in done.stdout.splitlines() if done.exit_code == 0]

    return once


@pytest.fixture
def state(tmp_path):
    return tmp_path / "s.json"


def test_the_first_poll_is_silent_then_each_new_item_is_printed_once(poll, reonic):
    first, _ = poll()
    made = reonic.create_offer()["offer"]["id"]

    assert (first.exit_code, first.output) == (0, "")
    assert poll()[1] == [made]
    assert poll()[1] == []


def test_each_new_item_is_printed_once_across_pages_that_shift(poll, reonic, fault):
    poll()
    fault("between_pages", do="create-offer", times=2)

    printed = [*poll()[1], *poll()[1], *poll()[1]]

    made = [offer["id"] for number, offer in reonic.offers.items() if number > 57]
    assert sorted(printed) == sorted(made)
    assert len(made) == 2


def test_a_first_poll_over_shifting_pages_takes_nothing_old_for_new(poll, reonic, fault):
    fault("between_pages", do="delete-offer", args={"id": 57})

    poll()

    assert poll()[1] == []


def test_offer_signed_fires_once_although_the_edit_date_stays(poll, reonic):
    poll(trigger="reonic.offer_signed")
    number = reonic.create_offer()["number"]
    edited = reonic.offers[number]["offerLastEditedAt"]
    assert poll(trigger="reonic.offer_signed")[1] == []

    reonic.sign_offer(number)

    assert poll(trigger="reonic.offer_signed")[1] == [reonic.offers[number]["id"]]
    assert poll(trigger="reonic.offer_signed")[1] == []
    assert reonic.offers[number]["offerLastEditedAt"] == edited


@pytest.mark.parametrize("kind", ["truncate", "html", "empty", "invalid_json", "drop"])
@pytest.mark.usefixtures("impatient")
def test_a_half_read_poll_prints_nothing_and_changes_no_state(poll, state, reonic, fault, kind):
    poll()
    made, before = reonic.create_offer()["offer"]["id"], state.read_bytes()
    fault(kind, match="page=1", times=3)

    failed, _ = poll()
    reonic.faults.clear()

    assert (failed.exit_code, failed.stdout) == (1, "")
    assert state.read_bytes() == before
    assert poll()[1] == [made]


def test_a_failed_first_poll_makes_no_state(poll, state, fault):
    fault("status", status=401)

    assert poll()[0].exit_code == 3
    assert not state.exists()


def test_from_start_prints_what_is_there(poll, reonic):
    assert len(poll("--from-start")[1]) == sum(1 for offer in reonic.offers.values() if offer["offerCreatedAt"])
    assert poll("--from-start")[1] == []


def test_the_limit_leaves_the_rest_for_the_next_poll(poll, reonic):
    poll()
    made = {reonic.create_offer()["offer"]["id"] for _ in range(5)}

    printed = [poll("--limit", 2)[1] for _ in range(4)]

    assert [len(ids) for ids in printed] == [2, 2, 1, 0]
    assert {each for ids in printed for each in ids} == made


def test_the_limit_leaves_changes_unseen_too(poll, reonic):
    numbers = [reonic.create_offer()["number"] for _ in range(2)]
    poll(trigger="reonic.offer_signed")
    for number in numbers:
        reonic.sign_offer(number)

    first, second, third = (poll("--limit", 1, trigger="reonic.offer_signed")[1] for _ in range(3))

    assert sorted(first + second) == sorted(reonic.offers[number]["id"] for number in numbers)
    assert third == []


def test_the_limit_leaves_a_change_unseen_although_only_changes_fire(gridwire, acme, served, tmp_path):
    orders = [{"id": number, "city": "Kiel", "paidAt": None} for number in range(3)]
    app = Starlette(routes=[Route("/shops/s/orders", lambda _: JSONResponse({"orders": orders}))])
    options = "--set", "shop=s", "--set", "token=invented", "--state", tmp_path / "s.json", "-i", "city=Kiel"
    with served(app) as address:
        poll = "poll", acme, "order_paid", "--base-url", address, *options, "--limit", 2
        gridwire(*poll)
        for order in orders:
            order["paidAt"] = "2026-01-02"

        printed = [gridwire(*poll).stdout.splitlines() for _ in range(3)]

    assert [[json.loads(line)["id"] for line in lines] for lines in printed] == [[0, 1], [2], []]


def test_without_a_state_everything_counts_as_new_and_that_is_said(gridwire, account, reonic):
    done = gridwire(*NEW, *account)

    assert len(done.stdout.splitlines()) == sum(offer["offerCreatedAt"] is not None for offer in reonic.offers.values())
    assert done.stderr == "There is no --state FILE to remember in: all that is there counts as new.\n"


def test_the_state_is_private_and_says_what_it_is_of(poll, state):
    poll()

    kept = json.loads(state.read_text())
    assert state.stat().st_mode & 0o777 == 0o600
    head = {"gridwire": 1, "connector": "reonic", "trigger": "new_offer", "input": {}}
    assert {**kept, "memory": None, "account": None} == {**head, "memory": None, "account": None}


def test_a_state_in_use_is_refused(poll, state, reonic):
    with (state.parent / ".s.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done, _ = poll()

    assert (done.exit_code, done.stdout) == (4, "")
    assert f"the state file {state} is in use" in done.stderr
    assert list(reonic.log) == []


KEPT = {"gridwire": 1, "connector": "reonic", "trigger": "new_offer", "input": {}, "memory": {"versions": {}}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is damaged"),
        ('{"gridwire": 1', "it ends too early"),
        (json.dumps({**KEPT, "gridwire": 2}), "is not a state file of this program"),
        (json.dumps({**KEPT, "account": 1}), "is not a state file of this program"),
        (json.dumps({**KEPT, "account": "salt:other"}), "is the state of another account"),
        (json.dumps({**KEPT, "memory": {}}), "this is not a trigger's memory"),
        (json.dumps({**KEPT, "trigger": "new_user"}), "is the state of another trigger: new_user, not new_offer"),
        (json.dumps({**KEPT, "input": {"a": 1}}), 'is the state of another input: {"a": 1}, not {}'),
    ],
)
def test_a_damaged_or_foreign_state_is_refused_and_left_alone(poll, state, reonic, text, said):
    state.write_text(text)

    done, _ = poll()

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert state.read_text() == text
    assert list(reonic.log) == []


@pytest.fixture
def poll_as(gridwire, connection, state):
    """Polls as an account that differs in some values, with the same state file."""
    at = "--base-url", connection["base_url"], "--state", state

    def once(**values):
        given = (f"{name}={value}" for name, value in {**connection["values"], **values}.items())
        return gridwire(*NEW, *at, *(word for pair in given for word in ("--set", pair)))

    return once


def test_a_state_is_of_one_account_whatever_its_key(poll_as, state, connection):
    assert poll_as().exit_code == 0

    other, rotated = poll_as(clientId="another-client"), poll_as(apiKey="another-invented-key")

    assert (other.exit_code, other.stdout) == (2, "")
    assert "is the state of another account" in other.stderr
    assert rotated.exit_code == 3  # the vendor was asked, and knows no such key
    assert not any(value in state.read_text() for value in connection["values"].values())


def test_a_state_without_an_account_is_taken_and_gets_one(poll, state, reonic):
    poll()
    kept = json.loads(state.read_text())
    del kept["account"]
    state.write_text(json.dumps(kept))
    made = reonic.create_offer()["offer"]["id"]

    assert poll()[1] == [made]
    assert "account" in json.loads(state.read_text())


def test_a_state_behind_a_link_is_kept_where_it_is(gridwire, account, state, tmp_path):
    link = tmp_path / "other" / "link.json"
    link.parent.mkdir()
    link.symlink_to(state)

    assert gridwire(*NEW, *account, "--state", link).exit_code == 0

    assert link.is_symlink()
    assert state.is_file()
    assert [path.name for path in link.parent.iterdir()] == ["link.json"]


@pytest.mark.parametrize(
    "option",
    [("--state", ""), ("--state", "/dev/null"), *((name, text) for name in TIMES for text in ("nan", "1e20", "inf"))],
)
def test_what_is_no_file_and_no_time_is_refused(gridwire, account, reonic, option):
    done = gridwire(*NEW, *account, *option)

    assert (done.exit_code, done.stdout) == (2, "")
    assert list(reonic.log) == []


def test_two_polls_do_not_share_a_state(program, gridwire, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "http://{}:{}".format(*silent.getsockname())
        at = "--base-url", address, "--set", "clientId=c", "--set", "apiKey=invented-key"
        program(*NEW, *at, "--state", tmp_path / "s.json")
        asked, _ = silent.accept()

        second = gridwire(*NEW, *at, "--state", tmp_path / "s.json", "--timeout", 1)
        asked.close()

    assert (second.exit_code, second.stdout) == (4, "")


def test_a_state_in_no_folder_is_refused(gridwire, account, tmp_path):
    done = gridwire(*NEW, *account, "--state", tmp_path / "none" / "s.json")

    assert done.exit_code == 2
    assert "cannot be kept: No such file or directory" in done.stderr


def test_a_state_that_cannot_be_replaced_is_said(poll, state, reonic, monkeypatch):
    poll()
    reonic.create_offer()
    monkeypatch.setattr(os, "fsync", _fails)

    done, _ = poll()

    assert done.exit_code == 1
    assert "could not be replaced: No space left on device" in done.stderr
    assert sorted(path.name for path in state.parent.glob("*s.json*")) == [".s.json.lock", "s.json"]


def _fails(_):
    raise OSError(28, "No space left on device")


def test_a_broken_pipe_leaves_the_old_state_and_nobody_complains(program, account, poll, state, reonic):
    poll()
    reonic.create_offer()
    before = state.read_bytes()
    reader, writer = os.pipe()
    os.close(reader)

    done = program(*NEW, *account, "--state", state, stdout=writer)
    _, said = done.communicate(timeout=60)
    os.close(writer)

    assert (done.returncode, said) == (141, "")
    assert state.read_bytes() == before
    assert len(poll()[1]) == 1


def test_a_reader_that_leaves_early_leaves_the_old_state(program, account, poll, state, reonic):
    poll()
    before = state.read_bytes()
    reonic.offers[reonic.create_offer()["number"]]["status"] = "long" * 65_536  # more than a pipe holds

    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = program(*NEW, *account, "--state", state, env=environment, bufsize=0, text=False)
    done.stdout.read(1)
    done.stdout.close()

    assert (done.wait(60), done.stderr.read()) == (141, b"")
    assert state.read_bytes() == before
    assert len(poll()[1]) == 1


def test_watching_prints_what_comes_until_it_is_interrupted(program, account, state, reonic, fault):
    watching = program(*NEW, *account, "--state", state, "--from-start", "--watch", 0.05)
    for _ in range(sum(offer["offerCreatedAt"] is not None for offer in reonic.offers.values())):
        watching.stdout.readline()
    fault("status", status=500, times=3)
    made = reonic.create_offer()["offer"]["id"]

    assert json.loads(watching.stdout.readline())["id"] == made
    watching.send_signal(signal.SIGINT)
    rest, said = watching.communicate(timeout=60)

    assert (watching.returncode, rest) == (130, "")
    assert "polling again" in said


def test_watching_ends_when_the_account_needs_to_be_connected_anew(gridwire, account, fault):
    fault("status", status=401)

    done = gridwire(*NEW, *account, "--watch", 60)

    assert (done.exit_code, done.stdout) == (3, "")
    assert "what is seen now is forgotten at the end" in done.stderr


def test_an_input_of_a_trigger_is_checked(gridwire, acme):
    done = gridwire("poll", acme, "order_paid", "--set", "shop=s", "--set", "token=t-1", "-i", "town=Kiel")

    assert done.exit_code == 2
    assert "there is no input 'town'" in done.stderr
