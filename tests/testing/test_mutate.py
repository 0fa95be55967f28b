from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.errors import ManifestError
from connectors.testing import mutate
from connectors.testing.case import CaseError
from connectors.testing.mutate import Fate, Judge, NotReady, fates
from connectors.testing.mutations import Mutant
from connectors.testing.survivors import explained, verdicts

MANIFEST = Path(__file__).parent / "acme.yaml"
WIRE = "actions.add_lead.input.name.send_as"


@pytest.fixture
def fate(tmp_path):
    """What becomes of the mutant at a place, with the cases that there are."""

    def find(place, change="", manifest=MANIFEST):
        judge = Judge(manifest, tmp_path / "cassettes")
        numbers = (n for n, one in enumerate(judge.mutants) if one.place == place and change in one.change)
        return judge.fate(next(numbers))

    return find


def test_a_mistake_survives_without_a_case_and_not_with_one(fate, kept, text):
    assert fate(WIRE).killed is None

    kept(text)

    assert (fate(WIRE).killed, fate(WIRE).by) == ("cases", "acme.add_lead[made]")


def test_what_the_check_refuses_is_killed_by_it(fate):
    found = fate("actions.get_lead.input.id.required")

    assert found.killed == "check"
    assert "id" in found.by


def test_what_contradicts_itself_is_killed_by_a_generated_check(fate, tmp_path):
    text = MANIFEST.read_text().replace(
        "note: {title: Note}", "note: {title: Note, description: At most 9 characters., maxLength: 9}"
    )
    (tmp_path / "acme.yaml").write_text(text)

    found = fate("actions.add_lead.input.note.maxLength", "9 → 10", tmp_path / "acme.yaml")

    assert (found.killed, found.by) == ("generated", "add_lead: note: 9, which the description names")


def test_what_changes_nothing_is_the_same(fate):
    assert fate("triggers.new_lead.fire", "nothing → new").killed == "same"
    assert fate("actions.get_lead.input.id.send_as").killed == "same"


def test_what_changes_nothing_is_the_same_whenever_it_is_tried(fate, tmp_path):
    """What a rate plan says of the time to wait is told by the trial's own clock."""
    (tmp_path / "acme.yaml").write_text(MANIFEST.read_text() + "rates: {default: {limit: 3, per: minute}}\n")

    assert fate("actions.get_lead.input.id.send_as", "", tmp_path / "acme.yaml").killed == "same"


def test_where_no_trial_looks_nothing_is_called_the_same():
    seen = Mutant("rate", "rates.default.limit", 1, 2, ("rates", "default", "limit"))

    assert not seen.can_be_seen


def test_a_manifest_whose_cases_fail_is_not_mutated(kept, text, tmp_path):
    kept(text.replace("json: {name: Erika", "json: {name: Erik"))

    with pytest.raises(NotReady, match=r"acme.add_lead\[made\] does not hold as it is"):
        next(fates(MANIFEST, tmp_path / "cassettes"))


def test_several_processes_find_the_same(kept, text, tmp_path, monkeypatch):
    monkeypatch.setattr(mutate, "FEW", 0)
    small = MANIFEST.read_text()
    small = small[: small.index("lists:")] + small[small.index("actions:") : small.index("  get_lead:")]
    (tmp_path / "acme.yaml").write_text(small)
    kept(text)

    alone = list(fates(tmp_path / "acme.yaml", tmp_path / "cassettes"))

    assert {fate.killed for fate in alone} >= {"cases", "same", None}
    assert list(fates(tmp_path / "acme.yaml", tmp_path / "cassettes", jobs=2)) == alone


def test_a_reason_explains_what_survives(tmp_path):
    lives = Fate(Mutant("limit", "a.b", 1, 2, ("a", "b")), None)
    (tmp_path / "survivors.yaml").write_text("- {kind: limit, place: a.b, reason: Nobody can see it.}")

    [verdict] = verdicts([lives], explained(tmp_path))

    assert (verdict.survives, verdict.reason) == (False, "Nobody can see it.")
    with pytest.raises(CaseError, match="no mutant of that kind survives there"):
        list(verdicts([replace(lives, killed="cases")], explained(tmp_path)))


def test_a_reason_may_be_for_one_change_only(tmp_path):
    up, down = (Fate(Mutant("limit", "a.b", 1, after, ("a", "b")), None) for after in (2, 0))
    (tmp_path / "survivors.yaml").write_text("- {kind: limit, place: a.b, change: 1 → 2, reason: Nobody can see it.}")

    assert [one.survives for one in verdicts([up, down], explained(tmp_path))] == [False, True]


@pytest.mark.parametrize(
    "text", ["- {kind: limit, place: a.b}", "kind: limit", "- {kind: a, place: b, reason: no}", "["]
)
def test_a_file_of_reasons_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "survivors.yaml").write_text(text)

    with pytest.raises(ManifestError, match=r"survivors\.yaml"):
        explained(tmp_path)
