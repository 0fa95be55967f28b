"""Cassettes: what went over the wire, recorded once and played back offline, with vcrpy.

A file is readable in review: the case on top, then each request with the vendor's real address and each answer with
its body as indented JSON. Secrets are replaced before anything is written. Playing is strict: method, whole address and
body must match, the network is not asked, and what was recorded must be asked for, all of it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import vcr
import yaml
from vcr.record_mode import RecordMode

from connectors.engine.connection import Connection
from connectors.engine.run import Vendor
from connectors.errors import GridwireError
from connectors.manifest.model import Action, Search
from connectors.manifest.source import parse

_REQUEST_HEADERS = ("accept", "content-type")
_ANSWER_HEADERS = ("content-type", "content-disposition", "link", "location", "retry-after")


class CassetteError(GridwireError):
    """A cassette was not played as it was recorded."""

    kind = "cassette"


def read_case(path: Path) -> dict[str, Any]:
    """What the file says about itself: evidence, operation, input, and what came out. Raises ManifestError."""
    return cast("dict[str, Any]", parse(path.read_text(), str(path)).value["metadata"])


@contextmanager
def playing(path: Path) -> Generator[None]:
    """Answers every request from the file. Raises CassetteError if part of it was not asked for."""
    with _recorder(RecordMode.NONE).use_cassette(str(path)) as cassette:
        yield
    if not cassette.all_played:
        raise CassetteError(f"{path}: {cassette.play_count} of its {len(cassette)} requests were made")


@contextmanager
def recording(path: Path, connection: Connection, case: dict[str, Any]) -> Generator[None]:
    """Sends what is asked and writes it to the file, with `case` on top; what `case` holds at the end is written."""
    path.unlink(missing_ok=True)
    at_the_vendor = partial(_real, connection)
    with _recorder(RecordMode.ONCE).use_cassette(str(path), before_record_request=at_the_vendor) as cassette:
        yield
        for key, value in case.items():
            cassette.get_metadata(key, value)
    text = path.read_text()
    if connection.redact(text) != text:
        path.unlink()
        raise CassetteError(f"{path} would have held a secret of the connection, so it was not kept")


async def perform(vendor: Vendor, case: Mapping[str, Any], between: Callable[[], None] = lambda: None) -> Any:
    """What a case's operation gives: an action's output, a search's items, the events of a trigger's first two polls.

    `between` is called between the polls; while recording it makes something happen at the vendor.
    """
    name, inputs = case["operation"], case["input"]
    operation = vendor.connector.operations[name]
    if isinstance(operation, Action):
        return await vendor.call(name, inputs)
    if isinstance(operation, Search):
        return await vendor.search(name, inputs)
    first = await vendor.poll(name, inputs, None)
    between()
    second = await vendor.poll(name, inputs, first.memory)
    return {"first_poll": [event.item for event in first.events], "second_poll": [e.item for e in second.events]}


def _recorder(mode: RecordMode) -> vcr.VCR:
    match_on = ["method", "uri", "same_body"]
    recorder = vcr.VCR(record_mode=mode, serializer="readable", match_on=match_on, decode_compressed_response=True)
    recorder.register_serializer("readable", _Readable)
    recorder.register_matcher("same_body", _same_body)
    return recorder


def _real(connection: Connection, asked: Any) -> Any:
    """The request at the vendor's real address, even if a stand-in was asked."""
    pattern = connection.connector.base_url
    stand_ins = {connection.base_url: connection.own_url or getattr(pattern, "example", connection.base_url)}
    stand_ins |= {stand_in: origin for origin, stand_in in connection.hosts.items()}
    for stand_in, real in stand_ins.items():
        if asked.uri == stand_in or asked.uri.startswith(f"{stand_in}/"):
            asked.uri = real + asked.uri[len(stand_in) :]
    return asked


def _same_body(one: Any, other: Any) -> None:
    assert _comparable(one.body) == _comparable(other.body), "the bodies differ"


def _comparable(body: bytes | str | None) -> Any:
    try:
        return json.loads(body or "null")
    except ValueError:
        return body


class _Readable:
    """vcrpy's form of a cassette to text and back."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        case = cassette.get("metadata", {})
        pairs = [{"request": _asked(pair["request"]), "answer": _answered(pair["response"])}
                 for pair in cassette["interactions"]]  # fmt: skip
        return yaml.dump({"metadata": case, "interactions": pairs}, Dumper=_Dumper, sort_keys=False, allow_unicode=True)

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        cassette: dict[str, Any] = parse(text, "cassette").value
        pairs = [{"request": _to_ask(pair["request"]), "response": _to_answer(pair["answer"])}
                 for pair in cassette["interactions"]]  # fmt: skip
        return {"version": 1, "interactions": pairs, "metadata": cassette["metadata"]}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they are; nothing is written twice by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _asked(request: Mapping[str, Any]) -> dict[str, Any]:
    headers = _kept(request["headers"], _REQUEST_HEADERS)
    return {"method": request["method"], "uri": request["uri"], "headers": headers, **_written(request["body"])}


def _answered(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = _kept(response["headers"], _ANSWER_HEADERS)
    return {"status": response["status"]["code"], "headers": headers, **_written(response["body"]["string"])}


def _to_ask(request: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: [value] for name, value in request["headers"].items()}
    return {"method": request["method"], "uri": request["uri"], "headers": headers, "body": _read(request)}


def _to_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: [value] for name, value in answer["headers"].items()}
    status = {"code": answer["status"], "message": ""}
    return {"status": status, "headers": headers, "body": {"string": _read(answer) or b""}}


def _kept(headers: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    values = ((name.lower(), value) for name, value in headers.items())
    return {name: value if isinstance(value, str) else value[0] for name, value in values if name in names}


def _written(body: bytes | str | None) -> dict[str, Any]:
    """A body as indented JSON, as text, or in base64; nothing if there is none."""
    if not body:
        return {}
    try:
        text = body if isinstance(body, str) else body.decode()
        return {"body": json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(cast("bytes", body)).decode()}
    except ValueError:
        return {"body": body}


def _read(message: Mapping[str, Any]) -> bytes | None:
    if "base64" in message:
        return base64.b64decode(message["base64"])
    return message["body"].encode() if "body" in message else None
