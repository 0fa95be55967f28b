"""A case: one operation, its input, what came out, and the HTTP that went over the wire. One file each.

    cassettes/<vendor>/<operation>/<case>.yaml

Reading one is strict: whatever a file holds, it gives a Case or a CaseError that says where and what.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, PrivateAttr, StringConstraints, ValidationError, model_validator
from pydantic import Field as Attribute
from pydantic_core import PydanticCustomError

from connectors.components.component import Component
from connectors.components.http import dump_json
from connectors.components.memory import Memory
from connectors.errors import ManifestError
from connectors.manifest.problem import Place, Problem, did_you_mean
from connectors.manifest.source import Source
from connectors.testing import written
from connectors.testing.plainly import plainly

FORMAT = 1


class CaseError(ManifestError):
    """A case's file cannot be used as it stands."""

    kind = "case"


def _absolute(line: str) -> str:
    method, _, url = line.partition(" ")
    if not method.isupper() or urlsplit(url).scheme not in ("http", "https"):
        raise PydanticCustomError("line", "this should be a method and a whole address: GET https://…")
    return line


def _in_base64(text: str) -> str:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise PydanticCustomError("base64", "this is not base64") from None
    return text


class Message(Component):
    """What a request and an answer have in common: headers, and a body in one of three forms."""

    headers: dict[str, str] = {}
    """By name in lower case, without what says nothing about the vendor."""
    json_: Any = Attribute(None, alias="json")
    """The body, if it is JSON."""
    text: str | None = None
    """The body, if it is another text."""
    base64: Annotated[str, AfterValidator(_in_base64)] | None = None
    """The body, if it is no text."""

    @model_validator(mode="after")
    def _one_body(self) -> Message:
        if len(self.model_fields_set & {"json_", "text", "base64"}) > 1:
            raise PydanticCustomError("body", "a body is one of json, text and base64")
        if any(name != name.lower() for name in self.headers):
            raise PydanticCustomError("headers", "names of headers are written in lower case")
        return self

    @property
    def body(self) -> bytes | None:
        """The body as bytes, or None if there is none."""
        if "json_" in self.model_fields_set:
            return dump_json(self.json_)
        if self.base64 is not None:
            return base64.b64decode("".join(self.base64.split()))
        return self.text.encode() if self.text is not None else None


class Asked(Message):
    """A request."""

    line: Annotated[str, AfterValidator(_absolute)]
    """Method and whole address, at the vendor's real host: `GET https://api.example.com/offers?page=0`."""

    @property
    def method(self) -> str:
        """Such as GET."""
        return self.line.partition(" ")[0]

    @property
    def url(self) -> str:
        """The whole address."""
        return self.line.partition(" ")[2]


class Answer(Message):
    """What the vendor answered."""

    status: int = Attribute(ge=100, le=599)


class Failure(Component):
    """That no usable answer came."""

    received: bool
    """Whether the request may have been received."""
    timed_out: bool = False
    """Whether a deadline ended it."""
    message: str
    """What is said about it."""


class Exchange(Component):
    """A request with its answer, or with the failure that came instead."""

    request: Asked
    answer: Answer | None = None
    failure: Failure | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Exchange:
        if (self.answer is None) == (self.failure is None):
            raise PydanticCustomError("end", "a request has either an answer or a failure")
        return self


class Unfit(Component):
    """An input that was refused."""

    field: str | None = None
    """Its dotted name; nothing for a rule over several."""
    message: str
    """Why, as people are told."""


class Expected(Component):
    """An error that comes out."""

    kind: str
    """What programs call it: invalid_input, reconnect, vendor_not_found, busy …"""
    status: int | None = None
    """The vendor's HTTP status, if it answered."""
    field: str | None = None
    """The input that it is about."""
    problems: list[Unfit] | None = None
    """Where several inputs were refused, each of them; not compared where a case leaves it out."""


