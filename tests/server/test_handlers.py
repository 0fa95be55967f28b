from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from connectors.components.fields import Field
from connectors.components.http import Request, dump_json
from connectors.components.values import RequestLine
from connectors.server.handlers.operations import meant
from tests.server.conftest import SECRET

LINE = RequestLine("GET /orders/{nobody_gave_this}")
ORDERS = "https://api.acme.example/north/orders"


def test_a_connector_in_the_list_names_what_it_can_do(client):
    acme, _ = client.get("/v1/connectors").json()["items"]

    assert (acme["name"], acme["title"], acme["triggers"], acme["searches"]) == (
        "acme", "Acme", ["order_moved", "new_order", "order_coded"], ["find_order"],
    )  # fmt: skip


def test_a_connector_is_described_so_that_a_form_can_be_shown(client):
    acme = client.get("/v1/connectors/acme").json()
    actions = {action["name"]: action for action in acme["actions"]}
    place = actions["place_order"]["input"]["properties"]

    assert acme["connection"]["input"]["properties"]["token"]["x-secret"] is True
    assert actions["cancel_order"]["effect"] == "destroy"
    assert actions["get_order"]["input"]["properties"]["id"]["x-choices"] == "dynamic"
    assert place["note"]["x-multiline"] is True
    assert place["speed"]["x-choices"] == [{"value": 1, "title": "Slow"}, {"value": 2, "title": "Fast"}]
    assert place["position"]["properties"]["remark"]["x-multiline"] is True
    assert acme["triggers"][0]["sample"] == {"id": 1, "city": "Kiel"}
    assert acme["triggers"][0]["comes_by"] == ["poll"]


def test_connections_are_shown_without_their_values(client):
    client.post("/v1/connections/acme-1/test")

    first = client.get("/v1/connections").json()["items"][0]

    assert first == client.get("/v1/connections/acme-1").json() == client.get(f"/v1/connections/{first['id']}").json()
    assert (first["name"], first["connector"], first["state"]) == ("acme-1", "acme", "ok")
    assert SECRET not in json.dumps(first)


@pytest.mark.parametrize("path", ["", "/test", "/actions/get_order", "/triggers/new_order/poll", "/choices"])
def test_an_unknown_connection_is_the_same_404_everywhere(client, path):
    method = "POST" if path else "GET"
    body = {"operation": "get_order", "field": "id"} if path == "/choices" else {}
    answer = client.request(method, "/v1/connections/acme-3" + path, json=body)

    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no connection 'acme-3'")


def test_a_connection_that_works(post, acme):
    answer = post("test")

    assert answer.json()["state"] == "ok"
    assert [request.url for request in acme.asked] == [ORDERS]


def test_a_connection_that_cannot_be_tested_is_said_to_be_untested(post, acme, monkeypatch):
    monkeypatch.setattr(
        "connectors.engine.run.Vendor.connector", SimpleNamespace(connection=SimpleNamespace(test=LINE))
    )

    assert post("test").json()["state"] == "not_tested"
    assert acme.asked == []


def test_a_connection_that_does_not_work(post, acme):
    acme.answers(401, b'{"message": "token expired"}')

    answer = post("test")

    assert (answer.status_code, answer.json()["kind"]) == (424, "reconnect")
    assert answer.json()["vendor_message"] == "token expired"


def test_an_action_gives_its_output(post, acme):
    answer = post("actions/place_order", input={"article": "lamp"})

    assert answer.json() == {"output": {"id": 7}}
    assert acme.asked[0].json == {"article": "lamp", "amount": 1}


def test_numbers_pass_exactly(post, acme):
    acme.answers(200, b'{"id": 123456789012345678901234567890}')

    answer = post("actions/place_order", input={"article": "lamp"})

    assert answer.text == '{"output":{"id":123456789012345678901234567890}}'


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({}, "article"),
        ({"article": "x" * 21}, "article"),
        ({"article": "lamp", "artcle": 1}, "artcle"),
        ({"article": "lamp", "position": {"lat": 91}}, "position.lat"),
        ({"article": "lamp", "speed": 3}, "speed"),
        ({"article": "lamp", "key": "no"}, "key"),
        ({"article": "lamp", "position": {"lat": 1}, "contact": "a@example.com"}, "contact"),
    ],
)
def test_a_wrong_input_is_refused_by_its_field_and_nothing_is_sent(post, acme, input, field):
    answer = post("actions/place_order", input=input)

    assert (answer.status_code, answer.json()["kind"], answer.json()["field"]) == (422, "invalid_input", field)
    assert not acme.asked


def test_several_wrong_inputs_are_told_together(post):
    problem = post("actions/place_order", input={"amount": 0, "note": 1}).json()

    assert {each["field"] for each in problem["problems"]} == {"article", "amount", "note"}


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("actions/get_ordr", "get_order"),
        ("searches/find_orders", "find_order"),
        ("triggers/new_orders/poll", "new_order"),
    ],
)
def test_an_unknown_operation_is_not_found_with_a_near_miss(post, path, near):
    answer = post(path)

    assert (answer.status_code, answer.json()["kind"]) == (404, "not_found")
    assert f"did you mean '{near}'?" in answer.json()["detail"]


