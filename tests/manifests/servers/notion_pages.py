"""What the pretend Notion keeps: databases, pages, users; how properties are written, shown and filtered."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from . import strict as be
from .pretend import Clock, Table, iso

SPACE = UUID("9f0e7a52-3d0b-4c1f-8a54-6a2d7f1c2b10")
PROJECTS = str(uuid5(SPACE, "database 1"))
"""The database with many pages."""
EMPTY = str(uuid5(SPACE, "database 2"))
"""The database without any, until somebody adds one."""
HOME = str(uuid5(SPACE, "home"))
"""The page that both databases are on."""

STATUSES = ("Not started", "In progress", "Done")
SCHEMA = {
    "Name": "title",
    "Status": "status",
    "Stage": "select",
    "Tags": "multi_select",
    "Budget": "number",
    "Due": "date",
    "Signed": "checkbox",
    "Notes": "rich_text",
    "Contact": "email",
    "Phone": "phone_number",
    "Site": "url",
    "Owner": "people",
}
IDS = {name: "title" if name == "Name" else f"{name[:2]}{len(name)}" for name in SCHEMA}
BLANK = {"title": [], "rich_text": [], "multi_select": [], "people": [], "checkbox": False}

FILLED = ("is_empty", "is_not_empty")
TEXT = ("equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with", *FILLED)
SIZES = ("greater_than", "less_than", "greater_than_or_equal_to", "less_than_or_equal_to")
CONDITIONS = {
    **dict.fromkeys(("title", "rich_text", "email", "phone_number", "url"), TEXT),
    **dict.fromkeys(("select", "status"), ("equals", "does_not_equal", *FILLED)),
    **dict.fromkeys(("multi_select", "people"), ("contains", "does_not_contain", *FILLED)),
    "checkbox": ("equals", "does_not_equal"),
    "number": ("equals", "does_not_equal", *SIZES, *FILLED),
    "date": ("equals", "before", "after", "on_or_before", "on_or_after", *FILLED),
}
TESTS = {
    "equals": lambda have, want: have == want,
    "does_not_equal": lambda have, want: have != want,
    "contains": lambda have, want: want in have,
    "does_not_contain": lambda have, want: want not in have,
    "starts_with": lambda have, want: have.startswith(want),
    "ends_with": lambda have, want: have.endswith(want),
    "is_empty": lambda have, want: have in (None, "", []),
    "is_not_empty": lambda have, want: have not in (None, "", []),
    **dict.fromkeys(("greater_than", "after"), lambda have, want: have is not None and have > want),
    **dict.fromkeys(("less_than", "before"), lambda have, want: have is not None and have < want),
    **dict.fromkeys(("greater_than_or_equal_to", "on_or_after"), lambda have, want: have is not None and have >= want),
    **dict.fromkeys(("less_than_or_equal_to", "on_or_before"), lambda have, want: have is not None and have <= want),
}


def uuid_of(value):
    """The id with its dashes, which may be left out; None if it is no id."""
    fits = isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", value.lower())
    return str(UUID(value)) if fits else None


def moment(value):
    """Seconds since 1970 of a date or a time in ISO 8601, or None."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


ID = be.rule(uuid_of, "a valid uuid")
DAY = be.rule(lambda value: moment(value) is not None, "a valid ISO 8601 date string")
NUMBER = be.rule(lambda value: type(value) in (int, float), "a number")
OBJECT = be.rule(lambda value: isinstance(value, dict), "an object")
LINK = be.fields({"url": be.text()}, "url")
RICH_TEXT = be.fields(
    {
        "type": be.word("text"),
        "text": be.fields({"content": be.text(2000), "link": be.or_null(LINK)}, "content"),
        "annotations": OBJECT,
        "plain_text": be.text(),
        "href": be.or_null(be.text()),
    },
    "text",
)
OPTION = be.fields({"name": be.text(100, 1), "id": be.text(), "color": be.text()})
PERSON = be.fields({"id": ID, "object": be.word("user")}, "id")
DATE = be.fields({"start": DAY, "end": be.or_null(DAY), "time_zone": be.or_null(be.text())}, "start")
VALUES = {
    **dict.fromkeys(("title", "rich_text"), be.items(RICH_TEXT, most=100)),
    **dict.fromkeys(("select", "status"), be.or_null(OPTION)),
    **dict.fromkeys(("email", "phone_number"), be.or_null(be.text(200, 1))),
    "multi_select": be.items(OPTION, most=100),
    "number": be.or_null(NUMBER),
    "date": be.or_null(DATE),
    "people": be.items(PERSON, most=100),
    "checkbox": be.flag,
    "url": be.or_null(be.text(2000, 1)),
}


