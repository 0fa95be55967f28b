"""Kills `gridwire serve` over and over while events come, and compares three logs: caused, stored, received.

    python -m tests.service.chaos.chaos --kills 500 --events 5000 [--seed N] [--sabotage memory]

Half of the events are polled, half pushed; all but a quarter come of the sandbox's vendors. Lives end at each named
point in turn, and every third at any moment. The first and the last life are the plain command, a program of its own;
those in between are the same command, which kills itself (`lives.py`). `--sabotage memory` lets events wait for their
targets in memory alone; lives then end while some do, and that has to be found out. CHAOS_SHOW=1 shows their log.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from connectors.cli.sandbox import connection_at
from connectors.sandbox import OpenSolar, Reonic
from tests.service.chaos.world import Log, Pushes, asked, caller_of, sandbox, target_of

POINTS = (
    "before take",
    "after take",
    "before answer",
    "after answer",
    "before poll",
    "after poll",
    "before store",
    "after store",
    "before commit",
    "before tell",
    "after tell",
    "before wake",
    "after wake",
    "before post",
    "after post",
    "before mark",
    "after mark",
)
"""An arrival is kept in `take`, then answered. Events are stored with the memory in a transaction (`store`, `commit`),
of which those who wait are told (`tell`); targets are woken, posted to, and what they said is marked."""

ROOT = Path(__file__).parents[3]
LIVES, MANIFESTS = Path(__file__).with_name("lives.py"), Path(__file__).parents[1] / "manifests"
KEY = "gw_a-key-of-the-chaos-that-nobody-else-has"
TRIGGERS = {"dispatch": "job_pushed", "reonic": "new_request", "opensolar": "project_created"}
SCHEDULE = ",".join(["0", *["0.1"] * 1000])


@dataclass
class Outcome:
    """What the comparison found."""

    events: int
    killed: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    """Items that came under more than one id, though they happened once."""
    unknown: set[str] = field(default_factory=set)
    """Ids that a target took and that are not stored."""
    stored: int = 0
    forged: int = 0
    """Deliveries whose signature was not that of the subscription."""
    repeated: int = 0
    """How often a target took an id that it had taken before."""
    seconds: float = 0.0

    @property
    def right(self) -> bool:
        """Whether everything came that happened, and nothing else."""
        wrong = self.lost or self.doubled or self.unknown or self.forged
        return not wrong and self.stored == self.events


class Lives:
    """The process that lives are forked from, and the command that they run."""

    def __init__(self, folder: Path, target: str, sabotage: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.shown = None if os.environ.get("CHAOS_SHOW") else subprocess.DEVNULL
        self.command = ["serve", "--data", str(folder), "--port", str(self.port), "--public-url", self.url]
        self.command += ["--allow-private", "--min-interval", "0.3", "--retry-schedule", SCHEDULE]
        self.command += ["--manifests", str(MANIFESTS)]
        self.around = {**os.environ, "PYTHONPATH": str(ROOT), "GRIDWIRE_API_KEY": KEY, "GRIDWIRE_LOG_FORMAT": "text"}
        self.process = self._started(LIVES, target, sabotage, *self.command, stdin=subprocess.PIPE)
        self.said: queue.Queue[str] = queue.Queue()
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def _started(self, script: Path, *given: str, **how: Any) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), *given]
        how |= {"stdout": subprocess.PIPE, "stderr": self.shown, "env": self.around, "text": True}
        return subprocess.Popen(command, **how)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.put(line.strip())

    def begin(self, point: str, nth: int) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{nth} {point}\n")
        self.process.stdin.flush()
        return int(self.said.get(timeout=60))

    def ended(self, seconds: float) -> bool:
        try:
            said = self.said.get(timeout=seconds)
        except queue.Empty:
            return False
        if said != f"ended {signal.SIGKILL:d}":
            raise RuntimeError(f"a life {said}, and was not killed; CHAOS_SHOW=1 shows why")
        return True

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.ended(60)

    def plain(self) -> subprocess.Popen[str]:
        """The command as anybody runs it, once it answers."""
        process = self._started(ROOT / "cli.py", *self.command)
        until = time.monotonic() + 60
        while not self._ready():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server does not start; CHAOS_SHOW=1 shows why")
            time.sleep(0.05)
        return process

    def _ready(self) -> bool:
        try:
            self.ask("GET", "/v1/connections")
        except OSError:
            return False
        return True

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the server answers to whoever has its key."""
        return asked(self.url, method, path, body, Authorization=f"Bearer {KEY}")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
        self.listening.join()