def test_a_dry_run_shows_the_request_without_secrets_and_sends_nothing(post, acme):
    answer = post("actions/cancel_order", input={"id": 3}, dry_run=True)

    headers = {"Accept": "application/json", "X-Token": "•••"}
    shown = {"method": "DELETE", "url": f"{ORDERS}/3", "headers": headers, "body": None}
    assert answer.json() == {"request": shown}
    assert not acme.asked


def test_what_destroys_has_to_be_confirmed(post, acme):
    unconfirmed = post("actions/cancel_order", input={"id": 3})
    assert (unconfirmed.status_code, unconfirmed.json()["kind"]) == (409, "confirm_required")
    assert not acme.asked

    assert post("actions/cancel_order", input={"id": 3}, confirm=True).status_code == 200


def test_a_search_gives_what_matches(post, acme):
    assert post("searches/find_order", input={"city": "Ulm"}).json() == {
        "items": [{"id": 2, "city": "Ulm"}, {"id": 4, "city": "Ulm"}]
    }


def test_a_limited_search_reads_no_further(post, acme):
    answer = post("searches/find_order", input={"city": "Ulm"}, limit=1)

    assert answer.json() == {"items": [{"id": 2, "city": "Ulm"}]}
    assert len(acme.asked) == 1


def test_a_limit_is_a_number_of_items(post):
    assert post("searches/find_order", input={"city": "Ulm"}, limit=1.0).status_code == 200
    for limit in (0, -1, 1.5, True, "1", None):
        assert post("searches/find_order", input={"city": "Ulm"}, limit=limit).json()["field"] == "limit"


def test_choices_have_value_and_title(post):
    answer = post("choices", operation="get_order", field="id", search="ulm").json()

    assert answer == {"choices": [{"value": 2, "title": "Ulm 2"}, {"value": 4, "title": "Ulm 4"}], "next": None}


def test_choices_go_on_where_they_stopped(post, acme):
    acme.orders = [{"id": number, "city": "Kiel"} for number in range(250)]
    ask = {"operation": "get_order", "field": "id"}

    first = post("choices", **ask).json()
    second = post("choices", **ask, next=first["next"]).json()

    values = [choice["value"] for choice in first["choices"] + second["choices"]]
    assert values == list(range(len(values)))
    assert len(values) > len(first["choices"]) >= 20


def test_choices_that_depend_on_another_input_are_given_it(post, acme):
    acme.answers(200, b'[{"id": 5}]')
    ask = {"operation": "move_line", "field": "line"}

    assert post("choices", **ask, input={"order": "7"}).json()["choices"] == [{"value": 5, "title": "Line 5"}]
    assert [request.url for request in acme.asked] == [f"{ORDERS}/7/lines"]
    assert post("choices", **ask).json()["field"] == "order"


def test_a_form_that_can_only_get_is_offered_the_same(client, post):
    asked = {"operation": "get_order", "field": "id", "search": "ulm"}
    answer = client.get("/v1/connections/acme-1/choices", params=asked)

    assert (answer.status_code, answer.json()) == (200, post("choices", **asked).json())


@pytest.mark.parametrize("given", [{"input.order": "7"}, {"input": '{"order": "7"}'}])
def test_what_choices_depend_on_stands_in_the_query(client, acme, given):
    acme.answers(200, b'[{"id": 5}]')
    asked = {"operation": "move_line", "field": "line"}
    answer = client.get("/v1/connections/acme-1/choices", params=asked | given)

    assert answer.json()["choices"] == [{"value": 5, "title": "Line 5"}]
    assert [request.url for request in acme.asked] == [f"{ORDERS}/7/lines"]


@pytest.mark.parametrize(
    "twice", ["input.a=1&input.a=2", "input=%7B%7D&input.a=1", "input.a=1&input=%7B%7D", "field=x&field=y"]
)
def test_nothing_stands_in_a_query_twice(client, twice):
    answer = client.get(f"/v1/connections/acme-1/choices?operation=get_order&{twice}")

    assert answer.status_code == 422
    assert "more than once" in answer.json()["detail"]


def test_a_text_in_a_query_is_what_its_field_would_have():
    fields = {"order": Field(type="integer"), "city": Field(), "place": Field(properties={})}

    assert meant(fields, {"order": "7", "city": "7"}) == {"order": 7, "city": "7"}
    assert meant(fields, {"order": "x", "other": "7", "place": {"a": "1"}}) == {
        "order": "x",
        "other": "7",
        "place": {"a": "1"},
    }


def test_choices_of_what_there_is_not_are_refused_by_name(client):
    answer = client.get("/v1/connections/acme-1/choices?operation=get_ordr&field=id").json()

    assert "did you mean" in answer["detail"]


