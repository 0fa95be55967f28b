"""What a target is sent: an event, plain or as a CloudEvent, signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from standardwebhooks.webhooks import Webhook

from connectors.components.http import JSON_TYPE, Request, dump_json
from connectors.components.times import from_seconds
from connectors.service.outbox import Event

Format: TypeAlias = Literal["cloudevents", "plain"]

_TYPES: dict[Format, str] = {"plain": JSON_TYPE, "cloudevents": "application/cloudevents+json"}


@dataclass(frozen=True, slots=True)
class Mailing:
    """How one target wants events. `signer` has its secret; `source` names this server in CloudEvents."""

    url: str
    signer: Webhook
    format: Format
    source: str
    test: bool = False
    """Whether nothing has happened, and it is only tried whether it arrives."""

    def request(self, event: Event, now: datetime) -> Request:
        """The request that brings the event, signed by Standard Webhooks over the very bytes that are sent."""
        data = _data(event)
        body = dump_json(data if self.format == "plain" else self._cloud_event(event, data))
        headers = {
            "Content-Type": _TYPES[self.format],
            "webhook-id": event.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self.signer.sign(event.id, now, body.decode()),
        }
        headers |= {"gridwire-test": "true"} if self.test else {}
        return Request("POST", self.url, headers=headers, json=msgspec.Raw(body))

    def _cloud_event(self, event: Event, data: Any) -> dict[str, Any]:
        """CloudEvents 1.0, in JSON."""
        return {
            "specversion": "1.0",
            "id": event.id,
            "source": self.source,
            "type": event.type,
            "time": from_seconds(event.at).isoformat(),
            "datacontenttype": JSON_TYPE,
            "data": data,
        } | ({"gridwiretest": True} if self.test else {})


def _data(event: Event) -> Any:
    """The item; what was remembered of it stands in it under `previous`."""
    if event.previous is None or not isinstance(data := event.data, dict):
        return event.body
    return {**data, "previous": event.previous}
