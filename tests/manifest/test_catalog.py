from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.errors import InputError, ManifestError
from connectors.manifest.catalog import Catalog, bundled, load

OK = Path(__file__).parents[1] / "manifests" / "ok.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the right manifests acme and zeta and the wrong one broken."""
    for name in ("zeta", "acme"):
        (tmp_path / f"{name}.yaml").write_text(OK.read_text().replace("connector: acme", f"connector: {name}"))
    (tmp_path / "broken.yaml").write_text("connector: broken\n")
    (tmp_path / "schema.json").write_text("{}")
    return tmp_path


def test_the_program_brings_manifests_along():
    assert "reonic" in Catalog([bundled()]).names


def test_a_folder_gives_its_manifests_by_name(folder: Path):
    catalog = Catalog([folder])
    assert catalog.names == ["acme", "broken", "zeta"]
    assert catalog.load("acme").title == "Acme"


def test_a_manifest_may_end_in_yml(folder: Path):
    (folder / "acme.yaml").rename(folder / "acme.yml")
    catalog = Catalog([folder])
    assert catalog.names == ["acme", "broken", "zeta"]
    assert catalog.load("acme").connector == "acme"


def test_two_files_of_one_name_are_refused(folder: Path):
    shutil.copy(folder / "acme.yaml", folder / "acme.yml")
    with pytest.raises(InputError, match=r"/acme\.yaml and acme\.yml are both called 'acme'") as caught:
        Catalog([folder])
    assert caught.value.remedy == "Keep one of them, or rename one: a connector has the name of its file."


def test_a_wrong_manifest_does_not_hide_the_others(folder: Path):
    catalog = Catalog([folder])
    with pytest.raises(ManifestError, match="'title' is missing here"):
        catalog.load("broken")
    assert catalog.load("zeta").title == "Acme"


def test_a_manifest_is_read_once(folder: Path):
    catalog = Catalog([folder])
    assert catalog.load("acme") is catalog.load("acme")


def test_the_earlier_folder_wins(folder: Path, tmp_path: Path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "acme.yaml").write_text(OK.read_text().replace("title: Acme\n", "title: My Acme\n", 1))
    catalog = Catalog([mine, folder])
    assert catalog.load("acme").title == "My Acme"
    assert catalog.names == ["acme", "broken", "zeta"]


@pytest.mark.parametrize("name", ["own.yaml", "own.yml"])
def test_a_path_stands_in_for_a_name(tmp_path: Path, name: str):
    shutil.copy(OK, tmp_path / name)
    assert Catalog([]).load(str(tmp_path / name)).connector == "acme"


def test_an_unknown_name_gets_the_near_miss(folder: Path):
    with pytest.raises(InputError, match="there is no connector 'akme'; did you mean 'acme'") as caught:
        Catalog([folder]).load("akme")
    assert caught.value.remedy == "`gridwire connectors` lists them."


def test_a_name_that_is_near_nothing_gets_them_all(folder: Path):
    with pytest.raises(InputError, match="there are acme, broken, zeta"):
        Catalog([folder]).path("xyz")
    with pytest.raises(InputError, match="there are none"):
        Catalog([]).path("xyz")


def test_a_folder_must_be_there(tmp_path: Path):
    with pytest.raises(InputError, match=r"there is no folder .*nowhere") as caught:
        Catalog([tmp_path / "nowhere"])
    assert caught.value.exit_code == 2


def test_a_path_that_leads_nowhere_is_a_problem_of_the_manifest(tmp_path: Path):
    with pytest.raises(ManifestError, match="the file cannot be read"):
        Catalog([]).load(str(tmp_path / "nowhere.yaml"))


def test_messages_name_the_file_from_where_one_stands(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder.parent)
    with pytest.raises(ManifestError) as caught:
        load(folder / "broken.yaml")
    assert caught.value.problems[0].place.file == f"{folder.name}/broken.yaml"


def test_messages_name_a_file_elsewhere_in_full(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with pytest.raises(ManifestError) as caught:
        load(folder / "broken.yaml")
    assert caught.value.problems[0].place.file == str(folder / "broken.yaml")