def test_a_dry_run_shows_a_form(post, acme):
    shown = post("actions/move_line", input={"order": "7", "line": "5"}, dry_run=True).json()["request"]

    assert (shown["url"], shown["body"]) == (f"{ORDERS}/7/move", [["line[id]", "5"]])
    assert not acme.asked


def test_the_sample_of_a_list_shows_for_its_triggers(client, acme):
    shown = client.get("/v1/connectors/acme").json()["triggers"][0]

    assert (shown["name"], shown["sample"]) == ("order_moved", {"id": 1, "city": "Kiel"})
    assert client.get("/v1/connections/acme-1/triggers/order_moved/sample").json() == {"sample": shown["sample"]}


def test_what_to_continue_with_holds_no_credential_and_fits_nothing_else(post, acme):
    acme.orders = [{"id": number, "city": "Kiel"} for number in range(250)]
    following = post("choices", operation="get_order", field="id").json()["next"]

    for other in ({"search": "Kiel"}, {"input": {"id": "7"}}):
        answer = post("choices", operation="get_order", field="id", next=following, **other)
        assert (answer.status_code, answer.json()["field"]) == (422, "next")
    assert all(isinstance(request, Request) and "X-Token" in request.headers for request in acme.asked)


def test_the_sample_of_a_trigger_asks_nobody(client, acme):
    answer = client.get("/v1/connections/acme-1/triggers/new_order/sample")

    assert answer.json() == {"sample": {"id": 1, "city": "Kiel"}}
    assert not acme.asked


@pytest.mark.parametrize(
    ("status", "headers", "expected", "kind"),
    [
        (400, {}, 422, "invalid_input"),
        (401, {}, 424, "reconnect"),
        (403, {}, 422, "vendor_refused"),
        (404, {}, 404, "vendor_not_found"),
        (409, {}, 422, "vendor_refused"),
        (429, {"retry_after": "7"}, 429, "busy"),
        (500, {}, 409, "unknown_outcome"),
        (302, {"location": "https://evil.example/"}, 409, "unknown_outcome"),
    ],
)
def test_what_the_vendor_answers_to_a_write(post, acme, status, headers, expected, kind):
    acme.answers(status, b'{"message": "no"}', **headers)

    answer = post("actions/place_order", input={"article": "lamp"})

    assert (answer.status_code, answer.json()["kind"], answer.json()["vendor_status"]) == (expected, kind, status)
    assert answer.headers.get("retry-after") == headers.get("retry_after")
    assert len(acme.asked) == 1


def test_a_busy_vendor_that_names_no_time_is_asked_again_in_half_a_minute(post, acme):
    acme.answers(429)

    assert post("actions/place_order", input={"article": "lamp"}).headers["retry-after"] == "30"


def test_an_answer_that_breaks_us_after_a_write_is_an_unknown_outcome_never_a_5xx(post, acme, caplog):
    def broken(request: Request):
        raise ZeroDivisionError

    acme.answer = broken

    answer = post("actions/place_order", input={"article": "lamp"})

    assert (answer.status_code, answer.json()["kind"]) == (409, "unknown_outcome")
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in answer.text


def test_an_answer_that_breaks_us_while_reading_is_a_500_without_a_stack(post, acme, caplog):
    def broken(request: Request):
        raise ZeroDivisionError(f"broken with {SECRET}")

    acme.answer = broken

    answer = post("actions/get_order", input={"id": "1"})

    problem = answer.json()
    assert (answer.status_code, problem["kind"]) == (500, "internal")
    assert problem["correlation_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert SECRET not in caplog.text + answer.text
    assert "Traceback" not in answer.text


def test_a_success_that_echoes_a_secret_hides_it(post, acme):
    acme.answers(200, dump_json({"id": 1, "said": "the token acme-secret-token"}))

    assert post("actions/place_order", input={"article": "lamp"}).json()["output"] == {"id": 1, "said": "the token •••"}


def test_an_echoed_secret_is_hidden(post, acme):
    acme.answers(400, dump_json({"message": "the token acme-secret-token is no good"}))

    problem = post("actions/place_order", input={"article": "lamp"}).json()

    assert problem["vendor_message"] == "the token ••• is no good"
    assert "acme-secret-token" not in json.dumps(problem)


def test_what_is_secret_in_a_subscriptions_input_is_not_shown(client):
    wanted = {"connection": "acme-1", "trigger": "order_coded", "input": {"code": "hidden-code"}}
    made = client.post("/v1/subscriptions", json=wanted)
    at = f"/v1/subscriptions/{made.json()['id']}"

    answers = [made, client.get(at), client.get("/v1/subscriptions"), client.patch(at, json={"ordered": True})]

    client.delete(at).raise_for_status()
    assert made.json()["input"] == {"code": "•••"}
    assert all("•••" in one.text and "hidden-code" not in one.text for one in answers)
