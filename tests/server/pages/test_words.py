from __future__ import annotations

import re

import pytest

from connectors.components.auth import Auth
from connectors.manifest.catalog import Catalog, bundled
from connectors.manifest.model import Connector
from connectors.server.pages import words
from connectors.server.pages.form import forms_of

LANGUAGES = ["en", "de"]
KINDS = sorted(Auth.model_fields.keys() - {"one_of"})
OPEN = {"api_key": {"header": "X-Key", "value": "open"}, "basic": {"username": "open", "password": "house"}}
OPEN |= {"bearer": {"token": "open"}, "login": {"request": "POST /in", "body": {"user": "open"}, "token": "token"}}
OPEN["oauth2"] = {"token_url": "https://acme.example/in", "client_id": "open", "client_secret": "house"}
OPEN["oauth2"]["grant"] = "client_credentials"


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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", Catalog([bundled()]).names)
def test_no_way_to_sign_in_is_called_by_a_word_of_the_manifest(name, language):
    connector = Catalog([bundled()]).load(name)
    forms = forms_of(connector, {"client_id": "", "client_secret": ""}, language)

    titles = [form.title for form in forms]
    assert len({*titles}) == len(titles) == len(connector.connection.auth.one_of or "1")
    assert [form.title for form in forms if form.auth and f"({form.auth})" in form.title] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_way_is_called_as_the_manifest_says(language):
    forms = forms_of(Catalog([bundled()]).load("reonic"), {}, language)

    assert [form.title for form in forms] == ["Key as Reonic shows it", "Key in Base64, if the other is refused"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_way_that_asks_for_nothing_is_called_by_what_it_is(kind, language):
    block = {
        "fields": {},
        "auth": {"one_of": {"raw": {kind: OPEN[kind]}, "other": {kind: OPEN[kind]}}},
        "test": "GET /",
    }
    head = {
        "connector": "acme",
        "language": 1,
        "version": "1.0.0",
        "title": "A",
        "description": "A.",
        "connection": block,
    }
    forms = forms_of(Connector.model_validate(head | {"base_url": "https://acme.example"}), {}, language)

    first, second = (form.title for form in forms)
    assert first == words.say(language, f"with_{kind}")
    assert second == words.say(language, "another_way", title=first, number="2")
