from __future__ import annotations

import json
import re

import pytest

from connectors.components.patterns import validator_of
from connectors.manifest.catalog import Catalog, bundled
from connectors.manifest.model import Connector
from connectors.server.tools.listing import Tools

NAMES = {"north": ["north"]}


@pytest.fixture(scope="module")
def ours() -> list[Connector]:
    catalog = Catalog([bundled()])
    return [catalog.load(name) for name in catalog.names]


@pytest.fixture(scope="module")
def listed(ours) -> dict[str, dict]:
    tools = Tools(ours).listed({connector.connector: ["only"] for connector in ours})
    return {tool["name"]: tool for tool in tools}


@pytest.fixture
def acme(catalog) -> Connector:
    return catalog.load("acme")


def test_every_action_and_search_is_a_tool(ours, listed):
    wanted = {f"{one.connector}_{name}" for one in ours for name in (*one.actions, *one.searches)}

    assert {name for name in listed if not name.endswith("_choices")} == wanted
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", name) for name in listed)


def test_a_tool_has_the_form_of_its_operation_without_a_rule_at_the_top(listed):
    tool = listed["reonic_create_request"]

    assert tool["title"] == "Reonic: Create request"
    assert tool["inputSchema"]["properties"]["firstName"]["title"] == "First name"
    assert not {"allOf", "anyOf", "oneOf"} & tool["inputSchema"].keys()
    assert "Give exactly one of " in tool["description"]


def test_no_word_of_forms_is_left_and_no_list_of_types_goes_in(listed):
    assert '"x-' not in json.dumps(listed)
    assert not re.search(r'"type": \[', json.dumps([tool["inputSchema"] for tool in listed.values()]))


def test_the_choices_of_an_input_are_told_or_can_be_asked_for(acme):
    tools = {tool["name"]: tool for tool in Tools([acme]).listed({"acme": ["north"]})}

    assert "1 = Slow, 2 = Fast" in tools["acme_place_order"]["inputSchema"]["properties"]["speed"]["description"]
    said = tools["acme_get_order"]["inputSchema"]["properties"]["id"]["description"]
    assert said == "The tool acme_choices lists values: operation get_order, field id."
    assert tools["acme_choices"]["inputSchema"]["properties"]["operation"]["enum"] == ["get_order", "move_line"]


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("acme_get_order", {"readOnlyHint": True, "openWorldHint": True}),
        ("acme_find_order", {"readOnlyHint": True, "openWorldHint": True}),
        ("acme_place_order", {"readOnlyHint": False, "destructiveHint": False}),
        ("acme_cancel_order", {"readOnlyHint": False, "destructiveHint": True}),
    ],
)
def test_hints_say_what_a_tool_does(acme, name, hints):
    tool = Tools([acme]).named(name)

    assert hints.items() <= tool.described(["north"])["annotations"].items()


def test_tokens_that_never_end_are_not_made_lightly(listed):
    tool = listed["opensolar_set_machine_user"]

    assert tool["annotations"]["destructiveHint"]
    assert "ask whoever answers for the account first" in tool["description"]


def test_what_changes_what_is_there_destroys_in_the_protocols_sense(listed):
    hints = listed["autarc_update_project"]["annotations"]

    assert (hints["readOnlyHint"], hints["destructiveHint"]) == (False, True)
    assert "confirm" not in listed["autarc_update_project"]["inputSchema"]["properties"]


def test_only_what_cannot_be_undone_has_to_be_confirmed_and_only_what_writes_has_a_key(acme):
    tools = Tools([acme])
    ours = {name: set(tools.named(f"acme_{name}").fields) for name in ("get_order", "place_order", "cancel_order")}

    assert ours == {
        "get_order": set(),
        "place_order": {"idempotency_key"},
        "cancel_order": {"confirm", "idempotency_key"},
    }


def test_one_connection_need_not_be_named_and_several_must(acme):
    one, two = (Tools([acme]).listed({"acme": names})[1]["inputSchema"] for names in (["north"], ["north", "south"]))

    assert "connection" not in one["properties"]
    assert two["properties"]["connection"]["enum"] == ["north", "south"]
    assert two["required"][0] == "connection"


def test_without_a_connection_there_are_no_tools(acme):
    assert Tools([acme]).listed({}) == []


def test_an_input_of_the_same_name_goes_before_an_argument_of_ours(acme):
    search = acme.searches["find_order"]
    same = search.model_copy(update={"input": {"limit": search.input["city"]}})
    same._name = "find_order"
    connector = acme.model_copy(update={"searches": {"find_order": same}})

    tool = Tools([connector]).named("acme_find_order")

    assert set(tool.described(["north"])["inputSchema"]["properties"]) == {"limit", "gridwire_limit"}


def test_whatever_comes_out_fits_what_is_said_of_it(ours, listed):
    """A client refuses a result that does not fit, after it was done."""
    for connector in ours:
        for operation in (*connector.actions.values(), *connector.searches.values()):
            schema = listed[f"{connector.connector}_{operation.name}"]["outputSchema"]
            sample = connector.sample_of(operation)
            worst = [{}, {"error": {"kind": "busy"}}, sample, dict.fromkeys(sample, None), {key: [1] for key in sample}]
            results = [{"items": [one]} for one in worst] if operation.name in connector.searches else worst

            assert schema["type"] == "object"
            assert [list(validator_of(schema).iter_errors(one)) for one in results] == [[]] * len(results)


def test_two_connectors_whose_names_run_together_keep_their_tools_apart(acme):
    action = acme.actions["get_order"].model_copy()
    action._name = "order"
    other = acme.model_copy(update={"connector": "acme_get", "actions": {"order": action}})
    tools = Tools([acme, other])

    assert (tools.named("acme_get_order").connector, tools.named("acme_get_order_").connector) == (acme, other)
