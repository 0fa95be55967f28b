"""`gridwire poll`: a trigger's new items, once or again and again."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, ask_vendor, takes_account
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import print_lines, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import operation_of
from connectors.components.memory import Memory
from connectors.errors import VendorError

if TYPE_CHECKING:
    from connectors.cli.state import State
    from connectors.engine.connection import Connection
    from connectors.engine.run import Poll, Vendor
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
@click.option(
    "--watch",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    help="Poll again and again, that many seconds apart, until Ctrl-C.",
)
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
    watch: float | None,
) -> None:
    """Print a trigger's new items, each as JSON in a line of its own.

    The first run with a new --state remembers what is there and prints nothing; each run after it prints what is new
    since. If anything goes wrong, nothing is printed and nothing is remembered, so that the next run makes up for it.
    """
    from connectors.cli.state import State
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Trigger

    name, [trigger_name] = operation_of(words, usage="X.TRIGGER")
    connector = session.catalog().load(name)
    trigger = operation_named(connector, trigger_name, Trigger)
    with pointing_to(f"gridwire show {name} {trigger_name}"):
        given = trigger.checker.check(inputs.of(trigger.input))
    about = {"connector": connector.connector, "trigger": trigger.name, "input": given}
    state = State(state_file, about) if state_file else None
    with state.locked() if state else nullcontext():
        memory = state.read() if state else None
        polling = _Polling(account.open(connector, session), trigger, given, state, memory, limit)
        polling.from_start = from_start or not (state or watch)
        if not state:
            click.echo(f"There is no --state FILE to remember in: {polling.without_state}.", err=True)
        polling.again_and_again(watch) if watch else polling.once()


@dataclass
class _Polling:
    connection: Connection
    trigger: Trigger
    given: dict[str, Any]
    state: State | None
    memory: Memory | None
    limit: int | None
    from_start: bool = False

    @property
    def without_state(self) -> str:
        return "all that is there counts as new" if self.from_start else "what is seen now is forgotten at the end"

    def once(self) -> None:
        """Polls, prints what is new, and only then remembers it. Raises VendorError, ReconnectError, NotSaved."""
        with waiting(f"Polling {self.connection.connector.title}"):
            found = ask_vendor(self.connection, self._question)
        limit = self.limit or len(found.events)
        printed, rest = found.events[:limit], found.events[limit:]
        memory = self._without(rest, printed, found.memory)
        print_lines(printed)
        if self.state and memory != self.memory:
            self.state.write(memory)
        self.memory = memory

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
        return await vendor.poll(self.trigger.name, self.given, self.memory, from_start=self.from_start)

    def _without(self, rest: list[Any], printed: list[Any], memory: Memory) -> Memory:
        """The memory as if the rest had not been read, so that the next poll finds it."""
        identity = self.trigger.identity
        seen = dict(self.memory.versions) if self.memory else {}
        seen |= {identity.key_of(item): identity.version_of(item) for item in printed}
        versions = dict(memory.versions)
        for key in map(identity.key_of, rest):
            if key in seen:
                versions[key] = seen[key]
            else:
                versions.pop(key, None)
        return Memory(versions)
