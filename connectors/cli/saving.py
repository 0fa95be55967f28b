"""Keeping what has just happened as a case: for `record`, and for `--save-case` of `run` and `poll`."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from connectors.cli.files import NotSaved
from connectors.cli.files import replace as replace_file
from connectors.errors import GridwireError, InputError

if TYPE_CHECKING:
    from connectors.cli.account import Door
    from connectors.components.memory import Memory
    from connectors.engine.connection import Connection
    from connectors.engine.hooks import Hook
    from connectors.engine.run import Vendor
    from connectors.engine.transport import Transport
    from connectors.testing.case import Case
    from connectors.testing.hooked import Known
    from connectors.testing.record import Take
    from connectors.testing.steps import Exchange

CASSETTES = Path("cassettes")
USUAL_TIMEOUT = 30.0
"""Seconds; a case says its own only if it is another."""
_PLACES = 20
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class NotKept(NotSaved):
    """What was to be done at the vendor was done, and only the case of it could not be kept."""

    exit_code = 6


@dataclass(frozen=True)
class Keeping:
    """Where a case goes, and what it is called."""

    name: str
    folder: Path = CASSETTES
    evidence: str | None = None
    overwrite: bool | None = None
    """Whether a case of that name is replaced; None where that cannot be asked for."""

    def check(self, connector: str, operation: str) -> None:
        """Refuses before anything is sent what could not be written afterwards. Raises InputError."""
        if not _NAME.fullmatch(self.name):
            message = f"'{self.name}' cannot be the name of a case"
            raise InputError(message, remedy="Lower-case letters, digits, '_' and '-', such as not_found.")
        path = self.path(connector, operation)
        if path.exists() and not self.overwrite:
            how = "delete that file" if self.overwrite is None else "replace it with --overwrite"
            remedy = f"Nothing was sent. Choose another name, or {how}."
            raise InputError(f"there is already a case {path}", remedy=remedy)

    def path(self, connector: str, operation: str) -> Path:
        """The case's file."""
        return self.folder / connector / operation / f"{self.name}.yaml"

    def evidence_of(self, connection: Connection) -> str:
        """What was said, or `sandbox` for a vendor on this machine and `live` for any other."""
        host = urlsplit(connection.base_url).hostname or ""
        return self.evidence or ("sandbox" if _is_here(host) else "live")


takes_folder = click.option(
    "--cassettes",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=CASSETTES,
    show_default=True,
    help="The folder of cassettes.",
)


