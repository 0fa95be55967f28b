from __future__ import annotations

from pathlib import Path

from connectors.cli.examples import as_options, polled_trigger, writing_action
from connectors.manifest.catalog import bundled, load


def test_the_first_action_that_needs_no_known_id_is_shown_with_its_examples():
    action, given = writing_action(load(bundled() / "reonic.yaml"))

    assert action.name == "create_request"
    assert given["latLng"] == {"lat": 52.520008, "lng": 13.404954}
    assert list(as_options({"latLng": given["latLng"]})) == ["latLng.lat=52.520008", "latLng.lng=13.404954"]


def test_without_a_fitting_example_none_is_shown(acme):
    assert writing_action(load(Path(acme))) is None


def test_the_first_trigger_that_is_polled_is_shown_with_what_it_needs():
    trigger, given = polled_trigger(load(bundled() / "enneo.yaml"))

    assert (trigger.name, given) == ("contract_changed", {"contractId": "746839"})
