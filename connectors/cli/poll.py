"""`gridwire poll`: a trigger's new items, once or again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, ask_vendor, keep_secret, takes_account, takes_timeout
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import print_lines, waiting
from connectors.cli.saving import Keeping, kept_as_case, takes_save_case, watching
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import Seconds, operation_of
from connectors.components.memory import Memory
from connectors.errors import InputError, VendorError

if TYPE_CHECKING:
    from connectors.cli.state import State
    from connectors.engine.connection import Connection
    from connectors.engine.run import Poll, Vendor
    from connectors.engine.transport import Transport
    from connectors.manifest.model import Trigger


@click.command()
@click.argument("words", metavar="X.TRIGGER", nargs=-1, required=True)
@takes_inputs
@takes_account
@click.option(
    "--state",
    "state_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to remember what was seen. Made by the first run, which prints nothing.",
)
@click.option("--from-start", is_flag=True, help="Take what is there at the first run for new.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Print at most N items; the rest stays unseen.")
@click.option("--release", is_flag=True, help="Believe that everything is gone that is held as too much at once.")
@click.option(
    "--watch",
    metavar="SECONDS",
    type=Seconds(),
    help="Poll again and again, that many seconds apart, until Ctrl-C.",
)
@takes_timeout
@takes_save_case
@common()
@pass_session
def poll(
    session: Session,
    words: tuple[str, ...],
    inputs: Inputs,
    account: Account,
    state_file: Path | None,
    from_start: bool,
    limit: int | None,
    release: bool,
    watch: float | None,
    timeout: float,
    keeping: Keeping | None,
) -> None:
    """Print a trigger's new items, each as JSON in a line of its own.

    The first run with a new --state remembers what is there and prints nothing; each run after it prints what is new
    since. If anything goes wrong, nothing is printed and nothing is remembered, so that the next run makes up for it.
    """
    from connectors.cli.state import State
    from connectors.engine.redaction import hidden
    from connectors.engine.run import polled_trigger

    name, [trigger_name] = operation_of(words, usage="X.TRIGGER")
    connector = session.catalog().load(name)
    trigger = polled_trigger(connector, trigger_name)
    if keeping and watch:
        raise InputError(
            "--save-case keeps one poll, and --watch polls again and again", remedy="Leave one of them out."
        )
    with pointing_to(f"gridwire show {name} {trigger_name}"):
        given = trigger.checker.check(inputs.of(trigger.input))
    connection = account.open(connector, session)
    keep_secret(session, connection, trigger.input, given)
    about = {"connector": connector.connector, "trigger": trigger.name, "input": hidden(given, session.redact)}
    state = State(state_file, about, [connection.base_url, connection.scope]) if state_file else None
    with state.locked() if state else nullcontext():
        memory = state.read() if state else None
        polling = _Polling(connection, trigger, given, state, memory, limit, release, timeout)
        polling.from_start = from_start or not (state or watch)
        if not state:
            click.echo(f"There is no --state FILE to remember in: {polling.without_state}.", err=True)
        if keeping:
            polling.once_kept(keeping)
        else:
            polling.again_and_again(watch) if watch else polling.once()


@dataclass
class _Polling:
    connection: Connection
    trigger: Trigger
    given: dict[str, Any]
    state: State | None
    memory: Memory | None
    limit: int | None
    release: bool
    timeout: float
    from_start: bool = False
    through: Callable[[Transport], Transport] | None = None

    @property
    def without_state(self) -> str:
        return "all that is there counts as new" if self.from_start else "what is seen now is forgotten at the end"

    def once(self) -> None:
        """Polls, prints what is new, and only then remembers it. Raises VendorError, ReconnectError, NotSaved."""
        with waiting(f"Polling {self.connection.connector.title}"):
            found = ask_vendor(self.connection, self._question, timeout=self.timeout, through=self.through)
        print_lines(found.events.lines())
        if found.held:
            click.echo(f"{found.held} items are gone at once. Run it again with --release if that is right.", err=True)
        if self.state and found.memory != self.memory:
            self.state.write(found.memory)
        self.memory = found.memory

    def once_kept(self, keeping: Keeping) -> None:
        """The same, and keeps it as a case. Raises NotRecorded too."""
        options = {"from_start": self.from_start, "limit": self.limit, "release": self.release}
        watch = watching(keeping, self.connection, self.trigger.name, self.given, timeout=self.timeout, **options)
        self.connection, self.through, watch.memory = watch.connection, watch.through, self.memory
        with kept_as_case(watch):
            watch.begins()
            self.once()

    def again_and_again(self, seconds: float) -> None:
        """Polls until the program is interrupted or the account needs to be connected anew (ReconnectError)."""
        while True:
            pause = seconds
            try:
                self.once()
            except VendorError as error:
                click.echo(f"{self.connection.redact(error.message)}; polling again", err=True)
                pause = max(seconds, error.retry_after or 0)
            time.sleep(pause)

    async def _question(self, vendor: Vendor) -> Poll:
        return await vendor.poll(
            self.trigger.name,
            self.given,
            self.memory,
            from_start=self.from_start,
            limit=self.limit,
            release=self.release,
        )
