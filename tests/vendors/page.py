"""Writes docs/vendors.md: `make docs`, which is `python -m tests.vendors.page > docs/vendors.md`.

The endpoints are those of the vendors' documents (`endpoints.csv`), not those of the manifests.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.components.values import RequestLine
from connectors.manifest.catalog import bundled, load
from connectors.manifest.model import Action, Connector, Operation, Trigger
from connectors.testing.case import load as load_case

ROOT = Path(__file__).parents[2]
EVIDENCE = ("documented", "sandbox", "live", "manifest")
HEAD = """\
# Vendors

What the vendors' documents offer, which operations use it, and what proves them. Written by `make docs` from the
manifests, the cassettes and the list of the documents' endpoints (`tests/vendors/endpoints.csv`); a test compares.

Evidence counts the cases of an operation ([cassettes](cassettes.md)): **documented** is an example from the vendor's
own document, **sandbox** was recorded from the pretend vendor, **live** from the vendor; in a case by the **manifest**
nobody was asked, such as of an input that is refused. What only the sandbox has seen is right by the document as we
read it, and by nothing else.
"""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as the vendor's document has it."""

    vendor: str
    endpoint: str
    """A short name, such as R1."""
    method: str
    """Such as GET; `PATCH or PUT` where the document leaves it open."""
    path: str
    where: str
    """The heading in the document."""

    def fits(self, line: str) -> bool:
        """Whether a request line of a manifest asks this endpoint, whatever its holes are called."""
        method, _, path = line.partition(" ")
        return method in self.method.split(" or ") and shape(path) == shape(self.path)


def shape(path: str) -> str:
    """The path with every hole alike; a slash at the end makes no other endpoint."""
    return re.sub(r"\{[^{}]*\}|(?<=/):\w+", "{}", path).rstrip("/")


def endpoints() -> list[Endpoint]:
    """All endpoints of all documents."""
    with (Path(__file__).parent / "endpoints.csv").open(newline="") as stream:
        return [Endpoint(**row) for row in csv.DictReader(stream)]


def manifest(vendor: str) -> Connector | None:
    """The vendor's manifest, if there is one."""
    path = bundled() / f"{vendor}.yaml"
    return load(path) if path.exists() else None


def lines_of(connector: Connector, operation: Operation) -> set[str]:
    """Every request that the operation may make; where it is tried with another method, these too."""
    return {str(line) for first in _requests(connector, operation) for line in (first, *first.alternatives)}


def _requests(connector: Connector, operation: Operation) -> Iterator[RequestLine]:
    if isinstance(operation, Action):
        yield operation.request
    elif reading := connector.list_of(operation):
        yield from (one.request for one in connector.lineage(reading))
    for include in operation.include.values():
        yield connector.actions[include.from_].request
    hook = operation.webhook if isinstance(operation, Trigger) else None
    for notice in (hook.subscribe, hook.unsubscribe) if hook else ():
        if notice:
            yield notice.request
    if hook and hook.check:
        yield connector.lists[hook.check.list].request


def users(connector: Connector, endpoint: Endpoint) -> list[str]:
    """The operations that ask the endpoint, and what else does: signing in, lists, the test of a connection."""
    found = [name for name, one in connector.operations.items() if any(map(endpoint.fits, lines_of(connector, one)))]
    found += [
        f"the list {name}"
        for name, one in connector.lists.items()
        if any(endpoint.fits(str(line)) for line in one.lines)
    ]
    signing_in = (line for _, way in connector.connection.auth.ways() for line in _signing_in(way))
    found += ["signing in"] if any(map(endpoint.fits, signing_in)) else []
    return found + (["the test of a connection"] if endpoint.fits(str(connector.connection.test)) else [])


def _signing_in(way: object) -> Iterator[str]:
    if request := getattr(way, "request", None):
        yield f"{request.method} {getattr(way, 'host', None) or ''}{str(request).partition(' ')[2]}"
    if url := getattr(way, "authorization_url", None):
        yield f"GET {url}"
    if url := getattr(way, "token_url", None):
        yield f"POST {url}"


def evidence(vendor: str, operation: str) -> str:
    """What proves the operation: `2 documented, 1 sandbox`."""
    paths = (ROOT / "cassettes" / vendor / operation).glob("*.yaml")
    counts = Counter(load_case(path).evidence for path in paths)
    return ", ".join(f"{counts[kind]} {kind}" for kind in EVIDENCE if counts[kind]) or "none"


def page() -> str:
    """The whole page."""
    by_vendor: dict[str, list[Endpoint]] = {}
    for one in endpoints():
        by_vendor.setdefault(one.vendor, []).append(one)
    lines = [line for vendor, its in by_vendor.items() for line in _vendor(vendor, its)]
    return "\n".join([HEAD, *lines])


def _vendor(vendor: str, its: list[Endpoint]) -> Iterator[str]:
    connector = manifest(vendor)
    if connector is None:
        yield from (f"## {vendor}", "", f"No manifest yet. Endpoints in its document: {len(its)}.", "")
        return
    used = {one.endpoint: users(connector, one) for one in its}
    count = sum(1 for names in used.values() if names)
    yield from (
        f"## {connector.title} {connector.version}",
        "",
        f"Endpoints in its document: {len(its)}, of which {count} used.",
        "",
    )
    rows = [[one.endpoint, f"`{one.method} {one.path}`", one.where, ", ".join(used[one.endpoint]) or "**none**"]
            for one in its]  # fmt: skip
    yield from _table(["Endpoint", "Request", "In the document", "Used by"], rows)
    rows = [
        [f"`{name}`", kind, " ".join(_known(connector, one, its)) or "none", evidence(vendor, name)]
        for kind in ("triggers", "actions", "searches")
        for name, one in getattr(connector, kind).items()
    ]
    yield from _table(["Operation", "Kind", "Endpoints", "Evidence"], [[a, _ONE[b], c, d] for a, b, c, d in rows])
    notes = [note for note in connector.notes if note.says != "stated"]
    yield "What the document leaves open (assumed) or contradicts:"
    yield ""
    yield from _table(
        ["About", "", "In the document", "What the manifest does"],
        [[f"`{note.about}`", note.says, note.where, note.chosen] for note in notes],
    )


_ONE = {"triggers": "trigger", "actions": "action", "searches": "search"}


def _known(connector: Connector, operation: Operation, its: list[Endpoint]) -> list[str]:
    lines = lines_of(connector, operation)
    return [one.endpoint for one in its if any(map(one.fits, lines))]


def _table(columns: list[str], rows: list[list[str]]) -> Iterator[str]:
    cells = [
        [re.sub(r"\s+", " ", cell).replace("|", "\\|").replace("<", "&lt;").strip() for cell in row]
        for row in [columns, *rows]
    ]
    first, *rest = (f"| {' | '.join(row)} |" for row in cells)
    yield from (first, "|" + "---|" * len(columns), *rest, "")


if __name__ == "__main__":
    sys.stdout.write(page())
