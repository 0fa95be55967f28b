from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from connectors.components.extract import MISSING
from connectors.components.http import Request
from connectors.engine.connection import Connection
from connectors.engine.request import Origin, build, origins, path_of, unmentioned
from connectors.errors import InputError
from connectors.manifest.model import RequestLine

ANY = {"type": ["string", "number", "boolean", "null", "array", "object"]}


@pytest.fixture
def made(connector: Any, connect: Any) -> Any:
    """A function from an action's blocks and inputs to the request that would be sent."""

    def make(inputs: dict[str, Any], /, **action: Any) -> Request:
        acme = connector(actions={"act": action})
        call = acme.actions["act"]
        return build(connect(acme), call, call.checker.check(inputs), call.input)

    return make


@pytest.fixture
def refusal(made: Any) -> Any:
    """A function as above, to the error's field and message."""

    def refuse(inputs: dict[str, Any], /, **action: Any) -> tuple[str | None, str]:
        with pytest.raises(InputError) as caught:
            made(inputs, **action)
        return caught.value.field, caught.value.message

    return refuse


# Where inputs go


def test_inputs_that_nothing_mentions_go_to_the_body(made):
    request = made({"id": "7", "text": "Hi"}, request="POST /notes/{id}", input={"id": {"required": True}, "text": {}})
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    assert request == Request("POST", "https://api.example.com/notes/7", headers=headers, json={"text": "Hi"})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_inputs_that_nothing_mentions_go_to_the_query_of_get_and_delete(made, method):
    request = made({"q": "a b", "n": 0}, request=f"{method} /notes", input={"q": {}, "n": {"type": "integer"}})
    assert request == Request(
        method, "https://api.example.com/notes", (("q", "a b"), ("n", "0")), {"Accept": "application/json"}
    )


def test_a_written_body_replaces_this(made):
    request = made({"a": 1}, request="POST /x", input={"a": ANY, "b": ANY}, body={"x": "{a}", "y": "{b}", "z": 0})
    assert (request.json, request.query) == ({"x": 1, "z": 0}, ())


def test_a_written_query_leaves_the_rest_to_the_body(made):
    request = made({"a": 1, "b": 2}, request="POST /x", input={"a": ANY, "b": ANY}, query={"x": "{a}"})
    assert (request.json, request.query) == ({"b": 2}, (("x", "1"),))


def test_absent_null_empty_and_zero_are_four_different_things_in_a_body(made):
    given = {"null": None, "empty": "", "zero": 0}
    fields = {"absent": ANY, "null": ANY, "empty": ANY, "zero": ANY}
    assert made(given, request="POST /x", input=fields).content == b'{"null":null,"empty":"","zero":0}'
    body = {name: f"{{{name}}}" for name in fields}
    assert made(given, request="POST /x", input=fields, body=body).json == given


def test_a_body_that_is_one_absent_template_is_no_body(made):
    request = made({}, request="POST /x", input={"all": {"type": "object"}}, body="{all}")
    assert request.json is MISSING
    assert "Content-Type" not in request.headers


def test_a_value_that_is_exactly_one_template_keeps_its_type(made):
    body = {"n": "{n}", "text": "n={n}", "o": "{o}", "braces": "{{n}}"}
    request = made({"n": 2**70, "o": [1]}, request="POST /x", input={"n": ANY, "o": ANY}, body=body)
    assert request.json == {"n": 2**70, "text": f"n={2**70}", "o": [1], "braces": "{n}"}


def test_wire_names_at_every_depth(made):
    place = {"properties": {"lat": {"type": "number", "send_as": "latitude"}}, "send_as": "position"}
    assert made({"place": {"lat": 1}}, request="POST /x", input={"place": place}).json == {"position": {"latitude": 1}}
    assert made({"q": "a"}, request="GET /x", input={"q": {"send_as": "search"}}).query == (("search", "a"),)


def test_values_are_never_read_as_templates(made):
    fields = {"a": {"required": True}, "b": {}}
    given = {"a": "{apiKey}", "b": "{account}"}
    assert made(given, request="POST /x/{a}", input=fields).url.endswith("/x/%7BapiKey%7D")
    assert made(given, request="POST /x/{a}", input=fields).json == {"b": "{account}"}
    assert made(given, request="POST /x/{a}", input=fields, body={"b": "<{b}>"}).json == {"b": "<{account}>"}


def test_secrets_are_not_in_scope(connector, connect):
    acme = connector(actions={"act": {"request": "GET /x", "query": {"account": "{account}"}}})
    call = acme.actions["act"]
    assert build(connect(acme), call, {}, {}).query == (("account", "a-1"),)
    with pytest.raises(InputError, match="'apiKey' is required"):
        path_of(RequestLine("GET /{apiKey}"), connect(acme).scope)


