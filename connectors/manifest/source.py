"""Strict YAML to plain values, and from a path in them back to the line and column.

YAML is read by the 1.2 core schema (yaml.org/spec/1.2.2, 10.3), stricter where a value would get lost: `NO`, `01067`,
`+4917012345` and dates are text. Duplicate keys, anchors, aliases, merge keys and tags are problems. Size and depth are
bounded, and the tree is built from the parser's events without recursion, so no input can exhaust the stack.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import yaml

from connectors.errors import ManifestError
from connectors.manifest.problem import LINE_BREAK, Page, Place, Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
_MAX_DIGITS = 4000  # Python writes no integer of more than 4,300 digits
_MAX_PROBLEMS = 25

_events = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML does not call printable, and what YAML and editors do not agree to call a line break.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_HEX_OR_OCTAL = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"-?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# One match is one piece of a scalar as written; how many characters it stands for, see `_in_line`.
_FOLD = r"[ \t]*(?:(?:\r\n|\r|\n)[ \t]*)+"
_PIECES = {
    "": re.compile(rf"{_FOLD}|."),
    "'": re.compile(rf"''|{_FOLD}|."),
    '"': re.compile(rf"\\(?:x..|u.{{4}}|U.{{8}}|(?:\r\n|\r|\n)[ \t]*|.)|{_FOLD}|."),
}
_INDENTED = re.compile(r"(?:\r\n|\r|\n)[ \t]*([^ \t\r\n][^\r\n]*)")

_ALIAS = ("anchors and aliases are not part of the manifest language", "write the value out, or put the text in quotes")
_TAG = ("tags are not part of the manifest language", "leave the tag out, or put the text in quotes")
_AFTER_VALUE = ("did not find expected key", "block sequence entries are not allowed in this context")
_CLOSING = {"{": "}", "[": "]"}
_SYNTAX = {  # libyaml's words: ours, and a hint
    "mapping values are not allowed in this context": (
        "no 'name: value' can stand here",
        "check the indentation, and put text that holds ': ' in quotes",
    ),
    "block sequence entries are not allowed in this context": ("no list can start here", "start it on a new line"),
    "did not find expected key": ("a 'name: value' was expected here", "check the indentation"),
    "did not find expected '-' indicator": ("a '- ' was expected here", "this line is indented like the list above"),
    "could not find expected ':'": ("this name has no value", "write ': ' after it, or check the indentation"),
    "did not find expected ',' or '}'": ("a ',' or '}' was expected here", None),  # see `_syntax`
    "did not find expected ',' or ']'": ("a ',' or ']' was expected here", None),
    "found unknown escape character": ("unknown escape in double quotes", r"write '\\' for a backslash"),
    "found invalid Unicode character escape code": ("this escape is no character", "write the character itself"),
    "did not find expected node content": ("a value was expected here", "write one, or put text in quotes"),
    "did not find expected <document start>": ("the value ended before this", "put the whole text in quotes"),
    "did not find expected comment or line break": ("only a line break can follow '|' or '>'", "put text in quotes"),
}


@dataclass(slots=True)
class _Node:
    """A value with where it starts and ends in the text, and where its key starts."""

    value: Any
    start: int
    end: int
    style: str = ""
    key: int | None = None
    children: dict[str | int, _Node] | None = None


@dataclass(frozen=True, eq=False)
class Source:
    """A manifest as plain values (`value`: dict, list, str, int, float, bool, None; keys are always str)."""

    file: str
    value: Any
    _page: Page = field(repr=False)
    _root: _Node = field(repr=False)

    def place(self, path: tuple[str | int, ...], *, key: bool = False, offset: int | None = None) -> Place:
        """The place of the value at `path`, or of its key; where nothing is, that of the nearest ancestor.

        With `offset` the caret stands under that character of a text, counted from 0 in the value as read.
        """
        node = self._root
        for step in path:
            child = (node.children or {}).get(step)
            if child is None:
                offset = None
                break
            node = child
        entry = node.start if node.key is None else node.key
        if key:
            return self._page.place(entry)
        return self._page.place(node.start if offset is None else _position(self._page.text, node, offset), entry)


def read(path: Path) -> Source:
    """The manifest in a file. Raises ManifestError, also where the file cannot be read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        problem = Problem("unreadable", message, Place(_shown(path), 1, 1, ""), "check its path and its permissions")
        raise ManifestError([problem]) from error
    return parse(data, _shown(path))


