from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.server.signed import Signer

SIGNER = Signer([b"k" * 16])
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5)


@given(JSON, JSON)
def test_what_was_signed_opens_for_what_it_is_about(value, about):
    assert SIGNER.open(SIGNER.sign(value, "poll", about), "poll", about) == value


@given(st.data())
def test_no_character_can_be_changed(data):
    text = SIGNER.sign({"versions": {"o-1": None}}, "poll")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET + "+/= \n").filter(lambda character: character != text[place]))

    with pytest.raises(ValueError, match="not signed here"):
        SIGNER.open(text[:place] + other + text[place + 1 :], "poll")


@pytest.mark.parametrize("value", ["", "a", "ab", "abc"])
def test_no_other_spelling_of_the_same_bytes_opens(value):
    text = SIGNER.sign(value)
    similar = [text + "=", "\n" + text, *(text[:-1] + last for last in ALPHABET if last != text[-1])]

    for other in similar:
        with pytest.raises(ValueError, match="not signed here"):
            SIGNER.open(other)


@given(st.text() | st.text(ALPHABET))
def test_nothing_else_opens(text):
    with pytest.raises(ValueError, match="not signed here"):
        SIGNER.open(text, "poll")


@pytest.mark.parametrize("about", [("poll", "b"), ("poll",), ("choices", "a"), ("poll", "a", ""), ("poll", ["a"])])
def test_it_opens_for_nothing_else(about):
    with pytest.raises(ValueError, match="not signed here"):
        SIGNER.open(SIGNER.sign(1, "poll", "a"), *about)


def test_the_order_of_names_does_not_matter():
    assert SIGNER.open(SIGNER.sign(1, {"a": 1, "b": 2}), {"b": 2, "a": 1}) == 1


def test_another_key_does_not_open_it():
    with pytest.raises(ValueError, match="not signed here"):
        Signer([b"l" * 16]).open(SIGNER.sign(1))


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Signer([b"k" * 15])
