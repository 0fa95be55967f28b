"""Folders of manifests: connectors by name, read when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import connectors
from connectors.errors import InputError, ManifestError
from connectors.manifest.check import check
from connectors.manifest.model import Connector
from connectors.manifest.problem import Problem, did_you_mean
from connectors.manifest.source import read


def bundled() -> Path:
    """The folder of the manifests that come with the program: in the package, or beside it in a checkout."""
    package = Path(connectors.__file__).parent
    inside = package / "data" / "manifests"
    return inside if inside.is_dir() else package.parent / "manifests"


def load(path: Path, name: str | None = None) -> Connector:
    """The connector in that file, which is called `name` if one is given. Raises ManifestError with every problem."""
    source = read(path)
    connector = check(source)
    if name is not None and connector.connector != name:
        message = f"the file is called '{path.name}', and a connector has the name of its file"
        place = source.place(("connector",))
        raise ManifestError([Problem("name-of-file", message, place, hint=f"write '{name}', or rename the file")])
    return connector


def manifests_in(folder: Path) -> list[Path]:
    """The files of a folder that are manifests, sorted."""
    return sorted(file for file in folder.iterdir() if file.suffix in (".yaml", ".yml"))


def _named(files: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in files:
        if file.stem in found:
            message = f"{found[file.stem]} and {file.name} are both called '{file.stem}'"
            raise InputError(message, remedy="Keep one of them, or rename one: a connector has the name of its file.")
        found[file.stem] = file
    return found


class Catalog:
    """Connectors by name. A folder that comes earlier wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._files: dict[str, Path] = {}
        for folder in reversed(folders):
            if not folder.is_dir():
                raise InputError(f"there is no folder {folder}", remedy="Name a folder that holds manifests (*.yaml).")
            self._files |= _named(manifests_in(folder))
        self._loaded: dict[Path, Connector] = {}

    @property
    def names(self) -> list[str]:
        """The names of all connectors, sorted."""
        return sorted(self._files)

    def path(self, name: str) -> Path:
        """The manifest's file, by the connector's name or as a path to a file of one's own. Raises InputError."""
        if name in self._files:
            return self._files[name]
        if name.endswith((".yaml", ".yml")):
            return Path(name)
        hint = did_you_mean(name, self._files) or f"there are {', '.join(self.names) or 'none'}"
        own = f" To use {name}.yaml of this folder, write ./{name}.yaml, or name its folder with --manifests DIR."
        remedy = f"`gridwire connectors` lists them.{own if Path(f'{name}.yaml').is_file() else ''}"
        raise InputError(f"there is no connector '{name}'; {hint}", remedy=remedy)

    def including(self, name: str) -> Catalog:
        """The same; if `name` is a path, that connector is found by its own name too, before any other of that name."""
        path, connector = self.path(name), self.load(name)
        catalog = Catalog([])
        catalog._files, catalog._loaded = {**self._files, connector.connector: path}, self._loaded
        return catalog

    def load(self, name: str) -> Connector:
        """The connector of that name or path. Raises InputError if there is none, ManifestError if it is wrong."""
        path = self.path(name)
        if path not in self._loaded:
            self._loaded[path] = load(path, name if name in self._files else None)
        return self._loaded[path]
