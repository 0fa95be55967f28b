"""How long it takes to check a manifest of 500 lines, beyond start-up: what the smallest manifest takes too.

The best of some runs is told, because other work on the machine only ever adds.

    python benchmarks/check.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LINES = 500
RUNS = 15
GOAL = 100  # milliseconds

_HEAD = """connector: acme
language: 1
version: 1.0.0
title: Acme
description: Orders at Acme.
base_url: https://api.acme.example
connection:
  fields:
    shop: {title: Shop, required: true}
    apiKey: {title: API key, secret: true, required: true}
  auth: {api_key: {header: Authorization, value: "Bearer {apiKey}"}}
  test: GET /shops/{shop}
types:
  Order:
    properties:
      id: {required: true}
      state: {enum: [Open, Paid]}
      total: {type: number}
      buyer: {properties: {name: {}, email: {format: email}}}
lists:
  orders:
    request: GET /shops/{shop}/orders
    items: data
    paginate: {page_number: {more: more}}
    output: Order
    sample: {id: o-1, state: Paid, total: 9.5, buyer: {name: Ada, email: ada@example.com}}
"""
_TRIGGER = """  order_paid_{0}:
    title: Order paid
    description: Triggers when an order is paid.
    input:
      email: {{title: Email, format: email}}
    poll: orders
    key: id
    version: state
    where: {{state: Paid, buyer.email: "{{email}}", previous.state: Open}}
"""
_ACTION = """  create_order_{0}:
    title: Create order
    description: Orders something.
    docs: https://docs.acme.example/orders
    input:
      parent: {{title: Order, choices: {{list: orders, value: id, title: "{{state}}"}}}}
      total: {{title: Total, type: number, minimum: 0, default: 1}}
      due: {{title: Due, format: date, examples: ["2026-01-02"]}}
      size: {{title: Size, properties: {{width: {{type: number}}, height: {{type: number}}}}}}
    rules:
      - at_least_one_of: [parent, due]
    request: POST /shops/{{shop}}/orders
    output: Order
    sample: {{id: o-1, state: Open, total: 9.5}}
"""


def manifest() -> str:
    """A right manifest of 500 lines: one part triggers, two parts actions."""
    triggers, actions = _lines(_TRIGGER, LINES // 3), _lines(_ACTION, LINES - LINES // 3 - _HEAD.count("\n") - 14)
    text = f"{_HEAD}triggers:\n{triggers}actions:\n{actions}"
    return text + "# and nothing more\n" * (LINES - text.count("\n"))


def _lines(block: str, lines: int) -> str:
    return "".join(block.format(number) for number in range(lines // block.count("\n")))


def main() -> None:
    """Prints what the check takes in a process that has checked before, and as a command."""
    from connectors.manifest.catalog import load

    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large.yaml", Path(folder) / "small.yaml"
        large.write_text(manifest())
        small.write_text(_HEAD.partition("types:")[0])
        load(large)  # the first check also imports
        alone = min(_timed(lambda: load(large)) for _ in range(RUNS))
        whole = min(_timed(lambda: _check(large)) for _ in range(RUNS))
        started = min(_timed(lambda: _check(small)) for _ in range(RUNS))
    lines = manifest().count("\n")
    print(f"{lines} lines, best of {RUNS}: {whole - started:.0f} ms beyond start-up (goal: below {GOAL})")
    print(f"`gridwire check` takes {whole:.0f} ms, with the smallest manifest {started:.0f} ms; again {alone:.0f} ms")


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _check(manifest: Path) -> None:
    program = Path(__file__).parents[1] / "cli.py"
    subprocess.run([sys.executable, str(program), "check", str(manifest)], check=True, capture_output=True)


if __name__ == "__main__":
    main()
