"""A pretend your-domain.atlassian.net: Jira Cloud platform, REST API v3, and the media host that it sends downloads to.

After developer.atlassian.com/cloud/jira/platform: Basic auth for REST APIs, Rate limiting, Atlassian Document Format;
of REST v3: Introduction (expansion, pagination, ordering, status codes), Projects (get projects paginated), Issues (get
issue), Issue comments (get, add), Issue attachments (get attachment content).

The media host is documented by nobody. It is played under /media (and at the root, for those who replace its origin by
this one): a link is good for the file it names, and any credential that comes along is refused.
Documented, but not played: `expand`, `properties` and `updateHistory` of an issue; of the list of projects `action`,
`categoryId`, `status`, `properties`, `propertyQuery` and the expansion of issue types; `Range` of a download.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode
from uuid import UUID, uuid5

from starlette.responses import JSONResponse, RedirectResponse, Response

from . import strict as be
from .pretend import Api, Clock, Refused, Table, Tables, iso

EMAIL = "ada@example.com"
TOKEN = "pretend-atlassian-token"
MEDIA = "https://api.media.atlassian.com"
BUSY = "ROOF-1"
"""The issue with many comments and three attachments."""

SPACE = UUID("5b10ac8d-82e0-4b22-b7d4-000000000000")
CREDENTIALS = ("authorization", "cookie", "proxy-authorization", "x-authorization", "x-api-key")
FILES = (
    ("plan.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(range(256)) * 8),
    ("roof from above.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(reversed(range(256))) * 40),
    ("empty.txt", "text/plain", b""),
)
ORDERS = ("category", "issueCount", "key", "lastIssueUpdatedTime", "name", "owner", "archivedDate", "deletedDate")
START = {"startAt": be.digits(0), "maxResults": be.digits(1)}
PROJECTS = {
    **START,
    "orderBy": be.word(*(sign + name for name in ORDERS for sign in ("", "-", "+"))),
    "query": be.text(),
    "id": be.words(),
    "keys": be.words(),
    "typeKey": be.words("business", "service_desk", "software"),
    "expand": be.words("description", "projectKeys", "lead", "url", "insight"),
}
COMMENTS = {
    **START,
    "orderBy": be.word("created", "-created", "+created"),
    "expand": be.words("renderedBody"),
}
VISIBILITY = be.fields({"type": be.word("group", "role"), "value": be.text(), "identifier": be.or_null(be.text())})
PROPERTY = be.fields({"key": be.text(255, 1), "value": be.anything}, "key", "value")
NEW_COMMENT = {"body": be.anything, "visibility": VISIBILITY, "properties": be.items(PROPERTY)}


class Data:
    """`projects` and `issues` by key, `comments[issue key]` and `attachments` by id."""

    def __init__(self):
        self.clock = Clock("2024-08-05T09:00:00Z", step=900)
        self.projects = Table("key", self.clock, _project, rows=205)
        self.issues = Table("key", self.clock, _issue, _touched, rows=8)
        self.comments = Tables(self._comments, self.issues.keys())
        self.attachments = Table("id", self.clock, _attachment, rows=len(FILES))

    def _comments(self, issue):
        rows = {BUSY: 230, "ROOF-2": 3}.get(issue, 0)
        return Table("id", self.clock, _comment, _comment_touched, rows=rows)

    def issue(self, id_or_key):
        return next((row for row in self.issues if id_or_key in (row["id"], row["key"])), None)


def _at(now):
    return iso(now).replace("Z", ".000+0000")


def _person(n=1):
    account = f"5b10a2844c20165700ede{n:03}"
    return {"accountId": account, "accountType": "atlassian", "active": True, "displayName": f"Person {n}"}


def document(words):
    """A text as an Atlassian document of one paragraph."""
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def _project(n, now):
    key = "ROOF" if n == 1 else f"P{n:03}"
    kinds = ("software", "business", "service_desk")
    return {
        "id": str(10_000 + n),
        "key": key,
        "name": f"Solar project {n:03}",
        "projectTypeKey": kinds[n % 3],
        "simplified": False,
        "style": "classic",
        "isPrivate": n % 10 == 0,
        "properties": {},
        "updated": _at(now),
    }


def _issue(n, now):
    fields = {
        "summary": f"Tile {n} is loose",
        "status": {"id": str(n % 3), "name": ("To Do", "In Progress", "Done")[n % 3]},
        "issuetype": {"id": "10001", "name": "Task", "subtask": False},
        "project": {"id": "10001", "key": "ROOF", "name": "Solar project 001"},
        "priority": {"id": "3", "name": "Medium"},
        "assignee": _person(n) if n % 2 else None,
        "reporter": _person(1),
        "description": document("Seen from the ladder.") if n % 4 else None,
        "labels": ["urgent"] if n % 3 == 0 else [],
        "duedate": None,
        "customfield_10016": n / 2,
        "created": _at(now),
        "updated": _at(now),
    }
    return {"id": str(20_000 + n), "key": f"ROOF-{n}", "fields": fields}


def _touched(row, now):
    row["fields"]["updated"] = _at(now)


def _comment(n, now):
    by = {"author": _person(n % 5 + 1), "updateAuthor": _person(n % 5 + 1)}
    body = document(f"Comment {n}: brought a ladder.")
    return {"id": str(30_000 + n), **by, "body": body, "created": _at(now), "updated": _at(now), "jsdPublic": True}


def _comment_touched(row, now):
    row["updated"] = _at(now)


def _attachment(n, now):
    name, kind, content = FILES[(n - 1) % len(FILES)]
    told = {"filename": name, "mimeType": kind, "content": content, "created": _at(now), "author": _person(2)}
    return {"id": str(40_000 + n), "issue": BUSY, "file": str(uuid5(SPACE, f"file {n}")), **told}


class Jira(Api):
    data = Data

    def reset(self):
        super().reset()
        self.state.media = MEDIA

    def routes(self):
        issue = "/rest/api/3/issue/{issue}"
        file = "/file/{file}/binary"
        return [
            ("GET", "/rest/api/3/project/search", self.list_projects),
            ("GET", issue, self.get_issue),
            ("GET", f"{issue}/comment", self.list_comments),
            ("POST", f"{issue}/comment", self.add_comment),
            ("GET", "/rest/api/3/attachment/content/{id}", self.get_content),
            ("GET", f"/media{file}", self.get_file),
            ("GET", file, self.get_file),
        ]

    # Who is let in, and the words for no.

    def admit(self, call):
        if call.path.startswith("/rest/") and call.basic != f"{EMAIL}:{TOKEN}":
            raise _no(401, "Client must be authenticated to access this resource.")

    def no_route(self, call):
        return _no(404, f"null for uri: {call.address}{call.path}")

    def wrong_method(self, call):
        return _no(405, "Method Not Allowed")

    def too_many(self):
        return _no(429, "Rate limit exceeded.", retry_after=self.state.retry_after)

    def wrong(self, call, wrong):
        if wrong.kind == "media_type":
            return _no(415, f"Unsupported media type: {wrong.value}")
        if wrong.kind == "json" or (wrong.place == "body" and wrong.kind == "unknown"):
            return _no(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return _no(400, errors={wrong.name: f"{wrong.name} {wrong.why}"})

    # The endpoints.

    def list_projects(self, call):
        query = call.read_query(PROJECTS)
        words = query.get("query", "").lower()
        only = {"id": query.get("id"), "key": query.get("keys"), "projectTypeKey": query.get("typeKey")}
        rows = [row for row in self.state.data.projects if words in f"{row['key']} {row['name']}".lower()]
        rows = [row for row in rows if all(row[name] in some for name, some in only.items() if some)]
        order = query.get("orderBy", "key")
        name = {"key": "key", "lastIssueUpdatedTime": "updated"}.get(order.lstrip("+-"), "name")
        rows.sort(key=lambda row: row[name], reverse=order.startswith("-"))
        start, most = query.get("startAt", 0), min(query.get("maxResults", 50), 100)
        values = [_shown_project(call, row, query.get("expand", [])) for row in rows[start : start + most]]
        last = start + most >= len(rows)
        page = {"self": call.url(startAt=start, maxResults=most), "maxResults": most, "startAt": start}
        if not last:
            page["nextPage"] = call.url(startAt=start + most, maxResults=most)
        return {**page, "total": len(rows), "isLast": last, "values": values}

    def get_issue(self, call, issue):
        query = call.read_query({"fields": be.words(), "fieldsByKeys": be.truth, "failFast": be.truth})
        row = self._issue(issue)
        found = {**row["fields"], "attachment": self._attachments(call, row), "comment": self._comments(call, row)}
        fields = {name: found[name] for name in _chosen(query.get("fields", ["*all"]), found)}
        self_ = f"{call.address}/rest/api/3/issue/{row['id']}"
        return {"id": row["id"], "self": self_, "key": row["key"], "fields": fields}

    def list_comments(self, call, issue):
        row = self._issue(issue)
        query = call.read_query(COMMENTS)
        return self._comments(call, row, **query)

    def add_comment(self, call, issue):
        row = self._issue(issue)
        expand = call.read_query({"expand": be.words("renderedBody")}).get("expand", [])
        body = call.read_json(NEW_COMMENT)
        if not _is_document(body.get("body")):
            raise _no(400, errors={"comment": "Comment body is not valid!"})
        if not body["body"]["content"]:
            raise _no(400, errors={"comment": "Comment body can not be empty!"})
        told = {name: body[name] for name in ("body", "visibility", "properties") if name in body}
        comment = self.state.data.comments[row["key"]].add(author=_person(1), updateAuthor=_person(1), **told)
        return JSONResponse(_shown_comment(call, row, comment, expand), 201)

    def get_content(self, call, id):
        query = call.read_query({"redirect": be.truth})
        row = self.state.data.attachments.get(id)
        if row is None:
            raise _no(404, f"The attachment with id '{id}' does not exist")
        if query.get("redirect") == "false":
            return _file(row)
        link = {"token": _ticket(row), "client": "pretend", "dl": "true", "name": row["filename"]}
        return RedirectResponse(f"{self.state.media}/file/{row['file']}/binary?{urlencode(link, quote_via=quote)}", 303)

    def get_file(self, call, file):
        given = [name for name in CREDENTIALS if name in call.headers]
        if given:
            raise Refused(403, {"message": f"The media host takes no credentials, and got {', '.join(given)}"})
        query = call.read_query({name: be.text() for name in ("token", "client", "dl", "name")}, "token", "client")
        row = next((row for row in self.state.data.attachments if row["file"] == file), None)
        if row is None or query["token"] != _ticket(row):
            raise Refused(403, {"message": "This link is for another file, or too old"})
        return _file(row)

    # What they share.

    def _issue(self, id_or_key):
        row = self.state.data.issue(id_or_key)
        if row is None:
            raise _no(404, "Issue does not exist or you do not have permission to see it.")
        return row

    def _comments(self, call, issue, startAt=0, maxResults=100, orderBy="created", expand=()):
        rows = sorted(self.state.data.comments[issue["key"]], key=lambda row: row["created"])
        rows = rows[::-1] if orderBy.startswith("-") else rows
        most = min(maxResults, 5000)
        shown = [_shown_comment(call, issue, row, expand) for row in rows[startAt : startAt + most]]
        return {"startAt": startAt, "maxResults": most, "total": len(rows), "comments": shown}

    def _attachments(self, call, issue):
        rows = [row for row in self.state.data.attachments if row["issue"] == issue["key"]]
        return [_shown_attachment(call, row) for row in rows]


def _chosen(wanted, found):
    """Names of fields: those named, or all but those with a minus."""
    out = {name[1:] for name in wanted if name.startswith("-")}
    named = {name for name in wanted if name[0] not in "*-"}
    everything = not named or any(name.startswith("*") for name in wanted)
    return [name for name in found if name not in out and (everything or name in named)]


def _is_document(body):
    return isinstance(body, dict) and (body.get("type"), body.get("version")) == ("doc", 1) and _are_nodes(body)


def _are_nodes(parent):
    nodes = parent.get("content", [])
    return isinstance(nodes, list) and all(_is_node(node) for node in nodes)


def _is_node(node):
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and node["text"] != ""
    return _are_nodes(node)


def _said(node):
    return node.get("text", "") + "".join(_said(each) for each in node.get("content", []))


def _shown_comment(call, issue, row, expand):
    url = f"{call.address}/rest/api/3/issue/{issue['id']}/comment/{row['id']}"
    return {"self": url, **row} | ({"renderedBody": f"<p>{_said(row['body'])}</p>"} if expand else {})


def _shown_project(call, row, expand):
    more = {
        "description": f"Everything about {row['name']}",
        "projectKeys": [row["key"]],
        "lead": _person(1),
        "url": "https://example.com",
        "insight": {"totalIssueCount": 0, "lastIssueUpdateTime": row["updated"]},
    }
    shown = {name: value for name, value in row.items() if name != "updated"}
    return {"self": f"{call.address}/rest/api/3/project/{row['id']}", **shown, **{name: more[name] for name in expand}}


def _shown_attachment(call, row):
    base = f"{call.address}/rest/api/3/attachment"
    told = {name: row[name] for name in ("id", "filename", "author", "created", "mimeType")}
    return {
        "self": f"{base}/{row['id']}",
        **told,
        "size": len(row["content"]),
        "content": f"{base}/content/{row['id']}",
    }


def _ticket(row):
    return uuid5(SPACE, f"ticket {row['id']}").hex


def _file(row):
    disposition = f"attachment; filename*=UTF-8''{quote(row['filename'])}"
    return Response(row["content"], headers={"content-disposition": disposition, "content-type": row["mimeType"]})


def _no(status, *messages, errors=None, **headers):
    return Refused(status, {"errorMessages": [*messages], "errors": errors or {}}, **headers)


def create_app():
    return Jira().app
