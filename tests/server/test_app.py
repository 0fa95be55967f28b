from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from connectors.errors import ManifestError
from connectors.manifest.catalog import Catalog
from connectors.server import create_app
from tests.server.conftest import KEY, SEAL, seed

HERE = Path(__file__).parent


def make(data, folder=HERE / "manifests", secret_key=SEAL):
    return create_app(catalog=Catalog([folder]), data=data, secret_keys=[secret_key])


def test_a_secret_key_that_could_be_guessed_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 16 bytes"):
        make(tmp_path, secret_key="short")


def test_a_wrong_manifest_is_told_before_the_server_starts(tmp_path):
    (tmp_path / "wrong.yaml").write_text("connector: wrong\n")

    with pytest.raises(ManifestError, match="is missing here"):
        make(tmp_path, tmp_path)


def test_a_server_without_connections_has_connectors(served, tmp_path, catalog):
    seed(tmp_path, catalog, {})
    headers = {"Authorization": f"Bearer {KEY}"}
    with served(make(tmp_path)) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        assert client.get("/v1/connections").json() == {"items": []}
        assert [item["name"] for item in client.get("/v1/connectors").json()["items"]] == ["acme", "club"]


def test_an_app_that_was_not_started_says_what_its_owner_forgot(tmp_path, served, caplog):
    headers = {"Authorization": f"Bearer {KEY}"}
    idle = make(tmp_path)
    with served(idle, lifespan="off") as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.post("/v1/connections/acme-1/test", headers=headers).status_code == 500

    assert "has to run its lifespan" in caplog.text
