from __future__ import annotations

import json

import pytest

from connectors.testing.case import load


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cassettes"


@pytest.fixture
def record(gridwire, account, folder):
    return lambda *words, **more: gridwire("record", *words, *account, "--cassettes", folder, **more)


def test_a_case_is_shown_and_kept(record, gridwire, reonic, folder):
    user = reonic.users[0]

    done = record("reonic.get_user", "--case", "known", "-i", f"id={user['id']}", "--yes")

    path = folder / "reonic" / "get_user" / "known.yaml"
    assert (done.exit_code, done.stdout) == (0, path.read_text())
    assert f"Kept as {path}." in done.stderr
    assert load(path).evidence == "sandbox"
    assert user["fullName"] not in done.stdout
    assert "sandbox-reonic-key" not in done.output
    assert gridwire("test", "reonic", "--cassettes", folder).exit_code == 0


def test_what_is_there_is_not_replaced_unless_asked(record, reonic, folder):
    words = ("reonic.find_user", "--case", "a", "-i", "name=Annika", "--yes")
    assert record(*words).exit_code == 0
    reonic.log.clear()

    refused = record(*words)

    assert refused.exit_code == 2
    assert "there is already a case" in refused.stderr
    assert not reonic.log
    assert record(*words, "--overwrite").exit_code == 0


def test_a_trigger_is_polled_twice_with_a_command_in_between(record, running, folder):
    add = f'curl -s -X POST {running[1]}/_do/reonic/add-user -d \'{{"name": "Eva Neu"}}\''

    done = record("reonic.new_user", "--case", "joins", "--yes", "--between", add)

    case = load(folder / "reonic" / "new_user" / "joins.yaml")
    assert done.exit_code == 0
    assert [len(poll.events) for poll in case.polls] == [0, 1]
    assert "Eva" not in case.dumps()


def test_without_a_command_it_waits_for_enter(record, folder):
    done = record("reonic.new_user", "--case", "none", "--yes", input="\n")

    assert "then press Enter" in done.stderr
    assert [poll.events for poll in load(folder / "reonic" / "new_user" / "none.yaml").polls] == [[], []]


def test_a_failing_command_in_between_writes_nothing(record, folder):
    done = record("reonic.new_user", "--case", "none", "--yes", "--between", "exit 3")

    assert done.exit_code == 2
    assert not folder.exists()


def test_choices_are_a_case_too(record, folder):
    assert record("reonic.get_user", "--case", "pick", "--choices", "id", "--search", "annika", "--yes").exit_code == 0

    assert len(load(folder / "reonic" / "get_user" / "pick.yaml").output) == 1


def test_a_failure_is_a_case_too(record, fault, folder):
    fault("status", status=403, body={"message": "ask erika@firma.de"})

    assert record("reonic.get_user", "--case", "forbidden", "-i", "id=1", "--yes").exit_code == 0

    case = load(folder / "reonic" / "get_user" / "forbidden.yaml")
    assert case.error.kind == "vendor_refused"
    assert "firma.de" not in case.dumps()


def test_headers_that_tell_of_limits_are_kept_and_dates_are_not(record, fault, folder):
    fault("status", status=403, headers={"X-RateLimit-Limit": "60", "X-Request-Id": "r-1"})

    assert record("reonic.get_user", "--case", "limited", "-i", "id=1", "--yes").exit_code == 0

    [exchange] = load(folder / "reonic" / "get_user" / "limited.yaml").exchanges
    assert exchange.answer.headers.keys() - {"content-type"} == {"x-ratelimit-limit"}


def test_where_nobody_is_asked_yes_is_needed(record, reonic):
    done = record("reonic.get_user", "--case", "known", "-i", "id=1")

    assert done.exit_code == 2
    assert "say --yes" in done.stderr
    assert not reonic.log


@pytest.mark.parametrize("name", ["../up", "A", "a/b", ""])
def test_a_name_that_is_no_file_s_is_refused_before_anything_is_sent(record, reonic, name):
    done = record("reonic.get_user", "--case", name, "-i", "id=1", "--yes")

    assert done.exit_code == 2
    assert not reonic.log


def test_what_looks_secret_is_not_written(record, fault, folder):
    fault("status", status=200, body={"id": "1", "x": "sk_live_4eC39HqLyjWDarjtT1zdp7dc"})

    done = record("reonic.get_user", "--case", "known", "-i", "id=1", "--yes")

    assert done.exit_code == 6
    assert "There is no case: what was seen holds what looks like a secret" in done.stderr
    assert "output.x: a key" in done.stderr
    assert "4eC39" not in done.output
    assert not folder.exists()


