"""What a file is called: as the vendor says, made harmless for whoever writes it to a disk."""

from __future__ import annotations

import mimetypes
import re
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import PurePosixPath
from typing import Any

from connectors.components.http import Response

LONGEST_NAME = 200
"""In bytes; file systems take 255, and whoever keeps the file may add to its name."""


def said_name(response: Response) -> str:
    """The name in Content-Disposition (RFC 6266, `filename*` before `filename`); "" if there is none."""
    message = Message()
    message["Content-Disposition"] = response.header("content-disposition") or ""
    said: list[tuple[str, Any]] = message.get_params([], "content-disposition")
    found = [value for name, value in said if name.lower() == "filename"]
    found.sort(key=lambda value: isinstance(value, str))  # what is said with a character set comes as a tuple
    return collapse_rfc2231_value(found[0]) if found else ""


def plain_name(name: str, media_type: str) -> str:
    """The name without a path, and without what a file system, a shell or a reader could take for something else.

    `file` with the usual ending of the media type if nothing is left.
    """
    from pathvalidate import sanitize_filename

    printable = "".join(letter for letter in re.split(r"[/\\]", name)[-1] if letter.isprintable())
    plain = sanitize_filename(_shortened(printable.strip(". ")), platform="universal").strip(". ")
    return plain or f"file{mimetypes.guess_extension(media_type) or ''}"


def _shortened(name: str) -> str:
    """The name with its ending, in so many bytes."""
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending.encode()) <= LONGEST_NAME // 10 else ""
    room = LONGEST_NAME - len(ending.encode())
    return name.removesuffix(ending).encode()[:room].decode("utf-8", "ignore") + ending
