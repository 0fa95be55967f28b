from __future__ import annotations

import pytest

from connectors.service.vault import Vault, WrongKeyError

OLD, NEW = "o" * 16, "n" * 16
HERE = "connections", "con_1", "account"


def test_what_is_sealed_opens_in_its_place():
    vault = Vault([OLD])
    assert vault.open(vault.seal(b"secret", *HERE), *HERE) == b"secret"


def test_what_is_sealed_says_nothing_and_is_never_the_same():
    vault = Vault([OLD])
    one, other = vault.seal(b"secret", *HERE), vault.seal(b"secret", *HERE)
    assert b"secret" not in one
    assert one[4:] != other[4:]


@pytest.mark.parametrize(
    "elsewhere",
    [("connections", "con_2", "account"), ("connections", "con_1", "session"), ("tickets", "con_1", "account"), ()],
)
def test_moved_elsewhere_it_does_not_open(elsewhere):
    vault = Vault([OLD])
    with pytest.raises(WrongKeyError):
        vault.open(vault.seal(b"secret", *HERE), *elsewhere)


@pytest.mark.parametrize("place", range(4 + 12 + 6 + 16))
def test_one_bit_changed_anywhere_and_it_does_not_open(place):
    vault = Vault([OLD])
    sealed = bytearray(vault.seal(b"secret", *HERE))
    sealed[place] ^= 1
    with pytest.raises(WrongKeyError):
        vault.open(bytes(sealed), *HERE)


@pytest.mark.parametrize("sealed", [b"", b"1234", b"1" * 31])
def test_what_was_never_sealed_does_not_open(sealed):
    with pytest.raises(WrongKeyError):
        Vault([OLD]).open(sealed, *HERE)


def test_another_key_does_not_open_it_and_several_open_what_each_sealed():
    old, both = Vault([OLD]), Vault([NEW, OLD])
    assert both.open(old.seal(b"secret", *HERE), *HERE) == b"secret"
    with pytest.raises(WrongKeyError):
        Vault([NEW]).open(old.seal(b"secret", *HERE), *HERE)
    assert Vault([NEW]).open(both.seal(b"secret", *HERE), *HERE) == b"secret"


@pytest.mark.parametrize("keys", [[], ["x" * 15], [OLD, "short"], [""]])
def test_a_short_key_is_refused(keys):
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Vault(keys)


def test_a_derived_key_is_another_for_each_purpose_and_key():
    first, second = Vault([OLD, NEW]).derived("signing")
    assert len({first, second, *Vault([OLD]).derived("other")}) == 3
    assert Vault([OLD]).derived("signing") == [first]
