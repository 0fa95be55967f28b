from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from connectors.cli.data import Data
from connectors.errors import InputError


def test_a_key_that_is_missing_is_said_and_no_other_is_made(tmp_path):
    (tmp_path / "gridwire.db").touch()

    with pytest.raises(InputError, match="secret-key is missing"):
        Data.of(tmp_path)
    assert not (tmp_path / "secret-key").exists()


def test_servers_that_start_together_share_one_key(tmp_path):
    together = Barrier(4)

    def make():
        together.wait()
        return Data.of(tmp_path).secret_keys

    with ThreadPoolExecutor(4) as servers:
        keys = set(servers.map(lambda _: make(), range(4)))

    assert len(keys) == 1
