"""The JSON examples of vendors' documents, and the cases that hold them.

    python tests/cassettes/examples.py DOCUMENT VENDOR

reads every example from a document and says which of them no case holds. The documents are not ours to publish, so
`examples/VENDOR.yaml` lists where each stands, by its line, with a digest of what it says and the case that holds it:
with the document at hand the list is compared with it, and without it the cases are compared with the list.

A digest is of the example's values, in any order, without those named under `changed`, which a case has other than the
document; headers have their names in lower case, as HTTP does not tell them apart.
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
CASSETTES = HERE.parents[1] / "cassettes"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]')
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")


@dataclass(frozen=True)
class Example:
    """A JSON object of a document."""

    line: int
    value: Any
    is_json: bool
    """False if a comma had to be taken away first."""


def examples_of(text: str) -> Iterator[Example]:
    """Every JSON object that begins on a line of its own."""
    position = 0
    for opening in re.finditer(r"^\{$", text, re.MULTILINE):
        if opening.start() < position:
            continue
        position = _end(text, opening.start())
        said, line = text[opening.start() : position], text.count("\n", 0, opening.start()) + 1
        try:
            yield Example(line, json.loads(said), is_json=True)
        except ValueError:
            yield Example(line, json.loads(_LAST_COMMA.sub("", said)), is_json=False)


def _end(text: str, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    raise ValueError(f"what begins at character {start} has no end")


@dataclass(frozen=True)
class Listed:
    """An example as the list has it."""

    place: str
    line: int
    sha256: str
    case: str
    at: str
    """Where the case holds it: `exchanges.0.answer.json`."""
    changed: tuple[str, ...] = ()
    """What the case has other than the document; the case's `repairs` say why."""
    is_json: bool = True

    def digest(self, value: Any) -> str:
        """What the values come to, without those that are changed."""
        if self.at.endswith("headers"):
            value = {name.lower(): text for name, text in value.items()}
        kept = {name: one for name, one in value.items() if name not in self.changed}
        return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


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
    path = CASSETTES / vendor / f"{entry.case}.yaml"
    case = load(path) if path.exists() else None
    if case is None or case.evidence != "documented" or (entry.changed and not case.repairs):
        return False
    found: Any = case.model_dump(by_alias=True, exclude_unset=True)
    for step in entry.at.split("."):
        found = found[int(step)] if isinstance(found, list) else found.get(step, {})
    return entry.digest(found) == entry.sha256


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
