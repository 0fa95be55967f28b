"""A case: one operation, its input, what came out, and the HTTP that went over the wire. One file each.

    cassettes/<vendor>/<operation>/<case>.yaml

Reading one is strict: whatever a file holds, it gives a Case or a CaseError that says where and what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, PrivateAttr, StringConstraints, ValidationError, model_validator
from pydantic import Field as Attribute
from pydantic_core import PydanticCustomError

from connectors.components.component import Component
from connectors.components.memory import Memory
from connectors.errors import ManifestError
from connectors.manifest.problem import Place, Problem, did_you_mean
from connectors.manifest.source import Source
from connectors.testing import written
from connectors.testing.plainly import plainly
from connectors.testing.steps import Answer, Asked, Exchange, Happening, Hooked, PolledOnce, Step

FORMAT = 1


class CaseError(ManifestError):
    """A case's file cannot be used as it stands."""

    kind = "case"


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

    evidence: Literal["documented", "sandbox", "live", "manifest"]
    """Where it comes from: the vendor's own document, a pretend vendor, the vendor, or the manifest alone."""
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
    webhook: Hooked | None = None
    """What happens one thing after the other, if it is about a trigger's webhook."""
    _path: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _is_whole(self) -> Case:
        given = self.model_fields_set
        if self.format != FORMAT:
            message = "this program reads cases of format {ours}"
            raise PydanticCustomError("format", message, {"ours": FORMAT})
        if (self.evidence == "documented") != (self.document is not None):
            raise PydanticCustomError("document", "'documented' needs the place in the 'document', and only that")
        if len(given & {"output", "error", "polls", "webhook"}) != 1:
            raise PydanticCustomError("outcome", "a case has one of output, error, polls and webhook")
        if (self.polls or self.webhook) and "exchanges" in given:
            raise PydanticCustomError("exchanges", "each poll, and each step of a webhook, has its own exchanges")
        if self.evidence == "manifest" and not self.asks_nobody:
            raise PydanticCustomError("evidence", "evidence 'manifest' is for what no vendor is asked for")
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
    def steps(self) -> list[PolledOnce] | list[Happening] | list[Step]:
        """What happens, one after the other: a trigger's polls, what happens to its webhook, or the one call."""
        return self.polls or (self.webhook.steps if self.webhook else [self])

    @property
    def asks_nobody(self) -> bool:
        """Whether nothing goes over the wire, in either direction."""
        return self.webhook is None and not any(step.exchanges for step in self.steps)

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
    *("choices", "options", "memory", "output", "error", "exchanges", "polls", "webhook"),
)
_INNER = (
    *("do", "at", "delivery", "reply", "problem", "kept", "standing", "events", "held", "memory", "output", "error"),
    *("request", "answer", "failure", "line", "status", "headers"),
)


def _ordered(value: Any) -> Any:
    """Blocks of ours in reading order, what they hold as it is."""
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    first = [name for name in _INNER if name in value]
    rest = [name for name in value if name not in first]
    return {name: _ordered(value[name]) if name in _OURS else value[name] for name in [*first, *rest]}


_OURS = {"exchanges", "request", "answer", "steps", "delivery", "reply"}
_NESTED = {"exchanges", "polls", "webhook"}


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


_BLOCKS = (Case, PolledOnce, Hooked, Happening, Exchange, Asked, Answer)
_KEYS = [name.rstrip("_") for kind in _BLOCKS for name in kind.model_fields]
