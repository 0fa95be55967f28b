from __future__ import annotations

import json
from pathlib import Path

import pytest

LEAD = "-i", "firstName=Erika", "-i", "lastName=Beispiel", "-i", "latLng.lat=52.5", "-i", "latLng.lng=13.4"


def test_a_dry_run_shows_each_part_with_where_it_comes_from_and_sends_nothing(gridwire, account, reonic):
    done = gridwire("run", "reonic.create_request", *account, *LEAD, "--dry-run")

    rows = [tuple(filter(None, line.strip().split("  "))) for line in done.stdout.splitlines()]
    rows = [tuple(cell.strip() for cell in row) for row in rows]
    assert done.stdout.startswith("POST http://127.0.0.1:")
    assert ("path clientId", "sandbox-client", "the connection: clientId") in rows
    assert ("header Accept", "application/json", "the manifest") in rows
    assert ("header X-Authorization", "•••", "signing in") in rows
    assert ("body latLng", '{"lat": 52.5, "lng": 13.4}', "input: latLng") in rows
    assert done.stderr == "\nThis is a dry run: nothing was sent.\n"
    assert list(reonic.log) == []


def test_a_dry_run_of_a_search_shows_its_first_page(gridwire, account, reonic):
    done = gridwire("run", "reonic.find_offer", *account, "-i", "status=Lost", "--dry-run")

    assert done.stdout.partition("\n")[0].endswith("/h360/offers?page=0")
    assert "query page" in done.stdout
    assert list(reonic.log) == []


def test_as_one_document(gridwire, account, connection):
    shown = json.loads(gridwire("run", "reonic.create_request", *account, *LEAD, "--dry-run", "--json").stdout)

    assert shown["method"] == "POST"
    assert shown["url"] == f"{connection['base_url']}/integrations/sandbox-client/h360/request/create"
    assert shown["headers"]["X-Authorization"] == "•••"
    assert shown["body"]["latLng"] == {"lat": 52.5, "lng": 13.4}
    assert {"part": "body firstName", "from": "input: firstName"} in shown["origins"]


def test_a_secret_in_the_query_is_hidden_and_a_default_is_said(gridwire, acme):
    order = "--set", "shop=s", "--set", "token=invented-token", "-i", "words=1"

    done = gridwire("run", acme, "create_order", *order, "--dry-run", "--json")

    assert "invented-token" not in done.output
    assert {"part": "body colour", "from": "default: colour"} in json.loads(done.stdout)["origins"]
    assert {"part": "query key", "from": "signing in"} in json.loads(done.stdout)["origins"]


@pytest.fixture
def vault(acme, tmp_path):
    """The path of a manifest with inputs that are secret."""
    inputs = "safe: {title: Safe, properties: {pin: {title: PIN, type: integer, secret: true}, room: {title: Room}}}"
    inputs += "\n      code: {title: Code, secret: true, default: fixed-code}"
    note = 'note: {title: Note, pattern: "^[A-Z]"}'
    path = tmp_path / "acme.yaml"
    path.write_text(Path(acme).read_text().replace(note, f"{note}\n      {inputs}"))
    return path


@pytest.mark.parametrize("more", [["--json"], []])
def test_an_input_that_is_secret_is_hidden(gridwire, vault, more):
    order = (
        "--set",
        "shop=s",
        "--set",
        "token=invented-token",
        "-i",
        "words=1",
        "-i",
        "safe.pin=407",
        "-i",
        "safe.room=9",
    )

    shown = gridwire("run", vault, "create_order", *order, "--dry-run", *more).stdout

    assert "407" not in shown
    assert "fixed-code" not in shown
    assert '"pin":"•••","room":"9"' in shown.replace(" ", "")


@pytest.mark.parametrize("more", [["--json"], []])
def test_a_default_that_is_secret_is_hidden(gridwire, vault, more):
    shown = gridwire("show", vault, "create_order", *more).stdout

    assert "code" in shown
    assert "fixed-code" not in shown


def test_what_destroys_can_be_looked_at_without_a_yes(gridwire, acme):
    order = "--set", "shop=s", "--set", "token=t-1", "-i", "id=7a3c54e9-25a0-4c9e-9a68-2f8b7c1d0e11"

    assert gridwire("run", acme, "delete_order", *order, "--dry-run").stdout.startswith("DELETE https://api.acme")


def test_a_dry_run_checks_its_input(gridwire, account):
    assert gridwire("run", "reonic.create_request", *account, "--dry-run").exit_code == 2