def _shown(path: Path) -> str:
    """The file as a person in the current folder would name it."""
    here = path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def parse(text: str | bytes, file: str, *, max_bytes: int = MAX_BYTES) -> Source:
    """The manifest in a text; `file` is its name in messages. Raises ManifestError with every problem found."""
    page = Page(file, _decoded(text, file, max_bytes))
    tree = _Tree(page)
    problems = tree.problems
    problems += _forbidden(page)
    if not problems:
        _grow(tree)
    root = tree.root
    if not problems and (root is None or (root.value is None and root.start == root.end)):
        problems.append(page.problem("yaml-empty", 0, "the manifest is empty", "start with 'connector: name'"))
    if problems or root is None:
        raise ManifestError(problems)
    return Source(file, root.value, page, root)


def _decoded(text: str | bytes, file: str, max_bytes: int) -> str:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > max_bytes:
        first = LINE_BREAK.split(data[:200].decode("utf-8", "replace"), maxsplit=1)[0]
        hint = "is this the right file?"
        message = f"a manifest has at most {max_bytes >> 20} MiB"
        raise ManifestError([Problem("too-large", message, Place(file, 1, 1, first), hint)])
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        page = Page(file, data.decode("utf-8", "replace"))
        index = len(data[: error.start].decode("utf-8"))
        hint = "save the file as UTF-8"
        raise ManifestError([page.problem("yaml-encoding", index, "this is not UTF-8 text", hint)]) from None


def _forbidden(page: Page) -> Iterator[Problem]:
    for _, found in zip(range(_MAX_PROBLEMS), _FORBIDDEN.finditer(page.text), strict=False):
        code = ord(found[0])
        escape = rf"write it as \u{code:04x} in double quotes"
        yield page.problem("yaml-encoding", found.start(), f"the character U+{code:04X} cannot stand here", escape)
    if found := _TAG_DIRECTIVE.search(page.text):  # libyaml compares each with all before: a slow file
        yield page.problem("yaml-tag", found.start(), *_TAG)


def _grow(tree: _Tree) -> None:
    try:
        for event in _events(tree.page.text, Loader=_LOADER):
            if not tree.take(event):
                break
    except yaml.MarkedYAMLError as error:
        tree.problems.append(_syntax(tree, error))


class _Tree:
    """Grows from the parser's events; notes problems on the way."""

    def __init__(self, page: Page) -> None:
        self.page: Page = page
        self.problems: list[Problem] = []
        self.root: _Node | None = None
        self.open: list[_Node] = []
        self._names: list[_Node | None] = []  # for each open mapping, the key that waits for its value

    def take(self, event: yaml.Event) -> bool:
        """One event more. False when reading on makes no sense."""
        if isinstance(event, yaml.DocumentStartEvent):
            return self._only_document(event)
        if isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self._names.pop()
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent):
            node = self._node(event)
            self._place(node)
            if node.children is not None:
                self.open.append(node)
                self._names.append(None)
        return self._shallow() and len(self.problems) < _MAX_PROBLEMS

    def _note(self, rule: str, index: int, message: str, hint: str | None = None) -> None:
        self.problems.append(self.page.problem(rule, index, message, hint))

    def _only_document(self, event: yaml.Event) -> bool:
        if self.root is not None:
            hint = "put the rest into a file of its own"
            self._note("yaml-documents", event.start_mark.index, "a manifest is one YAML document", hint)
        return self.root is None

    def _shallow(self) -> bool:
        deep = len(self.open) > MAX_DEPTH
        if deep:
            start = self.open[-1].start
            self._note("too-deep", start, f"this is nested more than {MAX_DEPTH} deep", "is a bracket left open?")
        return not deep

    def _node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent) -> _Node:
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None:
            self._note("yaml-alias", start, *_ALIAS)
        if isinstance(event, yaml.AliasEvent):
            return _Node(self.page.text[start:end], start, end)
        if event.tag is not None:
            self._note("yaml-tag", start, *_TAG)
        if isinstance(event, yaml.ScalarEvent):
            style = event.style or ""
            return _Node(event.value if style else self._plain(event.value, start), start, end, style)
        return _Node({} if isinstance(event, yaml.MappingStartEvent) else [], start, end, children={})

    def _plain(self, text: str, start: int) -> Any:
        try:
            return _resolved(text)
        except ValueError as error:
            self._note("yaml-number", start, str(error), "put it in quotes if it is text")
            return 0

    def _place(self, node: _Node) -> None:
        if not self.open:
            self.root = node
            return
        parent, name = self.open[-1], self._names[-1]
        if isinstance(parent.value, list):
            _adopt(parent, len(parent.children or ()), node)
        elif name is None:
            self._check_key(node)
            self._names[-1] = node
        else:
            node.key = name.start
            _adopt(parent, self._name(name), node)
            self._names[-1] = None

    def _name(self, node: _Node) -> str:
        return node.value if isinstance(node.value, str) else self.page.text[node.start : node.end]

    def _check_key(self, node: _Node) -> None:
        name = self._name(node)
        first = (self.open[-1].children or {}).get(name)
        if name == "<<" and not node.style:
            self._note("yaml-merge", node.start, "merge keys are not part of the manifest language", _ALIAS[1])
        elif type(node.value) not in (str, int):
            hint = "put it in quotes" if name and node.children is None else "write a name before the ':'"
            self._note("yaml-key", node.start, "a key must be text", hint)
        elif first is not None and first.key is not None:
            line = self.page.place(first.key).line
            self._note("duplicate-key", node.start, f"{quoted(name)} is here twice", f"the first is on line {line}")


