from __future__ import annotations

import json
import subprocess

import pytest

NAMES = "-i", "firstName={customer.first}", "-i", "lastName={customer.last}"
LEAD = *NAMES, "-i", "latLng.lat={at.0}", "-i", "latLng.lng={at.1}"


def person(first, *, at=(52.5, 13.4), **more):
    return json.dumps({"customer": {"first": first, "last": "Beispiel"}, "at": at, **more})


@pytest.fixture
def leads(gridwire, account):
    """Creates a lead for each line."""

    def create(*lines, options=LEAD, operation="reonic.create_request"):
        return gridwire(
            "run", operation, *account, "--each", "-", *options, input="".join(f"{line}\n" for line in lines)
        )

    return create


@pytest.fixture
def bodies(reonic):
    """What the pretend Reonic was sent, in order."""
    return lambda: [json.loads(entry["body"]) for entry in reonic.log]


def test_every_line_is_performed_in_order_and_answered_with_a_line(leads, bodies):
    done = leads(person("Erika"), person("Max"), person("Ada"))

    assert (done.exit_code, done.stdout, done.stderr) == (0, "{}\n{}\n{}\n", "")
    assert [body["firstName"] for body in bodies()] == ["Erika", "Max", "Ada"]
    assert bodies()[0]["latLng"] == {"lat": 52.5, "lng": 13.4}


def test_a_hole_keeps_its_type_a_constant_is_read_as_its_field_and_what_is_absent_drops_out(leads, bodies):
    more = (
        "-i",
        "message={{no}} {customer.first}!",
        "-i",
        "totalDemandkWh=4500",
        "-i",
        "note={note}",
        "-i",
        "phone={phone}",
    )
    leads(person("Erika", note="n"), options=(*LEAD, *more))

    assert bodies() == [
        {
            "firstName": "Erika",
            "lastName": "Beispiel",
            "latLng": {"lat": 52.5, "lng": 13.4},
            "message": "{no} Erika!",
            "totalDemandkWh": 4500,
            "note": "n",
        }
    ]


def test_what_a_line_holds_is_never_read_as_a_template(leads, bodies):
    leads(person("{at.0}"))

    assert bodies()[0]["firstName"] == "{at.0}"


def test_input_lies_under_the_mapping(leads, bodies):
    under = "--input", '{"firstName": "Nobody", "latLng": {"lat": 1, "lng": 2}}'
    leads(person("Erika"), options=(*NAMES, "-i", "latLng.lat={at.0}", *under))

    assert bodies() == [{"firstName": "Erika", "lastName": "Beispiel", "latLng": {"lat": 52.5, "lng": 2}}]


def test_without_a_mapping_a_line_is_the_input(leads, bodies):
    lead = {"firstName": "Erika", "lastName": "Beispiel", "latLng": {"lat": 1, "lng": 2}}

    assert leads(json.dumps(lead), options=["--input", '{"note": "n"}']).exit_code == 0
    assert bodies() == [{**lead, "note": "n"}]


def test_a_search_answers_each_line_with_what_it_found(gridwire, account, reonic, tmp_path):
    (tmp_path / "names").write_text('{"n": "n"}\n\n{"n": "nobody is called so"}\n')

    done = gridwire("run", "reonic.find_user", *account, "--each", tmp_path / "names", "-i", "name={n}", "--limit", 2)

    assert [len(json.loads(line)) for line in done.stdout.splitlines()] == [2, 0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"customer": ', "Error in line 2: this is not JSON: it ends too early"),
        ("[1]", "Error in line 2: this is JSON, but not an object"),
        (person("Max", at="x"), "Error in line 2: give one of 'addressToGeocode' or 'latLng'"),
        ('{"customer": {"first": null}}', "Error in line 2: 'firstName' must be"),
    ],
)
def test_a_wrong_line_is_named_nothing_is_sent_for_it_and_the_others_go_on(leads, bodies, line, said):
    done = leads(person("Erika"), line, person("Ada"))

    first, second, third = map(json.loads, done.stdout.splitlines())
    assert (done.exit_code, first, second["error"]["line"], third) == (2, {}, 2, {})
    assert said in done.stderr
    assert "1 of 3 lines failed" in done.stderr
    assert [body["firstName"] for body in bodies()] == ["Erika", "Ada"]


