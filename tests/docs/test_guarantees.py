from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [row for row in (ROOT / "docs/guarantees.md").read_text().splitlines() if row.startswith("| **")]
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", "\n".join(ROWS))


def test_every_guarantee_names_a_test():
    assert len(ROWS) == 26
    assert all("`tests/" in row for row in ROWS)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_is_named_exists(file: str, test: str):
    assert re.search(rf"^(async )?def {test or 'test_'}", (ROOT / file).read_text(), re.MULTILINE)
