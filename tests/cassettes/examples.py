"""The JSON examples of vendors' documents, and the cases that hold them.

    python tests/cassettes/examples.py DOCUMENT VENDOR

reads every example from a document and says which of them no case holds. The documents are not ours to publish, so
`examples/VENDOR.yaml` lists where each stands, by its line, with a digest of what it says and the case that holds it:
with the document at hand the list is compared with it, and without it the cases are compared with the list.

A digest is of the example's values, in any order, with null for those whose paths are named under `changed`, which a
case has other than the document; headers have their names in lower case, as HTTP does not tell them apart.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from connectors.testing.case import load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASSETTES = ROOT / "cassettes"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}]')
_OPENING = re.compile(r"^(?:|output: |(?:\$ )?curl .* -d ')(?=\{[\s\"]|\[\s)", re.MULTILINE)
"""What stands before an example on its first line: nothing, or the command that sends it."""
_REPAIRS = (
    (re.compile(r'("(?:[^"\\]|\\.)*")|(?: //[^"}\]]*|\.\.\.|• )'), r"\1"),  # comments, what is left out, bullets
    (re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])'), r"\1"),
)


@dataclass(frozen=True)
class Example:
    """A JSON object or list of a document."""

    line: int
    value: Any
    is_json: bool
    """False if commas, comments, dots for what is left out, or bullets had to be taken away first."""


def examples_of(text: str) -> Iterator[Example]:
    """Every JSON object or list that a line begins with, or that a command sends."""
    position = 0
    for opening in _OPENING.finditer(text):
        if opening.end() < position:
            continue
        position = _end(text, opening.end())
        said, line = text[opening.end() : position], text.count("\n", 0, opening.end()) + 1
        try:
            yield Example(line, json.loads(said), is_json=True)
        except ValueError:
            for wrong, right in _REPAIRS:
                said = wrong.sub(right, said)
            yield Example(line, json.loads(said), is_json=False)


def _end(text: str, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    raise ValueError(f"what begins at character {start} has no end")


def blanked(value: Any, path: str) -> Any:
    """The value with null at the path, where it has anything there."""
    first, _, rest = path.partition(".")
    if isinstance(value, list):
        return [_blank(one, rest) if str(index) == first else one for index, one in enumerate(value)]
    return {name: _blank(one, rest) if name == first else one for name, one in value.items()}


def _blank(value: Any, path: str) -> Any:
    return blanked(value, path) if path else None


@dataclass(frozen=True)
class Listed:
    """An example as the list has it."""

    place: str
    line: int
    sha256: str
    case: str
    """The case that holds it; of what goes with webhooks, the file of this repository that does."""
    at: str
    """Where it is held: `exchanges.0.answer.json`; the line of a file, from 0."""
    changed: tuple[str, ...] = ()
    """What the case has other than the document; the case's `repairs` say why."""
    is_json: bool = True

    def digest(self, value: Any) -> str:
        """What the values come to, whatever those are that are changed."""
        if self.at.endswith("headers"):
            value = {name.lower(): text for name, text in value.items()}
        for path in self.changed:
            value = blanked(value, path)
        return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def listed(vendor: str) -> list[Listed]:
    """The list of a vendor's examples."""
    entries = yaml.safe_load((HERE / "examples" / f"{vendor}.yaml").read_text())
    return [Listed(**{**entry, "changed": tuple(entry.get("changed", ()))}) for entry in entries]


def not_in_the_list(text: str, entries: list[Listed]) -> list[str]:
    """The examples of the document that the list does not have, or has otherwise."""
    by_line = {entry.line: entry for entry in entries}
    return [
        f"line {example.line}"
        for example in examples_of(text)
        if (entry := by_line.get(example.line)) is None
        or (entry.digest(example.value), entry.is_json) != (entry.sha256, example.is_json)
    ]


def not_in_a_case(vendor: str, entries: list[Listed]) -> list[str]:
    """The listed examples that no documented case holds."""
    return [f"line {entry.line}, {entry.place}" for entry in entries if not _is_held(vendor, entry)]


def _is_held(vendor: str, entry: Listed) -> bool:
    found: Any = _held(vendor, entry)
    for step in entry.at.split("."):
        at = int(step) if isinstance(found, list) else step
        found = dict(enumerate(found) if isinstance(found, list) else found).get(at, {})
    return entry.digest(found) == entry.sha256


def _held(vendor: str, entry: Listed) -> Any:
    """What the case says, or the deliveries of a file; nothing if it does not show what it claims."""
    if entry.case.endswith(".jsonl"):
        return [json.loads(line) for line in (ROOT / entry.case).read_text().splitlines()]
    path = CASSETTES / vendor / f"{entry.case}.yaml"
    case = load(path) if path.exists() else None
    if case is None or case.evidence != "documented" or (entry.changed and not case.repairs):
        return {}
    return case.model_dump(by_alias=True, exclude_unset=True)


def main(document: str, vendor: str) -> int:
    """Says what no case holds; 1 if there is anything."""
    text, entries = Path(document).read_text(), listed(vendor)
    missing = not_in_the_list(text, entries) + not_in_a_case(vendor, entries)
    print(f"{document}: {len(list(examples_of(text)))} JSON examples, {len(missing)} of them in no case")
    for one in missing:
        print(f"  {one}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
