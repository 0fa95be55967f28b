"""What the pretend OpenSolar holds, how it comes about, and how its webhooks hear of changes."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from . import opensolar_data as data
from . import opensolar_shapes as shapes
from . import opensolar_systems as systems
from .opensolar_hooks import Change, concerns, payload
from .opensolar_settings import SETTINGS
from .posting import Post, Postbox
from .strict import Json
from .throttle import Throttle
from .vendor import Vendor, utc_now

if TYPE_CHECKING:
    from .vendor import Clock

SEEDED = 45
FIRST_USER = 101
FILES = "https://files.opensolar.example"
"""Where pictures and private files lie. The document names no such host."""

PASSWORD = "sandbox-opensolar-password"  # noqa: S105 (a pretend one)
MACHINE_TOKEN = "5a2db0c7" * 5
LIFETIME = timedelta(days=7)
LINKS_LAST = timedelta(hours=1)

LIMITS: Mapping[str, int] = {"project writes": 10, "project reads": 100, "system details": 60, "system images": 10}
"""Requests a minute for each user. The document names no figure; these are the ones users report."""

Rows = dict[int, Json]
Shown = dict[tuple[str, int], tuple[str, Json]]


class OpenSolarRecords(Vendor):
    """An organisation, its users, customers, projects with systems and events, settings, and webhooks.

    `limits` are requests a minute, by the names of `LIMITS`; what is not in it has no limit.
    """

    users: Rows
    roles: Rows
    contacts: Rows
    projects: Rows
    systems: Rows
    events: Rows
    files: Rows
    actions: Rows
    webhooks: Rows
    settings: dict[str, Rows]
    process_logs: deque[Json]

    def __init__(self, *, seed: int = 1, now: Clock = utc_now, limits: Mapping[str, int] = LIMITS) -> None:
        self.limits = limits
        self.postbox = Postbox()
        super().__init__(seed=seed, now=now)

    def sow(self) -> None:
        self.rng: Random = Random(self.seed)
        self.throttle: Throttle = Throttle()
        self.postbox.forget()
        self.update_method: str = "POST"
        self.org: Json = data.org()
        self.users, self.roles = {}, {}
        for role_id in range(1, len(data.USERS) + 1):
            self._join(role_id, FIRST_USER + role_id - 1)
        self.settings = {kind: {row["id"]: row for row in setting.rows()} for kind, setting in SETTINGS.items()}
        created = data.stamp(data.FIRST_PROJECT)
        steps = enumerate(("Design Systems", "Contact Customer"), start=1)
        self.actions = {number: shapes.new_action(number, title, number - 1, created) for number, title in steps}
        self.contacts, self.projects, self.systems, self.events, self.files = {}, {}, {}, {}, {}
        self.webhooks = {}
        self.process_logs = deque(maxlen=1000)
        for place in range(SEEDED):
            self._sow_project(data.FIRST_PROJECT + place * data.BETWEEN_PROJECTS)
        self._known: Shown = {}

    def do(self, name: str, args: Json) -> Json:
        done = super().do(name, args)
        self.notice()
        return done

    def save(self, row: Json, changes: Json) -> None:
        """Change what somebody entered about a project."""
        row |= changes | {"modified_date": data.stamp(self.now())}

    def add_contact(self, given: Json) -> Json:
        """Keep a contact."""
        number = self.new_number("contact")
        self.contacts[number] = {"id": number, **data.CONTACT_FIELDS, **given, "url": data.url("contacts", number)}
        return self.contacts[number]

    def add_project(self, at: datetime, given: Json) -> Json:
        """Keep a project; without an identifier it is given one."""
        number = self.new_number("project")
        row: Json = {**data.OWN_FIELDS, "contacts": [], **given, "id": number}
        row["identifier"] = row["identifier"] or self.fixed_id("project", number)
        row["created_date"] = row["modified_date"] = data.stamp(at)
        self.projects[number] = row
        return row

    def remove_project(self, id: int) -> None:
        """Delete a project, and what belongs to it alone; its contacts stay."""
        here = data.url("projects", id)
        del self.projects[id]
        for rows in (self.systems, self.events, self.files):
            for each in [key for key, row in rows.items() if row["project"] == here]:
                del rows[each]

    def remove_contact(self, id: int) -> None:
        """Delete a contact, also from its projects and their events."""
        here = self.contacts.pop(id)["url"]
        for event in self.events.values():
            event["contact"] = None if event["contact"] == here else event["contact"]
        for row in self.projects.values():
            if here in row["contacts"]:
                row["contacts"].remove(here)

    def add_webhook(self, given: Json) -> Json:
        """Keep a webhook, which hears of what changes from now on."""
        self._known = self._known if self.webhooks else self._shown()
        number = self.new_number("webhook")
        self.webhooks[number] = {"id": number, "url": data.url("webhooks", number), "org": shapes.ORG_URL, **given}
        return self.webhooks[number]

    def add_picture(self, system: Json, user: Json, title: str, filesize: int) -> Json:
        """Keep a picture of a system as a private file of its project."""
        number = self.new_number("file")
        made = {
            "file_contents": f"{FILES}/private/{number}/{title}",
            "file_hash": self.fixed_id("file", number).replace("-", ""),
            "input_data_hash": self.fixed_id("input", number).replace("-", ""),
            "filesize": filesize,
        }
        at = data.stamp(self.now())
        self.files[number] = shapes.new_file(number, system["project"], user["url"], system["uuid"], title, at, **made)
        return self.files[number]

    def signed(self, address: str) -> str:
        """An address of a private file as it is handed out: it can be read for an hour."""
        expires = int((self.now() + LINKS_LAST).timestamp())
        return f"{address}?Expires={expires}&Signature={self.signature(address, expires)}"

    def signature(self, address: str, expires: int) -> str:
        """What proves that an address was handed out."""
        return self.fixed_id(address, expires).replace("-", "")

    def with_links(self, fields: Json) -> Json:
        """The fields of a project with addresses under which its private files can be read."""
        if "private_files_data" not in fields:
            return fields
        files = [file | {"file_contents": self.signed(file["file_contents"])} for file in fields["private_files_data"]]
        return fields | {"private_files_data": files}

    def new_token(self, user: Json) -> None:
        """Give a user another token."""
        user["token"] = (self.new_id("token") + self.new_id("token")).replace("-", "")[:40]
        user["token_since"] = self.now()

    def plan_for_somebody(self, at: datetime, name: str | None = None) -> Json:
        """Keep a project with a system and somebody new as its customer."""
        given = data.site(self.rng)
        customer = data.customer(len(self.contacts) + 1, given["country_iso2"], self.rng)
        if name is not None:
            customer["first_name"], _, customer["family_name"] = name.rpartition(" ")
        given["lead_source"] = self.rng.choice(data.LEAD_SOURCES)
        given["assigned_role"] = data.url("roles", self.rng.choice((1, 3)))
        given["roof_type"] = f"{data.ORIGIN}/api/roof_types/{self.rng.choice(data.ROOF_TYPES)}/"
        row = self.add_project(at, given | {"contacts": [self.add_contact(customer)["url"]]})
        number = self.new_number("system")
        here = data.url("projects", row["id"])
        self.systems[number] = systems.design(number, self.fixed_id("system", number), here, 0, self.rng)
        return row

    def happen(self, row: Json, kind: int, at: datetime, notes: str | None = None) -> Json:
        """Keep an event of a project."""
        seller = self.roles[data.id_in(row["assigned_role"] or data.url("roles", 1))]
        number = self.new_number("event")
        self.events[number] = shapes.new_event(
            number,
            kind,
            data.EVENT_TYPES[kind],
            data.stamp(at),
            action=self.actions[1]["url"] if kind == 44 else self.actions[2]["url"],
            contact=next(iter(row["contacts"]), None),
            notes=notes,
            project=data.url("projects", row["id"]),
            project_name=shapes.title(row),
            user=seller["user"],
            who={"display": seller["display"], "email": seller["email"], "portrait_image_public_url": None},
        )
        return self.events[number]

    def system_of(self, row: Json) -> Json:
        """The first system of a project; 409 without one."""
        here = data.url("projects", row["id"])
        for system in self.systems.values():
            if system["project"] == here:
                return system
        raise HTTPException(409, f"project {row['id']} has no system yet")

    def notice(self) -> None:
        """Tell the webhooks what has changed since this was last called."""
        if not self.webhooks:
            return
        before, self._known = self._known, self._shown()
        for (model, number), (identifier, fields) in self._known.items():
            _, earlier = before.get((model, number), ("", None))
            if fields != earlier:
                self._tell(Change(model, number, identifier, earlier, fields))
        for (model, number), (identifier, fields) in before.items():
            if (model, number) not in self._known:
                self._tell(Change(model, number, identifier, fields, None))
        self.postbox.send()

    def _join(self, role_id: int, user_id: int) -> None:
        self.roles[role_id] = role = data.role(role_id, user_id)
        is_machine = data.USERS[role_id - 1][-1]
        self.users[user_id] = user = {"id": user_id, "url": role["user"], "email": role["email"]}
        user["is_machine_user"] = is_machine
        self.new_token(user)
        user["token"] = MACHINE_TOKEN if is_machine else user["token"]

    def _sow_project(self, at: datetime) -> None:
        """Every third project is sold, every sixth installed too."""
        row = self.plan_for_somebody(at)
        self.happen(row, self.rng.choice((20, 22, 23, 28)), at)
        if row["id"] % 3 == 0:
            system = self.system_of(row)["url"]
            later = data.stamp(at + data.BETWEEN_PROJECTS)
            row |= {"sold_date": later, "system_sold": system, "stage": data.STAGE_SOLD, "modified_date": later}
            row["payment_option_sold"] = data.url("payment_options", self.rng.randint(1, 6))
            if row["id"] % 6 == 0:
                row |= {"installation_date": later, "system_installed": system, "stage": data.STAGE_INSTALLED}

    def _shown(self) -> Shown:
        """All that webhooks may tell of, as they tell it, with its identifier."""
        found: Shown = {}
        for number, row in self.projects.items():
            found["Project", number] = row["identifier"], _copied(shapes.project(self, row))
        for number, row in self.contacts.items():
            found["Contact", number] = self.fixed_id("contact", number), _copied(shapes.contact_fields(self, row))
        for number, row in self.events.items():
            found["Event", number] = self.fixed_id("event", number), _copied(shapes.event_fields(row))
        return found

    def _tell(self, change: Change) -> None:
        concerned = [each for each in self.webhooks.values() if each["enabled"] and concerns(each, change)]
        event_id = self.new_number("webhook event")
        for webhook in concerned:
            told = payload(webhook, change, event_id, int(self.now().timestamp()))
            self._send(webhook, told | ({"fields": self.with_links(told["fields"])} if "fields" in told else {}))

    def _send(self, webhook: Json, told: Json) -> None:
        """Put it on its way; the log and the webhook logs have it from now on, and what came of it later."""
        body = json.dumps(told, ensure_ascii=False)
        given = json.loads(webhook["headers"] or "{}")
        headers = {"content-type": "application/json", **{name.lower(): value for name, value in given.items()}}
        time = self.now()
        entry: Json = {"time": time.isoformat(), "method": "POST", "path": webhook["endpoint"], "query": ""}
        entry |= {"headers": headers, "body": body, "status": None, "webhook": webhook["id"]}
        row: Json = {"id": self.new_number("webhook log"), "org": shapes.ORG_URL, "webhook": webhook["url"]}
        row |= {"endpoint": webhook["endpoint"], "status": "queued", "response_status": None, "error": None}
        row |= {"created_date": data.stamp(time), "processed_date": None, "payload": told}

        def done(status: int | None, error: str | None) -> None:
            entry.update(status=status, **({"error": error} if error else {}))
            good = status is not None and 200 <= status < 300
            row.update(status="sent" if good else "failed", response_status=status, error=error)
            row.update(processed_date=data.stamp(self.now()))

        self.log.append(entry)
        self.process_logs.append(row)
        self.postbox.put(webhook["id"], Post(webhook["endpoint"], headers, body.encode(), done))


def _copied(fields: Json) -> Json:
    """As it is now, whatever becomes of the rows; what never changes is not worth the time."""
    return fields | json.loads(json.dumps({name: fields[name] for name in fields.keys() - shapes.CONSTANT.keys()}))
