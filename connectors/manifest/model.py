"""The manifest language: one class per block. Parsing a manifest builds what runs.

A `Connector` is one vendor. Its operations know their own names. The rules that reach across blocks (does a name exist,
does the sample fit) are in `check.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    StringConstraints,
    WithJsonSchema,
)
from pydantic import Field as Attribute
from pydantic_core import PydanticCustomError, core_schema

from connectors.components.auth import Auth
from connectors.components.component import Component
from connectors.components.extract import Path
from connectors.components.fields import Checker, Fields, Rule
from connectors.components.http import base_of
from connectors.components.memory import Fire, Identity
from connectors.components.outcome import Errors
from connectors.components.paginate import Paginate
from connectors.components.template import Hole, Template, TemplateError
from connectors.components.tree import Tree
from connectors.components.where import Conditions

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Version: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]


def _absolute(url: str) -> str:
    try:
        return base_of(url)
    except ValueError:
        message = "an address is https:// with a host, and without query, fragment or user"
        raise PydanticCustomError("url", "{message}", {"message": message}) from None


def _block(value: Any) -> Any:
    if not isinstance(value, dict):
        raise PydanticCustomError("block", "this should be a block of keys")
    return value


Url: TypeAlias = Annotated[str, AfterValidator(_absolute), WithJsonSchema({"type": "string", "pattern": "^https?://"})]


class RequestLine:
    """`GET /clients/{clientId}/users`: a method and a path whose holes fill exactly one segment, or a part of one."""

    def __init__(self, line: str) -> None:
        self.line: str = line
        method, _, path = line.partition(" ")
        if method not in METHODS or not path.startswith("/"):
            message = f"a request is a method ({', '.join(METHODS)}) and a path that begins with /"
            raise PydanticCustomError("request_line", "{message}", {"message": message})
        self.method: str = method
        self.segments: tuple[Template, ...] = tuple(self._segments(path))

    @property
    def reads(self) -> bool:
        """Whether the method only reads (RFC 9110: safe)."""
        return self.method == "GET"

    def holes(self) -> Iterator[Hole]:
        """The holes, with their offsets in the whole line."""
        offset = len(self.method) + 1
        for segment in self.segments:
            offset += 1
            for hole in segment.holes:
                yield Hole(hole.path, hole.filters, offset + hole.offset)
            offset += len(segment.text)

    def _segments(self, path: str) -> Iterator[Template]:
        if re.search(r"[?#\s\\]|//|/\.\.?(/|$)", path):
            raise PydanticCustomError("request_line", "a path holds no spaces, ?, #, //, /./ or /../")
        offset = len(self.method) + 2
        for text in path[1:].split("/"):
            try:
                yield Template(text)
            except TemplateError as error:
                context = {"message": error.message, "offset": offset + error.offset}
                raise PydanticCustomError("template", "{message}", context) from None
            offset += len(text) + 1

    def __repr__(self) -> str:
        return self.line

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"type": "string", "pattern": rf"^({'|'.join(METHODS)}) /", "description": "METHOD /path, with {names}."}


class Origin(Component):
    """Another host that the vendor's answers may point to."""

    url: Url
    """Scheme and host, such as https://files.example.com."""
    credentials: Literal["none"] = "none"
    """Which credentials go there."""


class FileOutput(Component):
    """A file that an operation fetches: at `url`, which names values of the answer."""

    url: Template
    """The file's address, from the answer: `{currentSignature.signedPdfUrl}`."""
    name: Template
    """The file's name, from the answer."""
    media_type: str
    """Such as application/pdf."""


class Output(Component):
    """What comes back, where it is not the answer as it is."""

    file: FileOutput
    """The answer names a file, and that is what comes back."""


class Operation(Component):
    """What all operations have: words for people, inputs, and a sample of what comes out."""

    title: str = Attribute(min_length=1, max_length=60)
    """What a person reads in a menu: Add note to offer."""
    description: str = Attribute(min_length=1)
    """What it does, in a sentence or two; a trigger's begins with 'Triggers when '."""
    docs: str | None = None
    """Where the vendor documents it."""
    input: Fields = {}
    """What the user gives, by name."""
    rules: list[Rule] = []
    """Rules between inputs."""
    sample: Any
    """An example of one item that comes out, true to the vendor's document, with invented people."""
    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """Its key in the manifest."""
        return self._name

    @cached_property
    def checker(self) -> Checker:
        """Checks inputs against `input` and `rules`."""
        return Checker(self.input, self.rules)


