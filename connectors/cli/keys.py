"""The server's two keys: the one that opens it to clients, and the one that signs what clients keep for it."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from connectors.errors import InputError

SHORTEST = 16
"""How many characters an API key has at least."""


def new_api_key() -> str:
    """A key for clients; its beginning tells a person, and a scanner for leaked keys, what it is."""
    return f"gw_{secrets.token_urlsafe(24)}"


def new_secret_key() -> str:
    """A key for signing."""
    return secrets.token_urlsafe(32)


def usable(key: str, where: str) -> str:
    """The API key, if clients can send it and nobody guesses it. Raises InputError, which does not show it."""
    if not (key.isascii() and key.isprintable()) or " " in key:
        why = "holds what no client can send in a header; use letters, digits and signs of ASCII, without spaces"
    elif len(key) < SHORTEST:
        why = f"has {len(key)} characters; it needs at least {SHORTEST}"
    else:
        return key
    raise InputError(f"{where} {why}", remedy="Set another one, or none: then one is made and kept.")


def kept(file: Path, make: Callable[[], str]) -> str:
    """The key in the file; the first time it is made, for its owner's eyes alone. Raises InputError."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _create(file, make())
        key = file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise InputError(f"{file} is not text in UTF-8", remedy="Delete it, and a new key is made.") from None
    except OSError as error:
        message = f"{file} cannot be kept: {(error.strerror or str(error)).lower()}"
        raise InputError(message, remedy="Name a folder that you may write to with --data.") from None
    if not key:
        raise InputError(f"{file} is empty", remedy="Delete it, and a new key is made.")
    return key


def _create(file: Path, key: str) -> None:
    """Several servers may start at once; the first one's key is everybody's, and no one reads half of it."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.") as stream:
        stream.write(f"{key}\n")
        stream.flush()
        os.fsync(stream.fileno())
        try:
            file.hardlink_to(stream.name)
        except FileExistsError:
            return
