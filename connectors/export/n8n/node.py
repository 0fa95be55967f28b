"""What tells one connector's node from another: its operations, and the parameters that n8n shows for them.

An operation is named by a verb and a thing, and so it is shown: `create_request` is the operation "Create" of the
resource "Request". A name of one word belongs to a resource named after the connector.
"""

from __future__ import annotations

import re

from connectors.export.n8n import words
from connectors.export.n8n.parameters import Parameter, chooser, connection, parameters, shown_for
from connectors.export.words import distinct, label
from connectors.manifest.calls import Output
from connectors.manifest.model import Action, Connector, Search

_CONFIRM = "Whether you are sure: what this operation destroys cannot be brought back"
_FILE_FIELD = "The name of the output binary field that holds the file"
_ALL = "Whether to return all results or only up to a given limit"


def paths(connector: Connector) -> dict[str, dict[str, str]]:
    """By resource and operation: the path at the server, below the connection."""
    found: dict[str, dict[str, str]] = {}
    for resource, operations in _by_resource(connector).items():
        found[resource] = {
            _verb(operation): f"{'actions' if isinstance(operation, Action) else 'searches'}/{operation.name}"
            for operation in operations
        }
    return found


def properties(connector: Connector) -> list[Parameter]:
    """All parameters of the node."""
    resources = _by_resource(connector)
    return [
        _resource(resources, connector),
        *(_operation(resource, operations) for resource, operations in resources.items()),
        connection(),
        *(
            shown_for({"resource": resource, "operation": _verb(operation)}, parameter)
            for resource, operations in resources.items()
            for operation in operations
            for parameter in _inputs(operation)
        ),
    ]


def _by_resource(connector: Connector) -> dict[str, list[Action | Search]]:
    things: dict[str, list[Action | Search]] = {}
    for operation in (*connector.actions.values(), *connector.searches.values()):
        things.setdefault(operation.name.partition("_")[2], []).append(operation)
    names = distinct({thing: words.camel(thing or connector.connector) for thing in things}, sign="")
    return {names[thing]: operations for thing, operations in things.items()}


def _verb(operation: Action | Search) -> str:
    return operation.name.partition("_")[0]


def _resource(resources: dict[str, list[Action | Search]], connector: Connector) -> Parameter:
    titles = {name: _thing(operations[0], connector) for name, operations in resources.items()}
    options = [{"name": title, "value": name} for name, title in distinct(titles, sign=" ").items()]
    return chooser("Resource", "resource", options)


def _operation(resource: str, operations: list[Action | Search]) -> Parameter:
    options: list[Parameter] = []
    for operation in operations:
        name = label(_verb(operation))
        option = {"name": name, "value": _verb(operation), "action": words.action(operation.title)}
        described = words.help_text(operation.description, title=name)
        options.append({**option, "description": described} if described else option)
    return shown_for({"resource": resource}, chooser("Operation", "operation", options))


def _thing(operation: Action | Search, connector: Connector) -> str:
    """The thing's name, of one, as the operation's title writes it: `get_signed_pdf`, "Get signed PDF" → "Signed PDF".

    A connector's own title stands as it is.
    """
    _, _, thing = operation.name.partition("_")
    plain = thing.replace("_", " ")
    written = re.search(re.escape(plain), operation.title, re.IGNORECASE) if thing else None
    return label(words.singular(written[0] if written else plain) if thing else connector.title)


def _inputs(operation: Action | Search) -> list[Parameter]:
    extras: list[Parameter] = []
    if isinstance(operation, Search):
        extras = _how_many()
    elif operation.effective == "destroy":
        extras = [_flag("Confirm", "confirm", _CONFIRM)]
    elif isinstance(operation.output, Output) and operation.output.file is not None:
        field = {"displayName": "Put Output File in Field", "name": "binaryPropertyName", "type": "string"}
        extras = [{**field, "required": True, "default": "data", "description": _FILE_FIELD}]
    return [*parameters(operation.input, f"{operation.name}:", operation.rules), *extras]


def _how_many() -> list[Parameter]:
    limit = {"displayName": "Limit", "name": "limit", "type": "number", "typeOptions": {"minValue": 1}, "default": 50}
    return [
        _flag("Return All", "returnAll", _ALL),
        {**limit, "description": "Max number of results to return", "displayOptions": {"returnAll": [False]}},
    ]


def _flag(title: str, name: str, described: str) -> Parameter:
    return {"displayName": title, "name": name, "type": "boolean", "default": False, "description": described}
