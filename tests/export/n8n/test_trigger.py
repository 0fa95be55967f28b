from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.export.n8n.trigger import properties

if TYPE_CHECKING:
    from connectors.manifest.model import Connector


def by_name(connector: Connector) -> dict[str, dict[str, Any]]:
    return {parameter["name"]: parameter for parameter in properties(connector)}


def test_all_triggers_stand_in_one_list_and_the_manifests_first_is_chosen(acme: Connector) -> None:
    event = by_name(acme)["event"]
    assert [option["value"] for option in event["options"]] == ["new_user", "user_moved"]
    assert event["default"] == "user_moved"
    assert event["options"][0]["description"] == "Triggers when a user appears"


def test_an_input_is_shown_with_its_trigger(acme: Connector) -> None:
    team = by_name(acme)["team"]
    assert (team["required"], team["displayOptions"]) == (True, {"show": {"event": ["user_moved"]}})


def test_an_input_may_be_called_as_n8ns_own(acme: Connector) -> None:
    (kind,) = by_name(acme)["additionalFields"]["options"]
    assert (kind["displayName"], kind["name"]) == ("Kind of Move", "event_")


def test_the_account_is_chosen_for_all(acme: Connector) -> None:
    connection = by_name(acme)["connection"]
    assert connection["required"]
    assert "displayOptions" not in connection
