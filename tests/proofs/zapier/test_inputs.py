"""What the app sends for every kind of box, whatever an earlier step put into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.proofs.zapier.answering import answering

if TYPE_CHECKING:
    from tests.proofs.zapier.conftest import App

pytestmark = pytest.mark.proof

KINDS = str(Path(__file__).with_name("kinds.yaml"))
ODD = str(Path(__file__).parents[2] / "export" / "odd.yaml")


@pytest.fixture
def kinds(app: Callable[[str], App]) -> App:
    return app(KINDS)


def sent(app: App, **boxes: Any) -> Any:
    """The input that the server is given."""
    with answering(lambda asked: {"output": asked["input"]}) as url:
        return app.with_auth(server_url=url).run("creates", "make_thing", {"connection": "c", **boxes})


def test_zapier_takes_every_kind(kinds: App) -> None:
    assert kinds.problems() == []


@pytest.mark.parametrize(
    ("box", "given", "arrives"),
    [
        ("text", 10115, "10115"),
        ("text", True, "true"),
        ("text", "  as it is ", "  as it is "),
        ("amount", "12.5", 12.5),
        ("amount", "a dozen", "a dozen"),  # the server says what is wrong
        ("count", "3", 3),
        ("sure", "yes", True),
        ("sure", "False", False),
        ("sure", "perhaps", "perhaps"),
        ("day", "2026-06-15T00:00:00+02:00", "2026-06-15"),
        ("moment", "2026-06-15T00:00:00+02:00", "2026-06-15T00:00:00+02:00"),
        ("roof", "19", 19),
        ("tags", ["a", "", "b"], ["a", "b"]),
        ("tags", "a", ["a"]),
        ("numbers", ["1", 2.5], [1, 2.5]),
        ("anything", '{"a": [1]}', {"a": [1]}),
        ("anything", {"a": 1}, {"a": 1}),
        ("anything", "{a", "{a"),
    ],
)
def test_a_value_arrives_in_the_type_of_its_box(kinds: App, box: str, given: Any, arrives: Any) -> None:
    assert sent(kinds, **{box: given}) == {box: arrives}


def test_what_is_empty_is_left_out(kinds: App) -> None:
    assert sent(kinds, text="", amount=None, person__home__city="", people=[{"people__name": ""}]) == {"done": True}


def test_zero_and_no_are_something(kinds: App) -> None:
    assert sent(kinds, amount=0, sure=False) == {"amount": 0, "sure": False}


def test_parts_of_an_object_come_together(kinds: App) -> None:
    boxes = {"person__name": "Erika", "person__home__city": "Berlin", "person__home__number": "7"}
    assert sent(kinds, **boxes) == {"person": {"name": "Erika", "home": {"city": "Berlin", "number": 7}}}


def test_lines_are_a_list_of_objects(kinds: App) -> None:
    lines = [{"people__name": "Erika", "people__age": "42"}, {"people__name": "Max", "people__kids": '["Mia"]'}]
    assert sent(kinds, people=lines) == {"people": [{"name": "Erika", "age": 42}, {"name": "Max", "kids": ["Mia"]}]}


def test_an_input_that_is_called_like_one_of_the_apps_own(kinds: App) -> None:
    assert sent(kinds, connection_="copper") == {"connection": "copper"}


def test_names_that_are_alike_or_belong_to_every_object(app: Callable[[str], App]) -> None:
    odd = app(ODD)
    assert odd.problems() == []
    with answering(lambda asked: {"output": asked["input"]}) as url:
        make = odd.with_auth(server_url=url).run
        boxes = {"a__b": "1", "a__b_2": "2", "connection_": "3", "connection__2": "4"}
        assert make("creates", "constructor_", {"connection": "c", **boxes}) == {
            "a": {"b": "1"},
            "a__b": "2",
            "connection": "3",
            "connection_": "4",
        }
        boxes = {"constructor_": "Bau AG", "toString_": "B."}
        arrived = make("creates", "constructor_", {"connection": "c", **boxes})
    assert arrived == {"constructor": "Bau AG", "toString": "B."}
