from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.components.component import Component, OneKind
from connectors.components.paginate import Paginate


class Sweet(Component):
    sugar: int = 1


class Cake(OneKind):
    sweet: Sweet | None = None
    salty: str | None = None


def refusal(block: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Cake.model_validate(block)
    return caught.value.errors()[0]["msg"]


def test_the_one_key_is_the_kind():
    cake = Cake.model_validate({"sweet": {"sugar": 2}})
    assert cake.kind == "sweet"
    assert cake.chosen == Sweet(sugar=2)


@pytest.mark.parametrize("block", [{}, {"sweet": {}, "salty": "x"}])
def test_none_and_two_kinds_are_refused(block):
    assert refusal(block) == "exactly one of these must stand here: sweet, salty"


def test_a_kind_with_nothing_under_it_is_refused():
    assert refusal({"sweet": None}) == "there is nothing under 'sweet'"
    with pytest.raises(ValidationError, match="nothing under 'page_number'"):
        Paginate.model_validate({"page_number": None})


def test_an_unknown_kind_is_left_to_the_unknown_key_problem():
    assert refusal({"swet": {}}) == "Extra inputs are not permitted"
    assert refusal({"sweet": {}, "swet": {}}) == "Extra inputs are not permitted"


def test_something_else_than_a_block_is_refused():
    assert "dictionary" in refusal(["sweet"])


def test_blocks_are_strict_and_frozen():
    with pytest.raises(ValidationError):
        Sweet.model_validate({"sugar": "2"})
    with pytest.raises(ValidationError, match="frozen"):
        Sweet().sugar = 3  # type: ignore[misc]
