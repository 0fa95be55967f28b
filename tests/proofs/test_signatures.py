"""What is sent is taken, or refused, by the library that targets in JavaScript use."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.test_mailing import NOW, SECRET, sent

if TYPE_CHECKING:
    from tests.proofs.conftest import Node

pytestmark = pytest.mark.proof
RECEIVE = Path(__file__).parent / "signatures" / "receive.cjs"


def delivery(**changed: Any) -> dict[str, Any]:
    late = {"now": datetime.fromtimestamp(NOW.timestamp() + changed.pop("late", 0), UTC)}
    request = sent(**late)
    body = (request.content or b"").decode()
    return {"secret": SECRET, "headers": {**request.headers, **changed.pop("headers", {})}, "body": body, **changed}


def test_a_target_in_javascript_takes_what_is_right_and_refuses_the_rest(npm: Callable[[str, dict[str, str]], Node]):
    node = npm("signatures", {"standardwebhooks": "1.0.0"})
    deliveries = {
        "right": delivery(),
        "four minutes old": delivery(late=-240),
        "recorded six minutes ago": delivery(late=-360),
        "of the future": delivery(late=360),
        "another body": delivery(body='{"id":2}'),
        "another id": delivery(headers={"webhook-id": "evt_2"}),
        "made fresh": delivery(late=-360, headers={"webhook-timestamp": str(int(NOW.timestamp()))}),
        "another secret": delivery(secret="whsec_" + "A" * 32),
        "no signature": delivery(headers={"webhook-signature": ""}),
    }
    asked = json.dumps({"now": NOW.timestamp(), "deliveries": list(deliveries.values())})
    command = ["node", str(RECEIVE)]
    done = subprocess.run(command, input=asked, env=node.env, capture_output=True, text=True, check=True)
    said = dict(zip(deliveries, json.loads(done.stdout), strict=True))
    assert [name for name, answer in said.items() if answer == "taken"] == ["right", "four minutes old"]
    assert all(isinstance(answer, str) and answer for answer in said.values())
