"""What the examples of bundled operations hold: whoever sends one must not do damage with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.components.fields import Field
from connectors.manifest.catalog import Catalog, bundled, load
from connectors.manifest.examples import input_of
from connectors.manifest.model import Connector, Operation

CATALOG = Catalog([bundled()])
CONNECTORS = [CATALOG.load(name) for name in CATALOG.names]
OPERATIONS = [(one, operation) for one in CONNECTORS for operation in one.operations.values()]
NAMED = {f"{connector.connector}.{operation.name}": (connector, operation) for connector, operation in OPERATIONS}


def texts(value: Any) -> Iterator[str]:
    """Every text in it, at any depth."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


@pytest.mark.parametrize(("connector", "operation"), NAMED.values(), ids=NAMED)
def test_an_example_is_made_of_real_values(connector: Connector, operation: Operation) -> None:
    given = input_of(connector, operation)

    assert given is not None
    made_up = {"1", "text", *(field.title for field in operation.input.values())}
    assert not made_up & set(texts(given))


def test_an_example_of_a_search_finds_by_something() -> None:
    assert [name for name, (one, search) in NAMED.items() if name.split(".")[1] in one.searches
            and not input_of(one, search)] == []  # fmt: skip


def example_of(name: str) -> dict[str, Any]:
    return input_of(*NAMED[name]) or {}


def test_an_id_is_that_of_the_lists_sample() -> None:
    connector, _ = NAMED["autarc.delete_project"]

    assert example_of("autarc.delete_project") == {"projectId": connector.lists["projects"].sample["id"]}


def test_a_lead_has_a_whole_address_and_no_position() -> None:
    lead = example_of("reonic.create_request")

    assert lead["addressToGeocode"].keys() == {"street", "streetNumber", "postcode", "city", "country"}
    assert "latLng" not in lead


def test_a_default_goes_before_what_the_manifest_does_not_say() -> None:
    assert example_of("opensolar.get_system_image")["width"] == 500


def test_without_anything_to_go_by_it_is_the_title() -> None:
    connector = load(bundled() / "reonic.yaml")
    search = connector.searches["find_user"]
    field = Field.model_validate({"title": "Branch", "required": True, "maxLength": 4})

    assert input_of(connector, search.model_copy(update={"input": {"branch": field}})) == {"branch": "Bran"}