class Data:
    """`databases`, `pages` and `users`, each by id. Times are kept by the minute, so a change takes one."""

    def __init__(self):
        self.clock = Clock("2024-11-04T07:00:00Z", step=60)
        self.databases = Table("id", self.clock, _database, rows=2)
        self.users = Table("id", self.clock, _user, rows=230)
        self.pages = Table("id", self.clock, _page, _touched, rows=230)
        self.cursors = {}


def _touched(row, now):
    row["last_edited_time"] = _minute(now)


def _minute(now):
    return iso(now - now % 60).replace("Z", ".000Z")


def _user(n, now):
    person = {"type": "person", "person": {"email": f"person{n}@example.com"}}
    bot = {"type": "bot", "bot": {"owner": {"type": "workspace", "workspace": True}}}
    head = {"object": "user", "id": str(uuid5(SPACE, f"user {n}")), "name": f"Person {n}", "avatar_url": None}
    return head | (person if n % 40 else bot)


def _head(kind, id, parent, now):
    by = {"object": "user", "id": str(uuid5(SPACE, "user 1"))}
    times = {"created_time": _minute(now), "last_edited_time": _minute(now), "created_by": by, "last_edited_by": by}
    looks = {"icon": None, "cover": None, "archived": False, "in_trash": False, "public_url": None}
    url = "https://www.notion.so/" + id.replace("-", "")
    return {"object": kind, "id": id, **times, **looks, "parent": {"type": next(iter(parent)), **parent}, "url": url}


def _database(n, now):
    head = _head("database", str(uuid5(SPACE, f"database {n}")), {"page_id": HOME}, now)
    title = [_text({"text": {"content": ("Projects", "Empty")[n - 1]}})]
    schema = {name: {"id": IDS[name], "name": name, "type": kind, kind: {}} for name, kind in SCHEMA.items()}
    return {**head, "title": title, "description": [], "is_inline": False, "properties": schema}


def _page(n, now):
    given = {
        "Name": {"title": [{"text": {"content": f"Project {n}"}}]},
        "Status": {"status": {"name": STATUSES[n % 3]}},
        "Tags": {"multi_select": [{"name": "roof"}] if n % 2 else []},
        "Budget": {"number": 1000 + n / 4 if n % 11 else None},
        "Due": {"date": {"start": str(date.fromordinal(739_200 + n))} if n % 3 else None},
        "Signed": {"checkbox": n % 5 == 0},
        "Owner": {"people": [{"id": str(uuid5(SPACE, f"user {n}"))}]},
    }
    head = _head("page", str(uuid5(SPACE, f"page {n}")), {"database_id": PROJECTS}, now)
    return head | {"properties": blank() | {name: rendered(SCHEMA[name], IDS[name], given[name]) for name in given}}


def blank():
    """The properties of a page in a database, before anything is given."""
    return {name: rendered(kind, IDS[name], {}) for name, kind in SCHEMA.items()}


def rendered(kind, id, given):
    """A property's value as the API answers it."""
    value = given.get(kind, BLANK.get(kind))
    if kind in ("title", "rich_text"):
        value = [_text(part) for part in value]
    elif kind in ("select", "status") and value:
        value = _option(value)
    elif kind == "multi_select":
        value = [_option(each) for each in value]
    elif kind == "people":
        value = [{"object": "user", "id": uuid_of(each["id"])} for each in value]
    elif kind == "date" and value:
        value = {"start": None, "end": None, "time_zone": None} | value
    return {"id": id, "type": kind, kind: value}


def _text(part):
    look = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False) | {"color": "default"}
    content, link = part["text"]["content"], part["text"].get("link")
    shown = {"annotations": look | part.get("annotations", {}), "plain_text": content, "href": link and link["url"]}
    return {"type": "text", "text": {"content": content, "link": link}, **shown}


def _option(given):
    name = given.get("name") or given["id"]
    return {"id": str(uuid5(SPACE, f"option {name}")), "name": name, "color": "default"}


def title_of(row):
    """The title of a page or a database as plain text."""
    values = [value["title"] for value in row["properties"].values() if value["type"] == "title"]
    return "".join(part["plain_text"] for part in (row["title"] if "title" in row else values[0]))


def plain(row, name):
    """A property's value as something that can be compared: text, a number, a list of names, seconds since 1970."""
    if name in ("created_time", "last_edited_time"):
        return moment(row[name])
    value = row["properties"].get(name, {"type": "email", "email": None})
    kind = value["type"]
    value = value[kind]
    if kind in ("title", "rich_text"):
        return "".join(part["plain_text"] for part in value)
    if kind in ("select", "status"):
        return value and value["name"]
    if kind in ("multi_select", "people"):
        return [each.get("name") or each["id"] for each in value]
    if kind == "date":
        return value and moment(value["start"])
    return value if kind in ("number", "checkbox") else value or ""
