"""How fast a list is read, as a whole process, next to what one would write by hand, and to others.

    python benchmarks/poll.py [--items 20000] [--delay-ms 0] [--runs 3] [--peers]

One server in a process of its own serves all readers in turn; each writes every offer as a line of JSON to a file. It
needs httpx and orjson beside gridwire. `--peers` installs dlt and Airbyte's CDK once, into `.cache/peers`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
READERS = HERE / "readers"
PEERS = HERE.parent / ".cache" / "peers"
PER_PAGE = 100


@dataclass(frozen=True)
class Run:
    """What one process took: seconds by the clock, seconds of the processor, and its greatest memory in MiB."""

    seconds: float
    processor: float
    memory: float


@contextmanager
def serving(pages: int, delay_ms: int) -> Iterator[str]:
    """The server's address."""
    command = [sys.executable, str(HERE / "server.py"), "0", str(pages), str(delay_ms)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def gridwire(address: str, *options: str, in_flight: int = 4) -> list[str]:
    """The command that polls; the manifest is the committed one, but for how many pages are in flight."""
    text = (HERE / "offers.yaml").read_text()
    manifest = Path(tempfile.gettempdir()) / f"gridwire-offers-{in_flight}.yaml"
    manifest.write_text(text.replace("in_flight: 4", f"in_flight: {in_flight}"))
    program = [sys.executable, str(HERE.parent / "cli.py"), "poll", str(manifest), "new_offer"]
    return [*program, "--from-start", "--base-url", address, "--set", "key=invented", *options]


def run(command: list[str], out: Path, items: int) -> Run:
    """Runs the command with its output in a file, and counts the lines there that hold an offer."""
    started = time.perf_counter()
    with out.open("wb") as lines, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=lines, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        said.seek(0)
        complaint = said.read().decode()
    with out.open("rb") as lines:
        found = sum(b'"offer-' in line for line in lines)
    if status or found != items:
        sys.exit(f"{' '.join(command)}\ngave {found} of {items} offers and ended with {status}:\n{complaint}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def commands(address: str, out: Path, delay_ms: int, *, peers: bool) -> dict[str, list[str]]:
    """What is compared, by name."""

    def reader(python: Path | str, name: str) -> list[str]:
        return [str(python), str(READERS / f"{name}.py"), address, str(out)]

    state = out.with_name("state.json")
    compared = {
        "gridwire poll": gridwire(address),
        "gridwire poll --state": gridwire(address, "--state", str(state)),
        "httpx + orjson": reader(sys.executable, "httpx_orjson"),
        "http.client + orjson": reader(sys.executable, "http_client_orjson"),
    }
    if delay_ms:
        compared["gridwire poll, in_flight: 1"] = gridwire(address, in_flight=1)
    if peers:
        compared["dlt"] = reader(PEERS / "bin" / "python", "dlt_rest")
        compared["Airbyte's CDK"] = reader(PEERS / "bin" / "python", "airbyte_cdk_read")
    return compared


def install_peers() -> None:
    """Puts the peers into an environment of their own, once."""
    if not PEERS.is_dir():
        venv.create(PEERS, with_pip=True)
        packages = ["dlt", "airbyte-cdk", "orjson"]
        subprocess.run([PEERS / "bin" / "pip", "install", "--quiet", *packages], check=True)


def table(results: dict[str, list[Run]], items: int) -> Iterator[str]:
    """The medians, and how often as fast gridwire was."""
    fastest = median(run.seconds for run in results["gridwire poll"])
    yield f"| reader | seconds | records/s | CPU s | peak MiB | gridwire's speed by this |\n|---|{'---:|' * 5}"
    for name, runs in results.items():
        seconds, processor, memory = (
            median(getattr(run, fact) for run in runs) for fact in ("seconds", "processor", "memory")
        )
        speed = f"{items / seconds:,.0f}"
        yield f"| {name} | {seconds:.2f} | {speed} | {processor:.2f} | {memory:.0f} | {seconds / fastest:.2f} |"


def main() -> None:
    """Compares, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=20_000, help="How many offers, in pages of 100.")
    parser.add_argument("--delay-ms", type=int, default=0, help="How long the server waits before each answer.")
    parser.add_argument("--runs", type=int, default=3, help="The median of so many runs counts.")
    parser.add_argument("--peers", action="store_true", help="Compare with dlt and Airbyte's CDK too.")
    options = parser.parse_args()
    if options.peers:
        install_peers()
    results: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as folder, serving(options.items // PER_PAGE, options.delay_ms) as address:
        out = Path(folder) / "offers.jsonl"
        for _ in range(options.runs):
            for name, command in commands(address, out, options.delay_ms, peers=options.peers).items():
                out.with_name("state.json").unlink(missing_ok=True)
                results.setdefault(name, []).append(run(command, out, options.items))
    print("\n".join(table(results, options.items)))


if __name__ == "__main__":
    main()
