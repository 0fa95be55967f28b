from __future__ import annotations

import asyncio

import pytest

from connectors.components.http import Response


def text(result):
    return result["content"][0]["text"]


def error(result):
    assert result["isError"], result
    return result["structuredContent"]["error"]


def test_an_action_gives_its_output(tool, acme):
    result = tool("acme_place_order", article="lamp")

    assert result["structuredContent"] == {"id": 7}
    assert text(result) == '{"id":7}'
    assert [request.json["article"] for request in acme.asked] == ["lamp"]


def test_a_search_gives_items_and_says_that_there_may_be_more(tool, acme):
    result = tool("acme_find_order", city="Kiel", limit=2)

    assert [item["id"] for item in result["structuredContent"]["items"]] == [1, 3]
    assert "There may be more" in result["content"][1]["text"]


def test_a_search_gives_no_more_than_an_agent_can_read(tool, acme):
    acme.orders = [{"id": number, "city": "Kiel"} for number in range(50)]

    assert len(tool("acme_find_order", city="Kiel")["structuredContent"]["items"]) == 20


def test_choices_can_be_asked_for(tool):
    found = tool("acme_choices", operation="get_order", field="id", search="Ulm")["structuredContent"]

    assert found["choices"] == [{"value": 2, "title": "Ulm 2"}, {"value": 4, "title": "Ulm 4"}]


def test_choices_of_what_is_no_tool_are_refused(tool):
    assert error(tool("acme_choices", operation="new_order", field="city"))["field"] == "operation"


def test_a_file_comes_as_a_resource(tool, acme):
    acme.answers(200, b"%PDF", content_type="application/pdf", content_disposition='attachment; filename="a.pdf"')

    result = tool("acme_print_order", id="1")

    assert result["structuredContent"] == {"name": "a.pdf", "media_type": "application/pdf", "size": 4}
    resource = {"uri": "file:///a.pdf", "mimeType": "application/pdf", "blob": "JVBERg=="}
    assert result["content"][1] == {"type": "resource", "resource": resource}


def test_an_empty_answer_says_that_it_was_done(tool, acme):
    acme.answers(204)

    assert text(tool("acme_place_order", article="lamp")) == "Done; the vendor says nothing more."


def test_a_wrong_input_names_the_argument_and_nothing_is_sent(tool, acme):
    result = tool("acme_place_order", amount=2)

    assert (error(result)["kind"], error(result)["field"]) == ("invalid_input", "article")
    assert "nothing was done" in text(result)
    assert not acme.asked


def test_an_argument_that_is_unknown_is_refused(tool):
    assert error(tool("acme_get_order", id="1", idempotency_key="x"))["field"] == "idempotency_key"
    assert error(tool("acme_find_order", city="Ulm", limit="many"))["field"] == "limit"


def test_what_the_vendor_refuses_is_told_in_its_words(tool, acme):
    acme.answers(403, b'{"message": "Not on Sundays"}')

    result = tool("acme_place_order", article="lamp")

    assert error(result)["kind"] == "vendor_refused"
    assert "Not on Sundays" in text(result)


def test_after_an_unknown_outcome_it_says_to_look_first(tool, acme):
    acme.answers(500)

    result = tool("acme_place_order", article="lamp")

    assert error(result)["kind"] == "unknown_outcome"
    assert "Do not do this again" in text(result)
    assert len(acme.asked) == 1


def test_the_same_key_does_nothing_twice_also_by_way_of_the_api(tool, client, acme):
    first, second = (tool("acme_place_order", article="lamp", idempotency_key="one-lamp") for _ in range(2))
    path, headers = "/v1/connections/acme-1/actions/place_order", {"Idempotency-Key": "one-lamp"}
    third = client.post(path, json={"input": {"article": "lamp"}}, headers=headers)

    assert first["structuredContent"] == second["structuredContent"] == third.json()["output"]
    assert "idempotent-replayed" in third.headers
    assert len(acme.asked) == 1


def test_a_header_that_belongs_to_the_message_is_no_key(send, acme):
    for article in ("lamp", "table"):
        asked = {"name": "acme_place_order", "arguments": {"article": article}}
        assert not send("tools/call", asked, **{"Idempotency-Key": "one-message"}).json()["result"]["isError"]

    assert len(acme.asked) == 2


def test_a_refusal_under_a_key_is_an_error_each_time(tool, acme):
    acme.answers(403)
    results = [tool("acme_place_order", article="lamp", idempotency_key="refused") for _ in range(2)]

    assert [error(result)["kind"] for result in results] == ["vendor_refused"] * 2
    assert len(acme.asked) == 1


