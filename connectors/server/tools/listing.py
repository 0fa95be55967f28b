"""What tools there are: one for each action and search, and one for each connector's dropdowns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.components.fields import Checker, Field, Fields, object_schema
from connectors.manifest.calls import Output
from connectors.manifest.model import Action, Connector, Search
from connectors.manifest.rules import in_words
from connectors.server import shapes
from connectors.server.describe import form

ITEMS_AT_ONCE = 20
"""How many items a search gives unless more are asked for: an agent has to read them all."""

_CONFIRM = Field(
    type="boolean",
    default=False,
    description="This cannot be undone. A program that can show a question asks the person itself, whatever is given"
    " here. Otherwise ask the person you work for, and give true only if they agree to exactly this.",
)
_LIMIT = Field(type="integer", minimum=1, default=ITEMS_AT_ONCE, description="The most items to find.")
_ONCE = Field(
    minLength=1,
    maxLength=255,
    pattern="^[ -~]+$",
    description="Any text that is new for each thing to be done, such as a UUID. The same call with the same text does"
    " nothing twice, and tells how the first one ended.",
)


class Tools:
    """The tools of these connectors, by name: `acme_place_order`."""

    def __init__(self, connectors: Iterable[Connector]) -> None:
        self._by_name: dict[str, Tool] = {}
        for connector in connectors:
            for operation in (None, *connector.actions.values(), *connector.searches.values()):
                if operation is None and not any(_chosen_in(connector)):
                    continue
                name = f"{connector.connector}_{operation.name if operation else 'choices'}"
                while name in self._by_name:  # one connector's name may begin with another's
                    name += "_"
                self._by_name[name] = Tool(name, connector, operation)

    def named(self, name: str) -> Tool | None:
        """The tool of that name."""
        return self._by_name.get(name)

    def listed(self, accounts: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
        """Those that can be used with these connections, whose names are listed by connector."""
        tools = self._by_name.values()
        return [tool.described(names) for tool in tools if (names := accounts.get(tool.connector.connector))]


@dataclass(frozen=True)
class Tool:
    """One action or search, or (without an operation) the choices of a connector's inputs."""

    name: str
    connector: Connector
    operation: Action | Search | None

    def own(self, word: str) -> str:
        """What an argument of ours is called here; the operation may have an input of that name."""
        return f"gridwire_{word}" if self.operation and word in self.operation.input else word

    def described(self, connections: Sequence[str]) -> dict[str, Any]:
        """The tool as the protocol lists it; which connection is asked for only where there are several."""
        if len(connections) < 2:
            return self._described
        schema, name = self._described["inputSchema"], self.own("connection")
        which = {"type": "string", "enum": list(connections), "description": "The account to use."}
        properties = {name: which, **schema["properties"]}
        schema = {**schema, "properties": properties, "required": [name, *schema["required"]]}
        return {**self._described, "inputSchema": schema}

    @property
    def gives_file(self) -> bool:
        """Whether what it gives is a file."""
        output = self.connector.output_of(self.operation) if self.operation else None
        return isinstance(output, Output) and output.file is not None

    @cached_property
    def checker(self) -> Checker:
        """Checks the arguments that are ours."""
        return Checker({self.own(name): field for name, field in self.fields.items()}, [])

    @cached_property
    def fields(self) -> Fields:
        """The arguments beside the operation's inputs, by what they mean."""
        if self.operation is None:
            of = {"description": "The action or search that has the input.", "enum": [*_chosen_in(self.connector)]}
            return {
                **shapes.ASK,
                "operation": shapes.ASK["operation"].model_copy(update=of),
                "next": shapes.ASK["next"].model_copy(update={"type": "string"}),
            }
        if isinstance(self.operation, Search):
            return {"limit": _LIMIT}
        confirm = {"confirm": _CONFIRM} if self.operation.effective == "destroy" else {}
        return {**confirm, **({} if self.operation.effective == "read" else {"idempotency_key": _ONCE})}

    @cached_property
    def _described(self) -> dict[str, Any]:
        title = self.operation.title if self.operation else "Find values to choose"
        return {
            "name": self.name,
            "title": f"{self.connector.title}: {title}",
            "description": self._description,
            "inputSchema": self._input,
            "outputSchema": self._output,
            "annotations": self._hints,
        }

    @cached_property
    def _description(self) -> str:
        if self.operation is None:
            return (
                f"Lists values that may be given for an input of another {self.connector.title} tool, each with its"
                " title. Use it to find an id by what people call the thing."
            )
        rules = [f"Give {in_words(rule)}." for rule in self.operation.rules]
        return " ".join([self.operation.description, *rules])

    @cached_property
    def _input(self) -> dict[str, Any]:
        """No rule stands in it, for models take no `allOf` at the top: the description tells them."""
        ours = object_schema({self.own(name): field for name, field in self.fields.items()})
        if self.operation is None:
            return ours
        schema = form(self.operation.input)
        told = {name: self._told(one, name) for name, one in schema["properties"].items()}
        return {**schema, "properties": told | ours["properties"], "required": schema["required"] + ours["required"]}

    @cached_property
    def _output(self) -> dict[str, Any]:
        """Names and words alone: a client refuses what does not fit, and then nobody knows that it was done."""
        if self.operation is None:
            return {"type": "object", "properties": {"choices": {"type": "array"}, "next": {}}}
        if self.gives_file:
            return _FILE
        said = self.connector.output_of(self.operation)
        known = _loose(said.to_schema()) if said else {}
        if isinstance(self.operation, Search):
            return {"type": "object", "properties": {"items": {"type": "array", "items": known}}}
        return {**known, "type": "object"}

    @cached_property
    def _hints(self) -> dict[str, bool]:
        """In the protocol's sense to change what is there destroys too, even if it can be changed back."""
        action = self.operation if isinstance(self.operation, Action) else None
        if action is None or action.effective == "read":
            return {"readOnlyHint": True, "openWorldHint": True}
        overwrites = any(line.method != "POST" for line in action.lines)
        return {
            "readOnlyHint": False,
            "destructiveHint": overwrites or action.effective == "destroy",
            "idempotentHint": bool(action.idempotent),
            "openWorldHint": True,
        }

    def _told(self, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The schema of a field, which says in words what a form would show."""
        told = {word: said for word, said in schema.items() if not word.startswith("x-")}
        if "properties" in told:
            told["properties"] = {key: self._told(one, f"{name}.{key}") for key, one in told["properties"].items()}
        if "items" in told:
            told["items"] = self._told(told["items"], name)
        if words := " ".join(filter(None, [told.get("description"), self._choices(schema.get("x-choices"), name)])):
            told["description"] = words
        return _one_type_each(told)

    def _choices(self, choices: Any, name: str) -> str | None:
        if choices == "dynamic":
            operation = self.operation.name if self.operation else ""
            tool = f"{self.connector.connector}_choices"
            return f"The tool {tool} lists values: operation {operation}, field {name}."
        titled = [f"{one['value']} = {one['title']}" for one in choices or () if str(one["value"]) != one["title"]]
        return f"{', '.join(titled)}." if titled else None


def _one_type_each(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without lists of types, which not every model takes."""
    if not isinstance(schema.get("type"), list):
        return schema
    outside = {word: said for word, said in schema.items() if word in _ABOUT}
    inside = {word: said for word, said in schema.items() if word not in (*_ABOUT, "type", "enum")}
    if "enum" in schema:
        inside["enum"] = [value for value in schema["enum"] if value is not None]
    ways = [{"type": one} | ({} if one == "null" else inside) for one in schema["type"]]
    return {**outside, "anyOf": ways}


def _chosen_in(connector: Connector) -> Iterator[str]:
    """The names of the actions and searches that have an input whose choices the vendor knows."""
    for operation in connector.operations.values():
        if isinstance(operation, Action | Search) and _has_choices(operation.input):
            yield operation.name


def _has_choices(fields: Fields) -> bool:
    return any(
        (field.choices and field.choices.list) or _has_choices({**(field.properties or {}), **_entries(field)})
        for field in fields.values()
    )


def _entries(field: Field) -> Fields:
    return {} if field.items is None else {"": field.items}


def _loose(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    kept = {word: said for word, said in schema.items() if word in ("title", "description")}
    if "properties" in schema:
        kept["properties"] = {name: _loose(one) for name, one in schema["properties"].items()}
    return kept | ({"items": _loose(schema["items"])} if "items" in schema else {})


_ABOUT = ("title", "description", "default", "examples")
_FILE: dict[str, Any] = {
    "type": "object",
    "description": "What the file is; its content comes beside this, as a resource.",
    "properties": {"name": {}, "media_type": {}, "size": {"description": "Bytes."}},
}
