from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from connectors.manifest.reference import json_schema, keys_at
from connectors.manifest.source import read

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
OK = ROOT / "tests" / "manifests" / "ok.yaml"
MANIFESTS = sorted((ROOT / "manifests").glob("*.yaml"))
EDITORS_SEE = ("bad-name", "missing-key", "one-kind", "path", "request-line", "unknown-key", "url", "wrong-value")

VALIDATOR = Draft202012Validator(json_schema())


def mistakes(path: Path) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(read(path).value)]


def described(schema: dict[str, Any], where: str) -> Iterator[tuple[str, bool]]:
    """Every key of every block, and whether it says what it means, itself or by its kind of block."""
    for key, value in schema.get("properties", {}).items():
        block = json_schema()["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
        yield f"{where}.{key}", bool(value.get("description") or block.get("description"))
    for way in schema.get("anyOf", []):
        yield from described(way, where)
    for name, block in schema.get("$defs", {}).items():
        yield from described(block, name)


def test_it_is_a_json_schema():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", [OK, *MANIFESTS], ids=lambda path: path.stem)
def test_a_right_manifest_fits(path: Path):
    assert mistakes(path) == []


@pytest.mark.parametrize("rule", EDITORS_SEE)
def test_an_editor_sees_what_the_shape_tells(rule: str):
    assert mistakes(ROOT / "tests" / "manifests" / "broken" / f"{rule}.yaml") != []


@pytest.mark.parametrize(("key", "wrong"), [("language", 2), ("version", "1.4"), ("title", ""), ("lists", [])])
def test_an_editor_sees_a_wrong_value(key: str, wrong: object):
    assert not VALIDATOR.is_valid({**read(OK).value, key: wrong})


def test_every_key_says_what_it_means():
    assert [key for key, says in described(json_schema(), "Connector") if not says] == []


def test_no_key_is_said_to_be_null_where_leaving_it_out_is_meant():
    assert '"null"' not in json.dumps(json_schema()["properties"])


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_names_the_schema_for_editors(path: Path):
    assert path.read_text().partition("\n")[0] == "# yaml-language-server: $schema=./schema.json"


def test_the_schema_for_editors_is_that_of_the_model():
    assert json.loads((ROOT / "manifests" / "schema.json").read_text()) == json_schema()


@pytest.mark.parametrize(
    ("path", "some"),
    [
        ((), ["connector", "base_url", "actions"]),
        (("lists", "orders"), ["request", "items", "paginate"]),
        (("lists", "orders", "paginate"), ["page_number"]),
        (("connection", "auth"), ["api_key", "one_of"]),
        (("connection", "auth", "one_of", "raw", "api_key"), ["header", "query", "value"]),
        (("actions", "create", "input", "size", "properties", "width"), ["type", "minimum", "choices"]),
        (("actions", "create", "rules", "0"), ["exactly_one_of", "required_with"]),
        (("searches", "find", "match", "buyer"), ["equals", "contains", "fold"]),
        (("errors", "status", "404"), ["kind", "remedy"]),
    ],
)
def test_the_keys_of_a_block_are_known_by_its_path(path: tuple[str, ...], some: list[str]):
    assert set(some) <= set(keys_at(path))


def test_where_anything_may_stand_no_keys_are_known():
    assert not keys_at(("actions", "create", "sample", "x"))
    assert not keys_at(("nowhere",))