def test_query_values_arrive_literally_and_lists_repeat(made):
    fields = {"q": {"items": {}}, "flag": {"type": "boolean"}}
    request = made({"q": ["a&b=c#d", "%20", ""], "flag": False}, request="GET /x", input=fields)
    assert request.query == (("q", "a&b=c#d"), ("q", "%20"), ("q", ""), ("flag", "false"))
    assert urlsplit(request.full_url).query == "q=a%26b%3Dc%23d&q=%2520&q=&flag=false"


@pytest.mark.parametrize(("value", "kind"), [(None, "null"), ({"a": 1}, "an object"), ([[1]], "a list")])
def test_what_is_no_text_cannot_go_into_the_query(refusal, value, kind):
    expected = ("q", f"'q' goes into the query, but {kind} cannot stand in a text")
    assert refusal({"q": value}, request="GET /x", input={"q": ANY}) == expected
    assert refusal({"q": value}, request="GET /x", input={"q": {**ANY, "send_as": "search"}}) == expected
    assert refusal({"q": value}, request="GET /x", input={"q": ANY}, query={"search": "{q}"}) == expected


@pytest.mark.parametrize("place", ["body", "headers", "query"])
def test_what_is_no_text_cannot_go_into_the_middle_of_one(refusal, place):
    refused = refusal({"q": None}, request="POST /x", input={"q": ANY}, **{place: {"a": "q={q}"}})
    assert refused == ("q", "'q': null cannot stand in a text")


# Headers


def test_written_headers_go_along_and_replace_ours(made):
    headers = {"accept": "text/csv", "content-type": "application/vnd.api+json", "X-Trace": "{t}", "X-Gone": "{gone}"}
    request = made({"t": 7}, request="POST /x", input={"t": ANY, "gone": {}}, headers=headers)
    assert request.headers == {"accept": "text/csv", "content-type": "application/vnd.api+json", "X-Trace": "7"}


@pytest.mark.parametrize("value", ["a\nb", "a\r\nX-Admin: 1", "\x00", "a ", "東京"])
def test_what_no_header_can_carry_is_refused_naming_the_input(refusal, value):
    field, message = refusal({"t": value}, request="GET /x", input={"t": {}}, headers={"X-Trace": "{t}"})
    assert field == "t"
    assert message.startswith("'t' cannot be sent in a header: it holds a control character, a line break")


def test_a_header_that_is_no_text_is_refused_naming_the_input(refusal):
    field, message = refusal({"t": None}, request="GET /x", input={"t": ANY}, headers={"X-Trace": "{t}"})
    assert (field, message) == ("t", "'t' goes into a header, but null cannot stand in a text")


# Paths


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("a-1", "a-1"),
        ("../../admin", "..%2F..%2Fadmin"),
        ("x?admin=1", "x%3Fadmin%3D1"),
        ("x#f", "x%23f"),
        ("a/b", "a%2Fb"),
        ("@evil.example", "%40evil.example"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("...", "..."),
        ("Zoë 東", "Zo%C3%AB%20%E6%9D%B1"),
        ("a\x00b\n", "a%00b%0A"),
        ("x" * 60_000, "x" * 60_000),
        (7, "7"),
        (True, "true"),
    ],
)
def test_a_value_in_a_path_is_exactly_one_encoded_segment(made, value, segment):
    request = made({"id": value}, request="GET /x/{id}/y", input={"id": {**ANY, "required": True}})
    assert request.url == f"https://api.example.com/x/{segment}/y"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "'id' cannot be empty: it is part of an address"),
        (".", "'id' cannot be '.' or '..': it is part of an address"),
        ("..", "'id' cannot be '.' or '..': it is part of an address"),
        (None, "'id' goes into an address, but null cannot stand in a text"),
        (["a"], "'id' goes into an address, but a list cannot stand in a text"),
        ("\ud800", "'id' holds half a character (a lone surrogate); give it as valid UTF-8"),
    ],
)
def test_what_is_no_segment_is_refused(refusal, value, message):
    field = {"id": {**ANY, "required": True}}
    assert refusal({"id": value}, request="GET /x/{id}", input=field) == ("id", message)


@pytest.mark.parametrize(("first", "second", "field"), [("", "a", "a"), ("a", "", "b"), (".", ".", "a")])
def test_each_part_of_a_segment_counts(refusal, first, second, field):
    fields = {"a": {"required": True}, "b": {"required": True}}
    assert refusal({"a": first, "b": second}, request="GET /x/{a}{b}", input=fields)[0] == field


