from __future__ import annotations

import json

import pytest

LEAD = "-i", "firstName=Erika", "-i", "lastName=Beispiel"
PLACE = "-i", "latLng.lat=52.5", "-i", "latLng.lng=13.4"
ADDRESS = "-i", "addressToGeocode.city=Berlin"


def test_create_request_creates_a_lead(gridwire, account, reonic):
    before = len(reonic.offers)

    done = gridwire("run", "reonic.create_request", *account, *LEAD, *PLACE, "-i", "totalDemandkWh=4500")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "{}\n", "")
    assert len(reonic.offers) == before + 1
    lead = reonic.offers[max(reonic.offers)]
    assert (lead["lat"], lead["demand"]["annualEnergyDemandWh"]) == ("52.5", 4500000)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ([*LEAD], "addressToGeocode"),
        ([*LEAD, *PLACE, *ADDRESS], "latLng"),
        (["-i", f"firstName={'E' * 101}", "-i", "lastName=B", *PLACE], "firstName"),
        ([*LEAD, *PLACE, "-i", "energyPriceCtPerKwh=501"], "energyPriceCtPerKwh"),
        ([*LEAD, *PLACE, "-i", "energyPriceCtPerKwh=NaN"], "energyPriceCtPerKwh"),
    ],
)
def test_create_request_refuses_what_the_document_forbids_and_sends_nothing(gridwire, account, reonic, options, field):
    done = gridwire("run", "reonic.create_request", *account, *options, "--json")

    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["kind"] == "invalid_input"
    assert json.loads(done.stdout)["error"]["field"] == field
    assert list(reonic.log) == []


def test_a_refusal_reads_well(gridwire, account):
    done = gridwire("run", "reonic.create_request", *account, *LEAD, *PLACE, "-i", "email=a", "-i", "emial=b")

    assert done.stderr == (
        "Error: there is no input 'emial'; did you mean 'email'?\n"
        "Nothing was sent. `gridwire show reonic create_request` says what it takes.\n"
    )


def test_an_action_prints_its_object_as_one_document(gridwire, account, reonic):
    [user, *_] = reonic.users

    assert json.loads(gridwire("run", "reonic.get_user", *account, "-i", f"id={user['id']}").stdout) == user


def test_a_search_prints_a_list_and_stops_at_its_limit(gridwire, account, reonic):
    found = json.loads(gridwire("run", "reonic.find_user", *account, "-i", "name=n").stdout)
    limited = json.loads(gridwire("run", "reonic.find_user", *account, "-i", "name=n", "--limit", 2).stdout)

    assert len(found) > 2
    assert limited == found[:2]


def test_a_file_is_written_and_described(gridwire, account, reonic, tmp_path):
    signed = next(each for each in reonic.offers.values() if (each["currentSignature"] or {}).get("signedAt"))

    done = gridwire("run", "reonic.get_signed_pdf", *account, "-i", f"id={signed['id']}", "--out", tmp_path / "s.pdf")

    written = (tmp_path / "s.pdf").read_bytes()
    assert written.startswith(b"%PDF")
    described = json.loads(done.stdout)
    assert "content" not in described
    assert (described["path"], described["size"]) == (str(tmp_path / "s.pdf"), len(written))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reonic.get_user", "--limit", "1"], "--limit is for searches, and get_user is an action"),
        (["reonic.find_user", "--out", "x"], "--out is for operations that give a file, and find_user gives none"),
        (["reonic.get_signed_pdf", "--out", "none/x.pdf"], "there is no folder none to write to"),
        (["reonic.new_offer"], "reonic.new_offer is a trigger, which is polled and not run"),
        (["reonic"], "Write it as X.OP, or with a path: ./x.yaml OP"),
        (["reonic.get_user", "more"], "Write it as X.OP"),
        (["reonic.get_usr"], "did you mean 'get_user'?"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_account_is_looked_at(gridwire, words, said):
    done = gridwire("run", *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_what_destroys_needs_a_yes(gridwire, acme, connection):
    at = "--base-url", connection["base_url"], "--set", "shop=s", "--set", "token=invented"
    order = "-i", "id=7a3c54e9-25a0-4c9e-9a68-2f8b7c1d0e11"

    refused = gridwire("run", acme, "delete_order", *at, *order)
    sent = gridwire("run", acme, "delete_order", *at, *order, "--yes", "--json")

    assert refused.exit_code == 2
    assert "--yes on the command line" in refused.stderr
    assert json.loads(sent.stdout)["error"]["kind"] == "vendor_not_found"


def test_the_timeout_is_kept(gridwire, account, fault):
    fault("delay", seconds=60)

    done = gridwire("run", "reonic.find_user", *account, "-i", "name=n", "--timeout", 0.2)

    assert done.exit_code == 1
    assert "no answer from 127.0.0.1" in done.stderr


def test_verbose_says_what_is_done_and_no_secret(gridwire, account, connection):
    done = gridwire("run", "reonic.find_user", *account, "-i", "name=n", "-vv")

    assert "/users → 200 in " in done.stderr
    assert connection["values"]["apiKey"] not in done.output
