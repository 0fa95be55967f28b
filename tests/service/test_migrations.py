"""The schema's versions: what they make, what they keep, and what is refused.

A version that moves a database up has its proof here: `tests/service/versions/<version>.sql` is what a database of that
version held, written when it was the newest, and it is moved up by all that came later.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select

from connectors.errors import InputError
from connectors.service import migrations
from connectors.service.migrations import HEAD, bring_up
from connectors.service.store import _engine
from connectors.service.tables import metadata

KEPT = sorted((Path(__file__).parent / "versions").glob("*.sql"))
VERSIONS = sorted(script.revision for script in ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions())


@pytest.fixture
def engine(tmp_path):
    """The one that the store writes with, whose transactions hold changes of the schema too."""
    made = _engine(tmp_path / "gridwire.db", "BEGIN IMMEDIATE", size=1)
    yield made
    made.dispose()


def filled(file: Path, kept: Path) -> None:
    """A database of an older version, with what is in it."""
    with closing(sqlite3.connect(file)) as there:
        there.executescript(kept.read_text())


def rows_of(file: Path) -> dict[str, list[dict]]:
    with closing(sqlite3.connect(file)) as there:
        there.row_factory = sqlite3.Row
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('alembic_version')"
        names = [name for (name,) in there.execute(named)]
        return {name: [dict(row) for row in there.execute(f"SELECT * FROM {name}")] for name in names}


def test_what_the_versions_make_is_what_the_tables_say(engine):
    bring_up(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_version_is_the_one_that_is_called_so():
    assert VERSIONS[-1] == HEAD


def test_every_version_has_a_database_that_is_moved_up():
    assert [path.stem for path in KEPT] == VERSIONS


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_a_database_of_that_version_moves_up_and_keeps_what_it_holds(engine, tmp_path, kept):
    filled(tmp_path / "gridwire.db", kept)
    before = rows_of(tmp_path / "gridwire.db")

    bring_up(engine)

    assert sum(map(len, before.values())) >= len(before) > 5
    after = rows_of(tmp_path / "gridwire.db")
    for table, rows in before.items():
        assert len(after[table]) == len(rows)
        for old, new in zip(rows, after[table], strict=True):
            assert {name: new[name] for name in old if name in new} == {name: old[name] for name in old if name in new}
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == HEAD
        assert connection.execute(select(metadata.tables["connections"])).all()


def test_a_newer_database_is_refused_and_left_alone(engine, tmp_path):
    bring_up(engine)
    with closing(sqlite3.connect(tmp_path / "gridwire.db")) as there, there:
        there.execute("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    before = (tmp_path / "gridwire.db").read_bytes()

    with pytest.raises(InputError, match="version 9999, which this gridwire does not know") as refused:
        bring_up(engine)

    assert "newer gridwire" in refused.value.remedy
    assert (tmp_path / "gridwire.db").read_bytes() == before


def test_a_database_that_was_moved_up_is_left_alone(engine, tmp_path):
    bring_up(engine)
    before = rows_of(tmp_path / "gridwire.db")

    bring_up(engine)

    assert rows_of(tmp_path / "gridwire.db") == before


def test_a_step_that_fails_changes_nothing(engine, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("alembic.operations.Operations.create_index", broken, raising=False)
    with pytest.raises(RuntimeError):
        bring_up(engine)

    assert rows_of(tmp_path / "gridwire.db") == {}


def test_the_wheel_holds_every_version(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True)

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = set(opened.namelist())
    folder = Path(migrations.__file__).parent
    files = {f"connectors/service/migrations/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.py")}
    assert len(files) >= 3 + len(VERSIONS)
    assert files <= held
