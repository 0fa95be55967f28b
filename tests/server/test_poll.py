from __future__ import annotations

import pytest

POLL = "triggers/new_order/poll"
NEW = {"id": 99, "city": "Kiel"}


def test_the_first_poll_remembers_and_gives_nothing(post):
    answer = post(POLL)

    assert answer.status_code == 200
    assert answer.json()["items"] == []


def test_the_next_poll_gives_what_is_new_once(post, acme):
    first = post(POLL).json()
    acme.orders.insert(0, NEW)
    second = post(POLL, cursor=first["cursor"]).json()
    third = post(POLL, cursor=second["cursor"]).json()

    assert (second["items"], third["items"]) == ([NEW], [])


def test_a_change_comes_with_what_was_remembered(post, acme):
    first = post("triggers/order_moved/poll").json()
    acme.orders[0] = {"id": 1, "city": "Bonn"}

    second = post("triggers/order_moved/poll", cursor=first["cursor"]).json()

    assert second["items"] == [{"id": 1, "city": "Bonn", "previous": {"city": "Kiel"}}]


def test_an_old_cursor_gives_the_same_again(post, acme):
    first = post(POLL).json()
    acme.orders.insert(0, NEW)

    assert [post(POLL, cursor=first["cursor"]).json()["items"] for _ in range(2)] == [[NEW], [NEW]]


def test_the_last_answer_can_be_sent_back_as_it_came(post, acme):
    first = post(POLL, from_start=True).json()
    acme.orders.insert(0, NEW)

    assert post(POLL, **first).json()["items"] == [NEW]


def test_from_the_start_gives_all_there_is(post, acme):
    assert post(POLL, from_start=True).json()["items"] == acme.orders
    assert post(POLL, from_start=True, cursor=None).json()["items"] == acme.orders


def test_a_failed_poll_gives_no_cursor(post, acme):
    first = post(POLL).json()
    acme.answers(500)

    answer = post(POLL, cursor=first["cursor"])

    assert answer.status_code == 502
    assert "cursor" not in answer.json()


def test_a_cursor_is_for_one_input(post):
    cursor = post(POLL, input={"city": "Kiel"}).json()["cursor"]

    assert post(POLL, input={"city": "Kiel"}, cursor=cursor).status_code == 200
    assert post(POLL, input={"city": "Ulm"}, cursor=cursor).json()["field"] == "cursor"
    assert post(POLL, cursor=cursor).json()["field"] == "cursor"


def test_a_cursor_is_for_one_connection(post, client):
    cursor = post(POLL).json()["cursor"]

    answer = client.post(f"/v1/connections/acme-2/{POLL}", json={"cursor": cursor})

    assert (answer.status_code, answer.json()["kind"], answer.json()["field"]) == (422, "invalid_input", "cursor")


@pytest.mark.parametrize("cursor", ["", "x", "a" * 300_000, "é", "{}", "\u0000", " "])
def test_garbage_is_not_a_cursor(post, acme, cursor):
    answer = post(POLL, cursor=cursor)

    assert (answer.status_code, answer.json()["kind"], answer.json()["field"]) == (422, "invalid_input", "cursor")
    assert not acme.asked


def test_a_continuation_of_choices_is_not_a_cursor(post, acme):
    acme.orders = [{"id": number, "city": "Kiel"} for number in range(250)]
    following = post("choices", operation="get_order", field="id").json()["next"]

    assert post(POLL, cursor=following).json()["field"] == "cursor"


def test_a_memory_too_large_for_a_cursor_needs_a_subscription(post, acme, monkeypatch):
    monkeypatch.setattr("connectors.server.handlers.triggers.MAX_CURSOR", 100)

    answer = post(POLL)

    assert (answer.status_code, answer.json()["kind"]) == (413, "too_large")
    assert "subscription" in answer.json()["remedy"]