class Call(Component):
    """A request, and where its inputs go: unless it is written here, into the query (GET, DELETE) or the body."""

    request: RequestLine
    """METHOD /path; a {name} in the path is filled with one value."""
    query: Annotated[Tree, BeforeValidator(_block)] | None = None
    """What the query holds, in place of the inputs."""
    headers: Annotated[Tree, BeforeValidator(_block)] | None = None
    """Headers to send besides those of signing in."""
    body: Tree | None = None
    """What the JSON body holds, in place of the inputs."""

    @property
    def takes_the_rest(self) -> Literal["query", "body"] | None:
        """Where inputs go that no template mentions, or None if what is written there replaces them."""
        place = "query" if self.request.method in ("GET", "DELETE") else "body"
        return place if getattr(self, place) is None else None

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole with the path, inside this block, of the text that it stands in."""
        for hole in self.request.holes():
            yield ("request",), hole
        for place in ("query", "headers", "body"):
            tree: Tree | None = getattr(self, place)
            for path, hole in tree.holes() if tree else ():
                yield (place, *path), hole


class Action(Operation, Call):
    """Does one thing and gives one object."""

    effect: Literal["read", "write", "destroy"] | None = None
    """What it does to the vendor's data. Default: GET reads, DELETE destroys, everything else writes."""
    idempotent: bool = False
    """Sending it twice does no more than sending it once, so it may be repeated."""
    output: Output | None = None
    """What comes back, if it is not the vendor's answer as it is."""

    @property
    def effective(self) -> Literal["read", "write", "destroy"]:
        """The effect, said or following from the method."""
        usual: dict[str, Literal["read", "destroy"]] = {"GET": "read", "DELETE": "destroy"}
        return self.effect or usual.get(self.request.method, "write")


class Scan(Component):
    """How far a search reads."""

    pages: int = Attribute(ge=1, le=10_000)
    """The most pages that it reads."""


class Search(Operation):
    """Finds items: reads a list and keeps those that match."""

    list: Name
    """The list to read."""
    match: Conditions
    """By path: what must hold. A line whose input is absent drops out; if none is left, that is an input error."""
    scan: Scan = Scan(pages=50)
    """The most pages to read. If there are more, the search ends in the error `search_incomplete`."""


class List(Call):
    """A reading that triggers, searches and dropdowns share."""

    title: str | None = None
    """What a person reads."""
    docs: str | None = None
    """Where the vendor documents it."""
    items: Path = ()
    """Where a page holds its items. Default: the page is the list itself."""
    paginate: Paginate | None = None
    """How it goes on. Default: everything comes at once."""
    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """Its key in the manifest."""
        return self._name


def _paths(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Trigger(Operation):
    """Emits an event when something happens, found by reading a list again and again."""

    poll: Name
    """The list to read."""
    key: Annotated[list[Path], BeforeValidator(_paths, json_schema_input_type=Path | list[Path])] = Attribute(
        min_length=1
    )
    """What identifies an item: a path, or several."""
    version: Path | None = None
    """What changes when the item has changed."""
    fire: Fire | None = None
    """On items never seen, on a changed version, or both. Default: `new`, and with a version `new_or_changed`."""
    where: Conditions = Conditions({})
    """Which of the items that fire are emitted."""

    @cached_property
    def identity(self) -> Identity:
        """How items are told apart."""
        return Identity(tuple(self.key), self.version, self.fire or ("new_or_changed" if self.version else "new"))


class ConnectionBlock(Component):
    """What a user gives to connect an account, and how it is used."""

    fields: Fields
    """What the user enters, by name."""
    auth: Auth
    """How requests are signed in: one kind, such as api_key, or `one_of` several."""
    test: RequestLine
    """A cheap request that works when the values are right."""
    label: Template | None = None
    """What to call a connection, from its fields."""


class Note(Component):
    """What the vendor's document says, leaves open or contradicts, and what was chosen."""

    about: str
    """The operation, field or part it is about."""
    says: Literal["stated", "assumed", "contradicted"]
    """What the document does: it states, it leaves to be assumed, or it contradicts itself."""
    where: str
    """The place in the document."""
    chosen: str
    """What this manifest does about it."""


class Connector(Component):
    """One vendor, as its manifest says."""

    connector: Name
    """Its name, for commands and addresses: lower-case letters, digits and underscores."""
    language: Literal[1]
    """The version of this language: 1."""
    version: Version
    """The manifest's own version, such as 1.4.0."""
    title: str = Attribute(min_length=1, max_length=60)
    """The vendor's name, as people write it."""
    description: str = Attribute(min_length=1)
    """What can be done with it, in a sentence."""
    icon: str | None = None
    """A file beside the manifest, as SVG."""
    categories: list[str] = []
    """What it is for: CRM, Solar."""
    docs: str | None = None
    """Where the vendor documents its API."""
    base_url: Url
    """Where its API is; a connection can name another place."""
    origins: dict[Name, Origin] = {}
    """Other hosts that the vendor's answers may point to. No other host is ever asked."""
    connection: ConnectionBlock
    """How an account is connected."""
    lists: dict[Name, List] = {}
    """What can be read item by item, for triggers, searches and dropdowns."""
    triggers: dict[Name, Trigger] = {}
    """What tells that something happened."""
    actions: dict[Name, Action] = {}
    """What does one thing and gives one object."""
    searches: dict[Name, Search] = {}
    """What finds items."""
    errors: Errors = Errors()
    """Where this vendor's errors differ from the usual."""
    notes: list[Note] = []
    """What the vendor's document leaves open or contradicts, and what was chosen."""

    def model_post_init(self, context: Any, /) -> None:
        """Tells each operation its name."""
        for kind in (self.lists, self.triggers, self.actions, self.searches):
            for name, operation in kind.items():
                operation._name = name  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    @property
    def operations(self) -> dict[str, Action | Search | Trigger]:
        """Actions, searches and triggers by name."""
        return {**self.actions, **self.searches, **self.triggers}