def test_null_in_a_text_is_refused_with_what_to_do(gridwire, account, tmp_path):
    (tmp_path / "lines").write_text('{"a": null, "b": "x"}')

    done = gridwire("run", "reonic.find_user", *account, "--each", tmp_path / "lines", "-i", "name={a} {b}")

    assert done.exit_code == 2
    assert "'a': null cannot stand in a text" in done.stderr
    assert "Leave {…} of that out of -i" in done.stderr


def test_as_json_a_failure_is_the_line_of_its_line(leads):
    first, second, third = map(
        json.loads, leads("x", person("Erika"), person(""), options=(*LEAD, "--json")).stdout.splitlines()
    )

    assert (first["error"]["kind"], first["error"]["line"], second) == ("invalid_input", 1, {})
    assert (third["error"]["field"], third["error"]["line"]) == ("firstName", 3)


def test_the_exit_code_is_that_of_the_first_failure(leads, fault):
    fault("status", status=404)

    assert leads(person("Erika"), "x", person("Ada")).exit_code == 1


def test_an_unknown_outcome_goes_on_is_not_repeated_and_is_the_exit_code(leads, fault, bodies):
    fault("drop")

    done = leads("x", person("Erika"), person("Ada"))

    kinds = [json.loads(line).get("error", {}).get("kind") for line in done.stdout.splitlines()]
    assert (done.exit_code, kinds) == (5, ["invalid_input", "unknown_outcome", None])
    assert "Error in line 2: " in done.stderr
    assert [body["firstName"] for body in bodies()] == ["Erika", "Ada"]


def test_an_account_that_must_be_connected_anew_ends_it(leads, fault, bodies):
    fault("status", status=401)

    done = leads(person("Erika"), person("Ada"))

    assert (done.exit_code, json.loads(done.stdout)["error"]["kind"]) == (3, "reconnect")
    assert "Stopped at line 1" in done.stderr
    assert len(bodies()) == 1


def test_a_bug_of_ours_ends_it(leads, bodies, monkeypatch):
    monkeypatch.setattr("connectors.engine.run.Vendor.call", lambda *_, **__: 1 / 0)

    assert leads(person("Erika"), person("Ada")).exit_code == 70
    assert bodies() == []


def test_a_dry_run_shows_each_request_and_sends_none(leads, reonic):
    shown = leads(person("Erika"), person("Max"), options=(*LEAD, "--dry-run", "--json")).stdout.splitlines()

    assert [json.loads(line)["body"]["firstName"] for line in shown] == ["Erika", "Max"]
    assert list(reonic.log) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-i", "firstNam={a}"], "there is no input 'firstNam'; did you mean 'firstName'?"),
        (["-i", "firstName={a"], "-i firstName=…: this '{' is never closed"),
        (["--input", "-"], "--each - and --input - both read standard input"),
        (["--set", "apiKey=-"], "--each - and --set apiKey=- both read standard input"),
        (["--out", "x.pdf"], "--out names one file, and --each may give many"),
    ],
)
def test_what_would_be_wrong_with_every_line_is_refused_before_the_first(leads, reonic, options, said):
    done = leads(person("Erika"), person("Max"), options=options)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count(said) == 1
    assert list(reonic.log) == []


def test_what_destroys_needs_one_yes_for_all_lines(gridwire, acme, connection, reonic):
    at = "--base-url", connection["base_url"], "--set", "shop=s", "--set", "token=invented"
    words = "run", acme, "delete_order", *at, "--each", "-"
    lines = '{"id": "7a3c54e9-25a0-4c9e-9a68-2f8b7c1d0e11"}\n' * 2

    refused = gridwire(*words, input=lines)
    assert (refused.exit_code, refused.stderr.count("--yes"), list(reonic.log)) == (2, 1, [])
    assert gridwire(*words, "--yes", input=lines).stderr.count("Error in line") == 2


def test_a_line_is_performed_when_it_comes(program, account, reonic):
    running = program("run", "reonic.create_request", *account, "--each", "-", *LEAD, stdin=subprocess.PIPE)
    for name in ("Erika", "Max"):
        running.stdin.write(person(name) + "\n")
        running.stdin.flush()
        assert running.stdout.readline() == "{}\n"
        assert json.loads(reonic.log[-1]["body"])["firstName"] == name

    assert running.communicate() == ("", "")
    assert running.returncode == 0
