"""`gridwire export`: a connector as a package for a platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli import export_folder
from connectors.cli.output import print_json
from connectors.cli.session import Session, common, pass_session
from connectors.errors import InputError
from connectors.export import PLATFORMS, Limit
from connectors.export import platform as platform_of

if TYPE_CHECKING:
    from connectors.manifest.model import Connector


@click.command()
@click.argument("platform", type=click.Choice(PLATFORMS))
@click.argument("name", metavar="CONNECTOR")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where to write the package: a new folder, or that of an earlier export of the same, which is replaced.",
)
@click.option("--report", is_flag=True, help="Say what the platform cannot express, and what was done instead.")
@common()
@pass_session
def export(session: Session, platform: str, name: str, out: Path, report: bool) -> None:
    """Write CONNECTOR for a platform.

    The package knows the connector's operations and asks a gridwire server to carry them out. README.md in it says how
    it is installed.
    """
    made = platform_of(platform)
    catalog = session.catalog()
    connector, manifest = catalog.load(name), catalog.path(name)
    files, limits = made.package(connector, _icon(connector, manifest)), made.limits(connector)
    files |= _workflows(platform, connector, manifest)
    export_folder.write(files, out, of={"platform": platform, "connector": connector.connector})
    if session.json:
        print_json({"out": str(out), "files": sorted(files), "limits": [limit._asdict() for limit in limits]})
        return
    click.echo(f"{len(files)} files are in {out}; {out / 'README.md'} says how to install them.")
    if report:
        click.echo("\n".join(map(_line, limits)) or f"{platform} can express all of {connector.title}.")


def _line(limit: Limit) -> str:
    return f"{limit.operation or 'all'}: {limit.feature}: {limit.instead}"


def _icon(connector: Connector, manifest: Path) -> str | None:
    """The connector's own icon, from the file beside its manifest."""
    if connector.icon is None:
        return None
    try:
        return (manifest.parent / connector.icon).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Put the SVG there, or leave 'icon' out of the manifest."
        raise InputError(f"the icon {connector.icon} of {manifest} cannot be read: {error}", remedy=remedy) from None


def _workflows(platform: str, connector: Connector, manifest: Path) -> dict[str, str]:
    """Workflows to import that begin with the connector, from `workflows/PLATFORM/CONNECTOR` beside its manifest."""
    folder = manifest.parent / "workflows" / platform / connector.connector
    try:
        return {f"workflows/{file.name}": file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.json"))}
    except (OSError, UnicodeDecodeError) as error:
        remedy = "A workflow is a file of JSON, as the platform exports it."
        raise InputError(f"a workflow in {folder} cannot be read: {error}", remedy=remedy) from None
