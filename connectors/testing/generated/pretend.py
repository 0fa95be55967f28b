"""A pretend vendor made from a manifest: it serves lists in the pages that the manifest declares, and fixed answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.components.address import UrlPattern
from connectors.components.auth import Login, OAuth2
from connectors.components.auth.login import InHeader
from connectors.components.extract import MISSING, Path, extract
from connectors.components.http import Request, Response, dump_json, load_json, origin_of
from connectors.components.paginate import Counted, Cursor, LinkHeader, NextUrl, Offset
from connectors.components.template import Template
from connectors.components.values import RequestLine
from connectors.engine.exchange import UNAUTHORIZED
from connectors.manifest.calls import FileOutput, List
from connectors.manifest.finding import every_hole
from connectors.manifest.model import Action, Connector
from connectors.testing.replay import Clock, asked_of
from connectors.testing.steps import Asked

_FILE = b"%PDF-1.4 pretended"
PAGE = 2
"""Items on a page, where the manifest does not ask for a number."""
_A_MINUTE = 60.0
"""What a page takes of a vendor that never ends, so that the end of our patience comes soon."""
_ANOTHER = "another-token"
_PAGE = "gw_page"
"""The parameter of the addresses of pages that this vendor itself makes up."""


@dataclass(frozen=True, slots=True)
class World:
    """What the pretend vendor holds and how it behaves; the manifest that it was made from says how it speaks."""

    connector: Connector = field(repr=False)
    items: Mapping[str, list[Any]] = field(default_factory=dict)
    """The items of each list, by its name; of a list that is a single item, the last is the one."""
    action: str = ""
    """The action that is answered with its sample."""
    answer: Any = MISSING
    """What that action is answered with instead."""
    page: int = PAGE
    """Items on a page, where the manifest does not ask for a number."""
    status: int = 200
    """What everything is answered with."""
    body: Any = None
    """The body of everything, where the status is no success."""
    endless: bool = False
    """Every page says that another follows, and holds items that none held before."""
    again: bool = False
    """Every page is the first."""


class Pretend:
    """Stands where the network is. What was asked is kept."""

    def __init__(self, world: World | None, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self.asked: list[Asked] = []
        self.signed_in = 0
        """How often somebody signed in anew."""

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        self.asked.append(asked_of(request))
        world = self._world
        if world is None:
            return _json({})
        self._clock.now += _A_MINUTE if world.endless else 0.0
        if world.status == UNAUTHORIZED and (session := _session_for(world.connector, request)) is not None:
            self.signed_in += 1
            return session
        if world.status != 200 or world.body is not None:
            return _json(world.body, world.status)
        found = next((one for one in self._lists(world) if _is_for(one, request)), None)
        if found is not None:
            return _page(world, found, request)
        action = world.connector.actions.get(world.action)
        return _answer(world, action, request) if action is not None else _json({})

    @staticmethod
    def _lists(world: World) -> list[List]:
        """The lists that are there, those first whose addresses say most."""
        return sorted(
            (world.connector.lists[name] for name in world.items), key=lambda one: len(list(one.request.holes))
        )


def _session_for(connector: Connector, request: Request) -> Response | None:
    """The answer to who signs in; None for any other request."""
    for _, way in connector.connection.auth.ways():
        if isinstance(way, OAuth2) and _is_at(way.token_url, request.url):
            return _json({"access_token": _ANOTHER})
        path = urlsplit(request.url).path
        if isinstance(way, Login) and (way.request.method == request.method and _form(way.request).search(path)):
            place = way.token
            return (
                _json({}, 200, (place.header.lower(), _ANOTHER))
                if isinstance(place, InHeader)
                else _json(put(place, _ANOTHER))
            )
    return None


def _json(body: Any, status: int = 200, *headers: tuple[str, str]) -> Response:
    return Response(status, (("content-type", "application/json"), *headers), dump_json(body))


def _is_for(reading: List, request: Request) -> bool:
    path = urlsplit(request.url).path
    return any(line.method == request.method and _form(line).search(path) for line in reading.lines)


def _is_at(url: str | UrlPattern, asked: str) -> bool:
    return re.fullmatch(_any(url.pattern), asked) is not None if isinstance(url, UrlPattern) else url == asked


def _form(line: RequestLine) -> re.Pattern[str]:
    """The path of a line, whatever stands in its holes."""
    return re.compile("/" + "/".join(map(_any, line.segments)) + "$")


def _any(template: Template) -> str:
    """The text as a regular expression, whatever stands in its holes."""
    return "".join(re.escape(part) if isinstance(part, str) else "[^/]+" for part in template.parts)


def _answer(world: World, action: Action, request: Request) -> Response:
    file = getattr(action.output, "file", None)
    sample = world.connector.sample_of(action) if world.answer is MISSING else world.answer
    if isinstance(file, FileOutput):
        if file.url is None or not _form(action.request).search(urlsplit(request.url).path):
            return Response(200, (("content-type", "application/octet-stream"),), _FILE)
        return _json(_pointing(world.connector, file, request))
    return _json(put(action.result, sample))


def _pointing(connector: Connector, file: FileOutput, request: Request) -> Any:
    """An answer that points to a file where the manifest says that files may be."""
    hole = next(iter(file.url.holes), None) if file.url else None
    host = next((origin.url for origin in connector.origins.values()), None) or origin_of(request.url)
    return put(hole.path, f"{host}/a/file.pdf") if hole else {}


def put(path: Path, value: Any, outer: Any = None) -> Any:
    """The object, or the list, with the value at that path."""
    if not path:
        return value
    if isinstance(outer, list) and path[0].isdecimal() and int(path[0]) < len(outer):
        number = int(path[0])
        return [*outer[:number], put(path[1:], value, outer[number]), *outer[number + 1 :]]
    outer = outer if isinstance(outer, dict) else {}
    return {**outer, path[0]: put(path[1:], value, outer.get(path[0]))}


def _page(world: World, reading: List, request: Request) -> Response:
    items, paged = _under(world, reading, request), reading.paginate.chosen if reading.paginate else None
    if reading.single:
        return _json(put(reading.items, items[-1] if items else {}))
    if paged is None:
        return _json(put(reading.items, items))
    size = getattr(paged, "size", None)
    per_page = size.value if size is not None else world.page
    begin = 0 if world.again else _begin(paged, request, items, per_page)
    if begin is None or begin < 0:
        return _json({"message": "there is no such page"}, 400)
    shown, rest = items[begin : begin + per_page], begin + per_page < len(items)
    if world.endless:
        shown, rest = [different(items[0], begin + number) for number in range(per_page)], True
    body = put(reading.items, shown)
    return _ended(
        body,
        paged,
        request,
        rest or world.again,
        begin + per_page,
        per_page,
        len(items) * (1000 if world.endless else 1),
    )


def _under(world: World, reading: List, request: Request) -> list[Any]:
    """The items; under a parent those that name it, if any do."""
    items = world.items[reading.name]
    each = reading.for_each
    if each is None:
        return items
    path = {unquote(one) for one in urlsplit(request.url).path.split("/")}
    said = path | {value for _, value in request.query} | {f"{one}" for one in _scalars(request.json)}
    named = {hole.path for _, hole in every_hole(reading) if hole.path[0] == each.as_} or {(each.as_, *each.key)}
    mine = [item for item in items if all(f"{extract(item, path)}" in said for path in named)]
    return mine or ([] if any(extract(item, path) is not MISSING for item in items for path in named) else items)


def _scalars(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [one for outer in inner for one in _scalars(outer)]
    return [value]


def _begin(paged: Any, request: Request, items: list[Any], per_page: int) -> int | None:
    """The number of the first item on the page that is asked for; None if there is no such page."""
    if isinstance(paged, NextUrl | LinkHeader):
        asked = dict(parse_qsl(urlsplit(request.full_url).query)).get(_PAGE, "0")
        return int(asked) if asked.isdecimal() else None
    value = _value(paged, request)
    if isinstance(paged, Cursor):
        if value is None:
            return 0
        if paged.from_last is None:
            return int(f"{value}".removeprefix("after-")) if f"{value}".startswith("after-") else None
        places = [number for number, item in enumerate(items) if f"{extract(item, paged.from_last)}" == f"{value}"]
        return places[-1] + 1 if places else len(items)
    if value is None or not f"{value}".lstrip("-").isdecimal():
        return None
    place = int(value) - paged.start
    return place if isinstance(paged, Offset) else place * per_page


def _value(paged: Any, request: Request) -> Any:
    if paged.place == "body":
        return request.json.get(paged.param) if isinstance(request.json, dict) else None
    return dict(request.query).get(paged.param)


def _ended(body: Any, paged: Any, request: Request, rest: bool, after: int, per_page: int, total: int) -> Response:
    """The page with what it says about the next."""
    link = f"{request.url.partition('?')[0]}?{_PAGE}={after}"
    if isinstance(paged, LinkHeader):
        return _json(body, 200, *([("link", f'<{link}>; rel="{paged.rel}"')] if rest else []))
    if paged.more is not None:
        body = put(paged.more, rest, body)
    if paged.last is not None:
        body = put(paged.last, not rest, body)
    if isinstance(paged, Counted):
        body = put(paged.total, total, body) if paged.total else body
        body = put(paged.pages, -(-total // per_page), body) if paged.pages else body
    elif paged.source is not None:
        body = put(paged.source, (link if isinstance(paged, NextUrl) else f"after-{after}") if rest else None, body)
    return _json(body)


def different(item: Any, number: int) -> Any:
    """An item like that one, with every text and number another; number 0 is the item itself."""
    if not number or not isinstance(item, dict | list):
        return item
    if isinstance(item, list):
        return [_different(value, number) for value in item]
    return {name: _different(value, number) for name, value in item.items()}


def _different(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {name: _different(inner, number) for name, inner in value.items()}
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return value
    return value + number if isinstance(value, int | float) else f"{value}-{number}"


def copied(item: Any) -> Any:
    """The item, to be changed."""
    return load_json(dump_json(item))
