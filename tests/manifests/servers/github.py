"""A pretend api.github.com, REST API version 2022-11-28.

After docs.github.com/en/rest: Repositories (list for the authenticated user), Issues (list repository issues, create,
get), and of "Using the REST API": Getting started, Pagination, Rate limits, Troubleshooting; API versions.

Documented, but not played: `mentioned`, `type` and `issue_field_values` of issues, media types other than JSON.
The documents leave open whether `since` includes the second that it names; here it does not ("after the given time").
"""

from __future__ import annotations

import re
import time

from starlette.responses import JSONResponse

from . import strict as be
from .pretend import Api, Clock, Refused, Table, Tables, iso

TOKEN = "pretend-github-token"
LOGIN = "mona-solar"
BIG = f"{LOGIN}/roofs"
"""The repository with many issues, pull requests among them; a few of the others have three."""

FIRST_ID = 9_007_199_254_740_993  # ids are 64-bit integers; this one does not survive as a float
PEOPLE = (LOGIN, "hubot-solar", "ada-beispiel")
LABELS = ("bug", "enhancement", "question")
REPOS_DOCS = "repos/repos#list-repositories-for-the-authenticated-user"
LIST_DOCS, CREATE_DOCS, GET_DOCS = (
    f"issues/issues#{name}" for name in ("list-repository-issues", "create-an-issue", "get-an-issue")
)

INSTANT = be.pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "a time as YYYY-MM-DDTHH:MM:SSZ")
PAGING = {"per_page": be.digits(1, 100), "page": be.digits(1)}
ORDER = {"direction": be.word("asc", "desc")}
REPO_QUERY = {
    **PAGING,
    **ORDER,
    "visibility": be.word("all", "public", "private"),
    "affiliation": be.words("owner", "collaborator", "organization_member"),
    "type": be.word("all", "owner", "public", "private", "member"),
    "sort": be.word("created", "updated", "pushed", "full_name"),
    "since": INSTANT,
    "before": INSTANT,
}
ISSUE_QUERY = {
    **PAGING,
    **ORDER,
    "state": be.word("open", "closed", "all"),
    "sort": be.word("created", "updated", "comments"),
    "since": INSTANT,
    "labels": be.words(),
    "creator": be.text(),
    "assignee": be.text(),
    "milestone": be.pattern(r"\d+|\*|none", "a number, * or none"),
}
OR_NULL = be.or_null(be.text())
LABEL = be.fields({"id": be.number(), "name": be.text(), "description": OR_NULL, "color": OR_NULL}, "name")
NEW_ISSUE = {
    "title": be.either(be.number(), be.text(256, 1)),
    "body": be.or_null(be.text(65536)),
    "assignee": OR_NULL,
    "assignees": be.items(be.text(), most=10),
    "labels": be.items(be.either(LABEL, be.text()), most=100),
    "milestone": be.or_null(be.either(be.number(), be.text())),
}


class Data:
    """`repos` by full name; `issues[full name]` by number."""

    def __init__(self):
        self.clock = Clock("2024-09-02T08:00:00Z", step=600)
        self.repos = Table("full_name", self.clock, self._repo, _touched, rows=205)
        self.issues = Tables(self._issues, self.repos.keys())

    def _issues(self, full_name):
        rows = 230 if full_name == BIG else 3 if full_name.endswith("0") else 0
        return Table("number", self.clock, _issue, _touched, rows=rows)

    def _repo(self, n, now):
        name = "roofs" if n == 1 else f"plan-{n:03}"
        return {
            "id": FIRST_ID + 1000 * n,
            "name": name,
            "full_name": f"{LOGIN}/{name}",
            "private": n % 3 == 0,
            "owner": _user(LOGIN),
            "description": None if n % 5 == 0 else f"Plans of roof {n}",
            "fork": False,
            "archived": n % 50 == 49,
            "default_branch": "main",
            "visibility": "private" if n % 3 == 0 else "public",
            "pushed_at": iso(now),
            "created_at": iso(now),
            "updated_at": iso(now),
        }

    def find(self, owner, repo):
        """The repository; neither name is case-sensitive."""
        wanted = f"{owner}/{repo}".lower()
        return next((row for row in self.repos if row["full_name"].lower() == wanted), None)


def _touched(row, now):
    row["updated_at"] = iso(now)


def _user(login):
    number_of = PEOPLE.index(login) + 1 if login in PEOPLE else 99
    return {"login": login, "id": 583_000 + number_of, "type": "User", "site_admin": False}


