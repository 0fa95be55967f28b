"""Each rule has a broken manifest in tests/manifests/broken, `<rule>.yaml`, and what it is answered, `<rule>.txt`.

A rule that is broken in different places has more of them: `<rule>.<place>.yaml`.

GOLDEN=write pytest tests/manifest/test_broken.py      writes the answers anew: read the diff as their reader would
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from connectors.errors import ManifestError
from connectors.manifest.catalog import load
from connectors.manifest.check import check
from connectors.manifest.source import MAX_BYTES, parse

ROOT = Path(__file__).parents[2]
BROKEN = Path("tests/manifests/broken")
WITHOUT_FILE = {"too-large", "unreadable"}
RULES = sorted({file.stem for file in (ROOT / BROKEN).glob("*.yaml")} | WITHOUT_FILE)

_RAISED = r'(?:Finding\(|Problem\(|\.problem\(|_note\(|_exists\(|"rule": )\s*"([a-z-]+)"'
_REFUSED_BY_A_MODEL = r'\bwrong\(\s*"(\w+)"'


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)


def rules_in_the_code() -> set[str]:
    sources = [file for floor in ("components", "manifest") for file in (ROOT / "connectors" / floor).rglob("*.py")]
    text = "\n".join(source.read_text() for source in sources)
    refused = {kind.replace("_", "-") for kind in re.findall(_REFUSED_BY_A_MODEL, text)}
    return refused | set(re.findall(_RAISED, text))


def refusal(rule: str) -> ManifestError:
    path = BROKEN / f"{rule}.yaml"
    with pytest.raises(ManifestError) as caught:
        check(parse("#" * (MAX_BYTES + 1), str(path))) if rule == "too-large" else load(path, _name(rule))
    return caught.value


def _name(rule: str) -> str | None:
    return rule if rule == "name-of-file" else None


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_manifest_is_answered(rule: str):
    answer, golden = f"{refusal(rule)}\n", BROKEN / f"{rule}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(answer)
    assert answer == golden.read_text()


@pytest.mark.parametrize("rule", RULES)
def test_one_defect_is_one_problem(rule: str):
    assert [problem.rule for problem in refusal(rule).problems] == [rule.partition(".")[0]]


def test_every_rule_has_a_broken_manifest():
    assert {rule.partition(".")[0] for rule in RULES} == rules_in_the_code()


def test_every_answer_belongs_to_a_broken_manifest():
    assert sorted(file.stem for file in BROKEN.glob("*.txt")) == RULES