def test_an_absent_part_is_required(connect):
    with pytest.raises(InputError, match="'gone' is required: it is part of an address") as caught:
        path_of(RequestLine("GET /x/{gone}"), connect().scope)
    assert caught.value.field == "gone"


def test_a_filter_on_a_list_in_a_path_is_refused(refusal):
    field = {"id": {**ANY, "required": True}}
    refused = refusal({"id": []}, request="GET /x/{id|lower}", input=field)
    assert refused == ("id", "'id': a list cannot stand in a text")


def test_what_the_manifest_writes_in_a_path_is_taken_literally(made):
    line = "GET /v2/Items({id})/a:b%20c%2Fd%25/ü/{{x}}/"
    request = made({"id": "a(b%20"}, request=line, input={"id": {"required": True}})
    assert request.url == "https://api.example.com/v2/Items(a%28b%2520)/a:b%20c%2Fd%25/%C3%BC/%7Bx%7D/"


@pytest.mark.parametrize("path", ["/100%", "/a%2", "/%zz", "/%{x}", "/%2e/a", "/a/%2E%2e", "/.%2e/a", "/%2e."])
def test_a_path_that_is_miscoded_or_leads_elsewhere_is_no_request_line(path):
    with pytest.raises(PydanticCustomError):
        RequestLine(f"GET {path}")


@pytest.mark.parametrize("value", [".", ".."])
def test_dots_are_refused_in_percent_encoding_too(refusal, value):
    assert refusal({"id": value}, request="GET /x/{id}/y", input={"id": {"required": True}})[0] == "id"
    written = refusal({"id": "."}, request="GET /x/%2e{id}/y", input={"id": {"required": True}})
    assert written[0] == "id"


ACT = {"request": "GET /x/{id}/y", "input": {"id": {"required": True}}}


@given(value=st.text() | st.text("./%\\?#@:;&", min_size=1, max_size=5))
@example(value="..")
@example(value="\udcff")
@example(value="%2e%2e")
def test_any_text_is_one_segment_of_the_same_address_or_refused(value, connector, connect, acme):
    call = acme.connector.actions["act"]
    try:
        request = build(acme, call, call.checker.check({"id": value}), call.input)
    except InputError:
        assert value in ("", ".", "..") or any("\ud800" <= character <= "\udfff" for character in value)
        return
    parts = urlsplit(request.full_url)
    before, segment, after = parts.path.removeprefix("/v1/").split("/")
    assert (request.origin, parts.query, parts.fragment) == ("https://api.example.com", "", "")
    assert (before, unquote(segment), after) == ("x", value, "y")


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_in_the_query_arrives_as_it_is(value, acme):
    call = acme.connector.actions["find"]
    request = build(acme, call, call.checker.check({"q": value}), call.input)
    name, _, text = urlsplit(request.full_url).query.partition("=")
    assert (name, unquote(text)) == ("q", value)


@pytest.fixture(scope="session")
def acme(connector: Any, connect: Any) -> Connection:
    find = {"request": "GET /find", "input": {"q": {}}}
    return connect(connector(base_url="https://api.example.com/v1", actions={"act": ACT, "find": find}))


# What cannot be sent at all


def test_what_is_nested_too_deeply_is_refused_by_the_name_of_its_input(refusal):
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    said = refusal({"id": "7", "more": deep}, request="POST /x", input={"id": {}, "more": ANY})
    assert said == ("more", "'more' is nested too deeply to be sent")


@pytest.mark.parametrize("request_line", ["POST /x/{text}", "GET /x"])
def test_what_is_too_long_for_an_address_is_refused_by_the_name_of_its_input(refusal, request_line):
    said = refusal(
        {"id": "7", "text": "a" * 70_000}, request=request_line, input={"id": {}, "text": {"required": True}}
    )
    assert said == ("text", "'text' is too long for an address, which may have 65,536 characters")


# Where parts come from


def test_each_part_knows_where_it_comes_from(connector, connect):
    fields = {"id": {"required": True}, "text": {"send_as": "message"}, "t": {}}
    action = {"request": "POST /{account}/notes/{id}", "input": fields, "headers": {"X-Trace": "{t}"}}
    call = connector(actions={"act": action}).actions["act"]
    assert unmentioned(call, call.input) == ["text"]
    assert origins(connect(), call, call.input) == [
        Origin("path", "the connection: account"),
        Origin("path", "input: id"),
        Origin("headers X-Trace", "input: t"),
        Origin("body message", "input: text"),
    ]


def test_without_a_connection_and_without_a_rest_there_is_less_to_tell(connector):
    action = {"request": "POST /x", "input": {"a": {}}, "body": {"b": {"c": "{a}"}}}
    call = connector(actions={"act": action}).actions["act"]
    assert origins(None, call, call.input) == [Origin("body b.c", "input: a")]