@pytest.mark.parametrize("key", ["", "ä", "x" * 256, 7])
def test_a_key_that_cannot_be_used_is_refused(tool, acme, key):
    assert error(tool("acme_place_order", article="lamp", idempotency_key=key))["field"] == "idempotency_key"
    assert not acme.asked


def test_what_cannot_be_undone_is_not_done_unconfirmed(tool, acme):
    result = tool("acme_cancel_order", id=1)

    assert error(result)["kind"] == "confirm_required"
    assert "Ask the person you work for" in text(result)
    assert not acme.asked
    assert not tool("acme_cancel_order", id=1, confirm=True)["isError"]
    assert len(acme.asked) == 1


def test_a_client_that_can_ask_its_person_is_told_to(modern, acme):
    result = modern("acme_cancel_order", {"id": 1})

    asked = result["inputRequests"]["confirm"]["params"]
    assert result["resultType"] == "input_required"
    assert asked["message"] == 'Acme: Cancel order, with {"id":1}. This cannot be undone. Do it?'
    assert not acme.asked


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        ({"action": "accept", "content": {"confirm": True}}, 1),
        ({"action": "accept", "content": {"confirm": False}}, 0),
        ({"action": "decline"}, 0),
        ({"action": "cancel"}, 0),
    ],
)
def test_it_is_done_if_the_person_agrees(modern, acme, answer, sent):
    result = modern("acme_cancel_order", {"id": 1}, inputResponses={"confirm": answer})

    assert (len(acme.asked), bool(result.get("isError"))) == (sent, not sent)


def test_what_an_agent_says_is_not_the_persons_answer(modern, acme):
    asked = modern("acme_cancel_order", {"id": 1, "confirm": True})
    declined = modern(
        "acme_cancel_order", {"id": 1, "confirm": True}, inputResponses={"confirm": {"action": "decline"}}
    )
    again = modern("acme_cancel_order", {"id": 1, "confirm": True})

    assert (asked["resultType"], again["resultType"]) == ("input_required", "input_required")
    assert '{"id":1}' in asked["inputRequests"]["confirm"]["params"]["message"]
    assert error(declined)["kind"] == "confirm_required"
    assert not acme.asked


def test_with_several_connections_one_has_to_be_named(tool, acme):
    unnamed = error(tool("acme_place_order", of="", article="lamp"))

    assert unnamed["field"] == "connection"
    assert "acme-1, acme-2" in unnamed["message"]
    assert tool("acme_place_order", of="", article="lamp", connection="acme-2")["structuredContent"] == {"id": 7}


@pytest.mark.parametrize("name", ["acme-3", "club-1", 7, None])
def test_a_connection_of_another_connector_or_none_is_refused(tool, acme, name):
    result = tool("acme_place_order", of="", article="lamp", connection=name)

    assert error(result)["field"] == "connection"
    assert not acme.asked


def test_the_address_leaves_out_all_connections_but_the_one_that_it_names(tool, acme):
    assert error(tool("acme_place_order", article="lamp", connection="acme-2"))["kind"] == "invalid_input"
    assert error(tool("acme_place_order", of="?connection=club-1", article="lamp"))["field"] == "connection"
    assert not acme.asked


def test_the_state_of_the_connection_is_kept(tool, client, acme):
    acme.answers(401)

    assert error(tool("acme_get_order", id="1"))["kind"] == "reconnect"
    assert client.get("/v1/connections/acme-1").json()["state"] == "reconnect"
    acme.answer = acme.usual
    tool("acme_get_order", id="1")
    assert client.get("/v1/connections/acme-1").json()["state"] == "ok"


def test_what_writes_for_too_long_goes_on_and_its_outcome_is_unknown(app, tool, acme, monkeypatch):
    ended = []

    async def send(request, **_):
        await asyncio.sleep(0.5)
        ended.append(request)
        return Response(200, (), b"{}")

    monkeypatch.setattr(acme, "send", send)
    monkeypatch.setattr(app.routes[0].app._server, "longest_reading", 0.1)

    assert error(tool("acme_place_order", article="lamp"))["kind"] == "unknown_outcome"
    assert not ended


def test_a_bug_of_ours_is_told_without_its_words(tool, acme, monkeypatch):
    async def broken(request, **_):
        raise RuntimeError("secret words")

    monkeypatch.setattr(acme, "send", broken)
    result = tool("acme_get_order", id="1")

    assert error(result)["kind"] == "internal"
    assert "secret words" not in str(result)