def _adopt(parent: _Node, step: str | int, node: _Node) -> None:
    cast("dict[str | int, _Node]", parent.children).setdefault(step, node)
    if isinstance(parent.value, list):
        cast("list[Any]", parent.value).append(node.value)
    else:
        parent.value[step] = node.value


def _resolved(text: str) -> Any:
    """A plain scalar's value. Raises ValueError for a number that JSON cannot hold."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) or _HEX_OR_OCTAL.fullmatch(text):
        if len(text.lstrip("-")) > _MAX_DIGITS * (math.log(10, 16) if text[1:2] == "x" else 1):
            raise ValueError(f"a number has at most {_MAX_DIGITS} digits")
        return int(text, 0)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("JSON knows neither infinity nor NaN")
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if math.isinf(number):
        raise ValueError("this number is too large")
    return number


def _position(text: str, node: _Node, offset: int) -> int:
    """Where in the text the character stands that is at `offset` in a scalar's value."""
    if node.children is not None:
        return node.start
    return _in_block(text, node, offset) if node.style in ("|", ">") else _in_line(text, node, offset)


def _in_line(text: str, node: _Node, offset: int) -> int:
    index, end = node.start + len(node.style), node.end - len(node.style)
    while index < end and (found := _PIECES[node.style].match(text, index, end)):
        breaks = len(LINE_BREAK.findall(found[0]))
        escaped_break = found[0][0] == "\\" and breaks
        offset -= 0 if escaped_break else max(1, breaks - 1)
        if offset < 0:
            break
        index = found.end()
    return index


def _in_block(text: str, node: _Node, offset: int) -> int:
    """The lines of a block scalar are in its value in order, whatever became of the space between them."""
    position, read_to = node.start, 0
    for line in _INDENTED.finditer(text, node.start, node.end):
        at = node.value.find(line[1], read_to)
        if not 0 <= at <= offset:
            break
        read_to = at + len(line[1])
        position = line.start(1) + min(offset, read_to) - at
    return position


def _syntax(tree: _Tree, error: yaml.MarkedYAMLError) -> Problem:
    """libyaml's complaint in plain words."""
    page, words, context = tree.page, error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    index = mark.index if mark else 0
    started = error.context_mark.index if error.context_mark else index
    if context.endswith(("alias", "anchor")):
        return page.problem("yaml-alias", index - 1, *_ALIAS)
    if context.endswith("tag") or "tag" in words:
        return page.problem("yaml-tag", started, *_TAG)
    if words == "found character that cannot start any token" or "tab character" in words:
        return page.problem("yaml-syntax", index, *_odd_character(page.text[index]))
    if index >= len(page.text.rstrip()) and ("flow" in context or "quoted" in context):
        return _never_closed(tree, started if "quoted" in context else None)
    message, hint = _SYNTAX.get(words, (f"this is not YAML: {words}", None))
    if words.startswith("did not find expected ','") and page.text[index] in _CLOSING:
        hint = f"put text that holds {page.text[index]} in quotes"
    elif words.startswith("did not find expected ','"):
        hint = f"for the {page.text[started]} on line {page.place(started).line}"
    elif words in _AFTER_VALUE and page.text[:index].rstrip(" ").endswith(("}", "]", "'", '"')):
        hint = "the value ended before this: put the whole text in quotes"
    return page.problem("yaml-syntax", started if words == "could not find expected ':'" else index, message, hint)


def _never_closed(tree: _Tree, quote: int | None) -> Problem:
    text = tree.page.text
    brackets = [node.end - 1 for node in tree.open if text[node.end - 1] in _CLOSING]
    index = brackets[-1] if quote is None else quote
    opening = text[index]
    hint = f"add the closing {_CLOSING.get(opening, opening)}"
    return tree.page.problem("yaml-syntax", index, f"this {opening} is never closed", hint)


def _odd_character(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab cannot indent", "use spaces"
    return f"text cannot start with {quoted(character)}", "put the text in quotes"
