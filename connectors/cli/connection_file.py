"""The file that holds a connection: its values, where the vendor is, and the session that signing in gave."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.files import NotSaved, open_lock, replace
from connectors.cli.state import StateInUse
from connectors.cli.words import read_object
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.components.auth.flow import Session

_KEYS = ("values", "base_url", "hosts", "session")
_LONGEST_WAIT = 60.0  # seconds for another process to renew the session
_LOOKS_AGAIN = 0.05  # seconds between two looks whether another process is done


class ConnectionFile:
    """A connection as JSON: `{"values": {…}, "base_url": "…", "hosts": {…}, "session": {…}}`.

    It is replaced as a whole or not at all, for its owner alone to read, and by one process at a time: two that renewed
    a session at once would make it worthless for both. A link stands for the file that it leads to.
    """

    def __init__(self, path: Path) -> None:
        self._named = path
        self.path: Path = Path(os.path.realpath(path))

    def read(self) -> dict[str, Any]:
        """What it holds, checked. Raises InputError."""
        try:
            text = self.path.read_bytes()
        except OSError as error:
            raise InputError(f"{self._named} cannot be read: {error.strerror}") from None
        read = read_object(text, str(self._named))
        self._check(read)
        return read

    def warn(self) -> None:
        """Says so if others on this machine can read it."""
        if self.path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            said = f"others on this machine can read {self._named}; `chmod 600 {self._named}` ends that."
            click.echo(f"Warning: {said}", err=True)

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Session | None]:
        """See Sessions. Raises NotSaved before anything is asked for that could not be kept."""
        async with self._locked():
            kept = self.read()
            self._replace(kept)  # a renewed token that finds no room would be lost, and the one before worth nothing
            yield kept.get("session")

    async def save(self, session: Session) -> None:
        """See Sessions. Raises NotSaved."""
        self._replace({**self.read(), "session": session})

    async def write(self, content: dict[str, Any]) -> None:
        """Puts this connection in the place of whatever is there. Raises NotSaved, and then nothing changed."""
        async with self._locked():
            self._replace(content)

    @asynccontextmanager
    async def _locked(self) -> AsyncGenerator[None]:
        """The lock is on a file beside it, because the file itself is replaced."""
        try:
            stream = open_lock(self.path)
        except OSError as error:
            raise self._not_saved(error) from None
        with stream:
            try:
                async with asyncio.timeout(_LONGEST_WAIT):
                    while not _taken(stream.fileno()):  # noqa: ASYNC110 - no event tells of another process
                        await asyncio.sleep(_LOOKS_AGAIN)
            except TimeoutError:
                remedy = "Another process signs in with it. Wait for its end, or end it."
                raise StateInUse(f"the connection file {self._named} is in use", remedy=remedy) from None
            yield

    def _replace(self, content: dict[str, Any]) -> None:
        text = json.dumps({key: content[key] for key in _KEYS if content.get(key)}, indent=2, ensure_ascii=False)
        try:
            replace(self.path, f"{text}\n".encode())
        except OSError as error:
            raise self._not_saved(error) from None

    def _not_saved(self, error: OSError) -> NotSaved:
        message = f"the session cannot be kept in {self._named}: {error.strerror}"
        return NotSaved(message, remedy="Make room for it, or put the file into a folder that you may write to.")

    def _check(self, read: dict[str, Any]) -> None:
        from connectors.manifest.problem import did_you_mean

        file = self._named
        for key in read:
            if key not in _KEYS:
                hint = did_you_mean(key, _KEYS) or f"there are {', '.join(_KEYS)}"
                raise InputError(f"{file} holds the unknown key '{key}'; {hint}")
        _expect(read.get("values", {}), dict, f"'values' in {file} must be an object of names and values")
        _expect(read.get("base_url", ""), str, f"'base_url' in {file} must be a text")
        hosts = read.get("hosts", {})
        _expect(hosts, dict, f"'hosts' in {file} must be an object of addresses")
        for origin, url in hosts.items():
            _expect(url, str, f"'{origin}' in 'hosts' in {file} must be a text")
        session = read.get("session", {})
        _expect(session, dict, f"'session' in {file} must be what `gridwire connect` writes")
        for name in ("token", "refresh_token", "dead"):
            _expect(session.get(name, ""), str, f"'{name}' of 'session' in {file} must be a text")


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _expect(value: Any, kind: type, sentence: str) -> None:
    if not isinstance(value, kind):
        raise InputError(sentence)