class Step(Component):
    """What one call or one poll gives, and the HTTP that belongs to it."""

    output: Any = None
    """What an action gives, the items that a search finds, the choices for an input."""
    error: Expected | None = None
    """The error that comes out instead."""
    exchanges: list[Exchange] = []
    """What goes over the wire, in order."""


class PolledOnce(Step):
    """A poll."""

    at: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")] | None = None
    """When; it matters to triggers that wait for a time to come."""
    events: list[Any] | None = None
    """What is emitted."""
    memory: dict[str, Any] | None = None
    """What is remembered after it."""


class Chosen(Component):
    """That the choices for an input are asked for, in place of the operation itself."""

    field: str
    """The input."""
    search: str = ""
    """What their titles must hold."""


class Options(Component):
    """How the operation is called."""

    limit: int | None = Attribute(default=None, ge=1)
    """The most items."""
    from_start: bool = False
    """A first poll takes what is there for new."""
    release: bool = False
    """A poll lets through what is held as too much gone at once."""
    confirmed: bool = True
    """What destroys something is confirmed."""
    timeout: float | None = Attribute(default=None, gt=0)
    """Seconds that a request may take, with its repeats."""


def _is_memory(data: dict[str, Any]) -> dict[str, Any]:
    Memory.from_dict(data)
    return data


class Case(Step):
    """One case."""

    evidence: Literal["documented", "sandbox", "live"]
    """Where it comes from: the vendor's own document, a pretend vendor, or the vendor."""
    document: str | None = None
    """The place in the document; `documented` needs it, and only that has it."""
    repairs: list[str] = []
    """What differs from the document, and why."""
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    """When it was recorded, or read in the document."""
    manifest: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]* \d+\.\d+\.\d+$")]
    """The connector and the version of its manifest that recorded it: `acme 1.4.0`."""
    format: int = FORMAT
    """The version of this format."""
    operation: str
    """Its name in the manifest; that of the folder."""
    connection: dict[str, Any] = {}
    """The connection's values; a secret is a placeholder, such as HIDDEN-apiKey."""
    session: dict[str, Any] | None = None
    """What the account is signed in with when it begins, if it is; `renew_at: 0` if that has ended."""
    input: dict[str, Any] = {}
    """What is given to the operation."""
    choices: Chosen | None = None
    """If it is about the choices for one of its inputs."""
    options: Options = Options()
    """How it is called."""
    memory: Annotated[dict[str, Any], AfterValidator(_is_memory)] | None = None
    """What is remembered before the first poll."""
    polls: list[PolledOnce] | None = Attribute(None, min_length=1)
    """What happens poll after poll, if it is about a trigger."""
    _path: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _is_whole(self) -> Case:
        given = self.model_fields_set
        if self.format != FORMAT:
            message = "this program reads cases of format {ours}"
            raise PydanticCustomError("format", message, {"ours": FORMAT})
        if (self.evidence == "documented") != (self.document is not None):
            raise PydanticCustomError("document", "'documented' needs the place in the 'document', and only that")
        if len(given & {"output", "error", "polls"}) != 1:
            raise PydanticCustomError("outcome", "a case has one of output, error and polls")
        if self.polls is not None and "exchanges" in given:
            raise PydanticCustomError("exchanges", "each poll has its own exchanges")
        return self

    @property
    def path(self) -> Path:
        """Its file."""
        return self._path

    @property
    def name(self) -> str:
        """Its name: that of the file."""
        return self._path.stem

    @property
    def connector(self) -> str:
        """The connector's name."""
        return self.manifest.partition(" ")[0]

    @property
    def title(self) -> str:
        """What people call it: `acme.add_note[minimal]`."""
        return f"{self.connector}.{self.operation}[{self.name}]"

    @property
    def steps(self) -> list[PolledOnce] | list[Step]:
        """What happens, one after the other: a trigger's polls, or the one call."""
        return self.polls if self.polls is not None else [self]

    def at(self, path: Path) -> Case:
        """The same case in that file."""
        copy = self.model_copy()
        copy._path = path  # noqa: SLF001 - its own
        return copy

    def dumps(self) -> str:
        """The text of its file."""
        said = self.model_dump(by_alias=True, exclude_unset=True)
        first = [name for name in _ORDER if name in said]
        return written.dump({name: _ordered(said[name]) if name in _NESTED else said[name] for name in first})


