"""What OpenSolar's webhooks say, and which changes they say it of.

`before` and `after` are a thing's fields as a webhook shows them. A field of a trigger counts as updated when what it
shows has changed, whoever changed it; a CREATE updates what is not empty; a DELETE, which has no fields, reaches
every webhook with a trigger of that model. All three are the sandbox's reading: the document says "Webhooks will be
triggered only if the fields in this list are updated".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .strict import Json

ALL = ["*"]
ROLE_PARTS = ("user_email", "id", "first_name", "family_name", "phone")
PARTS = ("modules", "inverters", "others", "batteries", "kw_stc")
SOLD = ("stage", "system_sold", "payment_option_sold", "sold_date", "installation_date", "system_installed")

DEFAULTS: dict[str, list[str]] = {
    "trigger_fields": [
        *("contact.*", "event.*", "project.address", "project.zip", "project.state", "project.lat", "project.lon"),
        *("project.country", "project.locality", "project.county", "project.contacts", "project.identifier"),
        *("project.notes", "project.systems.price_including_tax", "project.systems.output_annual_kwh"),
        *(f"project.systems.{part}" for part in PARTS),
        *(f"project.{name}" for name in SOLD),
        *("project.assigned_installer_role", "project.assigned_role", "project.assigned_site_inspector_role"),
        *("project.events_data", "project.usage"),
        *("project.utility_tariff_or_guess", "project.utility_tariff_proposed"),
    ],
    "payload_fields": [
        *("contact.*", "event.*", "project.address", "project.zip", "project.state", "project.lat", "project.lon"),
        *("project.country_iso2", "project.locality", "project.county"),
        *(f"project.contacts_data.{name}" for name in ("email", "family_name", "first_name", "id", "phone")),
        *("project.systems.price_including_tax", "project.systems.output_annual_kwh", "project.systems.url"),
        *(f"project.systems.{part}" for part in PARTS),
        *("project.id", "project.identifier", "project.notes", "project.site_notes", "project.actions"),
        *(f"project.{name}" for name in SOLD),
        *(f"project.assigned_installer_role_data.{part}" for part in ROLE_PARTS),
        *(f"project.assigned_role_data.{part}" for part in ROLE_PARTS),
        *(f"project.assigned_site_inspector_role_data.{part}" for part in ROLE_PARTS),
        *("project.events_data", "project.usage"),
        *("project.utility_tariff_or_guess.data", "project.utility_tariff_proposed_or_guess.data"),
    ],
}
"""What stands for null, in the document's order and words."""


class Change(NamedTuple):
    """What happened to a thing; `before` is None of a new one, `after` of a deleted one."""

    model: str
    model_id: int
    identifier: str
    before: Json | None
    after: Json | None

    @property
    def event(self) -> str:
        """CREATE, UPDATE or DELETE."""
        return "CREATE" if self.before is None else "DELETE" if self.after is None else "UPDATE"


def concerns(webhook: Json, change: Change) -> bool:
    """Whether the webhook is to hear of the change."""
    paths = _paths(webhook["trigger_fields"], change.model)
    if change.before is None or change.after is None:
        shown = change.after or {}
        return any(change.after is None or path == ALL or _seen(shown, path) for path in paths)
    return any(path == ALL or _seen(change.before, path) != _seen(change.after, path) for path in paths)


def payload(webhook: Json, change: Change, event_id: int, timestamp: int) -> Json:
    """What the webhook is told."""
    told: Json = {
        "timestamp": str(timestamp),
        "model": change.model,
        "model_id": change.model_id,
        "identifier": change.identifier,
        "event": change.event,
        "event_id": event_id,
    }
    if change.after is None:
        return told
    paths = _paths(webhook["payload_fields"], change.model)
    return told | {"fields": change.after if not paths or ALL in paths else _only(change.after, paths)}


def _paths(fields: list[str], model: str) -> list[list[str]]:
    return [path for each, *path in (field.split(".") for field in fields) if each == model.lower()]


def _seen(value: Any, path: list[str]) -> Any:
    """What is at the path, in a list of each; what is empty is None."""
    if path and isinstance(value, list):
        found = [_seen(each, path) for each in value]
        return found if any(each is not None for each in found) else None
    if path:
        return _seen(value.get(path[0]), path[1:]) if isinstance(value, dict) else None
    return None if value in ("", [], {}) else value


def _only(value: Any, paths: list[list[str]]) -> Any:
    """The value with nothing but what is at the paths."""
    if [] in paths:
        return value
    if isinstance(value, list):
        return [_only(each, paths) for each in value]
    if not isinstance(value, dict):
        return value
    wanted = {name: [path[1:] for path in paths if path[0] == name] for name in value}
    return {name: _only(value[name], inner) for name, inner in wanted.items() if inner}