NOTE = ("reonic.add_note", "-i", "offerId=697c1246-efde-5c78-bf0d-37066fb3510f", "-i", "text=Call back")
LEAKS = {"id": "1", "text": "Call back", "x": "sk_live_4eC39HqLyjWDarjtT1zdp7dc"}


@pytest.mark.parametrize("words", [("record", "--case", "x", "--yes"), ("run", "--save-case", "x")])
def test_a_write_that_was_done_and_not_kept_says_so(gridwire, account, folder, fault, words):
    fault("status", status=200, body=LEAKS)

    done = gridwire(words[0], *NOTE, *account, *words[1:], "--cassettes", folder)

    assert done.exit_code == 6
    assert "add_note was carried out at the vendor; only the case could not be kept" in done.stderr
    assert "it would be carried out once more" in done.stderr
    assert "Nothing was written" not in done.stderr
    assert not folder.exists()


def test_a_write_that_was_refused_was_not_carried_out(record, fault):
    fault("status", status=403, body=LEAKS)

    done = record(*NOTE, "--case", "x", "--yes")

    assert done.exit_code == 6
    assert "carried out" not in done.stderr


def test_a_folder_that_takes_no_file_is_said(record, folder, reonic):
    folder.mkdir()
    (folder / "reonic").write_text("a file")

    done = record(*NOTE, "--case", "x", "--yes")

    assert done.exit_code == 6
    assert "only the case could not be kept" in done.stderr
    assert "Name another --cassettes DIR." in done.stderr


class TestSaveCase:
    """`run` and `poll` keep what has just happened."""

    def test_of_a_run(self, gridwire, account, folder):
        done = gridwire("run", "reonic.find_user", *account, "-i", "name=Annika", "--save-case", "annika",
                        "--cassettes", folder)  # fmt: skip

        assert json.loads(done.stdout)[0]["fullName"] == "Annika Brandtner"
        assert load(folder / "reonic" / "find_user" / "annika.yaml").output[0]["fullName"] != "Annika Brandtner"

    def test_of_a_failure_whose_exit_code_stays(self, gridwire, account, folder, fault):
        fault("status", status=401)

        done = gridwire(
            "run", "reonic.find_user", *account, "-i", "name=a", "--save-case", "key", "--cassettes", folder
        )

        assert done.exit_code == 3
        assert load(folder / "reonic" / "find_user" / "key.yaml").error.kind == "reconnect"

    def test_of_a_poll_with_what_was_remembered(self, gridwire, account, folder, reonic, tmp_path):
        words = ("poll", "reonic.new_user", *account, "--state", tmp_path / "state.json", "--cassettes", folder)
        assert gridwire(*words).exit_code == 0
        reonic.add_user("Eva Neu")

        assert "Eva Neu" in gridwire(*words, "--save-case", "joins").stdout

        case = load(folder / "reonic" / "new_user" / "joins.yaml")
        assert case.memory is not None
        assert len(case.polls[0].events) == 1
        assert gridwire("test", "reonic", "--cassettes", folder).exit_code == 0

    def test_advises_no_option_that_it_has_not(self, gridwire, account, folder):
        words = ("run", "reonic.find_user", *account, "-i", "name=Annika", "--save-case", "a", "--cassettes", folder)
        assert gridwire(*words).exit_code == 0

        refused = gridwire(*words)

        assert refused.exit_code == 2
        assert "--overwrite" not in refused.stderr
        assert "delete that file" in refused.stderr

    def test_goes_with_one_call_only(self, gridwire, account):
        more = ("--save-case", "x")
        assert gridwire("run", "reonic.find_user", *account, "-i", "name=a", "--dry-run", *more).exit_code == 2
        assert gridwire("poll", "reonic.new_user", *account, "--watch", "9", *more).exit_code == 2


def test_places_that_may_tell_of_a_person_are_shown_the_first_of_them(record, fault, folder):
    fault("status", status=200, body={"id": "1", **{f"x{number}": "Erwin Zwirbelmann" for number in range(30)}})

    done = record("reonic.get_user", "--case", "known", "-i", "id=1", "--yes", "--evidence", "live")

    assert "output.x0: may be a name" in done.stderr
    assert "output.x20:" not in done.stderr
    assert "… and 40 more" in done.stderr
