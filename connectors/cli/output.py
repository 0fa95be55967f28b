"""Results on standard output: JSON documents, and tables for people. Colour and frames only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import click

from connectors.cli.files import NotSaved


class NotPrinted(NotSaved):
    """What came back could not be written to standard output, which takes nothing any more."""


def print_json(value: Any) -> None:
    """The value as one JSON document: in colour and over several lines on a terminal, otherwise in one line."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print_json(data=value, ensure_ascii=False)
    else:
        _hand_over([json_line(value), b"\n"])  # not joined: it may be large


def print_lines(lines: Iterable[bytes]) -> None:
    """Each line as it is; on return all of them have been handed over. Raises NotPrinted, BrokenPipeError."""
    _hand_over(line + b"\n" for line in lines)


def print_bytes(content: bytes) -> None:
    """The content as it is, with no line break added. Raises NotPrinted, BrokenPipeError."""
    _hand_over([content])


def _hand_over(pieces: Iterable[bytes]) -> None:
    stream = sys.stdout.buffer
    try:
        for piece in pieces:
            left = memoryview(piece)
            while left:  # under PYTHONUNBUFFERED the stream takes as much as it likes
                left = left[stream.write(left) :]
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise not_printed(error) from None


def not_printed(error: OSError) -> NotPrinted:
    """The error to raise; from now on nothing is written to standard output."""
    drop_output()
    message = f"what came back could not be written to standard output: {error.strerror}"
    return NotPrinted(message, remedy="Make room for it, or send it elsewhere.")


def drop_output() -> None:
    """Sends the rest to nowhere, so that Python does not complain when it flushes at its end."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())


def json_line(value: Any) -> bytes:
    """The value as JSON in one line."""
    from connectors.components.http import dump_json

    return dump_json(value)


def print_title(text: str) -> None:
    """A heading, with a line of space before it."""
    click.secho(f"\n{plain(text)}", bold=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under columns, as wide as needed; on a terminal they wrap inside their columns."""
    rows = [[plain(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_framed(columns, rows)
        return
    widths = [max(len(row[index]) for row in [columns, *rows]) for index in range(len(columns))]
    for row in [columns, *rows]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {line}".rstrip())


def plain(text: str) -> str:
    """The text without characters that a terminal obeys instead of showing: vendors write some of what we print."""
    return "".join(char if char.isprintable() else " " for char in text)


@contextmanager
def waiting(text: str) -> Generator[None]:
    """Shows on a terminal that something is under way, and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(text, total=None)
        yield


@contextmanager
def counting(text: str) -> Generator[Callable[[int, int], None]]:
    """A progress bar on a terminal; what it gives is told how much is done, of how much."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print_framed(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=SIMPLE_HEAD, header_style="dim", pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
