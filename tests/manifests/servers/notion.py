"""A pretend api.notion.com, Notion-Version 2022-06-28.

After developers.notion.com/reference: Introduction (conventions, pagination), Authentication, Versioning, Status codes,
Request limits; Query a database, Filter and Sort database entries, Search by title, List all users, Create a page,
Update page properties, Page property values, Rich text.

An unknown address is answered as the status codes say: 400 invalid_request_url, not 404.
Documented, but not played: relations, formulas, rollups and files among the properties; filters like `past_week`;
what the blocks of a new page hold.
"""

from __future__ import annotations

import json
from copy import deepcopy
from uuid import uuid5

from . import strict as be
from .notion_pages import (
    CONDITIONS,
    DAY,
    EMPTY,
    HOME,
    ID,
    IDS,
    NUMBER,
    OBJECT,
    PROJECTS,
    SCHEMA,
    SPACE,
    STATUSES,
    TESTS,
    VALUES,
    Data,
    blank,
    moment,
    plain,
    rendered,
    title_of,
    uuid_of,
)
from .pretend import Api, Refused

__all__ = ["EMPTY", "PROJECTS", "TOKEN", "create_app"]

TOKEN = "ntn_pretend"
VERSION = "2022-06-28"

STAMPS = ("created_time", "last_edited_time")
PAGING = {"start_cursor": ID, "page_size": be.number(1, 100)}
DIRECTION = be.word("ascending", "descending")
SORT = be.fields({"property": be.text(), "timestamp": be.word(*STAMPS), "direction": DIRECTION}, "direction")
QUERY = {**PAGING, "filter": OBJECT, "sorts": be.items(SORT, most=100)}
SEARCH = {
    **PAGING,
    "query": be.text(),
    "sort": be.fields({"timestamp": be.word("last_edited_time"), "direction": DIRECTION}, "direction", "timestamp"),
    "filter": be.fields({"property": be.word("object"), "value": be.word("page", "database")}, "property", "value"),
}
PARENT = be.fields({"type": be.word("database_id", "page_id"), "database_id": ID, "page_id": ID})
EXTERNAL = be.fields({"type": be.word("external"), "external": be.fields({"url": be.text()}, "url")}, "external")
EMOJI = be.fields({"type": be.word("emoji"), "emoji": be.text()}, "emoji")
PAGE = {"properties": be.mapping(be.text(), OBJECT), "icon": be.or_null(be.either(EMOJI, EXTERNAL))}
PAGE["cover"] = be.or_null(EXTERNAL)
NEW_PAGE = {**PAGE, "parent": PARENT, "children": be.items(OBJECT, most=100)}
CHANGED_PAGE = {**PAGE, "archived": be.flag, "in_trash": be.flag}