def takes_save_case(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--save-case`; the command gets what it says as one argument, `keeping`, or None."""

    @click.option(
        "--save-case",
        "name",
        metavar="NAME",
        help="Keep what happens, scrubbed, as a case of that name, whether it succeeds or fails.",
    )
    @takes_folder
    @wraps(command)
    def taking(*args: Any, name: str | None, folder: Path, **rest: Any) -> Any:
        return command(*args, keeping=Keeping(name, folder) if name else None, **rest)

    return taking


@dataclass
class Watch:
    """Sees what is sent in one command, and makes a case of it."""

    connection: Connection
    operation: str
    keeping: Keeping
    options: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, Any] | None = None
    input: dict[str, Any] = field(default_factory=dict)
    memory: Memory | None = None
    times: list[datetime] = field(default_factory=list)
    seen: list[list[Exchange]] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict, repr=False)
    """What happened to the webhook, if it is about one."""
    most_items: int | None = None
    """How many items of each page are enough, if it is polled."""
    done: bool = False
    """Whether the vendor did what it was asked for."""

    def __post_init__(self) -> None:
        from connectors.testing.cassette import Recording
        from connectors.testing.perform import one_at_a_time
        from connectors.testing.record import session_of

        self.keeping.check(self.connection.connector.connector, self.operation)
        connector = one_at_a_time(self.connection.connector)
        self.connection = replace(self.connection, connector=connector)
        self._recording = Recording(connector)
        self._session = session_of(self.connection)

    @contextmanager
    def running(self) -> Generator[Watch]:
        """Sees what is sent for as long as it runs."""
        with self._recording.running():
            yield self

    def through(self, transport: Transport) -> Transport:
        """The transport under its eyes."""
        return self._recording.through(transport)

    def begins(self) -> None:
        """A poll begins."""
        self.times.append(datetime.now(UTC))

    def ends(self) -> None:
        """A call or a poll has ended."""
        self.seen.append(self._recording.taken())

    def hears(self, url: str) -> None:
        """From now on it is about the trigger's webhook, which calls that address."""
        self.webhook = {"url": url, "secret": "", "steps": []}

    def agrees(self, secret: str) -> Known:
        """What is known of the webhook from now on, with the secret that is agreed on with the vendor."""
        from connectors.testing.hooked import Known

        self.webhook["secret"] = secret
        self._known = Known(None, secret)
        return self._known

    async def hook(self, vendor: Vendor) -> Hook:
        """The trigger's webhook."""
        return vendor.hook(self.operation, self.input)

    def happens(self, door: Door, step: dict[str, Any]) -> dict[str, Any]:
        """Lets one thing happen to the webhook; gives what came of it, in the words of a case."""
        from connectors.testing.hooked import happen
        from connectors.testing.steps import Happening

        self.webhook["steps"].append(step)
        case = replace(self.take, exchanges=[[]] * len(self.webhook["steps"])).case()
        last = Happening.model_validate(step)
        said = door.ask(lambda vendor: happen(vendor, case, last, self._known))
        self.ends()
        return said

    @property
    def take(self) -> Take:
        """What is known so far."""
        from connectors.testing.record import Take

        keeping, given = self.keeping, self.input
        evidence = keeping.evidence_of(self.connection)
        words: dict[str, Any] = {"times": self.times, "options": self.options, "choices": self.choices}
        words |= {"webhook": self.webhook} if self.webhook else {}
        words |= {"session": self._session, "most_items": self.most_items}
        return Take(self.connection, self.operation, given, evidence, keeping.folder, keeping.name,
                    self.seen or [[]], memory=self.memory, **words)  # fmt: skip

    def case(self) -> Case:
        """The case to keep. Raises NotKept."""
        from connectors.testing.record import draft

        try:
            return draft(self.take)
        except GridwireError as error:
            raise self._not_kept(error) from None

    def keep(self, case: Case) -> None:
        """Writes the case's file. Raises NotKept."""
        try:
            write(case)
        except GridwireError as error:
            raise self._not_kept(error) from None

    def _not_kept(self, error: GridwireError) -> NotKept:
        remedy = error.remedy or ""
        if not (self.done and self.writes):
            return NotKept(f"There is no case: {error.message}", remedy=remedy)
        message = f"{self.operation} was carried out at the vendor; only the case could not be kept: {error.message}"
        return NotKept(message, remedy=f"{remedy}\nRun again, it would be carried out once more.".strip())

    @property
    def writes(self) -> bool:
        """Whether the operation changes something at the vendor."""
        from connectors.manifest.model import Action

        operation = self.connection.connector.operations.get(self.operation)
        return isinstance(operation, Action) and operation.effective != "read" and self.choices is None


@contextmanager
def kept_as_case(watch: Watch) -> Generator[None]:
    """Writes the case at the end, also if the vendor failed; what then goes wrong is said, and the failure stays."""
    try:
        with watch.running():
            yield
    except GridwireError as failure:
        if isinstance(failure, NotSaved):
            raise
        watch.ends()
        try:
            watch.keep(watch.case())
        except GridwireError as error:
            click.echo(watch.connection.redact(error.message), err=True)
        raise
    watch.ends()
    watch.done = True
    case = watch.case()
    watch.keep(case)
    show_places(case)


def show_places(case: Case) -> None:
    """Says where a case of a real account may still tell of a person: the first places."""
    from connectors.testing.review import places_to_review

    places = list(places_to_review(case))
    if not places:
        return
    more = [f"… and {len(places) - _PLACES} more"] if len(places) > _PLACES else []
    listed = "\n".join(f"  {place}" for place in [*places[:_PLACES], *more])
    click.echo(f"Look at these places before you share it; they may tell of a person:\n{listed}", err=True)


def write(case: Case) -> None:
    """Writes the case's file as a whole, and says where. Raises NotSaved."""
    try:
        case.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(case.path, case.dumps().encode())
        case.path.chmod(0o644)
    except OSError as error:
        message = f"{case.path} could not be written: {error.strerror}"
        raise NotSaved(message, remedy="Name another --cassettes DIR.") from None
    click.echo(f"Kept as {case.path}.", err=True)


def watching(
    keeping: Keeping, connection: Connection, operation: str, given: dict[str, Any], *, timeout: float, **options: Any
) -> Watch:
    """What sees the call that is to be kept. Raises InputError."""
    from connectors.engine.redaction import secrets_in

    connection = connection.hiding(secrets_in(connection.connector.operations[operation].input, given))
    options["timeout"] = timeout if timeout != USUAL_TIMEOUT else None
    return Watch(connection, operation, keeping, {name: one for name, one in options.items() if one}, input=given)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
