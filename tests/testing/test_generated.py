"""What follows from a manifest: it holds for good ones, and wrong ones are caught with words that help."""

from __future__ import annotations

import copy
import time
from pathlib import Path

import pytest

from connectors.errors import ReconnectError
from connectors.manifest.catalog import bundled, load
from connectors.manifest.model import Connector
from connectors.manifest.source import read
from connectors.testing.edits import found
from connectors.testing.generated.errors import _is
from connectors.testing.generated.trial import Done
from connectors.testing.generated.trials import tried_all

ACME = read(Path(__file__).parent / "acme.yaml").value


def problems(data):
    """What is wrong, as operation, what was tried, and what happened."""
    made = Connector.model_validate(data)
    return [(one.operation, one.what, one.problem) for one in tried_all(made) if one.problem]


def changed(**blocks):
    """The manifest with keys set, by the place that they are under: lists__leads={"items": "data"}."""
    data = copy.deepcopy(ACME)
    for place, words in blocks.items():
        found(data, tuple(place.split("__"))).update(words)
    return data


def test_a_good_manifest_has_no_problems():
    assert problems(ACME) == []


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "manifests" / "ok").glob("*.yaml")), ids=lambda p: p.stem
)
def test_those_of_other_vendors_have_none(path):
    assert [str(one) for one in tried_all(load(path)) if one.problem] == []


CREDENTIALS = {"client_id": "{user}", "client_secret": "{password}", "token_url": "https://id.acme.example/token"}
LOGIN = {"request": "POST /login", "body": {"user": "{user}", "password": "{password}"}}


@pytest.mark.parametrize(
    "auth",
    [
        {"login": {**LOGIN, "token": "token"}},
        {"login": {**LOGIN, "token": {"header": "X-Session"}}},
        {"oauth2": {"grant": "client_credentials", **CREDENTIALS}},
        {"oauth2": {"grant": "authorization_code", "authorization_url": "https://id.acme.example/a", **CREDENTIALS}},
        {"login": {**LOGIN, "token": "token", "host": {"pattern": "https://{user}.id.acme.example"}}},
        {
            "oauth2": {
                "grant": "client_credentials",
                **CREDENTIALS,
                "token_url": {"pattern": "https://{user}.acme.example/t"},
            }
        },
        {"basic": {"username": "{user}", "password": "{password}"}},
        {"bearer": {"token": "{key}"}},
    ],
    ids=str,
)
def test_every_way_of_signing_in_holds(auth):
    data = changed()
    data["connection"]["auth"] = auth
    fields = data["connection"]["fields"]
    data["connection"]["fields"] = {name: {**field, "required": True} for name, field in fields.items()}

    assert problems(data) == []


def test_what_the_first_way_of_signing_in_needs_is_given():
    data = changed()
    basic = {"basic": {"username": "{user}", "password": "{password}"}}
    data["connection"]["auth"] = {"one_of": {"basic": basic, "key": {"bearer": {"token": "{key|base64}"}}}}
    data["connection"]["fields"]["key"] = {"title": "Key"}

    assert problems(data) == []


def test_an_address_may_be_each_account_s_own():
    data = changed()
    data["base_url"] = {"pattern": "https://{place}.acme.example"}
    data["connection"]["fields"]["place"] = {"title": "Place", "required": True, "maxLength": 100}

    assert problems(data) == []


def test_a_write_that_is_refused_is_not_sent_three_times():
    requests = (None,) * 4
    wrong = _is("reconnect", 1, False, [Done(requests, error=ReconnectError("no"), signed_in=1)])

    assert wrong == "the write is sent 2 times"


def test_it_takes_less_than_a_second_and_is_the_same_each_time():
    reonic, started = load(bundled() / "reonic.yaml"), time.process_time()
    first = list(tried_all(reonic))

    assert time.process_time() - started < 2
    assert first == list(tried_all(reonic))
    assert {one.operation for one in first} >= {*reonic.operations, *reonic.lists, "connection"}


def test_what_is_on_a_limit_is_tried_and_what_is_beside_it():
    name = {"title": "Name", "minLength": 2, "maxLength": 4, "required": True}
    made = Connector.model_validate(changed(actions__add_lead__input={"name": name}))
    tried = [one.what for one in tried_all(made) if one.operation == "add_lead" and one.about == "inputs"]

    assert "name: 2 characters, the fewest" in tried
    assert "name: 1 characters, where 2 are the fewest" in tried
    assert "name: 4 characters, the most" in tried
    assert "name: 5 characters, where 4 are the most" in tried


@pytest.mark.parametrize(
    ("blocks", "operation", "what", "problem"),
    [
        (
            {"actions__add_lead__input": {"name": {"description": "At most 9 characters.", "maxLength": 8}}},
            "add_lead", "name: 9, which the description names",
            "'name' says 9 in its description, and its maxLength is 8",
        ),
        (
            {"actions__add_lead": {"body": {"name": "{name}", "email": "{email}", "note": "-"}}},
            "add_lead", "note: two values", "'note' changes nothing in what is sent: POST https://",
        ),
        (
            {"actions__get_lead__input": {"id": {"title": "ID", "required": True, "format": "uuid",
                                                 "choices": {"list": "leads", "value": "id", "title": "{name}"}}}},
            "get_lead", "id: 3 items to choose from", "the choice 7 is none that 'id' takes",
        ),
        (
            {"lists__leads": {"paginate": {"cursor": {"from_last": "nobody", "more": "more"}}}},
            "leads", "6 items on 3 pages", "it cannot be read: the vendor answered 200, but not as documented",
        ),
        (
            {"triggers__new_lead": {"key": "nobody"}},
            "new_lead", "a new item fires once", "poll 1 fails: 'leads' cannot be watched: an item has no",
        ),
        (
            {"triggers__new_lead": {"where": {"name": "Somebody else"}}},
            "new_lead", "a new item fires once", "poll 2 should give 1 event, and gives 0",
        ),
    ],
)  # fmt: skip
def test_a_manifest_that_contradicts_itself_is_caught(blocks, operation, what, problem):
    wrong = problems(changed(**blocks))

    assert [said for one, tried, said in wrong if (one, tried) == (operation, what) and said.startswith(problem)], wrong


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "429", "500", "503"])
def test_every_status_is_tried_at_every_operation(acme, status):
    tried = {one.operation for one in tried_all(acme) if one.what == f"a vendor that answers {status}"}

    assert tried == {*acme.operations}
