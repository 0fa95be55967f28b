"""Recording and playing below the HTTP client, with vcrpy, in our own form and through our own strict reader."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import vcr
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.record_mode import RecordMode
from vcr.serialize import deserialize

from connectors.components.auth.login import InHeader, Login
from connectors.components.http import Request, Response, origin_of
from connectors.engine.transport import HttpTransport, Transport
from connectors.errors import NotReached, TransportError
from connectors.manifest.model import Connector
from connectors.testing.answers import RATES
from connectors.testing.case import Case, loads, read_text
from connectors.testing.compare import Difference, requests_differing
from connectors.testing.guard import NetworkClosed, network_closed
from connectors.testing.replay import Player, Script, Unmatched, asked, asked_of
from connectors.testing.steps import Answer, Asked, Exchange, Failure
from connectors.testing.written import body_words

logging.getLogger("vcr").setLevel(logging.WARNING)  # below that it logs whole requests, with their secrets

ALWAYS_KEPT = frozenset({"content-disposition", "content-type", "link", "location", "retry-after"})
"""Headers of an answer that the program reads by itself; others are kept if the manifest reads them, or drift does."""


@contextmanager
def playing(case: Case) -> Generator[Player]:
    """A player that lets the real HTTP client send each request, which vcrpy then answers from the case's file."""
    player = _Player()
    with network_closed() as attempts, _recorder(RecordMode.NONE, _File, player.same).use_cassette(str(case.path)):
        yield player
    if attempts:
        raise NetworkClosed(f"something wanted to use the network: {attempts[0]}")


class Recording:
    """Notes what goes over the wire, answers and failures alike, in order."""

    def __init__(self, connector: Connector) -> None:
        self.exchanges: list[Exchange] = []
        self._kept = ALWAYS_KEPT | headers_read(connector)
        self._cassette: Any = None

    @contextmanager
    def running(self) -> Generator[Recording]:
        """Records for as long as it runs."""
        recorder = _recorder(RecordMode.ALL, _Nowhere, _never)
        with recorder.use_cassette("recording") as self._cassette:
            yield self

    def through(self, transport: Transport) -> Transport:
        """The transport, with what goes through it noted."""
        return _Noting(self, transport)

    def taken(self) -> list[Exchange]:
        """What was noted since this was last asked."""
        taken, self.exchanges = self.exchanges, []
        return taken

    def note(self, request: Request, failure: TransportError | None) -> None:
        """Takes over what vcrpy has seen of a request, of no other in this process; a failure replaces any answer."""
        seen = [pair for pair in self._cassette.data if origin_of(pair[0].uri) == request.origin]
        self._cassette.data.clear()
        if failure is None:
            self.exchanges += [self._exchange(*pair) for pair in seen]
            return
        received = not isinstance(failure, NotReached)
        words = Failure(received=received, timed_out=failure.timed_out, message=failure.message)
        self.exchanges.append(Exchange(request=_written(asked_of(request), request.content), failure=words))

    def _exchange(self, request: Any, response: Mapping[str, Any]) -> Exchange:
        headers = {name.lower(): ", ".join(values) for name, values in response["headers"].items()}
        kept = {name: value for name, value in headers.items() if name in self._kept or RATES.fullmatch(name)}
        words = body_words(response["body"]["string"])
        answer = Answer(status=response["status"]["code"], headers=kept, **words)
        return Exchange(request=_written(_asked(request), _bytes(request.body)), answer=answer)


def headers_read(connector: Connector) -> set[str]:
    """The headers of an answer that the manifest itself reads, in lower case: where signing in gives a token."""
    tokens = (way.token for _, way in connector.connection.auth.ways() if isinstance(way, Login))
    return {token.header.lower() for token in tokens if isinstance(token, InHeader)}


class _Noting:
    def __init__(self, recording: Recording, transport: Transport) -> None:
        self._recording = recording
        self._transport = transport

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        try:
            response = await self._transport.send(request, timeout=timeout)
        except TransportError as error:
            self._recording.note(request, error)
            raise
        self._recording.note(request, None)
        return response


class _Player:
    """Asks the script whose turn it is, then the HTTP client, which vcrpy answers."""

    def __init__(self) -> None:
        self._script: Script | None = None
        self._differences: list[Difference] = []

    def __call__(self, script: Script) -> Transport:
        self._script = script
        return self

    def same(self, now: Any, recorded: Any) -> None:
        """Whether the request is the recorded one, as the HTTP client writes it: vcrpy's matcher."""
        assert self._script is not None
        masked = self._script.masked(_asked(now))
        where = f"request {self._script.played + 1}, as the HTTP client sends it"
        self._differences = list(requests_differing(where, _asked(recorded), masked))
        assert not self._differences

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        assert self._script is not None
        exchange = self._script.next(asked_of(request))
        if exchange.failure is not None:
            self._script.played += 1
            raise self._script.failing(exchange.failure, timeout)
        try:
            async with HttpTransport() as transport:
                response = await transport.send(request, timeout=timeout)
        except CannotOverwriteExistingCassetteException:
            raise Unmatched(self._differences) from None
        self._script.played += 1
        return response


class Serializer:
    """A case's text to vcrpy's form, through our strict reader. Nothing is ever written by vcrpy."""

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        """Raises CaseError, whatever the text holds."""
        steps = loads(text, "the case").steps
        answered = [exchange for step in steps for exchange in step.exchanges if exchange.answer is not None]
        return {"version": 1, "interactions": [_interaction(exchange) for exchange in answered]}

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        """Refuses: what vcrpy has seen is not scrubbed."""
        raise NotImplementedError(f"{len(cassette)} parts were not written: a case is written by `record` alone")


class _File:
    """Where vcrpy finds a case, read with a bound on its size."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> Any:
        return deserialize(read_text(Path(path)), serializer)

    @staticmethod
    def save_cassette(*_: Any, **__: Any) -> None:
        """Nothing new was seen."""


class _Nowhere(_File):
    """What vcrpy sees stays in memory until it is scrubbed."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> Any:
        raise CassetteNotFoundError


def _recorder(mode: RecordMode, persister: Any, same: Callable[[Any, Any], None]) -> vcr.VCR:
    recorder = vcr.VCR(record_mode=mode, serializer="case", match_on=["same"], decode_compressed_response=True)
    recorder.register_serializer("case", Serializer)
    recorder.register_persister(persister)
    recorder.register_matcher("same", same)
    return recorder


def _never(now: Any, recorded: Any) -> None:
    raise AssertionError("while recording every request is a new one")


def _interaction(exchange: Exchange) -> dict[str, Any]:
    request, answer = exchange.request, exchange.answer
    assert answer is not None
    lists = {name: [value] for name, value in request.headers.items()}
    answered = {name: [value] for name, value in answer.headers.items()}
    return {
        "request": {"method": request.method, "uri": request.url, "headers": lists, "body": request.body},
        "response": {
            "status": {"code": answer.status, "message": ""},
            "headers": answered,
            "body": {"string": answer.body or b""},
        },
    }


def _asked(request: Any) -> Asked:
    """vcrpy's request in the words of a case."""
    headers = {name: value if isinstance(value, str) else value[0] for name, value in request.headers.items()}
    return asked(request.method, request.uri, headers, _bytes(request.body))


def _bytes(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body or None
    return body.encode() if isinstance(body, str) else b"".join(body)


def _written(request: Asked, body: bytes | None) -> Asked:
    """The request with its body as a file can hold it."""
    return Asked(line=request.line, headers=request.headers, **body_words(body))
