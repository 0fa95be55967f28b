"""What tells one connector's trigger node from another: its triggers, and the inputs that they take."""

from __future__ import annotations

from connectors.export.n8n import words
from connectors.export.n8n.parameters import Parameter, chooser, connection, parameters, shown_for
from connectors.export.words import label
from connectors.manifest.model import Connector, Trigger


def properties(connector: Connector) -> list[Parameter]:
    """All parameters of the trigger node."""
    triggers = connector.triggers.values()
    return [
        chooser("Event", "event", [_option(trigger) for trigger in triggers]),
        connection(),
        *(
            shown_for({"event": trigger.name}, parameter)
            for trigger in triggers
            for parameter in parameters(trigger.input, f"{trigger.name}:", trigger.rules)
        ),
    ]


def _option(trigger: Trigger) -> Parameter:
    name = label(trigger.title)
    option = {"name": name, "value": trigger.name}
    described = words.help_text(trigger.description, title=name)
    return {**option, "description": described} if described else option
