"""A problem in a manifest, its place, its remedy, and the near miss.

A problem is shown as MANIFEST.md, rule 20, draws it:

    error[unknown-name]: nothing is called 'cliendId' here
      --> manifests/acme.yaml:16:5
       |
    16 |     request: GET /rest/v2/clients/{cliendId}/users
       |                                   ^ did you mean 'clientId'?
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LINE = 100  # characters of a source line that are shown
_NAME = 60  # characters of a name that are shown
_NEAR = 0.65  # difflib's ratio: 'kye' is near 'key', 'to' is not near 'from'


@dataclass(frozen=True)
class Place:
    """A character in a file. Lines and columns count from 1, columns in characters.

    `column` is where the entry starts, `caret` where in the line the offending character stands (by default, the
    entry's start); `text` is the source line without its line break.
    """

    file: str
    line: int
    column: int
    text: str
    caret: int | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong in a manifest, where, and what to do now.

    `rule` names the kind of problem (`unknown-name`), `hint` is a few words after the caret, `remedy` a sentence below.
    `str()` is safe to print on a terminal, whatever the file holds.
    """

    rule: str
    message: str
    place: Place
    hint: str | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        place = self.place
        number = str(place.line)
        margin = " " * len(number)
        line, width = _excerpt(place.text, (place.caret or place.column) - 1)
        lines = [
            f"error[{self.rule}]: {_printable(self.message)}",
            f"{margin}--> {_printable(place.file)}:{place.line}:{place.column}",
            f"{margin} |",
            f"{number} | {line}".rstrip(),
            f"{margin} | {' ' * width}^ {_printable(self.hint or '')}".rstrip(),
        ]
        if self.remedy:
            lines.append(f"{margin} = help: {_printable(self.remedy)}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The problem as data, for `--json`; what is absent is null."""
        return {
            "rule": self.rule,
            "message": self.message,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "hint": self.hint,
            "remedy": self.remedy,
        }


class Page:
    """The text of a file, with its lines."""

    def __init__(self, file: str, text: str) -> None:
        self.file: str = file
        self.text: str = text
        self._starts: list[int] = [0, *(found.end() for found in LINE_BREAK.finditer(text))]

    def place(self, index: int, entry: int | None = None) -> Place:
        """The place of a character; its column is that of `entry`, where this lies in the same line."""
        line = bisect_right(self._starts, index) - 1
        start = self._starts[line]
        column = index if entry is None or entry < start else entry
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self.text)
        text = self.text[start:end].rstrip("\r\n")
        return Place(self.file, line + 1, column - start + 1, text, index - start + 1)

    def problem(self, rule: str, index: int, message: str, hint: str | None = None) -> Problem:
        """A problem with the character at `index`."""
        return Problem(rule, message, self.place(index), hint)


def quoted(name: object) -> str:
    """A name in single quotes, cut where it is too long to read."""
    text = str(name)
    return f"'{text}'" if len(text) <= _NAME else f"'{text[:_NAME]}…'"


def near(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was probably meant to be, or None. `client_id` is nearest to `clientId`."""
    known = {_folded(candidate): candidate for candidate in candidates}
    found = difflib.get_close_matches(_folded(name), known, n=1, cutoff=_NEAR)
    return known[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """A hint that offers the near miss, or None if nothing is near."""
    candidate = near(name, candidates)
    return None if candidate is None else f"did you mean {quoted(candidate)}?"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _excerpt(line: str, caret: int) -> tuple[str, int]:
    """The part of the line around the caret, and how many terminal cells lie before the caret in it."""
    start = max(0, min(caret - _LINE // 2, len(line) - _LINE))
    head, tail = line[start:caret], line[caret : start + _LINE]
    head = _printable(head) + " " * (caret - len(line))
    head = f"…{head}" if start else head
    tail = _printable(tail) + ("…" if start + _LINE < len(line) else "")
    return head + tail, sum(_cells(character) for character in head)


def _printable(text: str) -> str:
    """The text on one line, without characters that a terminal obeys instead of showing."""
    shown = (" " if char.isspace() else char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return "".join(shown)


def _cells(character: str) -> int:
    """How many cells a terminal gives the character (Unicode Standard Annex 11)."""
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