_ORDER = (
    *("evidence", "document", "repairs", "date", "manifest", "format", "operation", "connection", "session", "input"),
    *("choices", "options", "memory", "output", "error", "exchanges", "polls"),
)
_INNER = ("at", "events", "memory", "output", "error", "request", "answer", "failure", "line", "status", "headers")


def _ordered(value: Any) -> Any:
    """Blocks of ours in reading order, what they hold as it is."""
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    first = [name for name in _INNER if name in value]
    rest = [name for name in value if name not in first]
    return {name: _ordered(value[name]) if name in _OURS else value[name] for name in [*first, *rest]}


_OURS = {"exchanges", "request", "answer"}
_NESTED = {"exchanges", "polls"}


def load(path: Path) -> Case:
    """The case in a file. Raises CaseError, whatever the file holds."""
    case = _parsed(read_text(path), shown(path)).at(path)
    folders = (path.absolute().parent.parent.name, path.absolute().parent.name)
    if folders != (case.connector, case.operation):
        message = f"this is a case of {case.connector}.{case.operation}, and its folders say {'.'.join(folders)}"
        raise _refused("case-folder", message, path, "move it, or mend its words")
    return case


def read_text(path: Path) -> str:
    """The text of a case's file, which is read no further than a case may be long. Raises CaseError."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise _refused("unreadable", "this is no regular file", path, "a case is a file of YAML")
    try:
        with path.open("rb") as stream:
            data = stream.read(written.MAX_BYTES + 1)
    except OSError as error:
        raise _refused("unreadable", f"the file cannot be read: {error.strerror or error}", path) from None
    if len(data) > written.MAX_BYTES:
        message = f"a case has at most {written.MAX_BYTES >> 20} MiB"
        raise _refused("too-large", message, path, "is this the right file?")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _refused("yaml-encoding", "this is not UTF-8 text", path, "save the file as UTF-8") from None


def loads(text: str, file: str) -> Case:
    """The case in a text; `file` is its name in messages. Raises CaseError."""
    return _parsed(text, file)


def _refused(rule: str, message: str, path: Path, hint: str | None = None) -> CaseError:
    return CaseError([Problem(rule, message, Place(shown(path), 1, 1, ""), hint)])


@lru_cache(maxsize=4)
def _parsed(text: str, file: str) -> Case:
    try:
        source = written.read(text, file)
    except ManifestError as error:
        raise CaseError([replace(problem, message=_of_a_case(problem.message)) for problem in error.problems]) from None
    try:
        return Case.model_validate(source.value)
    except ValidationError as error:
        raise CaseError(list(_problems(error, source))) from None


def shown(path: Path) -> str:
    """The file as a person in the current folder would name it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _of_a_case(message: str) -> str:
    """The reader's words, which speak of manifests."""
    return message.replace("the manifest language", "a case").replace("manifest", "case")


def _problems(error: ValidationError, source: Source) -> Iterator[Problem]:
    for detail in error.errors(include_url=False)[:25]:
        path, kind = detail["loc"], detail["type"]
        if kind == "missing":
            yield Problem("case", f"'{path[-1]}' is missing", source.place(path[:-1]))
        elif kind == "extra_forbidden":
            hint = did_you_mean(str(path[-1]), _KEYS) or "leave it out"
            yield Problem("case", f"a case has no '{path[-1]}' here", source.place(path, key=True), hint)
        else:
            yield Problem("case", plainly(kind, detail["msg"], str(path[-1] if path else "")), source.place(path))


_KEYS = [name.rstrip("_") for kind in (Case, PolledOnce, Exchange, Asked, Answer) for name in kind.model_fields]
