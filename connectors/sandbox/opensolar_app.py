"""The pretend OpenSolar as its users see it: what they do there that its API cannot.

Everything is named by its number, which is the `id` that the API shows.
"""

from __future__ import annotations

from typing import Literal

from starlette.exceptions import HTTPException

from . import opensolar_data as data
from . import opensolar_shapes as shapes
from . import opensolar_systems as systems
from .opensolar_bodies import Moment
from .opensolar_records import LIFETIME, OpenSolarRecords, Rows
from .strict import Json
from .vendor import deed


class OpenSolarApp(OpenSolarRecords):
    """What users do; `notice` tells the webhooks after each deed."""

    @deed
    def create_project(self, name: str | None = None, address: str | None = None) -> Json:
        """A user adds a project with a system and its customer, called `name` if given."""
        row = self.plan_for_somebody(self.now(), name)
        row |= {"address": address} if address is not None else {}
        return self._changed(row)

    @deed
    def delete_project(self, id: int) -> Json:
        """A user deletes a project with its systems, events and files; the customer stays."""
        self._row("project", id)
        self.remove_project(id)
        return {"deleted": id}

    @deed
    def write_notes(self, id: int, notes: str) -> Json:
        """A user replaces the notes of a project."""
        return self._saved(id, {"notes": notes})

    @deed
    def change_stage(self, id: int, stage: int) -> Json:
        """A user moves a project to another stage, which is an event of type 56 too."""
        if not 0 <= stage < data.STAGES:
            raise HTTPException(400, f"stage: must be from 0 to {data.STAGES - 1}")
        row = self._row("project", id)
        self.happen(row, 56, self.now())
        return self._saved(row["id"], {"stage": stage})

    @deed
    def sell_project(self, id: int) -> Json:
        """The customer accepts the proposal online: sold_date, system_sold, payment_option_sold, stage, an event."""
        row = self._row("project", id)
        if row["sold_date"]:
            raise HTTPException(409, f"project {id} was sold at {row['sold_date']}")
        sold = {"system_sold": self.system_of(row)["url"], "payment_option_sold": data.url("payment_options", 1)}
        self.happen(row, 3, self.now())
        return self._saved(id, sold | {"sold_date": data.stamp(self.now()), "stage": data.STAGE_SOLD})

    @deed
    def install_project(self, id: int) -> Json:
        """The system is on the roof: system_installed, installation_date if none was set, stage, an event."""
        row = self._row("project", id)
        self.happen(row, 40, self.now())
        installed = row["system_sold"] or self.system_of(row)["url"]
        day = row["installation_date"] or data.stamp(self.now())
        return self._saved(id, {"system_installed": installed, "installation_date": day, "stage": data.STAGE_INSTALLED})

    @deed
    def set_installation_date(self, id: int, date: Moment) -> Json:
        """A user plans the installation for a day (2026-12-01) or a moment."""
        return self._saved(id, {"installation_date": date})

    @deed
    def assign_role(self, id: int, role: int, task: Literal["seller", "installer", "inspector"] = "seller") -> Json:
        """A user gives a project to a colleague, which is an event of type 45 too."""
        field = {"seller": "assigned_role", "installer": "assigned_installer_role"}.get(task)
        row = self._row("project", id)
        colleague = self._row("role", role)["url"]
        self.happen(row, 45, self.now())
        return self._saved(id, {field or "assigned_site_inspector_role": colleague})

    @deed
    def redesign_system(self, id: int, modules: int) -> Json:
        """A designer puts another number of modules on the roof: the price and the output of the project's system."""
        if not 1 <= modules <= 1000:
            raise HTTPException(400, "modules: must be from 1 to 1000")
        row = self._row("project", id)
        systems.lay(self.system_of(row), 1, modules)
        return self._saved(id, {})

    @deed
    def add_event(self, id: int, event_type: int = 22, notes: str | None = None) -> Json:
        """Something happens with a project and its customer, by one of the document's event types."""
        if event_type not in data.EVENT_TYPES:
            raise HTTPException(400, f"event_type: must be one of {', '.join(map(str, data.EVENT_TYPES))}")
        return {"event": self.happen(self._row("project", id), event_type, self.now(), notes=notes)}

    @deed
    def delete_event(self, id: int) -> Json:
        """A user deletes an event."""
        self._row("event", id)
        del self.events[id]
        return {"deleted": id}

    @deed
    def create_contact(self, name: str, email: str = "") -> Json:
        """A user adds a contact without a project."""
        first, _, family = name.rpartition(" ")
        return {"contact": self.add_contact({"first_name": first, "family_name": family, "email": email})}

    @deed
    def change_contact(self, id: int, phone: str) -> Json:
        """A user corrects the telephone number of a contact."""
        row = self._row("contact", id)
        row["phone"] = phone
        return {"contact": row}

    @deed
    def delete_contact(self, id: int) -> Json:
        """A user deletes a contact, also from its projects."""
        self._row("contact", id)
        self.remove_contact(id)
        return {"deleted": id}

    @deed
    def remove_webhook(self, id: int) -> Json:
        """A webhook disappears; the API itself can only disable one."""
        self._row("webhook", id)
        del self.webhooks[id]
        return {"deleted": id}

    @deed
    def expire_tokens(self) -> Json:
        """A week passes for all tokens: those of standard users run out, those of machine users do not."""
        for user in self.users.values():
            user["token_since"] -= LIFETIME
        return {"expired": [user["email"] for user in self.users.values() if not user["is_machine_user"]]}

    @deed
    def update_settings_by(self, method: Literal["POST", "PATCH", "PUT"]) -> Json:
        """From now on the organisation and its settings are updated by this method alone, not by POST as documented."""
        self.update_method = method
        return {"updated_by": method}

    def _row(self, kind: str, id: int) -> Json:
        rows: Rows = getattr(self, f"{kind}s")
        if id in rows:
            return rows[id]
        known = f"{min(rows)} to {max(rows)}" if rows else "none"
        raise HTTPException(404, f"{kind}: none has the id {id!r}; there are {known}")

    def _saved(self, id: int, changes: Json) -> Json:
        row = self._row("project", id)
        self.save(row, changes)
        return self._changed(row)

    def _changed(self, row: Json) -> Json:
        return {"project": shapes.project(self, row)}
