from __future__ import annotations

import time

import pytest
from pydantic import ValidationError

from connectors.components.fields import Checker, Field
from connectors.components.patterns import is_in, validator_of
from connectors.errors import InputError


def test_an_expression_that_could_take_for_ever_does_not():
    checker = Checker({"name": Field(pattern="^(a+)+$")}, [])
    began = time.perf_counter()
    with pytest.raises(InputError, match=r"'name' must match \^\(a\+\)\+\$"):
        checker.check({"name": "a" * 5_000 + "!"})
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [("[0-9]", "a1", True), ("^a$", "a\n", False), (r"^\d+$", "\u0661", False), (r"^\p{Lu}", "Ä", True)],
)
def test_an_expression_is_found_in_a_text(pattern: str, text: str, found: bool):
    assert is_in(pattern, text) == found


def test_half_a_character_is_some_character():
    assert is_in("^.$", "\ud800")
    with pytest.raises(InputError, match="half a character"):
        Checker({"name": Field(pattern="^.$")}, []).check({"name": "\ud800"})


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a{1001}", "\ud800"])
def test_what_is_no_expression_is_refused(pattern: str):
    with pytest.raises(ValidationError, match="no regular expression of RE2"):
        Field(pattern=pattern)


def test_a_pattern_is_about_texts_alone():
    assert list(validator_of({"pattern": "^a"}).iter_errors(7)) == []
