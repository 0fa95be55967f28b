"""All that the four apps have, in Zapier's own core, against a gridwire server with its sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from connectors.manifest.catalog import bundled, load, manifests_in
from connectors.manifest.examples import input_of
from connectors.manifest.model import Connector, Search

if TYPE_CHECKING:
    from tests.proofs.zapier.conftest import App

pytestmark = pytest.mark.proof

VENDORS = [file.stem for file in manifests_in(bundled())]


class User:
    """Whoever sets up a Zap: fills in what a step asks for, from its dropdowns and examples, and runs it."""

    def __init__(self, app: App, connector: Connector) -> None:
        self.app, self.connector, self.definition = app, connector, app.definition

    def filled(self, kind: str, name: str) -> dict[str, Any]:
        operation = self.connector.operations[name]
        example = dict(flat(input_of(self.connector, operation) or {}))
        if isinstance(operation, Search) and not example:
            example = self.known(kind, name)
        filled = {}
        for box in self.boxes(kind, name):
            if "dynamic" in box and (box["required"] or box["key"] in example):
                filled[box["key"]] = self.choices(box["dynamic"], filled)[0]["id"]
            elif box["key"] in example:
                filled[box["key"]] = example[box["key"]]
        return filled

    def known(self, kind: str, name: str) -> dict[str, Any]:
        """Something to search for: what the sample holds under the name of an input."""
        sample = self.definition[kind][name]["operation"]["sample"]
        box = next(box for box in self.boxes(kind, name) if sample.get(box["key"]) or box["type"] == "string")
        return {box["key"]: sample.get(box["key"]) or "1"}

    def boxes(self, kind: str, name: str) -> list[dict[str, Any]]:
        """The step's boxes; the first comes from the server and is filled in already."""
        operation = self.definition[kind][name]["operation"]
        account, *others = self.app.call(f"{kind}.{name}.operation.inputFields")
        assert account["default"] in [choice["value"] for choice in account["choices"]]
        assert others == operation["inputFields"][1:]
        return others

    def choices(self, dynamic: str, filled: Mapping[str, Any]) -> list[dict[str, Any]]:
        trigger, value, title = dynamic.split(".")
        found = self.app.run("triggers", trigger, filled)
        assert all(choice[value] is not None and choice[title] for choice in found)
        return found


def flat(values: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    """Values by the keys that their boxes may have: an object is one box, or one for each of its parts."""
    for name, value in values.items():
        yield f"{within}{name}", value
        if isinstance(value, dict):
            yield from flat(value, f"{within}{name}__")


def connector_of(vendor: str) -> Connector:
    return load(bundled() / f"{vendor}.yaml")


@pytest.fixture(params=VENDORS)
def user(request: pytest.FixtureRequest, app: Callable[[str], App]) -> User:
    return User(app(request.param), connector_of(request.param))


def test_zapier_finds_nothing_wrong_with_the_app(user: User) -> None:
    assert user.app.problems() == []


def test_every_operation_is_there(user: User) -> None:
    kinds = [user.definition[kind] for kind in ("triggers", "creates", "searches")]
    own = {name for name in user.definition["triggers"] if name.startswith("gridwire_")}
    assert {name for kind in kinds for name in kind} - own == user.connector.operations.keys()
    assert user.definition["searchOrCreates"].keys() == user.connector.pairs.keys()


def test_every_trigger_has_something_to_set_a_zap_up_with(user: User) -> None:
    for name in user.connector.triggers:
        items = user.app.call(f"triggers.{name}.operation.performList", user.filled("triggers", name))
        assert items
        assert all(item["id"] and item["gridwire_event_id"] for item in items), name


def test_every_search_finds(user: User) -> None:
    for name in user.definition["searches"]:
        found = user.app.run("searches", name, user.filled("searches", name))
        assert isinstance(found, list), name


def test_every_dropdown_has_choices(user: User) -> None:
    for kind in ("triggers", "searches", "creates"):
        for name, part in user.definition[kind].items():
            filled: dict[str, Any] = {}
            for box in part["operation"].get("inputFields", ()):
                if "dynamic" in box and not name.startswith("gridwire_"):
                    found = user.choices(box["dynamic"], filled)
                    assert found, (name, box["key"])
                    filled[box["key"]] = found[0]["id"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_create_works(own_app: Callable[[str], App], vendor: str) -> None:
    """What destroys comes last, for the others need something to work on."""
    user = User(own_app(vendor), connector_of(vendor))
    for name in sorted(user.definition["creates"], key=lambda name: (name.startswith("delete"), name)):
        filled = user.filled("creates", name)
        if name == "set_machine_user":  # users stand in no list, and only one's own can be set
            role = user.app.run("searches", "find_role", {"is_admin": "yes"})[0]
            filled["user_id"] = role["user"].rstrip("/").rpartition("/")[2]
        assert user.app.run("creates", name, filled), name