def _issue(n, now):
    closed = n % 4 == 0
    return {
        "id": FIRST_ID + n,
        "number": n,
        "state": "closed" if closed else "open",
        "state_reason": "completed" if closed else None,
        "title": f"Tile {n} is loose",
        "body": None if n % 6 == 0 else "Seen from the ladder.",
        "user": _user(PEOPLE[n % 3]),
        "labels": [_label(LABELS[n % 3])] if n % 2 else [],
        "assignee": _user(LOGIN) if n % 5 == 0 else None,
        "assignees": [_user(LOGIN)] if n % 5 == 0 else [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": n % 9,
        "created_at": iso(now),
        "updated_at": iso(now - now % 1800),  # three at a time in the same second
        "closed_at": iso(now) if closed else None,
        "author_association": "OWNER",
        **({} if n % 7 else {"pull_request": {"merged_at": None}}),
    }


def _label(name):
    return {"id": 208_045_946 + len(name), "name": name, "color": "d73a4a", "default": name in LABELS}


class GitHub(Api):
    data = Data

    def routes(self):
        issues = "/repos/{owner}/{repo}/issues"
        return [
            ("GET", "/user/repos", self.list_repos),
            ("GET", issues, self.list_issues),
            ("POST", issues, self.create_issue),
            ("GET", issues + "/{number}", self.get_issue),
            ("GET", "/repositories/{id}/issues", self.list_issues_by_id),
        ]

    # Who is let in, and the words for no.

    def admit(self, call):
        if not call.headers.get("user-agent"):
            message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
            raise _no(403, message)
        accept = call.headers.get("accept", "*/*")
        if not re.search(r"\*/\*|application/(vnd\.github(\.v3)?\+)?json", accept):
            raise _no(415, f"Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'.")
        if call.headers.get("x-github-api-version", "2022-11-28") != "2022-11-28":
            raise _no(400, f"{call.headers['x-github-api-version']} is not a supported version")
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if not token:
            raise _no(401, "Requires authentication")
        if scheme.lower() not in ("bearer", "token") or token != TOKEN:
            raise _no(401, "Bad credentials")

    def no_route(self, call):
        return _no(404, "Not Found")

    def wrong_method(self, call):
        return _no(405, "Method Not Allowed")

    def too_many(self):
        after = self.state.retry_after
        reset = int(time.time()) + int(after or 1)
        primary, secondary = "API rate limit exceeded for user ID 583001.", "You have exceeded a secondary rate limit."
        message = primary if after is None else secondary
        limits = _limits(remaining=0 if after is None else 4900, reset=reset)
        return _no(403, message, "using-the-rest-api/rate-limits-for-the-rest-api", retry_after=after, **limits)

    def wrong(self, call, wrong):
        if wrong.kind in ("json", "media_type"):
            return _no(400, "Problems parsing JSON", CREATE_DOCS)
        if wrong.place == "body" and not wrong.path:
            return _no(400, "Body should be a JSON object", CREATE_DOCS)
        if wrong.place == "body" and wrong.kind == "invalid" and wrong.name != "title":
            return _no(422, f"Invalid request.\n\nFor '{wrong.name}', {wrong.value!r} {wrong.why}.", CREATE_DOCS)
        code = {"unknown": "custom", "missing": "missing_field"}.get(wrong.kind, "invalid")
        repos = call.path == "/user/repos"
        error = {"resource": "Repository" if repos else "Issue", "field": wrong.name, "code": code}
        if code != "missing_field":
            error["message"] = f"{wrong.name} {wrong.why}"
        docs = REPOS_DOCS if repos else {"query": LIST_DOCS, "body": CREATE_DOCS}[wrong.place]
        return _no(422, "Validation Failed", docs, errors=[error])

    def answer(self, call):
        response = super().answer(call)
        for name, value in _limits(remaining=4900, reset=int(time.time()) + 3600).items():
            response.headers.setdefault(name.replace("_", "-"), str(value))
        return response

    # The endpoints.

    def list_repos(self, call):
        query = call.read_query(REPO_QUERY)
        if "type" in query and {"visibility", "affiliation"} & {*query}:
            message = "If you specify visibility or affiliation, you cannot specify type."
            raise _no(422, message, REPOS_DOCS)
        seen = {query.get("visibility", "all"), query.get("type", "all")} & {"public", "private"}
        mine = "owner" in query.get("affiliation", ["owner"]) and query.get("type") != "member"
        rows = [row for row in self.state.data.repos if mine and (not seen or row["visibility"] in seen)]
        rows = [row for row in rows if query.get("since", "") < row["updated_at"] < query.get("before", "~")]
        sort = query.get("sort", "full_name")
        key = sort if sort == "full_name" else f"{sort}_at"
        falling = query.get("direction", "asc" if sort == "full_name" else "desc") == "desc"
        rows.sort(key=lambda row: (row[key], row["id"]), reverse=falling)
        return _page(call, call.path, [_shown_repo(call, row) for row in rows], query)

    def list_issues_by_id(self, call, id):
        """Where the Link header of the list of issues leads."""
        repo = next((row for row in self.state.data.repos if str(row["id"]) == id), None)
        return self._list_issues(call, repo)

    def list_issues(self, call, owner, repo):
        return self._list_issues(call, self.state.data.find(owner, repo))

    def _list_issues(self, call, repo):
        if repo is None:
            raise _no(404, "Not Found", LIST_DOCS)
        query = call.read_query(ISSUE_QUERY)
        key = {"comments": "comments", "updated": "updated_at"}.get(query.get("sort", ""), "created_at")
        rows = [row for row in self.state.data.issues[repo["full_name"]] if _asked_for(row, query)]
        rows.sort(key=lambda row: (row[key], row["number"]), reverse=query.get("direction", "desc") == "desc")
        shown = [_shown_issue(call, repo, row) for row in rows]
        return _page(call, f"/repositories/{repo['id']}/issues", shown, query)

    def get_issue(self, call, owner, repo, number):
        call.read_query({})
        found = self.state.data.find(owner, repo)
        issues = self.state.data.issues[found["full_name"]] if found else {}
        row = issues.get(int(number)) if re.fullmatch(r"[0-9]{1,9}", number) else None
        if row is None:
            raise _no(404, "Not Found", GET_DOCS)
        return _shown_issue(call, found, row) | {"closed_by": row["user"] if row["state"] == "closed" else None}

    def create_issue(self, call, owner, repo):
        found = self.state.data.find(owner, repo)
        if found is None:
            raise _no(404, "Not Found", CREATE_DOCS)
        call.read_query({})
        body = call.read_json(NEW_ISSUE, "title")
        people = body.get("assignees") or [body[name] for name in ("assignee",) if body.get(name)]
        if not {*people} <= {*PEOPLE}:
            raise _invalid("assignees", people)
        if body.get("milestone") is not None:  # there are none
            raise _invalid("milestone", body["milestone"])
        row = self.state.data.issues[found["full_name"]].add(**_new(body, people))
        row |= {"updated_at": row["created_at"]}
        row.pop("pull_request", None)
        shown = _shown_issue(call, found, row)
        return JSONResponse(shown, 201, {"location": shown["url"]})


def _new(body, people):
    users = [_user(login) for login in people]
    labels = [_label(each if isinstance(each, str) else each["name"]) for each in body.get("labels", [])]
    told = {"title": str(body["title"]), "body": body.get("body"), "labels": labels, "assignees": users}
    state = {"state": "open", "state_reason": None, "closed_at": None, "comments": 0, "user": _user(LOGIN)}
    return {**told, **state, "assignee": users[0] if users else None}


def _asked_for(row, query):
    """Whether the issue passes all filters."""
    names = {label["name"] for label in row["labels"]}
    assigned = [user["login"] for user in row["assignees"]]
    wanted = query.get("assignee", "")
    return (
        query.get("state", "open") in (row["state"], "all")
        and row["updated_at"] > query.get("since", "")
        and {*query.get("labels", [])} <= names
        and query.get("creator", row["user"]["login"]) == row["user"]["login"]
        and (not wanted or (wanted == "*" and assigned) or (wanted == "none" and not assigned) or wanted in assigned)
        and query.get("milestone", "none") == "none"
    )


def _shown_repo(call, row):
    url = f"{call.address}/repos/{row['full_name']}"
    html = f"https://github.com/{row['full_name']}"
    return {**row, "url": url, "html_url": html, "issues_url": url + "/issues{/number}"}


def _shown_issue(call, repo, row):
    repository = f"{call.address}/repos/{repo['full_name']}"
    url = f"{repository}/issues/{row['number']}"
    shown = {**row, "url": url, "repository_url": repository, "comments_url": f"{url}/comments"}
    if "pull_request" in row:
        shown["pull_request"] = {**row["pull_request"], "url": f"{repository}/pulls/{row['number']}"}
    return shown


def _page(call, path, rows, query):
    """One page, and the Link header if there are several."""
    size, page = query.get("per_page", 30), query.get("page", 1)
    last = -(-len(rows) // size)
    places = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    places = {rel: to for rel, to in places.items() if 1 <= to <= last and to != page}
    link = ", ".join(f'<{call.url(path, page=to)}>; rel="{rel}"' for rel, to in places.items())
    return JSONResponse(rows[(page - 1) * size : page * size], headers={"link": link} if link else None)


def _limits(*, remaining, reset):
    figures = {"limit": 5000, "remaining": remaining, "used": 5000 - remaining, "reset": reset, "resource": "core"}
    return {f"x_ratelimit_{name}": value for name, value in figures.items()}


def _invalid(field, value):
    error = {"value": value, "resource": "Issue", "field": field, "code": "invalid"}
    return _no(422, "Validation Failed", CREATE_DOCS, errors=[error])


def _no(status, message, docs="", *, errors=None, **headers):
    body = {"message": message} | ({"errors": errors} if errors else {})
    docs = f"https://docs.github.com/rest/{docs}".rstrip("/")
    return Refused(status, body | {"documentation_url": docs, "status": str(status)}, **headers)


def create_app():
    return GitHub().app
