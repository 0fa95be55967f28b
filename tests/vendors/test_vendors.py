"""Everything that the vendors' documents offer is there; the documents say what, not the manifests."""

from __future__ import annotations

import csv

import pytest

from connectors.manifest.catalog import bundled
from tests.vendors.page import ROOT, Endpoint, endpoints, lines_of, manifest, page, users

SHARED = ROOT.parent / "shared" / "vendors" / "operations.csv"
COUNTS = {"reonic": 7, "autarc": 12, "enneo": 1, "opensolar": 53}


@pytest.fixture
def connector(vendor):
    """The vendor's manifest; as soon as there is one, nothing may be missing in it."""
    found = manifest(vendor)
    if found is None:
        pytest.skip(f"there is no manifests/{vendor}.yaml yet")
    return found


def test_the_list_of_endpoints_has_all_that_the_documents_have():
    every = endpoints()

    assert {vendor: sum(1 for one in every if one.vendor == vendor) for vendor in COUNTS} == COUNTS
    assert len({(one.vendor, one.endpoint) for one in every}) == len(every)


@pytest.mark.parametrize("vendor", COUNTS)
def test_no_endpoint_is_missing(vendor, connector):
    its = [one for one in endpoints() if one.vendor == vendor]

    assert [f"{one.endpoint} {one.method} {one.path}" for one in its if not users(connector, one)] == []


@pytest.mark.parametrize("vendor", COUNTS)
def test_no_operation_is_missing_and_each_asks_its_endpoints(vendor, connector):
    if not SHARED.exists():
        pytest.skip(f"there is no {SHARED.relative_to(ROOT.parent)} beside this checkout")
    with SHARED.open(newline="") as stream:
        wanted = [row for row in csv.DictReader(stream) if row["connector"] == vendor]

    assert [row["name"] for row in wanted if not _is_there(connector, row)] == []


def _is_there(connector, row):
    named = [one for one in endpoints() if one.vendor == row["connector"] and one.endpoint in row["endpoint"].split()]
    if row["kind"] == "list":
        lines = {str(line) for line in connector.lists[row["name"]].lines} if row["name"] in connector.lists else set()
    else:
        operation = connector.operations.get(row["name"])
        lines = lines_of(connector, operation) if operation else set()
    return bool(named) and all(any(map(one.fits, lines)) for one in named)


def test_every_manifest_has_its_endpoints_listed():
    assert {path.stem for path in bundled().glob("*.yaml")} <= COUNTS.keys()


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("PATCH /a/{project}/b/", True),
        ("PUT /a/{project}/b", True),
        ("GET /a/{project}/b", False),
        ("PATCH /a/{project}", False),
        ("PATCH /a/b/b", False),
    ],
)
def test_when_a_request_asks_an_endpoint(line, fits):
    assert Endpoint("acme", "A1", "PATCH or PUT", "/a/:id/b/", "Update").fits(line) is fits


def test_the_page_is_what_make_docs_writes():
    assert (ROOT / "docs" / "vendors.md").read_text() == page(), "run `make docs`"
