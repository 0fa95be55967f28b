"""The language's JSON Schema, so that editors complete and check manifests while they are written."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from connectors.components.component import Component
from connectors.manifest.model import Connector


class _Plain(GenerateJsonSchema):
    """What an editor needs: no invented titles, and no null where leaving a key out is meant."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        found, model = super().model_schema(schema), schema["cls"]
        for name, words in _described(model).items() if issubclass(model, Component) else ():
            field = model.model_fields.get(name)
            child = found.get("properties", {}).get(field.alias or name) if field else None
            if child is not None:
                child["description"] = words
        return found

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


def _described(model: type[Component]) -> dict[str, str]:
    """What each attribute means: the docstring below it.

    Pydantic could do this (`use_attribute_docstrings`), but for every start of the program, which would take 0.07 s.
    """
    described: dict[str, str] = {}
    for cls in reversed(model.__mro__[: model.__mro__.index(Component)]):
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
        assert isinstance(body, ast.ClassDef)
        for one, after in pairwise(body.body):
            match one, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    described[name] = inspect.cleandoc(words)
                case _:
                    pass
    return described


@cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a manifest."""
    schema = Connector.model_json_schema(schema_generator=_Plain)
    return {"$schema": GenerateJsonSchema.schema_dialect, "title": "A gridwire manifest", **schema}


def keys_at(path: tuple[str, ...]) -> dict[str, str]:
    """The keys that may be written in the block at `path`, and what they mean; none if the schema does not say."""
    blocks = [schema.get("properties", {}) for schema in _blocks_at(json_schema(), path)]
    return {key: child.get("description", "") for block in blocks for key, child in block.items()}


def _blocks_at(schema: dict[str, Any], path: tuple[str, ...]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        schema = {**schema, **json_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]}
    if ways := schema.get("anyOf") or schema.get("oneOf"):
        return [block for way in ways for block in _blocks_at(way, path)]
    if not path:
        return [schema]
    step, *rest = path
    child = schema.get("properties", {}).get(step) or next(iter(schema.get("patternProperties", {}).values()), None)
    child = child or schema.get("additionalProperties") or schema.get("items")
    return _blocks_at(child, tuple(rest)) if isinstance(child, dict) else []
