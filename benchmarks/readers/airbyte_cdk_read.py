"""Airbyte's CDK, a declarative source read by its own entrypoint, whose output is JSON lines: ADDRESS OUT."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

address, out = sys.argv[1:]
MANIFEST = f"""
version: 6.0.0
type: DeclarativeSource
check: {{type: CheckStream, stream_names: [offers]}}
streams:
  - type: DeclarativeStream
    name: offers
    primary_key: id
    schema_loader: {{type: InlineSchemaLoader, schema: {{type: object, additionalProperties: true, properties: {{}}}}}}
    retriever:
      type: SimpleRetriever
      requester: {{type: HttpRequester, url_base: "{address}", path: /offers, http_method: GET}}
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: [results]}}}}
      paginator:
        type: DefaultPaginator
        page_token_option: {{type: RequestOption, inject_into: request_parameter, field_name: page}}
        pagination_strategy: {{type: PageIncrement, start_from_page: 0, inject_on_first_request: true, page_size: 100}}
spec:
  type: Spec
  connection_specification: {{type: object, properties: {{}}}}
"""
STREAM = {
    "stream": {"name": "offers", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
    "sync_mode": "full_refresh",
    "destination_sync_mode": "append",
}

with tempfile.TemporaryDirectory() as folder, Path(out).open("w") as lines:
    os.dup2(lines.fileno(), sys.stdout.fileno())  # the entrypoint looks for the real one
    files = {name: Path(folder, name) for name in ("manifest.yaml", "config.json", "catalog.json")}
    files["manifest.yaml"].write_text(MANIFEST)
    files["config.json"].write_text("{}")
    files["catalog.json"].write_text(json.dumps({"streams": [STREAM]}))
    catalog = ConfiguredAirbyteCatalogSerializer.load({"streams": [STREAM]})
    source = YamlDeclarativeSource(str(files["manifest.yaml"]), catalog=catalog, config={}, state=[])
    launch(source, ["read", "--config", str(files["config.json"]), "--catalog", str(files["catalog.json"])])