def run(
    folder: Path,
    *,
    kills: int,
    events: int,
    sabotage: str = "none",
    seed: int = 1,
    patience: float = 120,
    points: Sequence[str] = POINTS,
) -> Outcome:
    """Begins, kills and lets come until everything has arrived, or nothing more arrives for `patience` seconds."""
    chance, log, outcome, began = random.Random(seed), Log(), Outcome(events), time.monotonic()
    hooks = list[dict[str, str]]()
    with caller_of(hooks) as caller, sandbox() as vendors, target_of(log, random.Random(seed)) as target:
        lives = Lives(folder, target.url, sabotage)
        first = lives.plain()
        subscribe(lives, log, caller.url, vendors, target.url)
        end(first)
        pushes, at = Pushes(hooks[0]), cycle(points)
        for life in range(kills):
            cause(log, vendors, pushes, range(life * events // kills, (life + 1) * events // kills))
            outcome.killed[end_one(lives, "any moment" if life % 3 == 2 else next(at), chance)] += 1
        last = lives.plain()
        settle(log, patience)
        time.sleep(0.3)  # what is still under way
        end(last)
        lives.close()
    compare(folder, log, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def subscribe(lives: Lives, log: Log, caller: str, vendors: str, target: str) -> None:
    """Once: accounts at the vendors, and somebody who waits for a trigger of each."""
    accounts = {"dispatch": {"values": {"key": "secret-of-acme"}, "base_url": caller}}
    accounts |= {vendor.name: connection_at(vendor(), vendors) for vendor in (Reonic, OpenSolar)}
    for connector, trigger in TRIGGERS.items():
        own = lives.ask("POST", "/v1/connections", {"connector": connector, "name": connector, **accounts[connector]})
        wanted = {"connection": own["id"], "trigger": trigger, "input": {}, "target_url": f"{target}/{trigger}"}
        log.secrets[f"/{trigger}"] = lives.ask("POST", "/v1/subscriptions", wanted)["secret"]


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def end_one(lives: Lives, point: str, chance: random.Random) -> str:
    """Begins a life and sees it end; gives where it did."""
    pid = lives.begin(point, chance.randint(1, 3))
    if lives.ended(chance.uniform(0.05, 1.0) if point == "any moment" else 6.0):
        return point
    lives.kill(pid)
    return "any moment"


def cause(log: Log, vendors: str, pushes: Pushes, numbers: range) -> None:
    """Of four events two come in a list that is polled; one is called until it is taken; one is called once, and else
    stands in a list that is read after an outage.
    """
    for number in numbers:
        if number % 2:
            own = asked(vendors, "POST", "/_do/reonic/take-request", {})["offer"]["id"]
            item = f"/new_request/{own}"
        elif number % 4:
            own = asked(vendors, "POST", "/_do/opensolar/create-project", {})["project"]["id"]
            item = f"/project_created/{own}"
        else:
            pushes.items.put(f"job-{number}")
            item = f"/job_pushed/job-{number}"
        with log.lock:
            log.caused.append(item)


def settle(log: Log, patience: float) -> None:
    """Until everything has arrived, or nothing more does."""
    missing, since = log.missing, time.monotonic()
    while missing and time.monotonic() - since < patience:
        time.sleep(0.05)
        if (now := log.missing) != missing:
            missing, since = now, time.monotonic()


def compare(folder: Path, log: Log, outcome: Outcome) -> None:
    with sqlite3.connect(folder / "gridwire.db") as database:
        stored = [name for (name,) in database.execute("SELECT id FROM events")]
    database.close()
    took = {item: Counter(ids) for item, ids in log.took.items()}
    outcome.stored = len(stored)
    outcome.lost = set(log.caused) - set(took)
    outcome.doubled = {item for item, ids in took.items() if len(ids) > 1}
    outcome.unknown = {name for ids in took.values() for name in ids} - set(stored)
    outcome.forged = log.forged
    outcome.repeated = sum(count - 1 for ids in took.values() for count in ids.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--sabotage", choices=["none", "memory"], default="none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        how = {"points": ["while held"], "patience": 5} if given.sabotage == "memory" else {}
        asked = {"kills": given.kills, "events": given.events, "seed": given.seed, "sabotage": given.sabotage}
        found = run(Path(folder), **asked, **how)
    print(f"{found.events} events, {sum(found.killed.values())} kills, {found.seconds:.0f} s, seed {given.seed}")
    print(f"stored {found.stored} · lost {len(found.lost)} · under two ids {len(found.doubled)}")
    print(f"taken again under the same id {found.repeated} · taken and not stored {len(found.unknown)}")
    print(f"with a wrong signature {found.forged}")
    for point in (*POINTS, "while held", "any moment"):
        print(f"  {found.killed[point]:4} {point}")
    never = set(POINTS) - set(found.killed) if given.kills >= 2 * len(POINTS) and given.sabotage == "none" else set()
    if never:
        print(f"never killed {', '.join(sorted(never))}")
    sys.exit(bool(never) or not found.right)


if __name__ == "__main__":
    main()
