"""Writes docs/platforms/README.md: `make docs`, which is `python -m tests.export.page > docs/platforms/README.md`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from connectors.export import FEATURES, PLATFORMS, Limit
from connectors.export import platform as platform_of
from connectors.manifest.catalog import bundled, load
from connectors.manifest.model import Connector

PAGES = Path(__file__).parents[2] / "docs" / "platforms"
TITLES = {"n8n": "n8n", "zapier": "Zapier", "openapi": "OpenAPI", "power-automate": "Power Automate", "mcp": "MCP"}
HEAD = """\
# Platforms

One manifest, many platforms: `gridwire export PLATFORM CONNECTOR --out DIR` writes what a platform takes. What is
written knows the connector's words; a gridwire server does the work. `--report` says what the platform cannot express
of that connector. Written by `make docs` from the exports and the bundled manifests; a test compares.

**yes**: as the manifest says it. **instead**: the platform cannot express it, in so many places of the bundled
connectors, and the export does something else, which is said below.
"""


def connectors() -> list[Connector]:
    """Those that come with gridwire."""
    return [load(path) for path in sorted(bundled().glob("*.yaml"))]


def page() -> str:
    """The whole page."""
    vendors = connectors()
    limits = {name: {one.title: platform_of(name).limits(one) for one in vendors} for name in PLATFORMS}
    every = {name: [limit for of in by.values() for limit in of] for name, by in limits.items()}
    counts = {name: Counter(limit.feature for limit in of) for name, of in every.items()}
    titles = [f"[{title(name)}]({name}.md)" if (PAGES / f"{name}.md").exists() else title(name) for name in PLATFORMS]
    features = [
        [f"**{word}**: {meaning}", *(cell(counts[name][word]) for name in PLATFORMS)]
        for word, meaning in FEATURES.items()
    ]
    by_vendor = [
        [f"{one.title} {one.version}", *(str(len(limits[name][one.title])) for name in PLATFORMS)] for one in vendors
    ]
    lines = [
        *table(["", *titles], features),
        "## How much of that, by connector",
        "",
        "So many places of a connector are done otherwise than its manifest says:",
        "",
        *table(["Connector", *map(title, PLATFORMS)], by_vendor),
        *(line for name in PLATFORMS for line in instead(name, every[name])),
    ]
    return "\n".join([HEAD, *lines])


def title(name: str) -> str:
    """The platform's name, as it is written."""
    return TITLES.get(name, name)


def cell(count: int) -> str:
    """Whether a platform can."""
    return f"instead ({count})" if count else "yes"


def instead(name: str, limits: list[Limit]) -> Iterator[str]:
    """What the export does where the platform cannot."""
    yield from (f"## {title(name)}: what is done instead", "")
    said: dict[str, list[str]] = {}
    for limit in limits:
        words = re.sub(r"^'[^']*' ", "", limit.instead)
        if words not in said.setdefault(limit.feature, []):
            said[limit.feature].append(words)
    yield from (f"- **{feature}**: {'; '.join(words)}." for feature, words in said.items())
    yield "" if said else f"{title(name)} can express all of it.\n"


def table(columns: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Lines of Markdown."""
    first, *rest = (f"| {' | '.join(row)} |" for row in [columns, *rows])
    yield from (first, "|" + "---|" * len(columns), *rest, "")


if __name__ == "__main__":
    sys.stdout.write(page())
