"""A pretend {subdomain}.zendesk.com: the Support API, /api/v2.

After developer.zendesk.com/api-reference: Introduction (requests, security and authentication, pagination, rate
limits); Ticketing: Tickets (list, update), Incremental exports (tickets, time-based), Organizations (list), Users (list
of an organization); and the guide Using the incremental export API.

Every path may end in .json. A list is paged by cursor if `page[size]` is given, by offset if not. The time-based export
includes the second that it starts at, so that a page begins with what the page before ended with.
Documented, but not played: sideloading (`include`), `external_id` and `permission_set` as filters.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

from . import strict as be
from .pretend import Api, Clock, Refused, Table, iso

EMAIL = "agent@example.com"
TOKEN = "pretend-zendesk-token"
BUSY_ORGANIZATION = 7001
"""The organization with many users; the others have one each."""

EXPORT_SIZE = 1000
SETTLED = 60  # seconds: what changed more recently is not exported yet
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
ORDERS = ("created_at", "id", "status", "subject", "updated_at")
SORT = {"sort": be.word("id", "-id", "status", "-status", "updated_at", "-updated_at")}
SORT_BY = {"sort_by": be.word(*ORDERS), "sort_order": be.word("asc", "desc")}
OFFSET = {"page": be.digits(1), "per_page": be.digits(1, 100)}
CURSOR = {"page[size]": be.digits(1, 100), "page[after]": be.text(), "page[before]": be.text()}
ROLE = be.words("end-user", "agent", "admin")
ID = be.or_null(be.number(1))
IDS = be.items(be.number(1))
COMMENT = {
    "body": be.text(65536, 1),
    "html_body": be.text(65536, 1),
    "public": be.flag,
    "author_id": be.number(1),
    "uploads": be.items(be.text()),
}
TICKET = {
    **dict.fromkeys(
        ("assignee_id", "group_id", "organization_id", "problem_id", "requester_id", "custom_status_id"), ID
    ),
    **dict.fromkeys(("collaborator_ids", "follower_ids", "email_cc_ids", "sharing_agreement_ids"), IDS),
    **dict.fromkeys(("brand_id", "ticket_form_id"), ID),
    "assignee_email": be.text(),
    "comment": be.fields(COMMENT),
    "custom_fields": be.items(be.fields({"id": be.number(1), "value": be.anything}, "id", "value")),
    "due_at": be.or_null(be.text()),
    "external_id": be.or_null(be.text()),
    "priority": be.or_null(be.word("urgent", "high", "normal", "low")),
    "safe_update": be.flag,
    "status": be.word(*STATUSES),
    "subject": be.text(),
    "tags": be.items(be.text(None, 1)),
    "type": be.or_null(be.word("problem", "incident", "question", "task")),
    "updated_stamp": be.text(),
}


class Data:
    """`tickets`, `organizations` and `users`, each by id. A ticket that is deleted keeps its row: see `delete`."""

    def __init__(self):
        self.clock = Clock("2024-07-01T05:00:00Z", step=20)
        self.organizations = Table("id", self.clock, _organization, _touched, rows=205)
        self.users = Table("id", self.clock, _user, _touched, rows=205 + 204)
        self.tickets = Table("id", self.clock, _ticket, _ticket_touched, rows=2100)

    def delete(self, id):
        """As an agent does: the ticket is listed no more, but exported, with the status `deleted`."""
        return self.tickets.edit(id, status="deleted")


def _touched(row, now):
    row["updated_at"] = iso(now)


def _ticket_touched(row, now):
    row |= {"updated_at": iso(now), "generated_timestamp": now}


def _organization(n, now):
    told = {"name": f"Roofers {n:03}", "domain_names": [f"roofers{n}.example"], "details": None, "notes": None}
    flags = {"shared_tickets": False, "shared_comments": False, "external_id": None, "group_id": None, "tags": []}
    fields = {"organization_fields": {"roofs": n}}
    return {"id": 7000 + n, **told, **flags, **fields, "created_at": iso(now), "updated_at": iso(now)}


def _user(n, now):
    organization = BUSY_ORGANIZATION if n <= 205 else 7000 + n - 204
    told = {"name": f"Person {n}", "email": f"person{n}@example.com", "phone": None, "time_zone": "Berlin"}
    role = {"role": "admin" if n == 1 else "agent" if n % 50 == 0 else "end-user", "active": True, "verified": True}
    stamps = {"created_at": iso(now), "updated_at": iso(now)}
    return {"id": 360_000_000_000 + n, **told, **role, "organization_id": organization, "tags": [], **stamps}


def _ticket(n, now):
    stamp = now - now % 60  # three at a time in the same second
    people = {"requester_id": 360_000_000_000 + n % 400 + 1, "submitter_id": 360_000_000_001, "assignee_id": None}
    told = {
        "subject": f"Tile {n} is loose",
        "raw_subject": f"Tile {n} is loose",
        "description": "Seen from the ladder.",
    }
    kind = {"type": "incident", "priority": ("low", None, "urgent")[n % 3], "status": STATUSES[n % 6]}
    none = dict.fromkeys(("external_id", "recipient", "group_id", "problem_id", "due_at"))
    lists = {"collaborator_ids": [], "follower_ids": [], "email_cc_ids": [], "tags": ["roof"] if n % 2 else []}
    more = {"organization_id": 7000 + n % 205 + 1, "custom_fields": [{"id": 27642, "value": str(n)}]}
    times = {"created_at": iso(stamp), "updated_at": iso(stamp), "generated_timestamp": stamp}
    return {"id": n, "via": {"channel": "web"}, **told, **kind, **people, **none, **lists, **more, **times}


class Zendesk(Api):
    data = Data

    def reset(self):
        super().reset()
        self.state.now = time.time

    def routes(self):
        return [
            ("GET", "/api/v2/incremental/tickets", self.export_tickets),
            ("GET", "/api/v2/tickets", self.list_tickets),
            ("GET", "/api/v2/organizations", self.list_organizations),
            ("GET", "/api/v2/organizations/{id}/users", self.list_users),
            ("PUT", "/api/v2/tickets/{id}", self.update_ticket),
        ]

    def place(self, call):
        return call.path.removesuffix(".json")

    # Who is let in, and the words for no.

    def admit(self, call):
        if call.basic != f"{EMAIL}/token:{TOKEN}":
            raise Refused(401, {"error": "Couldn't authenticate you"}, www_authenticate='Basic realm="Web Password"')
        if "application/json" not in call.headers.get("accept", ""):
            raise _no(406, "NotAcceptable", "You must set an Accept: application/json header on all requests")

    def no_route(self, call):
        return _no(404, "InvalidEndpoint", "Not found")

    def wrong_method(self, call):
        return _no(405, "MethodNotAllowed", f"{call.method} is not a method of this endpoint")

    def too_many(self):
        description = "Number of allowed API requests per minute exceeded"
        return _no(429, "APIRateLimitExceeded", description, retry_after=self.state.retry_after)

    def wrong(self, call, wrong):
        if wrong.kind == "media_type":
            return _no(415, "UnsupportedMediaType", "You must supply a Content-Type: application/json header")
        if wrong.kind == "json":
            return _no(400, "UnparseableJSON", f"Server could not parse JSON: {wrong.why}")
        name = wrong.name.removeprefix("ticket.")
        code = {"unknown": "UnknownParameter", "missing": "BlankValue"}.get(wrong.kind, "InvalidValue")
        details = {name: [{"description": f"{name}: {wrong.why}", "error": code}]}
        if wrong.place == "query":
            return _no(400, "InvalidParameter", f"{name} {wrong.why}", details)
        return _no(422, "RecordInvalid", "Record validation errors", details)

    def answer(self, call):
        response = super().answer(call)
        response.headers["x-rate-limit"] = "700"
        response.headers["x-rate-limit-remaining"] = "0" if response.status_code == 429 else "699"
        return response

    # The endpoints.

    def export_tickets(self, call):
        query = call.read_query({"start_time": be.digits(0), "per_page": be.digits(1, EXPORT_SIZE)}, "start_time")
        start, size = query["start_time"], query.get("per_page", EXPORT_SIZE)
        settled = self.state.now() - SETTLED
        if start > settled:
            raise _no(422, "InvalidValue", "Too recent start_time. Use a start_time older than 1 minute.")
        rows = [row for row in self.state.data.tickets if start <= row["generated_timestamp"] <= settled]
        rows.sort(key=lambda row: (row["generated_timestamp"], row["id"]))
        while size < len(rows) and rows[size - 1]["generated_timestamp"] == start:
            size += 1  # or the next page would start where this one does
        page = rows[:size]
        end = page[-1]["generated_timestamp"] if page else None
        following = call.url(start_time=end) if page else None
        end_of_stream = {"count": len(page), "end_of_stream": size >= len(rows), "end_time": end}
        return {"tickets": [_shown(call, "tickets", row) for row in page], "next_page": following, **end_of_stream}

    def list_tickets(self, call):
        rows = [row for row in self.state.data.tickets if row["status"] != "deleted"]
        return _listed(call, "tickets", rows, SORT if _by_cursor(call) else SORT_BY)

    def list_organizations(self, call):
        return _listed(call, "organizations", [*self.state.data.organizations], {})

    def list_users(self, call, id):
        if _number(id) not in self.state.data.organizations:
            raise _no(404, "RecordNotFound", "Not found")
        rows = [row for row in self.state.data.users if row["organization_id"] == _number(id)]
        roles = [each for name, text in call.query if name in ("role", "role[]") for each in text.split(",")]
        rows = [row for row in rows if not roles or row["role"] in roles]
        return _listed(call, "users", rows, {"role": ROLE, "role[]": ROLE})

    def update_ticket(self, call, id):
        call.read_query({})
        row = self.state.data.tickets.get(_number(id))
        if row is None or row["status"] == "deleted":
            raise _no(404, "RecordNotFound", "Not found")
        changes = call.read_json({"ticket": be.fields(TICKET)}, "ticket")["ticket"]
        stamp = changes.pop("updated_stamp", None)
        if changes.pop("safe_update", False) and stamp != row["updated_at"]:
            raise _no(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data.")
        if row["status"] == "closed":
            details = {"status": [{"description": "Status: closed prevents ticket update", "error": "InvalidValue"}]}
            raise _no(422, "RecordInvalid", "Record validation errors", details)
        return self._updated(call, row, changes)

    def _updated(self, call, row, changes):
        comment = changes.pop("comment", None)
        kept = {name: value for name, value in changes.items() if name != "assignee_email"}
        if "custom_fields" in kept:
            fields = {field["id"]: field for field in (*row["custom_fields"], *kept["custom_fields"])}
            kept["custom_fields"] = [*fields.values()]
        events = [{"type": "Change", "field_name": name, "value": value} for name, value in changes.items()]
        events += [{"type": "Comment", "public": True, **comment}] if comment else []
        row = self.state.data.tickets.edit(row["id"], **kept)
        audit = {"ticket_id": row["id"], "created_at": row["updated_at"], "author_id": 360_000_000_001}
        audit |= {"id": row["generated_timestamp"], "events": events}
        return {"ticket": _shown(call, "tickets", row), "audit": audit}


def _number(text):
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


def _by_cursor(call):
    return any(name == "page[size]" for name, _ in call.query)


def _listed(call, name, rows, more):
    shown = _cursor_page if _by_cursor(call) else _offset_page
    page, extras = shown(call, rows, more)
    return {name: [_shown(call, name, row) for row in page], **extras}


def _offset_page(call, rows, more):
    query = call.read_query({**OFFSET, **more})
    page, size = query.get("page", 1), query.get("per_page", 100)
    if page * size > 10_000:
        raise _no(400, "InvalidPaginationDepth", "Offset pagination ends at 10,000 resources. Use cursor pagination.")
    rows.sort(key=lambda row: (row[query.get("sort_by", "id")], row["id"]), reverse=query.get("sort_order") == "desc")
    following = call.url(page=page + 1) if page * size < len(rows) else None
    extras = {"next_page": following, "previous_page": call.url(page=page - 1) if page > 1 else None}
    return rows[(page - 1) * size : page * size], extras | {"count": len(rows)}


def _cursor_page(call, rows, more):
    """A cursor is the place of a row, which need not be there any more."""
    query = call.read_query({**CURSOR, **more})
    sort, size = query.get("sort", "id"), query["page[size]"]

    def place(row):
        return [row[sort.removeprefix("-")], row["id"]]

    rows.sort(key=place, reverse=sort.startswith("-"))
    after, before = (_place(query.get(f"page[{name}]")) for name in ("after", "before"))
    if after is not None and before is not None:
        raise _no(400, "InvalidPaginationParameter", "page[after] and page[before] exclude each other")
    if after is not None:
        rows = [row for row in rows if (place(row) < after if sort.startswith("-") else place(row) > after)]
    if before is not None:
        rows = [row for row in rows if (place(row) > before if sort.startswith("-") else place(row) < before)]
    page = rows[-size:] if before is not None else rows[:size]
    first, last = (_cursor(place(page[0])), _cursor(place(page[-1]))) if page else (None, None)
    links = {"next": call.url(**{"page[after]": last, "page[before]": None}) if page else None}
    links["prev"] = call.url(**{"page[before]": first, "page[after]": None}) if page else None
    meta = {"has_more": len(rows) > size, "after_cursor": last, "before_cursor": first}
    return page, {"meta": meta, "links": links}


def _cursor(place):
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(cursor):
    try:
        return None if cursor is None else json.loads(urlsafe_b64decode(cursor))
    except ValueError:
        raise _no(400, "InvalidPaginationParameter", "The cursor is not valid") from None


def _shown(call, kind, row):
    return {"url": f"{call.address}/api/v2/{kind}/{row['id']}.json", **row}


def _no(status, error, description, details=None, **headers):
    body = {"error": error, "description": description} | ({"details": details} if details else {})
    return Refused(status, body, **headers)


def create_app():
    return Zendesk().app
