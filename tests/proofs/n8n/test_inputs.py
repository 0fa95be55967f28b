"""What the node sends for each kind of input, and what it makes of the answer; the server is a mirror."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.proofs.n8n.mirrors import SLY

if TYPE_CHECKING:
    from tests.proofs.n8n.conftest import Engine
    from tests.proofs.n8n.mirrors import Mailbox

pytestmark = pytest.mark.proof

CONNECTION = {"__rl": True, "mode": "id", "value": "c-1"}


@pytest.fixture(scope="session")
def engine(start: Callable[[Path], Engine], kinds: Path) -> Engine:
    return start(kinds)


@pytest.fixture(scope="session")
def search(engine: Engine, echo: str) -> Callable[[str], list[Any]]:
    """What a dropdown shows."""

    def results(method: str) -> list[Any]:
        parameters = {"resource": "thing", "operation": "make", "connection": CONNECTION}
        credentials = {"serverUrl": echo, "apiKey": "invented"}
        return engine.ask("search", method=method, parameters=parameters, credentials=credentials)["ok"]["results"]

    return results


@pytest.fixture(scope="session")
def sent(engine: Engine, echo: str) -> Callable[..., Any]:
    """What the node sends for these parameters."""

    def body(operation: str, item: dict[str, Any] | None = None, **given: Any) -> Any:
        chosen = {"resource": "thing", "operation": operation, "connection": CONNECTION, **given}
        credentials = {"serverUrl": echo, "apiKey": "invented"}
        done = engine.ask("execute", parameters=chosen, items=[{"json": item or {}}], credentials=credentials)["ok"]
        return done["error"] if "error" in done else done["outputs"][0][0]["json"]

    return body


REQUIRED = {"text": "t", "amount": 1, "user": {"__rl": True, "mode": "id", "value": "u"}}


def test_what_an_expression_gives_takes_the_type_of_its_box(sent: Callable[..., Any]) -> None:
    given = {
        "text": "={{ $json.zip }}",
        "amount": "={{ $json.amount }}",
        "user": {**REQUIRED["user"], "value": "={{ 7 }}"},
    }
    body = sent("make", {"zip": 1067, "amount": "2.5"}, **given)
    assert body == {"input": {"text": "1067", "amount": 2.5, "user": 7}}


def test_what_an_expression_does_not_find_is_not_sent(sent: Callable[..., Any]) -> None:
    more = {"count": "={{ $json.nothing }}", "roof": "={{ null }}", "colour": ""}
    assert sent("make", **REQUIRED, additionalFields=more)["input"].keys() - {*REQUIRED} == {"roof"}


def test_dates_get_the_zone_of_the_workflow(sent: Callable[..., Any]) -> None:
    more = {"day": "2026-05-01T00:00:00", "moment": "2026-05-01T09:30:00"}
    body = sent("make", **REQUIRED, additionalFields=more)
    assert (body["input"]["day"], body["input"]["moment"]) == ("2026-05-01", "2026-05-01T09:30:00.000+02:00")


def test_groups_and_lists_arrive_as_they_were_meant(sent: Callable[..., Any]) -> None:
    home = {"city": "Erfurt"}
    person = {"value": {"name": "Erika", "additionalFields": {"home": home}}}
    people = {"items": [{"name": "Emil", "additionalFields": {"age": 9}}, {"name": "Lotte"}]}
    more = {
        "person": person,
        "people": people,
        "others": ["a", "b"],
        "picks": ["c"],
        "anything": '{"a": [1]}',
        "limit_": 5,
    }
    assert (
        sent("make", **REQUIRED, additionalFields=more)["input"].items()
        >= {
            "person": {"name": "Erika", "home": home},
            "people": [{"name": "Emil", "age": 9}, {"name": "Lotte"}],
            "others": ["a", "b"],
            "picks": ["c"],
            "anything": {"a": [1]},
            "limit": 5,
        }.items()
    )


def test_what_destroys_is_confirmed_by_the_user(sent: Callable[..., Any]) -> None:
    assert sent("delete", id="x") == {"input": {"id": "x"}}
    assert sent("delete", id="x", confirm=True) == {"input": {"id": "x"}, "confirm": True}


def test_the_vendors_words_stand_beside_a_message_without_them(sent: Callable[..., Any]) -> None:
    error = sent("delete", id="unlucky", confirm=True)
    assert (error["message"], error["httpCode"]) == ("the vendor failed", "409")
    assert error["description"] == 'The vendor says: "disk full". Look there first.'


def test_only_this_vendors_connections_are_offered(search: Callable[[str], list[Any]]) -> None:
    assert search("connections") == [{"name": "Ours", "value": "c-1"}]


def test_what_a_vendor_calls_itself_is_not_run(sent: Callable[..., Any], search: Callable[[str], list[Any]]) -> None:
    (choice,) = search("make_thing:user")
    assert choice["name"] == SLY
    chosen = {"__rl": True, "mode": "list", "value": choice["value"]}
    assert sent("make", **{**REQUIRED, "user": chosen})["input"]["user"] == SLY


def test_lists_of_numbers_and_of_anything(sent: Callable[..., Any]) -> None:
    more = {"numbers": ["1.5", "2", ""], "wholes": "={{ [3, 4] }}", "yeses": "[true]", "table": "[[1, 2], [3]]"}
    got = sent("make", **REQUIRED, additionalFields=more)["input"]
    assert {name: got[name] for name in more} == {
        "numbers": [1.5, 2],
        "wholes": [3, 4],
        "yeses": [True],
        "table": [[1, 2], [3]],
    }


def test_a_group_with_nothing_in_it_is_not_sent(sent: Callable[..., Any]) -> None:
    person = {"value": {"name": "Erika", "additionalFields": {"home": {}}}}
    got = sent("make", **REQUIRED, additionalFields={"person": person, "place": {}})["input"]
    assert got == {"text": "t", "amount": 1, "user": "u", "person": {"name": "Erika"}}


def test_inputs_that_are_called_as_what_every_object_has(sent: Callable[..., Any]) -> None:
    person = {"value": {"name": "Erika", "additionalFields": {"toString_": "E."}}}
    more = {"constructor_": "Bau AG", "valueOf_": "v", "person": person}
    got = sent("make", **REQUIRED, additionalFields=more)["input"]
    assert got.keys() - {*REQUIRED} == {"constructor", "valueOf", "person"}
    assert (got["constructor"], got["person"]) == ("Bau AG", {"name": "Erika", "toString": "E."})


@pytest.mark.parametrize(
    ("resource", "operation", "name"),
    [("v1", "add", "add_v1"), ("v12", "add", "add_v_1"), ("constructor", "get", "get_constructor")],
)
def test_operations_of_like_names_are_told_apart(
    engine: Engine, mailbox: Mailbox, resource: str, operation: str, name: str
) -> None:
    chosen = {"resource": resource, "operation": operation, "connection": CONNECTION}
    engine.ask("execute", parameters=chosen, items=[{}], credentials={"serverUrl": mailbox.url, "apiKey": "invented"})
    assert mailbox.letters.get(timeout=10).path.endswith(f"/actions/{name}")
