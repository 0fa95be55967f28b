from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.components.choices import Choices


def test_fixed_choices():
    choices = Choices.model_validate({"values": {"6": "Shingle", "19": "Clay"}, "open": True})
    assert choices.values == {"6": "Shingle", "19": "Clay"}
    assert choices.open


def test_choices_from_a_list():
    choices = Choices.model_validate({"list": "offers", "title": "{status}"})
    assert choices.list == "offers"
    assert choices.value == ("id",)
    assert choices.title is not None
    assert choices.title.show({"status": "Signed"}) == "Signed"


def test_choices_may_depend_on_other_inputs_and_be_searched():
    choices = Choices.model_validate(
        {"list": "systems", "with": {"project": "{project_id}"}, "value": "info.uuid", "search": "q"}
    )
    assert choices.with_ is not None
    assert choices.with_.fill({"project_id": 7}) == {"project": 7}
    assert (choices.value, choices.search, choices.title) == (("info", "uuid"), "q", None)


@pytest.mark.parametrize(
    "block",
    [{"list": "a", "value": "a..b"}, {"list": "a", "title": "{"}, {"list": "a", "with_": {}}, {"values": {"a": 1}}],
    ids=repr,
)
def test_choices_that_cannot_be_used_are_refused(block):
    with pytest.raises(ValidationError):
        Choices.model_validate(block)


@pytest.mark.parametrize("block", [{}, {"open": True}, {"values": {"a": "A"}, "list": "offers"}])
def test_choices_are_either_fixed_or_from_a_list(block):
    with pytest.raises(ValidationError, match=r"either 'values' \(fixed\) or from a 'list'"):
        Choices.model_validate(block)


@pytest.mark.parametrize("more", [{"with": {"a": 1}}, {"search": "q"}, {"value": "id"}, {"title": "{name}"}], ids=repr)
def test_fixed_choices_have_nothing_to_look_up(more):
    with pytest.raises(ValidationError, match="'with', 'search', 'value' and 'title' are for choices from a 'list'"):
        Choices.model_validate({"values": {"a": "A"}, **more})
