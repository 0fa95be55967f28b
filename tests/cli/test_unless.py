"""`gridwire run --unless-found`, against the pretend autarc."""

from __future__ import annotations

import json

import pytest

from connectors.sandbox import CONNECTIONS, Autarc, create_app
from connectors.sandbox.faults import read_fault
from tests.conftest import serving

PROJECT = {"name": "Erika Beispiel", "humanId": "P-117"}


@pytest.fixture
def autarc():
    return Autarc()


@pytest.fixture
def create(gridwire, autarc, tmp_path):
    """Runs `create_project` of autarc with these options; what is given fills the company in."""
    with serving(create_app([autarc])) as address:
        values = CONNECTIONS["autarc"]["values"]
        (tmp_path / "autarc.json").write_text(json.dumps({"base_url": f"{address}/autarc", "values": values}))
        (tmp_path / "autarc.json").chmod(0o600)

        def create(*options, lines=(), operation="autarc.create_project"):
            account = "--connection-file", tmp_path / "autarc.json"
            text = "".join(json.dumps({"companyId": autarc.company, **line}) + "\n" for line in lines)
            words = ["--each", "-"] if lines else []
            return gridwire("run", operation, *account, *words, *options, input=text)

        yield create


def numbers(autarc):
    return [project["humanId"] for project in autarc.projects.values()]


def test_what_is_there_is_printed_and_not_created_again(create, autarc):
    lines = [PROJECT, {**PROJECT, "humanId": "P-118"}]
    made = create("--unless-found", "humanId", lines=lines)
    again = create("--unless-found", "humanId", lines=lines)

    assert (made.exit_code, made.stderr) == (0, "")
    assert again.stdout == made.stdout
    assert again.stderr == "find_project found it, so create_project was not run.\n" * 2
    assert numbers(autarc)[-2:] == ["P-117", "P-118"]
    assert numbers(autarc).count("P-117") == 1


def test_a_single_run_looks_too(create, autarc):
    given = "--input", json.dumps({**PROJECT, "companyId": autarc.company})

    first, second = (json.loads(create("--unless-found", "humanId", *given).stdout) for _ in range(2))

    assert first == second
    assert numbers(autarc).count("P-117") == 1


def test_several_inputs_must_all_be_found(create, autarc):
    create(lines=[PROJECT])
    create("--unless-found", "humanId", "--unless-found", "name", lines=[{**PROJECT, "name": "Max Muster"}])

    assert numbers(autarc).count("P-117") == 2


@pytest.mark.parametrize("line", [{"name": "Erika"}, {"name": "Erika", "humanId": None}, {"name": "E", "humanId": ""}])
def test_what_cannot_be_looked_for_is_not_created(create, autarc, line):
    done = create("--unless-found", "humanId", lines=[line])

    assert done.exit_code == 2
    assert "'humanId' is not given, so it is not known whether it is there already" in done.stderr
    assert list(autarc.log) == []


def test_a_wrong_input_is_refused_before_anything_is_looked_for(create, autarc):
    assert create("--unless-found", "humanId", lines=[{**PROJECT, "companyId": "7"}]).exit_code == 2
    assert list(autarc.log) == []


def test_if_looking_fails_nothing_is_created(create, autarc):
    autarc.faults.append(read_fault({"fault": "status", "status": 403}))

    assert create("--unless-found", "humanId", lines=[PROJECT]).exit_code == 1
    assert [entry["method"] for entry in autarc.log] == ["GET"]


def test_a_dry_run_shows_both_and_sends_nothing(create, autarc):
    given = "--unless-found", "humanId", "--input", json.dumps({**PROJECT, "companyId": autarc.company}), "--dry-run"
    shown = json.loads(create(*given, "--json").stdout)
    said = create(*given).stdout

    assert (shown["unless_found"]["method"], shown["method"]) == ("GET", "POST")
    assert said.index("GET ") < said.index("Unless that finds it:") < said.index("POST ")
    assert list(autarc.log) == []


@pytest.mark.parametrize(
    ("operation", "name", "said"),
    [
        ("autarc.create_project", "status", "find_project cannot look for 'status'"),
        ("autarc.update_project", "humanId", "actions that have a search of their own, and update_project has none"),
        ("autarc.find_project", "humanId", "and find_project has none"),
        ("reonic.create_request", "email", "and create_request has none"),
    ],
)
def test_what_nothing_looks_for_is_refused(create, autarc, operation, name, said):
    done = create("--unless-found", name, lines=[PROJECT], operation=operation)

    assert done.exit_code == 2
    assert said in done.stderr
    assert list(autarc.log) == []