class Notion(Api):
    data = Data

    def routes(self):
        return [
            ("POST", "/v1/databases/{database_id}/query", self.query_database),
            ("POST", "/v1/search", self.search),
            ("GET", "/v1/users", self.list_users),
            ("POST", "/v1/pages", self.create_page),
            ("PATCH", "/v1/pages/{page_id}", self.update_page),
        ]

    # Who is let in, and the words for no.

    def admit(self, call):
        version = call.headers.get("notion-version")
        if call.bearer != TOKEN:
            raise self.no(401, "unauthorized", "API token is invalid.")
        if version is None:
            message = "Notion-Version header should be defined, instead was `undefined`."
            raise self.no(400, "missing_version", f"Notion-Version header failed validation: {message}")
        if version != VERSION:
            message = f'Notion-Version header should be `"{VERSION}"`, instead was `"{version}"`.'
            raise self.invalid(f"Notion-Version header failed validation: {message}")

    def no_route(self, call):
        return self.no(400, "invalid_request_url", "Invalid request URL.")

    def wrong_method(self, call):
        return self.no(405, "invalid_request", f"Unsupported request: {call.method} {call.path}.")

    def too_many(self):
        message = "You have been rate limited. Please try again in a few minutes."
        return self.no(429, "rate_limited", message, retry_after=self.state.retry_after)

    def wrong(self, call, wrong):
        if wrong.kind in ("json", "media_type"):
            return self.no(400, "invalid_json", "Error parsing JSON body.")
        why = {"unknown": "should be not present", "missing": "should be defined"}.get(wrong.kind, wrong.why)
        name = ".".join(filter(None, (wrong.place, wrong.name)))
        instead = "undefined" if wrong.kind == "missing" else json.dumps(wrong.value)
        return self.invalid(f"{wrong.place} failed validation: {name} {why}, instead was `{instead}`.")

    def invalid(self, message):
        return self.no(400, "validation_error", message)

    def not_found(self, kind, id):
        hint = "Make sure the relevant pages and databases are shared with your integration."
        return self.no(404, "object_not_found", f"Could not find {kind} with ID: {id}. {hint}")

    def no(self, status, code, message, **headers):
        body = {"object": "error", "status": status, "code": code, "message": message}
        return Refused(status, body | {"request_id": self._request_id()}, **headers)

    # The endpoints.

    def query_database(self, call, database_id):
        only = call.read_query({"filter_properties": be.words(*IDS.values())}).get("filter_properties", IDS.values())
        there = self._id("database", database_id, self.state.data.databases)
        body = _body(call, QUERY)
        passes = self._filter(body.get("filter", {"and": []}))
        rows = [row for row in self.state.data.pages if row["parent"].get("database_id") == there]
        rows = [row for row in rows if passes(row) and not row["archived"]]
        order = [(self._sorted_by(sort), sort["direction"] == "descending") for sort in body.get("sorts", [])]
        page = self._page(rows, [*order, ("created_time", False)], body, "page_or_database")
        return page | {"results": [_cut(row, only) for row in page["results"]]}

    def search(self, call):
        call.read_query({})
        body = _body(call, SEARCH)
        rows = [row for row in (*self.state.data.databases, *self.state.data.pages) if not row["archived"]]
        rows = [row for row in rows if body.get("filter", {}).get("value", row["object"]) == row["object"]]
        rows = [row for row in rows if body.get("query", "").lower() in title_of(row).lower()]
        falling = body.get("sort", {}).get("direction", "descending") == "descending"
        return self._page(rows, [("last_edited_time", falling)], body, "page_or_database")

    def list_users(self, call):
        query = call.read_query({"start_cursor": ID, "page_size": be.digits(1, 100)})
        return self._page([*self.state.data.users], [], query, "user")

    def create_page(self, call):
        call.read_query({})
        body = call.read_json(NEW_PAGE, "parent", "properties")
        kinds = {*body["parent"]} & {"database_id", "page_id"}
        if len(kinds) != 1 or not {body["parent"].get("type")} <= {*kinds, None}:
            raise self.invalid("body failed validation: body.parent should have either database_id or page_id.")
        [kind] = kinds
        known = self.state.data.databases if kind == "database_id" else {*self.state.data.pages.keys(), HOME}
        parent = self._id(kind.removesuffix("_id"), body["parent"][kind], known)
        empty = blank() if kind == "database_id" else {"title": rendered("title", "title", {})}
        properties = self._changed(empty, body["properties"])
        looks = {name: body.get(name) for name in ("icon", "cover")}
        page = self.state.data.pages.add(parent={"type": kind, kind: parent}, properties=properties, **looks)
        return page | {"request_id": self._request_id()}

    def update_page(self, call, page_id):
        call.read_query({})
        row = self.state.data.pages[self._id("page", page_id, self.state.data.pages)]
        body = call.read_json(CHANGED_PAGE)
        gone = body.get("in_trash", body.get("archived", row["archived"]))
        if row["archived"] and gone:
            raise self.invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        changes = {name: body[name] for name in ("icon", "cover") if name in body}
        changes["properties"] = self._changed(row["properties"], body.get("properties", {}))
        page = self.state.data.pages.edit(row["id"], archived=gone, in_trash=gone, **changes)
        return page | {"request_id": self._request_id()}

    # What they share.

    def _id(self, kind, given, known):
        """The id with dashes, if it is known."""
        name = f"{kind}_id"
        found = uuid_of(be.read("path", be.fields({name: ID}), {name: given})[name])
        if found not in known:
            raise self.not_found(kind, found)
        return found

    def _changed(self, properties, given):
        """The properties with the given ones, which are named by name or id, in place of what was there."""
        names = {value["id"]: name for name, value in properties.items()} | {name: name for name in properties}
        kinds = {name: properties[names[name]]["type"] for name in names}
        for name, value in given.items():
            if name not in names:
                raise self.invalid(f"{name} is not a property that exists.")
            if kinds[name] not in value:
                raise self.invalid(f"{name} is expected to be {kinds[name]}.")
        _read("properties", {name: _value(kind) for name, kind in kinds.items()}, given)
        for value in given.values():
            status = (value.get("status") or {}).get("name", STATUSES[0])
            if status not in STATUSES:
                raise self.invalid(f'Invalid status option. Status option "{status}" does not exist".')
        new = {names[name]: rendered(kinds[name], properties[names[name]]["id"], given[name]) for name in given}
        return properties | new

    def _sorted_by(self, sort):
        if ("property" in sort) == ("timestamp" in sort):
            raise self.invalid("body failed validation: body.sorts should each have either property or timestamp.")
        return sort["timestamp"] if "timestamp" in sort else self._property(sort["property"])

    def _property(self, given):
        name = next((name for name in SCHEMA if given in (name, IDS[name])), None)
        if name is None:
            raise self.invalid(f"Could not find property with name or id: {given}")
        return name

    def _filter(self, given, depth=0):
        """What says whether a row passes."""
        for word, join in (("and", all), ("or", any)):
            if word in given and depth < 3:
                parts = _read("filter", {word: be.items(OBJECT, most=100)}, given)[word]
                tests = [self._filter(part, depth + 1) for part in parts]
                return lambda row, join=join: join(test(row) for test in tests)
        if "timestamp" in given:
            name, kind = given["timestamp"], "date"
            key, checks = name, {"timestamp": be.word(*STAMPS)}
        else:
            any_kind = {"property": be.text(), "type": be.text(), **dict.fromkeys(CONDITIONS, OBJECT)}
            name = self._property(_read("filter", any_kind, given, "property")["property"])
            key = kind = SCHEMA[name]
            checks = {"property": be.text(), "type": be.word(kind)}
        conditions = be.fields({condition: _wanted(kind, condition) for condition in CONDITIONS[kind]})
        [*found] = _read("filter", {**checks, key: conditions}, given, key)[key].items()
        if len(found) != 1:
            raise self.invalid(f"body failed validation: body.filter.{key} should have one condition.")
        [(condition, want)] = found
        want = moment(want) if isinstance(want, str) and kind == "date" else want
        return lambda row: TESTS[condition](plain(row, name), want)

    def _page(self, rows, order, given, kind):
        """One page. A cursor stands for the row that was last on the page before, even if it is no longer there."""
        last = None
        if "start_cursor" in given:
            last = self.state.data.cursors.get(uuid_of(given["start_cursor"]))
            if last is None:
                raise self.invalid(f"The start_cursor provided is invalid: {given['start_cursor']}")
            rows = [*rows, last]
        rows.sort(key=lambda row: row["id"])
        for name, falling in reversed(order):
            rows.sort(key=lambda row, name=name: _rank(plain(row, name)), reverse=falling)
        start = next((place for place, row in enumerate(rows) if row is last), -1) + 1
        size = given.get("page_size", 100)
        found, more = rows[start : start + size], len(rows) > start + size
        cursor = self._cursor(found[-1]) if more else None
        page = {"object": "list", "results": found, "next_cursor": cursor, "has_more": more, "type": kind, kind: {}}
        return page | {"request_id": self._request_id()}

    def _cursor(self, row):
        cursor = str(uuid5(SPACE, f"cursor {len(self.state.data.cursors)}"))
        self.state.data.cursors[cursor] = deepcopy(row)
        return cursor

    def _request_id(self):
        return str(uuid5(SPACE, f"request {len(self.state.log)}"))


def _body(call, checks):
    """What a reading asks for; all of it may be left out."""
    return call.read_json(checks) if call.body else {}


def _read(name, checks, given, *required):
    return be.read("body", be.fields({name: be.fields(checks, *required)}), {name: given})[name]


def _value(kind):
    return be.fields({kind: VALUES[kind], "type": be.word(kind), "id": be.text()})


def _wanted(kind, condition):
    """What a condition is compared with."""
    if condition in ("is_empty", "is_not_empty"):
        return be.word(True)
    return {"number": NUMBER, "checkbox": be.flag, "date": DAY}.get(kind, be.text())


def _rank(value):
    return value is None, 0 if value is None else value


def _cut(row, only):
    return row | {"properties": {name: value for name, value in row["properties"].items() if value["id"] in only}}


def create_app():
    return Notion().app
