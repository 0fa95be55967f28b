from __future__ import annotations

import re

import pytest

from connectors.server.pages import words


def holes(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w*)\}", text))


def test_every_language_says_everything_with_the_same_names_in_it():
    english, german = words._SAID["en"], words._SAID["de"]

    assert list(english) == list(german)
    assert [key for key in english if holes(english[key]) != holes(german[key])] == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-CH", "de"),
        ("fr,de;q=0.3", "de"),
        ("en;q=0.9,de;q=0.8", "en"),
        ("de;q=0", "en"),
        ("de;q=x", "en"),
        ("*", "en"),
        ("de;q=nan", "en"),
    ],
)
def test_the_language_is_the_one_that_is_liked_best(accepted, language):
    assert words.language_for(accepted) == language


def test_names_are_text_and_not_templates():
    assert words.say("en", "connect", vendor="{name} {0}") == "Connect {name} {0}"
