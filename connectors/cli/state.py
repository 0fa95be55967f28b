"""The file in which `poll --state` keeps what was seen: locked while in use, replaced as a whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.cli.files import NotSaved, open_lock, replace
from connectors.cli.words import read_object
from connectors.components.memory import Memory
from connectors.errors import GridwireError, InputError

_FORMAT = 1
_ANOTHER = "Name another --state file. This one was left as it is."


class StateInUse(GridwireError):
    """Another process uses the same file."""

    kind = "state_in_use"
    exit_code = 4


class State:
    """One trigger's memory in a file. `about` says of what: connector, trigger and input.

    `account` is what tells the account from others, without secrets: a new key opens the same account. The file holds a
    salted hash of it; one that holds none, from before there was any, is taken for this account's. A link stands for
    the file that it leads to.
    """

    def __init__(self, path: Path, about: dict[str, Any], account: list[Any]) -> None:
        self.path: Path = Path(os.path.realpath(path))
        self.about: dict[str, Any] = about
        self._account: str = json.dumps(account, sort_keys=True)

    @contextmanager
    def locked(self) -> Generator[State]:
        """Keeps other processes from using the file. Raises StateInUse, InputError.

        The lock is on a file beside it, because the file itself is replaced.
        """
        try:
            if self.path.exists() and not self.path.is_file():
                raise OSError(errno.EINVAL, "it is no regular file")  # noqa: TRY301 - said like the others
            stream = open_lock(self.path)
        except OSError as error:
            message = f"the state file {self.path} cannot be kept: {error.strerror}"
            raise InputError(message, remedy="Name a file in a folder that you may write to.") from None
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"the state file {self.path} is in use"
                raise StateInUse(message, remedy="Another poll uses it. Wait for its end, or name another.") from None
            yield self

    def read(self) -> Memory | None:
        """The memory, or None if there is no file yet. Raises InputError if it is damaged or about something else."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"the state file {self.path} cannot be read: {error.strerror}") from None
        state = self._opened(text)
        for name, value in self.about.items():
            if state[name] != value:
                message = f"{self.path} is the state of another {name}: {_shown(state[name])}, not {_shown(value)}"
                raise InputError(message, remedy=_ANOTHER)
        mark = state.get("account")
        if mark is not None and mark != self._mark(mark.partition(":")[0]):
            raise InputError(f"{self.path} is the state of another account", remedy=_ANOTHER)
        return Memory.from_dict(state["memory"])

    def write(self, memory: Memory) -> None:
        """Replaces the file by one that holds this memory. Raises NotSaved, and then the old one is still there."""
        head = {"gridwire": _FORMAT, **self.about, "account": self._mark(secrets.token_hex(8))}
        text = json.dumps({**head, "memory": memory.as_dict()}, ensure_ascii=False)
        try:
            replace(self.path, f"{text}\n".encode())
        except OSError as error:
            message = f"the state file {self.path} could not be replaced: {error.strerror}"
            raise NotSaved(message, remedy="Make room for it. What was printed last will come again.") from None

    def _mark(self, salt: str) -> str:
        return f"{salt}:{hmac.new(salt.encode(), self._account.encode(), 'sha256').hexdigest()}"

    def _opened(self, text: bytes) -> dict[str, Any]:
        try:
            return self._checked(text)
        except (InputError, ValueError) as error:
            remedy = "It was left as it is. Name another --state file, or move this one away to begin anew."
            raise InputError(f"the state file is damaged: {error}", remedy=remedy) from None

    def _checked(self, text: bytes) -> dict[str, Any]:
        state = read_object(text, str(self.path))
        if (
            state.get("gridwire") != _FORMAT
            or not {*self.about, "memory"} <= state.keys()
            or not isinstance(state.get("account", ""), str)
        ):
            raise InputError(f"{self.path} is not a state file of this program")
        Memory.from_dict(state["memory"])
        return state


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
