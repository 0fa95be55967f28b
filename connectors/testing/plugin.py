"""For pytest: each case of a repository that holds `manifests/<vendor>.yaml` and `cassettes/` is a test.

    acme.add_note[minimal]

Where there are no such folders it does nothing, and imports nothing until it meets the first case.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from connectors.manifest.model import Connector

_FOLDERS = (("cassettes", "gridwire_cassettes"), ("manifests", "gridwire_manifests"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The folders of cassettes and of manifests, as options and as lines of the configuration."""
    group = parser.getgroup("gridwire", "cassettes of connectors")
    for name, key in _FOLDERS:
        group.addoption(f"--gridwire-{name}", dest=key, metavar="DIR", help=f"The folder of {name} (default: {name}).")
        parser.addini(key, f"The folder of {name}, below the root of the repository.", default=name)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A case's file, if it lies at `cassettes/<vendor>/<operation>/<case>.yaml` and the vendor has a manifest."""
    if file_path.suffix != ".yaml":
        return None
    folder, manifests = (_folder(parent.config, key) for _, key in _FOLDERS)
    if file_path.parent.parent.parent != folder:
        return None
    manifest = manifests / f"{file_path.parent.parent.name}.yaml"
    return CaseFile.of(parent, file_path, manifest) if manifest.is_file() else None


def _folder(config: pytest.Config, key: str) -> Path:
    return config.rootpath / (config.getoption(key) or config.getini(key))


class CaseFile(pytest.File):
    """A case's file: one test."""

    manifest: Path

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, manifest: Path) -> CaseFile:
        """The file with the manifest that it is about."""
        made: CaseFile = cls.from_parent(parent, path=path)
        made.manifest = manifest
        return made

    def collect(self) -> Iterator[pytest.Item]:
        """The one test in it, named after the case."""
        operation, vendor = self.path.parent.name, self.path.parent.parent.name
        yield CaseItem.from_parent(self, name=f"{vendor}.{operation}[{self.path.stem}]")


class CaseItem(pytest.Item):
    """A case, played offline."""

    def runtest(self) -> None:
        """Plays it. Raises CaseError, ManifestError; Differs if something is not as it was recorded."""
        from connectors.testing.case import load
        from connectors.testing.suite import play

        assert isinstance(self.parent, CaseFile)
        case = load(self.path)
        if found := play(case, _connector(self.config, self.parent.manifest)):
            raise Differs("\n".join(map(str, found)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What differs, without a traceback: the mistake is in no Python."""
        from connectors.errors import GridwireError

        if isinstance(excinfo.value, Differs | GridwireError):
            return f"{self.name} does not hold\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is, and what it is called."""
        return self.path, None, self.name


class Differs(Exception):
    """Something is not as it was recorded."""


_CONNECTORS = pytest.StashKey[dict[Path, Any]]()


def _connector(config: pytest.Config, manifest: Path) -> Connector:
    """The connector of a manifest, which is read once."""
    from connectors.manifest.catalog import load

    known = config.stash.setdefault(_CONNECTORS, {})
    if manifest not in known:
        known[manifest] = load(manifest, manifest.stem)
    return known[manifest]
