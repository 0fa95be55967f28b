"""The folder that an export is written to: a list in it says what is the export's, and all else is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.errors import InputError

LIST = ".gridwire-export.json"
_ELSEWHERE = "Name an empty folder with --out, or the one of an earlier export of this connector for this platform."


def write(files: dict[str, str], out: Path, *, of: dict[str, str]) -> None:
    """Writes the files and their list, and removes what an earlier export `of` the same has left over.

    InputError where there is another export, or a file that no export wrote.
    """
    known = _listed(out, of)
    for name in files.keys() - known:
        if (out / name).exists():
            raise InputError(f"{out / name} is there already, and no export wrote it.", remedy=_ELSEWHERE)
    written = {LIST: json.dumps({**of, "files": sorted(files)}, indent=2) + "\n", **files}
    try:
        for name in known - files.keys():
            (out / name).unlink(missing_ok=True)
        for name, text in written.items():
            file = out / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"{error.filename} cannot be written: {error.strerror}"
        raise InputError(message, remedy="Name a folder that you may write to with --out.") from None


def _listed(out: Path, of: dict[str, str]) -> set[str]:
    """What the export that is there has written."""
    try:
        there: Any = json.loads((out / LIST).read_text(encoding="utf-8"))
        names = {str(name) for name in there["files"]}
        kept = {word: there[word] for word in of}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{out / LIST} cannot be read: {error}", remedy=_ELSEWHERE) from None
    if kept != of:
        words = ", ".join(f"{word} {value}" for word, value in kept.items())
        raise InputError(f"{out} holds another export: {words}.", remedy=_ELSEWHERE)
    return {name for name in names if (out / name).resolve().is_relative_to(out.resolve())}
