from __future__ import annotations

import json
import re
import shutil

import pytest

from connectors.testing.suite import bundled_cassettes


@pytest.fixture
def unchanged(reonic, monkeypatch):
    """The pretend Reonic as it was when the cases were recorded."""
    monkeypatch.setattr(reonic, "page_size", 4)
    for number in list(reonic.offers)[6:]:
        reonic.delete_offer(number)
    return reonic


@pytest.fixture
def drift(gridwire, account, impatient):
    """What `gridwire drift` says, its exit code among it."""

    def run(*words):
        done = gridwire("drift", "reonic", "--cassettes", bundled_cassettes(), *account, "--json", *words)
        return {"exit": done.exit_code, **json.loads(done.stdout)}

    return run


def rows(said, operation="the list offers"):
    return {(row["where"], row["kind"], row["breaking"]) for row in said["changes"] if row["operation"] == operation}


def test_a_vendor_that_is_as_it_was_has_not_drifted(unchanged, drift):
    said = drift("--limit-pages", "2")

    assert said["exit"] == 0
    assert {row["kind"] for row in said["changes"]} <= {"optional"}  # a few answers do not show what all have
    assert said["compared"]["the list offers"] >= 2
    assert {"create_request", "add_note"} <= {row["operation"] for row in said["uncompared"]}


def test_only_reads_are_sent(unchanged, drift):
    drift()

    assert {entry["method"] for entry in unchanged.log} == {"GET"}


def test_a_field_that_is_gone_one_that_is_new_and_one_of_another_type(unchanged, drift):
    for offer in unchanged.offers.values():
        del offer["status"]
        offer |= {"color": "red", "totalPlannedPrice": "25356", "archived": None}

    said = drift()

    assert said["exit"] == 1
    assert rows(said) == {
        ("results[].status", "gone", True),
        ("results[].color", "new", False),
        ("results[].totalPlannedPrice", "type", True),
        ("results[].archived", "null", True),
    }
    assert [row["breaking"] for row in said["changes"]] == sorted(
        (r["breaking"] for r in said["changes"]), reverse=True
    )


def test_what_only_is_new_breaks_nothing(unchanged, drift):
    for user in unchanged.users:
        user["team"] = "North"

    said = drift()

    assert (said["exit"], rows(said, "the list users")) == (0, {("results[].team", "new", False)})
    assert "North" not in json.dumps(said)


def test_what_says_whether_there_is_more_is_gone(unchanged, drift, fault):
    fault("status", status=200, match="offers?", body={"results": list(unchanged.offers.values())}, times=9)

    assert {("hasNextPage", "paging", True), ("", "answer", True)} <= rows(drift())


def test_pages_of_another_size(unchanged, drift):
    unchanged.page_size = 2

    said = drift()

    assert (said["exit"], rows(said)) == (0, {("", "paging", False)})


def test_another_status(unchanged, drift, fault):
    fault("status", status=403, match="contacts/", times=9)

    said = drift()

    assert said["exit"] == 1
    assert ("", "status", True) in rows(said, "get_contact")


def test_another_media_type(unchanged, drift, fault):
    fault("html", match="users/", times=9)

    assert {("", "media type", True), ("", "answer", True)} <= rows(drift(), "get_user")


def test_what_went_wrong_while_it_was_recorded_is_no_model(unchanged, drift, fault):
    """A page for people was recorded too, as a failure."""
    fault("html", match="offers/", times=9)

    assert ("", "media type", True) in rows(drift(), "get_offer, get_signed_pdf")


def test_a_busy_vendor_has_not_drifted_and_that_is_said(unchanged, drift, fault):
    fault("status", status=429, match="contacts/", times=9)

    said = drift()

    assert said["exit"] == 0
    assert {"operation": "get_contact[known]", "why": "the vendor was busy: busy, status 429"} in said["uncompared"]


def test_what_is_not_there_any_more_is_replaced_by_what_the_vendor_lists_now(unchanged, drift):
    for user in unchanged.users:
        user["id"] = user["id"][::-1]

    said = drift()

    assert (said["exit"], rows(said, "get_user")) == (0, {("email", "optional", False)})
    assert said["compared"]["get_user"] >= 3


def test_what_no_list_replaces_is_said_not_to_be_compared(unchanged, drift):
    unchanged.contacts.clear()

    said = drift()

    why = "what was recorded is not there, and no list of choices names another"
    assert said["exit"] == 0
    assert {"operation": "get_contact[known]", "why": why} in said["uncompared"]


def test_what_the_vendor_lists_and_does_not_know_is_another_status(unchanged, drift, fault):
    fault("status", status=404, match="users/", times=9)

    said = drift()

    assert said["exit"] == 1
    assert rows(said, "get_user") == {("", "status", True)}


def test_a_wrong_key_is_no_drift(unchanged, gridwire, account):
    done = gridwire("drift", "reonic", "--cassettes", bundled_cassettes(), *account, "--set", "apiKey=wrong")

    assert done.exit_code == 3


def test_a_folder_without_cases_says_how_to_make_one(gridwire, account, tmp_path):
    done = gridwire("drift", "reonic", "--cassettes", tmp_path, *account)

    assert done.exit_code == 2
    assert "`gridwire record reonic.OP --case NAME` makes one" in done.stderr


def test_the_table_for_people_holds_neither_secrets_nor_people(unchanged, gridwire, account, connection):
    secret = connection["values"]["apiKey"]
    for user in unchanged.users:
        user |= {secret: 1, user["fullName"].replace(" ", "@"): 2, "role": 7}

    done = gridwire("drift", "reonic", "--cassettes", bundled_cassettes(), *account, "-vv")

    assert done.exit_code == 1
    assert re.search(r"breaking  the list users +results\[\]\.role", done.stdout)
    people = {contact["lastName"] for contact in unchanged.contacts} | {user["fullName"] for user in unchanged.users}
    assert [word for word in (secret, *people) if word in done.output] == []


def test_an_operation_without_a_case_is_named(unchanged, drift, tmp_path):
    shutil.copytree(bundled_cassettes() / "reonic" / "get_user", tmp_path / "reonic" / "get_user")

    said = drift("--cassettes", tmp_path)

    assert {"operation": "find_offer", "why": "it has no case"} in said["uncompared"]
