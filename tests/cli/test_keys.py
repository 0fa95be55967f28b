"""`gridwire keys`: made once, listed without what opens, revoked."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture
def add(gridwire):
    return lambda *words: json.loads(gridwire("keys", "add", *words, "--json").stdout)


def test_a_key_is_printed_alone_on_a_line(gridwire):
    done = gridwire("keys", "add", "mine")

    assert done.exit_code == 0
    assert re.fullmatch(r"gw_[\w-]{32}\n", done.stdout)
    assert "shown this once" in done.stderr


def test_as_json_it_comes_with_what_it_is(add):
    made = add("mine", "--workspace", "office", "--scope", "use", "--scope", "raw")

    assert made.pop("id").startswith("key_")
    assert made.pop("key").startswith("gw_")
    assert made == {"name": "mine", "workspace": "office", "scopes": ["use", "raw"]}


def test_without_scopes_it_may_do_everything(add):
    assert add("mine")["scopes"] == ["use", "manage", "raw", "metrics"]


def test_the_list_says_all_but_what_opens(add, gridwire):
    made = add("mine")
    table, listed = gridwire("keys", "list").stdout, gridwire("keys", "list", "--json").stdout

    [item] = json.loads(listed)["items"]
    assert (item["id"], item["name"], item["workspace"], item["revoked_at"]) == (made["id"], "mine", "default", None)
    assert made["id"] in table
    assert made["key"] not in table + listed


def test_a_key_is_revoked_by_id_or_by_its_name(add, gridwire):
    one, other = add("twin"), add("twin")

    refused = gridwire("keys", "revoke", "twin")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"Error: there are 2 keys 'twin' in use\nName one by its id: {one['id']}, {other['id']}." in refused.stderr

    assert gridwire("keys", "revoke", one["id"]).stdout == f"twin ({one['id']}) opens nothing any more.\n"
    assert json.loads(gridwire("keys", "revoke", "twin", "--json").stdout)["id"] == other["id"]
    assert gridwire("keys", "revoke", "twin").exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add"], "Missing argument 'NAME'"),
        (["add", " "], "'name' has 1 to 100 characters"),
        (["add", "a", "--scope", "all"], "'all' is not one of 'use', 'manage', 'raw', 'metrics'"),
        (["revoke", "none"], "there is no key 'none' in use"),
    ],
)
def test_what_cannot_be_done_is_said(gridwire, words, said):
    gridwire("keys", "add", "mine")
    done = gridwire("keys", *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_another_secret_key_opens_nothing(gridwire):
    gridwire("keys", "add", "mine")

    done = gridwire("keys", "list", env={"GRIDWIRE_SECRET_KEY": "another-key-of-some-length"})

    assert (done.exit_code, done.stdout) == (2, "")
    assert "the secret key is not the one" in done.stderr
