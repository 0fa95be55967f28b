from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from connectors.cli.data import Data


def test_servers_that_start_together_share_one_key(tmp_path):
    together = Barrier(4)

    def make():
        together.wait()
        return Data.of(tmp_path).secret_keys

    with ThreadPoolExecutor(4) as servers:
        keys = set(servers.map(lambda _: make(), range(4)))

    assert len(keys) == 1
