"""Routes of operations that have a name: what goes in, what comes out, and an example of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.components.http import JSON_TYPE
from connectors.manifest.examples import input_of
from connectors.manifest.forms import takes_nothing
from connectors.manifest.model import Connector, Operation


@dataclass(frozen=True)
class Named:
    """What goes by one name: an operation of a connector, or of several that use the same name."""

    name: str
    of: list[tuple[Connector, Operation]]

    def operation(self, plain: dict[str, Any], *, hole: str) -> dict[str, Any]:
        """The OpenAPI operation of a route with the name in the place of `hole`; `plain` is the one without a name."""
        parameters = [one for one in plain["parameters"] if one["name"] != hole]
        if hole == "action" and all(getattr(one, "effective", None) == "read" for _, one in self.of):
            parameters = [one for one in parameters if one["in"] != "header"]
        special = {
            "operationId": f"{plain['operationId']}_{self.name}",
            "summary": self.of[0][1].title,
            "description": "\n\n".join(self._said(*one) for one in self.of),
            "tags": [connector.connector for connector, _ in self.of],
            "parameters": parameters,
            "responses": plain["responses"] | {"200": self._answer(plain["responses"]["200"])},
        }
        if "requestBody" in plain:
            special["requestBody"] = self._body(plain["requestBody"])
        return plain | special

    def _said(self, connector: Connector, operation: Operation) -> str:
        docs = f" ([{connector.title}'s document]({operation.docs}))" if operation.docs else ""
        return (f"{connector.title}: " if len(self.of) > 1 else "") + operation.description + docs

    def _schema(self, part: str) -> dict[str, Any]:
        refs = [{"$ref": f"#/components/schemas/{connector.connector}.{self.name}.{part}"} for connector, _ in self.of]
        return refs[0] if len(refs) == 1 else {"anyOf": refs}

    def _body(self, plain: dict[str, Any]) -> dict[str, Any]:
        schema = plain["content"][JSON_TYPE]["schema"]
        typed = schema["properties"] | {"input": self._schema("input")}
        several = "inputs" in typed
        if several:
            typed["inputs"] = typed["inputs"] | {"items": self._schema("input")}
        schema = schema | {"properties": typed}
        needed = not any(takes_nothing(one) for _, one in self.of)
        if needed and several:
            schema |= {"anyOf": [{"required": ["input"]}, {"required": ["inputs"]}]}
        elif needed:
            schema |= {"required": [*schema["required"], "input"]}
        examples = {
            connector.connector: {"summary": f"{connector.title}: {operation.title}", "value": {"input": given}}
            for connector, operation in self.of
            if (given := input_of(connector, operation)) is not None
        }
        content: dict[str, Any] = {"schema": schema} | ({"examples": examples} if examples else {})
        return {"required": needed or plain["required"], "content": {JSON_TYPE: content}}

    def _answer(self, plain: dict[str, Any]) -> dict[str, Any]:
        schema = plain["content"][JSON_TYPE]["schema"]
        return plain | {"content": {JSON_TYPE: {"schema": _typed(schema, self._schema("output"))}}}


def _typed(schema: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    """The answer's schema with what the operation gives in its place, also in each of several results."""
    ways: dict[str, Any] = {"output": output, "sample": output, "items": {"type": "array", "items": output}}
    typed: dict[str, Any] = {word: ways.get(word, said) for word, said in schema["properties"].items()}
    if "results" in typed:
        typed["results"] = typed["results"] | {"items": _typed(typed["results"]["items"], output)}
    return schema | {"properties": typed}
