"""Files that hold something to be kept: replaced as a whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from itertools import count
from pathlib import Path
from typing import TextIO

from connectors.errors import GridwireError


class NotSaved(GridwireError):
    """Something was done at the vendor, but its result could not be written to a file."""

    kind = "not_saved"


def replace(path: Path, data: bytes) -> None:
    """Puts a durable file that holds `data` in the place of whatever is there. Raises OSError; then nothing changed."""
    folder = path.absolute().parent
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{path.name}.", delete=False) as stream:
        written = Path(stream.name)
        try:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            written.replace(path)
        except OSError:
            written.unlink()
            raise
    _sync(folder)


def open_lock(path: Path) -> TextIO:
    """The file beside `path` to lock in its place. It is its owner's alone, for who can open it can hold the lock.

    Raises OSError.
    """
    return open(path.with_name(f".{path.name}.lock"), "w", opener=partial(os.open, mode=0o600))


def create_in(folder: Path, name: str, data: bytes) -> Path:
    """Writes a file of that name, or `name (2).pdf` and so on where the name is taken. Raises OSError."""
    for number in count(1):
        path = folder / (name if number == 1 else f"{Path(name).stem} ({number}){Path(name).suffix}")
        try:
            with path.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            continue
        return path
    raise AssertionError("numbers do not end")


def _sync(folder: Path) -> None:
    """Makes the new name durable, not only what lies under it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
