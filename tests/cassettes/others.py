"""Records every case of autarc and enneo anew: `python tests/cassettes/others.py`. Review it with `git diff`.

What the sandbox answers is recorded; what the documents show is written down as it stands there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import autarc_cases
import enneo_cases
from record import CASSETTES, RECORDED, Plan, record, serving

from connectors.engine.connection import Connection
from connectors.manifest.catalog import bundled, load
from connectors.sandbox import Autarc, Enneo, Vendor
from connectors.sandbox.faults import read_fault
from connectors.testing.case import Case
from connectors.testing.perform import one_at_a_time


def connection_to(vendor: Vendor, address: str, values: dict[str, Any]) -> Connection:
    """A connection whose every host is the pretend one."""
    hosts = {origin: address + path for origin, path in vendor.connection["hosts"].items()}
    connector = one_at_a_time(load(bundled() / f"{vendor.name}.yaml"))
    given = {**vendor.connection["values"], **values}
    return Connection.open(connector, given, base_url=address + vendor.connection["path"], hosts=hosts)


def record_all(vendor: Vendor, begin_anew: Callable[[], None], plans: Callable[[], Iterable[Plan]]) -> None:
    """Writes every case, each against a sandbox as it is at the start."""
    begin_anew()
    with serving(vendor) as address:
        for plan in plans():
            vendor.faults += [read_fault(fault) for fault in plan.faults]
            keep(asyncio.run(record(plan, connection_to(vendor, address, plan.values))))
            begin_anew()


def keep(case: Case) -> None:
    """Writes the case to its file."""
    case.path.parent.mkdir(parents=True, exist_ok=True)
    case.path.write_text(case.dumps())


def main() -> None:
    """Writes the cases of both."""
    autarc, enneo = Autarc(now=lambda: RECORDED), Enneo(now=lambda: RECORDED)
    record_all(autarc, lambda: autarc_cases.begin_anew(autarc), lambda: autarc_cases.plans(autarc))
    record_all(enneo, enneo.reset, lambda: enneo_cases.plans(enneo))
    for cases in (autarc_cases, enneo_cases):
        for said in cases.documented():
            name = said.pop("name")
            folder = CASSETTES / said["manifest"].partition(" ")[0] / said["operation"]
            keep(Case.model_validate(said).at(folder / f"{name}.yaml"))


if __name__ == "__main__":
    main()
