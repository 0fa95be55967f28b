"""`gridwire connectors` and `gridwire show`: what there is, and how it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.output import plain, print_json, print_table, print_title
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import connector_of, wrong_use
from connectors.errors import ManifestError

if TYPE_CHECKING:
    from connectors.components.auth import Way
    from connectors.manifest.catalog import Catalog
    from connectors.manifest.model import Connector, Note, Operation

_KINDS = ("triggers", "actions", "searches")


@click.command()
@common()
@pass_session
def connectors(session: Session) -> None:
    """List the connectors with their triggers, actions and searches."""
    found = _readable(session.catalog())
    if session.json:
        print_json({"connectors": [_summary(connector) for connector in found]})
    for connector in () if session.json else found:
        click.secho(f"{connector.connector}", bold=True, nl=False)
        click.echo(f"  {plain(connector.title)} {connector.version}")
        for kind in _KINDS:
            click.echo(f"  {kind + ':':10} {', '.join(getattr(connector, kind)) or 'none'}")


@click.command()
@click.argument("words", metavar="X [OP]", nargs=-1, required=True)
@common()
@pass_session
def show(session: Session, words: tuple[str, ...]) -> None:
    """Show what the connector X offers, or what its operation OP takes and gives.

    X is a connector's name or the path of a manifest. For an operation: where each input goes, what it gives back,
    where the vendor documents it, and what the manifest's author noted about it.
    """
    from connectors.cli.describe import as_data
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Operation

    name, rest = connector_of(words)
    if len(rest) > 1:
        raise wrong_use("Name one operation at a time")
    connector = session.catalog().load(name)
    operation = operation_named(connector, rest[0], Operation) if rest else None
    if session.json:
        print_json(as_data(connector, operation) if operation else _details(connector))
    elif operation:
        _show_operation(connector, operation, name)
    else:
        _show_connector(connector, name)


def _readable(catalog: Catalog) -> list[Connector]:
    """The connectors whose manifests are right; of the others, how to see what is wrong."""
    found: list[Connector] = []
    for name in catalog.names:
        try:
            found.append(catalog.load(name))
        except ManifestError:
            path = catalog.path(name)
            click.echo(f"{name} is left out, its manifest is wrong: `gridwire check {path}` says where.", err=True)
    return found


def _summary(connector: Connector) -> dict[str, Any]:
    head = {word: getattr(connector, word) for word in ("connector", "title", "version", "description")}
    return {**head, **{kind: list(getattr(connector, kind)) for kind in _KINDS}}


def _details(connector: Connector) -> dict[str, Any]:
    from connectors.cli.describe import general_notes
    from connectors.components.fields import object_schema

    block = connector.connection
    offered = {
        kind: [
            {"name": name, "title": operation.title, "description": operation.description}
            for name, operation in getattr(connector, kind).items()
        ]
        for kind in _KINDS
    }
    signing_in: dict[str, Any] = {"auth": list(block.auth.one_of)} if block.auth.one_of else {}
    signing_in["signs_in_with"] = {name: way.said for name, way in _ways(connector)}
    signing_in["titles"] = {name: way.title for name, way in _ways(connector) if way.title}
    return {
        **_summary(connector),
        "docs": connector.docs,
        "base_url": str(connector.base_url),
        "connection": {"fields": object_schema(block.fields), **signing_in},
        "pairs": connector.pairs,
        "notes": [note.model_dump() for note in general_notes(connector)],
        **offered,
    }


def _show_connector(connector: Connector, called: str) -> None:
    from connectors.cli.describe import general_notes

    click.secho(f"{plain(connector.title)} {connector.version}", bold=True)
    click.echo(plain(connector.description))
    click.echo(f"\nAddress: {connector.base_url}")
    if connector.docs:
        click.echo(f"Documented: {plain(connector.docs)}")
    _show_connection(connector)
    for kind in _KINDS:
        if operations := getattr(connector, kind):
            print_title(kind.capitalize())
            print_table(
                ["Name", "Title", "Description"],
                [[name, operation.title, operation.description] for name, operation in operations.items()],
            )
    if connector.pairs:
        print_title("Pairs: find, and create what is not there")
        print_table(["Finds", "Creates"], [[search, action] for search, action in connector.pairs.items()])
    _show_notes(general_notes(connector))
    name = next(iter(connector.operations), "OP")
    click.echo(f"\nMore about one of them: gridwire show {called} {name}")


def _show_connection(connector: Connector) -> None:
    from connectors.cli.describe import limits

    block = connector.connection
    print_title("Connection (--set NAME=VALUE)")
    rows = [
        [name, limits(field) + (", secret" if field.secret else ""), _about(field)]
        for name, field in block.fields.items()
    ]
    if block.auth.one_of:
        ways = ", ".join(block.auth.one_of)
        rows.append(["auth", f"one of {ways}", "How to sign in; unless given, the first whose values are there."])
    print_table(["Name", "Value", "What it is"], rows)
    for name, way in _ways(connector):
        chosen = f" (auth={name}{f': {way.title}' if way.title else ''})" if block.auth.one_of else ""
        click.echo(f"  Signs in with {plain(way.said + chosen)}")


def _ways(connector: Connector) -> Iterator[tuple[str, Way]]:
    """Each way to sign in, by its name; the only one by its kind."""
    for place, way in connector.connection.auth.ways():
        yield ".".join(place[1::2]) or place[0], way


def _show_operation(connector: Connector, operation: Operation, called: str) -> None:
    from connectors.cli import describe

    what = describe.kind(operation)
    click.secho(f"{plain(operation.title)}", bold=True, nl=False)
    click.echo(f"  {connector.connector}.{operation.name}, {'an' if what == 'action' else 'a'} {what}")
    click.echo(plain(operation.description))
    for index, line in enumerate(describe.requests(connector, operation)):
        click.echo(f"  {plain(line)}" if index else f"\nRequest: {line}")
    _show_hook(operation)
    for name in describe.from_connection(connector, operation):
        click.echo(f"  {name} comes from the connection")
    if documented := describe.docs(connector, operation):
        click.echo(f"Documented: {plain(documented)}")
    if rate := describe.rate(connector, operation):
        click.echo(f"Rate: at most {rate}")
    _show_conditions(connector, operation)
    _show_inputs(connector, operation, called)
    _show_output(connector, operation)
    _show_notes(describe.notes(connector, operation))
    if describe.general_notes(connector):
        click.echo(f"\nWhat is noted about the connector as a whole: gridwire show {connector.connector}")


def _show_hook(operation: Operation) -> None:
    from connectors.cli import describe
    from connectors.manifest.model import Trigger

    if isinstance(operation, Trigger) and operation.webhook:
        click.echo(f"\nWebhook: the vendor calls{', and the poll finds what did not come' if operation.poll else ''}")
        for line in describe.hook(operation):
            click.echo(f"  {plain(line)}")


def _show_conditions(connector: Connector, operation: Operation) -> None:
    from connectors.cli import describe
    from connectors.manifest.model import Search, Trigger

    if isinstance(operation, Trigger):
        click.echo(f"Fires: {describe.FIRES[operation.identity.fire]}")
        for line in describe.looks_at(connector, operation):
            click.echo(f"  {plain(line)}")
    if isinstance(operation, Search):
        kept = " and keeps the items for which all of this holds,\nas far as its input is given:"
        click.echo(f"Reads at most {operation.scan.pages:,} pages{kept if operation.match.root else ''}")
        for line in describe.conditions(operation.match):
            click.echo(f"  {plain(line)}")


def _show_inputs(connector: Connector, operation: Operation, called: str) -> None:
    from connectors.cli import describe
    from connectors.manifest.rules import in_words

    if not operation.input:
        click.echo("\nIt takes no input.")
        return
    print_title("Input (-i NAME=VALUE)")
    rows = [
        [name, describe.limits(field), describe.destination(connector, operation, name), _about(field)]
        for name, field in describe.inputs(operation.input)
    ]
    print_table(["Name", "Value", "Goes to", "What it is"], rows)
    for rule in operation.rules:
        click.echo(f"  Give {in_words(rule)}.")
    for name, field in describe.inputs(operation.input):
        choices = field.choices or (field.items and field.items.choices)
        if choices and choices.list:
            click.echo(f"  Choices: gridwire choices {called} {operation.name} {name}")


def _show_output(connector: Connector, operation: Operation) -> None:
    from connectors.cli import describe
    from connectors.manifest.model import Output

    if isinstance(operation.output, Output) and operation.output.file:
        file = operation.output.file
        kind = file.media_type or "of the kind that the vendor says"
        click.echo(f"\nIt gives back a file ({kind}); --out FILE keeps it.")
        if file.url:
            click.echo(f"  fetched from the address that the answer holds: {plain(file.url.text)}")
    for line in describe.included(connector, operation):
        click.echo(f"{plain(line)}" if line.startswith(" ") else f"\n{plain(line)}")
    if said := describe.output(connector, operation):
        print_title("What comes back")
        fields = {"items": said.items} if said.items else said.properties or {}
        print_table(
            ["Name", "Value", "What it is"],
            [
                [name, describe.limits(field).removeprefix("required "), _about(field)]
                for name, field in describe.inputs(fields)
            ],
        )
    print_title("What comes back, for example")
    click.echo(json.dumps(connector.sample_of(operation), indent=2, ensure_ascii=False))


def _show_notes(found: list[Note]) -> None:
    if found:
        print_title("Notes")
        print_table(
            ["About", "The document", "Where", "What the manifest does"],
            [[note.about, note.says, note.where, note.chosen] for note in found],
        )


def _about(field: Any) -> str:
    from connectors.cli.describe import choices

    parts = [field.title, field.description, choices(field)]
    return ". ".join(part.rstrip(".") for part in parts if part)
