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


@pytest.mark.parametrize(
    "words",
    [
        "connections",
        "connections test office",
        "keys list",
        "keys revoke mine",
        "subscriptions",
        "subscriptions history sub_1",
        "deliveries",
        "why sub_1",
        "replay dlv_1",
        "forget nobody --yes",
        "mcp",
        "subscribe reonic.new_offer --connection office --to https://example.com/in",
        "run reonic.add_note --connection office -i text=x",
    ],
)
def test_what_only_reads_makes_no_data_folder(gridwire, tmp_path, words):
    folder = tmp_path / "nowhere"

    done = gridwire(*words.split(), "--data", str(folder))

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"there is nothing at {folder}" in done.stderr
    assert not folder.exists()


def test_servers_that_start_together_share_one_key(tmp_path):
    together = Barrier(4)

    def make():
        together.wait()
        return Data.of(tmp_path).secret_keys

    with ThreadPoolExecutor(4) as servers:
        keys = set(servers.map(lambda _: make(), range(4)))

    assert len(keys) == 1
