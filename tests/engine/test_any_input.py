"""Whatever a manifest says that passes the check, and whatever is given: a request that holds it exactly, or an error
that names the input."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connectors.components.extract import MISSING
from connectors.components.fields import Checker, Field
from connectors.components.filters import FILTERS
from connectors.components.http import Request, load_json
from connectors.engine.connection import Connection
from connectors.engine.request import build
from connectors.errors import InputError, ManifestError
from connectors.manifest.calls import List
from connectors.manifest.check import check
from connectors.manifest.finding import calls
from connectors.manifest.model import Connector
from connectors.manifest.source import parse
from tests.engine.acme import make_connection, make_connector

ROOT = Path(__file__).parents[2]
FOLDERS = ("manifests", "tests/manifests", "tests/manifests/ok")
MANIFESTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.yaml"))

TEXTS = st.text() | st.sampled_from(
    [
        "",
        ".",
        "..",
        "a/b",
        "a?b#c",
        "%2e",
        "{x}",
        "{{x}}",
        "{account}",
        "{apiKey}",
        "a&b=c",
        "a\r\nX: y",
        "ü",
        " a ",
        "\x00",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))  # as many as the profile says

PLACES: dict[str, dict[str, Any]] = {
    "path": {"request": "POST /a/{x}/b", "body": {}},
    "query": {"request": "GET /a"},
    "written query": {"request": "GET /a", "query": {"x": "{x}"}},
    "header": {"request": "GET /a", "query": {}, "headers": {"X-Text": "{x}"}},
    "body": {"request": "POST /a"},
    "written body": {"request": "POST /a", "body": {"x": "{x}"}},
    "inside a text": {"request": "POST /a", "body": {"x": "<{x}>"}},
    "json_text": {"request": "POST /a", "body": {"x": {"json_text": {"x": "{x}"}}}},
    "form": {"request": "POST /a", "send": "form"},
    "written form": {"request": "POST /a", "form": {"x": "{x}"}},
}


def arrived(place: str, request: Request) -> Any:
    """The value as a vendor reads it out of the request."""
    if place == "path":
        *before, segment, after = urlsplit(request.full_url).path.split("/")
        assert (before, after) == (["", "a"], "b")
        return unquote(segment, errors="strict")
    if "query" in place:
        return dict(parse_qsl(urlsplit(request.full_url).query, keep_blank_values=True, strict_parsing=True))["x"]
    if place == "header":
        return request.headers["X-Text"]
    content = (request.content or b"").decode()
    if "form" in place:
        return dict(parse_qsl(content, keep_blank_values=True, strict_parsing=True))["x"]
    body = load_json(content)["x"]
    if place == "inside a text":
        return body.removeprefix("<").removesuffix(">")
    return load_json(body)["x"] if place == "json_text" else body


@cache
def acting(place: str) -> Connection:
    action = {"input": {"x": {"required": True}}, **PLACES[place]}
    return make_connection(make_connector(actions={"act": action}))


def sent(place: str, value: str) -> Request:
    connection = acting(place)
    action = connection.connector.actions["act"]
    return build(connection, action, action.checker.check({"x": value}), action.input)


@pytest.mark.parametrize("place", PLACES)
@given(value=TEXTS)
@settings(deadline=None)
def test_a_text_arrives_as_exactly_that_text_or_is_refused(place: str, value: str):
    try:
        request = sent(place, value)
    except InputError as error:
        may_refuse = place == "header" or (place == "path" and value in ("", ".", ".."))
        assert (error.field, may_refuse) == ("x", True)  # noqa: PT017 - most texts are not refused
    else:
        assert arrived(place, request) == value
        assert urlsplit(request.full_url).netloc == "api.example.com"


# Manifests made of the language's own words

NAMES = ("a", "b", "c")
HOLES = st.builds(
    lambda name, filters: "{" + "|".join([name, *filters]) + "}",
    st.sampled_from([*NAMES, "account", "a.x", "b.0"]),
    st.lists(st.sampled_from(sorted(FILTERS)), max_size=2),
)
WRITTEN = HOLES | st.builds("x{}y{}".format, HOLES, HOLES) | st.sampled_from(["text", "", 0, 1.5, True, None])
TREES = st.recursive(
    WRITTEN,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["x", "y", "z"]), inner, max_size=3)
        | st.builds(lambda value: {"json_text": value}, inner)
        | st.builds(lambda value: {"if_given": value}, inner)
    ),
    max_leaves=5,
)
TYPES = st.sampled_from(["string", "number", "integer", "boolean", "object", "array", "null"])
FIELDS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "required": st.booleans(),
            "default": JSON,
            "pattern": st.sampled_from(["^(a+)+$", "", "[", r"\d"]),
            "maxLength": st.integers(0, 3),
            "enum": st.lists(JSON, max_size=2),
            "send_as": st.sampled_from(["x", "a[b]", "", "ü"]),
            "format": st.sampled_from(["date", "uuid", "email"]),
        },
    ),
    lambda inner: (
        st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2)})
        | st.fixed_dictionaries({"items": inner})
    ),
    max_leaves=3,
)
METHODS = st.sampled_from(["GET", "POST", "DELETE", "PUT"])
LINES = st.builds("{} /{}".format, METHODS, HOLES | st.sampled_from(["x", "x/y"]))
BLOCKS = st.dictionaries(st.sampled_from(["x", "y"]), TREES, max_size=2) | TREES
ACTIONS = st.fixed_dictionaries(
    {
        "request": LINES | st.lists(LINES, min_size=2, max_size=3),
        "input": st.dictionaries(st.sampled_from(NAMES), FIELDS),
    },
    optional={"query": BLOCKS, "headers": BLOCKS, "body": TREES, "form": BLOCKS, "send": st.just("form")},
)


def fitting(field: Field) -> st.SearchStrategy[Any]:
    """Values, most of which the field takes."""
    if field.enum:
        return st.sampled_from(field.enum)
    kinds = {
        "string": TEXTS,
        "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "integer": st.integers() | st.integers(-9, 9).map(float),
        "boolean": st.booleans(),
        "null": st.none(),
        "array": st.lists(fitting(field.items) if field.items else JSON, max_size=3),
        "object": st.dictionaries(TEXTS, JSON, max_size=3) if field.properties is None else inputs_of(field.properties),
    }
    return st.one_of([kinds[kind] for kind in field.kinds])


def inputs_of(fields: dict[str, Field]) -> st.SearchStrategy[dict[str, Any]]:
    needed = {name: fitting(field) for name, field in fields.items() if field.required}
    others = {name: fitting(field) for name, field in fields.items() if not field.required}
    return st.fixed_dictionaries(needed, optional=others)


def can_be_built(connection: Connection, data: st.DataObject) -> None:
    """Every request of the connector is built from any inputs that its checker takes, or an input is refused."""
    for _, call, fields in calls(connection.connector):
        more: dict[str, Any] = {}
        if isinstance(call, List):
            more |= call.since.scope("2026-01-02") if call.since else {}
            more |= {call.for_each.as_: data.draw(JSON)} if call.for_each else {}
        for line in call.lines:
            try:
                checked = Checker(fields, []).check(data.draw(inputs_of(fields)))
                request = build(connection, call, {**checked, **more}, fields, line)
            except InputError:
                continue
            assert request.full_url.startswith(connection.base_url)
            assert (request.content is None) == (request.json is MISSING and request.form is None)


@given(ACTIONS, st.data())
@SLOW
def test_what_the_check_accepts_can_be_built(action: dict[str, Any], data: st.DataObject):
    try:
        connector = make_connector(actions={"act": action})
    except ManifestError:
        assume(False)
    else:
        can_be_built(make_connection(connector), data)


# Manifests that are there, changed in one place


@cache
def written(path: Path) -> Any:
    return parse(path.read_text(), path.name).value


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(child, (*path, key))
    return found


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def values_for(connector: Connector) -> dict[str, Any]:
    """Something for each field that signing in could need."""
    return {name: field.default or "x1" for name, field in connector.connection.fields.items()}


@given(st.sampled_from(MANIFESTS), st.data())
@SLOW
def test_a_manifest_with_one_change_is_refused_or_can_be_built(path: Path, data: st.DataObject):
    manifest = json.loads(json.dumps(written(path)))
    *outer, last = data.draw(st.sampled_from(places(manifest)))
    other = at(written(path), data.draw(st.sampled_from(places(manifest))))
    at(manifest, tuple(outer))[last] = data.draw(st.just(other) | JSON | TREES)
    try:
        connector = check(parse(json.dumps(manifest), "acme.yaml"))
        connection = Connection.open(connector, values_for(connector))
    except (ManifestError, InputError):
        return
    can_be_built(connection, data)
