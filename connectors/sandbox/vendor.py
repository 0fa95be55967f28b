"""What every pretend vendor shares: its addresses, a log of what it received, faults, deeds, and the way back."""

from __future__ import annotations

import functools
import inspect
import re
from abc import ABC, abstractmethod
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, TypeVar
from uuid import NAMESPACE_URL, uuid5

from pydantic import ConfigDict, ValidationError, validate_call
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount

from .call import Call
from .strict import Json, explain, read_body, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from .faults import Fault

    Clock = Callable[[], datetime]
    Done = TypeVar("Done", bound=Callable[..., Any])

LOG_LENGTH = 1000


class Connection(TypedDict):
    """What a user of the pretend vendor needs; paths are below the sandbox's own address.

    `path` stands for the vendor's main address, `values` are the credentials, `hosts` maps each other origin that
    the vendor's answers name to the path which stands for it.
    """

    path: str
    values: dict[str, str]
    hosts: dict[str, str]


def utc_now() -> datetime:
    """The clock of a sandbox that nobody gave another."""
    return datetime.now(UTC)


def deed(method: Done) -> Done:
    """Mark what happens in the vendor's app, not in its API: offered under /_do, `_` in its name as `-`."""
    vars(method)["is_deed"] = True
    return method


class Vendor(ABC):
    """A pretend vendor. A subclass holds its data and says how its document answers.

    The same `seed` gives the same ids and people; `now` is its clock, aware and in UTC.
    """

    name: ClassVar[str]
    connection: ClassVar[Connection]
    pages: ClassVar[str]
    """A regular expression for the lines of requests that read a page of a list."""

    def __init__(self, *, seed: int = 1, now: Clock = utc_now) -> None:
        self.seed = seed
        self.now = now
        self.log: deque[Json] = deque(maxlen=LOG_LENGTH)
        self.faults: list[Fault] = []
        self._counted: Counter[str] = Counter()
        self.reset()

    @abstractmethod
    def sow(self) -> None:
        """Replace all data by the invented data it starts with."""

    @abstractmethod
    def sites(self) -> dict[str, list[BaseRoute]]:
        """The routes by origin: "" is the main address, the others are the keys of `connection["hosts"]`."""

    @abstractmethod
    def tries(self, address: str) -> str:
        """Lines to copy for a person, `address` being where the sandbox is."""

    def refusal(self, error: HTTPException) -> Json:
        """The body of a refusal: the sandbox's choice, for a vendor whose document gives none."""
        return {"message": error.detail}

    @deed
    def reset(self) -> Json:
        """Everything as at the start: data, ids, faults and log."""
        self.log.clear()
        self.faults.clear()
        self._counted.clear()
        self.sow()
        return {"reset": self.name}

    def new_number(self, kind: str) -> int:
        """The next running number for a thing of this kind: 1, 2, … and never one twice."""
        self._counted[kind] += 1
        return self._counted[kind]

    def new_id(self, kind: str) -> str:
        """The next UUID for a thing of this kind."""
        return self.fixed_id(kind, self.new_number(kind))

    def fixed_id(self, kind: str, name: object) -> str:
        """A UUID that the seed and the two names alone decide."""
        return str(uuid5(NAMESPACE_URL, f"{self.name}:{self.seed}:{kind}:{name}"))

    def deeds(self) -> dict[str, Callable[..., Json]]:
        """What can be made to happen in its app, by name."""
        methods = inspect.getmembers(type(self), lambda member: hasattr(member, "is_deed"))
        return {name.replace("_", "-"): getattr(self, name) for name, _ in methods}

    def do(self, name: str, args: Json) -> Json:
        """Do a deed and say what changed; 404 for an unknown one, 400 for arguments it does not take."""
        return _called(self._deed(name), args)

    def check_deed(self, name: str, args: Json) -> None:
        """The same refusals, and nothing is done."""

        @functools.wraps(self._deed(name))
        def nothing(**args: Any) -> Json:
            return {}

        _called(nothing, args)

    def _deed(self, name: str) -> Callable[..., Json]:
        deeds = self.deeds()
        if name not in deeds:
            raise unknown("deed", name, deeds)
        return deeds[name]

    def take_fault(self, line: str) -> Fault | None:
        """The fault that meets this request, counted down; None as a rule."""
        for fault in self.faults:
            if fault.meets(line, self):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None

    def mounts(self) -> list[BaseRoute]:
        """Its addresses, each behind a door."""
        paths = {"": self.connection["path"], **self.connection["hosts"]}
        return [_Mount(paths[origin], Door(self, origin, routes)) for origin, routes in self.sites().items()]


class _Mount(Mount):
    """A mount that a line break in the path does not get past."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def _called(deed: Callable[..., Json], args: Json) -> Json:
    try:
        return validate_call(config=ConfigDict(strict=True))(deed)(**args)
    except ValidationError as error:
        raise HTTPException(400, explain(error)) from None


class Door:
    """Where requests for one origin come in: each is noted in the log, then met by a fault or carried out."""

    def __init__(self, vendor: Vendor, origin: str, routes: list[BaseRoute]) -> None:
        site = Starlette(routes=routes, exception_handlers={HTTPException: self._refuse})
        site.router.redirect_slashes = False
        self.vendor = vendor
        self.origin = origin
        self.site: ASGIApp = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        time = self.vendor.now().isoformat()
        call = Call(self.site, request, send, await read_body(request), origin=self.origin, time=time)
        self.vendor.log.append(call.entry)
        fault = self.vendor.take_fault(call.line)
        if fault:
            await fault.meet(call, self.vendor)
        else:
            await call.answer(await call.carry_out())

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse(self.vendor.refusal(error), error.status_code, error.headers)


async def refuse(request: Request, error: Exception) -> Response:
    """How the sandbox itself refuses, at the addresses that no vendor has."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)
