"""What others notice of sockets that drip: the p95 of actions with 200 of them, against without, in one run.

    python benchmarks/slow.py [--sockets 200] [--requests 1500] [--at-once 8] [--rounds 3]

Rounds with and without take turns; the best p95 of each is told, because other work on the machine only ever adds.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from actions import HERE, KEY, PATH, Running, load, seed, server, started


def dripping(running: Running, sockets: int) -> subprocess.Popen[str]:
    """The sockets, all of them open."""
    command = [sys.executable, HERE / "drip.py", *map(str, (running.port, sockets, PATH, KEY))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def main() -> None:
    """Prints each round and the comparison."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sockets", type=int, default=200)
    options.add_argument("--requests", type=int, default=1500)
    options.add_argument("--at-once", type=int, default=8)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    usual: list[float] = []
    beside: list[float] = []
    with ExitStack() as open_now:
        data = open_now.enter_context(tempfile.TemporaryDirectory())
        vendor = open_now.enter_context(started(str(HERE / "vendor.py")))
        asyncio.run(seed(Path(data), vendor))
        running = open_now.enter_context(server(data, "--sandbox", "--manifests", str(HERE)))
        load(running, given.at_once, 500)
        for _ in range(given.rounds):
            usual.append(load(running, given.at_once, given.requests)["p95_ms"])
            drips = dripping(running, given.sockets)
            beside.append(load(running, given.at_once, given.requests)["p95_ms"])
            said, _ = drips.communicate()
            print(
                f"p95 {usual[-1]:.2f} ms, with {given.sockets} sockets {beside[-1]:.2f} ms; {said.strip()}", flush=True
            )
    print(f"\nat best {min(usual):.2f} and {min(beside):.2f} ms: {min(beside) / min(usual):.2f} times (goal: below 2)")


if __name__ == "__main__":
    main()
