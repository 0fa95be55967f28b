from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from connectors.errors import ManifestError
from connectors.manifest.catalog import Catalog
from connectors.server import create_app

HERE = Path(__file__).parent


def make(folder=HERE / "manifests", api_key="gw_k", signing_key=b"s" * 16, connections=None):
    catalog = Catalog([folder])
    return create_app(catalog=catalog, connections=connections or {}, api_key=api_key, signing_key=signing_key)


def test_an_empty_key_opens_nothing_so_it_is_refused():
    with pytest.raises(ValueError, match="must not be empty"):
        make(api_key="")


def test_a_signing_key_that_could_be_guessed_is_refused():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        make(signing_key=b"short")


def test_a_wrong_manifest_is_told_before_the_server_starts(tmp_path):
    (tmp_path / "wrong.yaml").write_text("connector: wrong\n")

    with pytest.raises(ManifestError, match="is missing here"):
        make(tmp_path)


def test_a_server_without_connections_has_connectors(served):
    headers = {"Authorization": "Bearer gw_k"}
    with served(make()) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        assert client.get("/v1/connections").json() == {"items": []}
        assert [item["name"] for item in client.get("/v1/connectors").json()["items"]] == ["acme"]


def test_an_app_that_was_not_started_says_what_its_owner_forgot(connection, served, caplog):
    headers = {"Authorization": "Bearer gw_k"}
    idle = make(connections={"acme-1": connection})
    with served(idle, lifespan="off") as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.post("/v1/connections/acme-1/test", headers=headers).status_code == 500

    assert "has to run its lifespan" in caplog.text
