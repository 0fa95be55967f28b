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


@pytest.mark.parametrize("block", [{}, {"open": True}, {"values": {"a": "A"}, "list": "offers"}])
def test_choices_are_either_fixed_or_from_a_list(block):
    with pytest.raises(ValidationError, match=r"either 'values' \(fixed\) or from a 'list'"):
        Choices.model_validate(block)
