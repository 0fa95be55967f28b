"""Kills the server over and over while events come, and compares three logs: caused, stored, received.

    python -m tests.service.chaos.chaos --kills 500 --events 5000

Half of the events are pushed, half polled. Lives end at each named point in turn, and every third at any moment.
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

from tests.service.chaos.world import Log, Pushes, target_of, vendor_of

POINTS = (
    "before take",
    "after take",
    "before answer",
    "after poll",
    "before store",
    "after store",
    "before commit",
    "before wake",
    "after wake",
    "before post",
    "after post",
    "before mark",
    "after mark",
)
LIVES = Path(__file__).with_name("lives.py")


@dataclass
class Outcome:
    """What the comparison found. `lost` and `doubled` are to be empty."""

    events: int
    killed: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    """Items that came under more than one id, though they happened once."""
    unknown: set[str] = field(default_factory=set)
    """Ids that a target took and that are not stored."""
    stored: int = 0
    repeated: int = 0
    """How often a target took an id that it had taken before."""
    seconds: float = 0.0


class Lives:
    """The process that lives are forked from."""

    def __init__(self, *args: str, descriptor: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, LIVES, args[0], str(descriptor), *args[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("CHAOS_SHOW") else None,
            pass_fds=[descriptor],
            env={**os.environ, "PYTHONPATH": str(LIVES.parents[3])},
            text=True,
        )
        self.said: queue.Queue[str] = queue.Queue()
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.put(line.strip())

    def begin(self, point: str, nth: int = 1) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{nth} {point}\n")
        self.process.stdin.flush()
        return int(self.said.get(timeout=60))

    def ended(self, seconds: float) -> bool:
        try:
            self.said.get(timeout=seconds)
        except queue.Empty:
            return False
        return True

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.ended(60)

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
    way: str = "disk",
    seed: int = 1,
    patience: float = 120,
    points: Sequence[str] = POINTS,
) -> Outcome:
    """Begins, kills and lets come until everything has arrived, or nothing more arrives for `patience` seconds."""
    chance, log, outcome, began = random.Random(seed), Log(), Outcome(events), time.monotonic()
    rows, hooks = [], []
    with (
        socket.create_server(("127.0.0.1", 0), backlog=64) as listening,
        vendor_of(log, rows, hooks) as vendor,
        target_of(log, random.Random(seed)) as target,
    ):
        lives = Lives(str(folder), vendor.url, target.url, way, descriptor=listening.fileno())
        lives.begin("set up")
        assert lives.ended(60)
        pushes, at = Pushes(hooks[0]), cycle(points)
        for life in range(kills):
            cause(log, rows, pushes, life * events // kills, (life + 1) * events // kills)
            outcome.killed[end_one(lives, "any moment" if life % 3 == 2 else next(at), chance)] += 1
        last = lives.begin("none")
        settle(log, patience)
        time.sleep(0.3)  # what is still under way
        lives.kill(last)
        lives.close()
    compare(folder, log, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def end_one(lives: Lives, point: str, chance: random.Random) -> str:
    """Begins a life and sees it end; gives where it did."""
    pid = lives.begin(point, chance.randint(1, 4))
    if lives.ended(chance.uniform(0.05, 1.0) if point == "any moment" else 4.0):
        return point
    lives.kill(pid)
    return "any moment"


def cause(log: Log, rows: list[dict[str, str]], pushes: Pushes, first: int, last: int) -> None:
    for number in range(first, last):
        item = f"{'polled' if number % 2 else 'pushed'}-{number}"
        with log.lock:
            log.caused.append(item)
            if number % 2:
                rows.append({"id": item, "title": "Roof"})
        if not number % 2:
            pushes.items.put(item)


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
    outcome.repeated = sum(count - 1 for ids in took.values() for count in ids.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), kills=given.kills, events=given.events, seed=given.seed)
    print(f"{found.events} events, {sum(found.killed.values())} kills, {found.seconds:.0f} s, seed {given.seed}")
    print(f"stored {found.stored} · lost {len(found.lost)} · under two ids {len(found.doubled)}")
    print(f"taken again under the same id {found.repeated} · taken and not stored {len(found.unknown)}")
    for point in (*POINTS, "any moment"):
        print(f"  {found.killed[point]:4} {point}")
    sys.exit(bool(found.lost or found.doubled or found.unknown or found.stored != found.events))


if __name__ == "__main__":
    main()
