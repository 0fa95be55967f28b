from __future__ import annotations

import pytest

OFFERS = "/rest/v2/clients/sandbox-client/h360/offers"


@pytest.mark.parametrize("body", [b'{"fault": "status", "status": 200, "body": "\\ud800"}', b'"\\ud800"'])
def test_half_a_character_is_refused_and_the_list_of_faults_stays_readable(sandbox, body):
    assert sandbox.post("/_faults/reonic", content=body).status_code == 400
    assert sandbox.get("/_faults/reonic").json() == []


def test_a_number_that_json_cannot_carry_is_refused(sandbox):
    body = b'{"fault": "status", "status": 200, "body": 1e999}'

    assert "too large" in sandbox.post("/_faults/reonic", content=body).json()["message"]


@pytest.mark.parametrize("path", ["/_faults/reonic", "/_do/reonic/create-offer", f"/reonic{OFFERS}"])
def test_a_body_over_the_limit_is_refused(sandbox, path):
    answer = sandbox.post(path, content=b" " * (2**20 + 1))

    assert (answer.status_code, answer.json()) == (413, {"message": "body: has more than 1 MiB"})


def test_the_log_keeps_the_beginning_of_a_long_body(api, sandbox):
    api.post("/nowhere", content=b"x" * 12_345)

    [entry] = sandbox.get("/_log/reonic").json()
    assert entry["body"] == "x" * 10_000 + "… and 2,345 more bytes"


def test_a_line_break_in_a_path_is_logged(api, sandbox):
    assert api.get("/rest/v2%0Ax/y%0A").status_code == 404

    assert [entry["path"] for entry in sandbox.get("/_log/reonic").json()] == ["/rest/v2%0Ax/y%0A"]


@pytest.mark.parametrize(
    ("args", "said"),
    [({}, "id: is required"), ({"id": 1.5}, "id"), ({"id": 1, "x": 1}, "x: is not known here")],
)
def test_a_fault_whose_deed_could_not_be_done_is_refused(sandbox, args, said):
    answer = sandbox.post("/_faults/reonic", json={"fault": "between_pages", "do": "sign-offer", "args": args})

    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert sandbox.get("/_faults/reonic").json() == []


def test_a_fault_does_its_deed_only_when_it_is_met(sandbox, reonic):
    before = len(reonic.offers)

    assert sandbox.post("/_faults/reonic", json={"fault": "between_pages", "do": "create-offer"}).status_code == 201
    assert len(reonic.offers) == before
