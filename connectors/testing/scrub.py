"""What was seen, made fit to be kept: at the vendor's real address, without secrets, with invented people."""

from __future__ import annotations

import base64
import email.utils
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.components.http import load_json
from connectors.engine.connection import Connection
from connectors.engine.redaction import secrets_in
from connectors.testing.case import Case
from connectors.testing.people import Cast
from connectors.testing.secrets import HIDDEN, Mask, found_in, idempotency_keys, of_connection, words_of
from connectors.testing.signed import given_secret
from connectors.testing.stage import Stage
from connectors.testing.steps import INVENTED, Answer, Exchange, Message
from connectors.testing.written import body_words


class Scrubber:
    """Scrubs everything that belongs to one case in the same way."""

    def __init__(self, case: Case, connection: Connection) -> None:
        exchanges = _exchanges(case)
        known = _of_input(case, connection) | _of_webhook(case, connection) | of_connection(connection)
        known |= idempotency_keys(connection.connector, exchanges)
        self.secrets = {**known, **found_in(exchanges, known)}
        self.mask = Mask(self.secrets)
        self._stage = Stage(_cast(case, exchanges))
        self._stand_ins = _stand_ins(connection, case)
        self._keeps_files = case.evidence != "live"

    def case(self, case: Case) -> Case:
        """The case scrubbed, without its outcome: that comes from playing it."""
        said = case.model_dump(by_alias=True, exclude_unset=True)
        for name in ("connection", "session", "input", "memory"):
            if name in said:
                said[name] = self.value(said[name])
        if "choices" in said:
            said["choices"] = self.value(said["choices"], "text")
        webhook = said.get("webhook", {})
        for step in said.get("polls", webhook.get("steps", [said])):
            if "exchanges" in step or step is said:
                step["exchanges"] = [self._exchange(exchange) for exchange in step.get("exchanges", [])]
            if "delivery" in step:
                step["delivery"] = self._message(_as_json(step["delivery"]))
        webhook |= {name: self.text(webhook[name]) for name in ("url", "secret") if name in webhook}
        return Case.model_validate(said).at(case.path)

    def value(self, value: Any, key: str = "") -> Any:
        """The value without secrets, with invented people."""
        return self._stage.value(self._masked(value), key)

    def text(self, text: str) -> str:
        """The same for a text of which nothing more is known."""
        return self._stage.text(self.mask(self._real(text)))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._masked(str(name)): self._masked(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._masked(inner) for inner in value]
        if isinstance(value, str):
            return self.mask(self._real(value))
        if isinstance(value, int | float) and str(value) in self.secrets:
            return HIDDEN + self.secrets[str(value)]
        return value

    def _real(self, text: str) -> str:
        for stand_in, real in self._stand_ins:
            text = text.replace(stand_in, real)
        return text

    def _exchange(self, exchange: dict[str, Any]) -> dict[str, Any]:
        done = {name: self._message(message) for name, message in exchange.items() if name != "failure"}
        if "failure" in exchange:
            said = exchange["failure"]["message"]
            for stand_in, real in self._stand_ins:
                said = said.replace(urlsplit(stand_in).netloc, urlsplit(real).netloc)
            done["failure"] = {**exchange["failure"], "message": self.text(said)}
        return done

    def _message(self, message: dict[str, Any]) -> dict[str, Any]:
        headers = {name: self.text(_lasting(name, value)) for name, value in message.get("headers", {}).items()}
        done: dict[str, Any] = {**message, "headers": headers}
        if "line" in done:
            done["line"] = self._stage.line(self.mask(self._real(done["line"])))
        if "json" in done:
            done["json"] = self.value(done["json"])
        if (
            "text" in done
            and not self._keeps_files
            and 200 <= done.get("status", 0) < 300
            and not _is_json(done["text"])
        ):
            done["base64"] = base64.b64encode(done.pop("text").encode()).decode()  # it is a file
        if "text" in done:
            done["text"] = self._stage.text(self.mask(self._real(done["text"])), "text")
        if "base64" in done:
            done["base64"] = self._body(Message.model_validate({"base64": done["base64"]}))
        return done

    def _body(self, message: Message) -> str:
        """What is no UTF-8: a text as it is otherwise scrubbed, a file as it is if nobody real can be in it."""
        data, text = message.body or b"", words_of(message)
        if text is not None and self._keeps_files:
            scrubbed = self._stage.text(self.mask(self._real(text)), "text").encode("latin-1", "replace")
            return body_words(scrubbed).get("base64") or base64.b64encode(scrubbed).decode()
        if self._keeps_files and not self.mask.holds(data.decode("latin-1")):
            return message.base64 or ""
        stand_in = b"\xff" + f"{HIDDEN}file of {len(data)} bytes".encode()
        return body_words(stand_in)["base64"]


def _of_input(case: Case, connection: Connection) -> dict[str, str]:
    """The inputs that are secret, each with a name."""
    operation = connection.connector.operations.get(case.operation)
    secrets = secrets_in(operation.input, case.input) if operation else []
    return {secret: f"input_{number}" for number, secret in enumerate(filter(None, secrets), 1)}


def _cast(case: Case, exchanges: list[Exchange]) -> Cast:
    values: list[Any] = [case.connection, case.memory]
    for exchange in exchanges:
        values.append(dict(parse_qsl(urlsplit(exchange.request.url).query)))
        for message in filter(None, (exchange.request, exchange.answer)):
            values += [message.json_, {"text": words_of(message), **message.headers}]
    cast = Cast(case.title)
    cast.meet(values)
    cast.meet(case.input, case.operation.rpartition("_")[2])
    return cast


def _exchanges(case: Case) -> list[Exchange]:
    """All that went over the wire; deliveries, as those that we answer."""
    found = [exchange for step in case.steps for exchange in step.exchanges]
    happened = case.webhook.steps if case.webhook else []
    return found + [
        Exchange(request=one.delivery, answer=Answer.model_validate({"status": 200}))
        for one in happened
        if one.delivery
    ]


def _of_webhook(case: Case, connection: Connection) -> dict[str, str]:
    """The secrets of a webhook: what was agreed on, and what the vendor says that it signs with."""
    trigger = connection.connector.triggers.get(case.operation)
    if case.webhook is None or trigger is None or trigger.webhook is None:
        return {}
    given = [given_secret(trigger.webhook, step) for step in case.webhook.steps]
    return {secret: "webhook_secret" for secret in (case.webhook.secret, *given) if secret}


def _as_json(delivery: dict[str, Any]) -> dict[str, Any]:
    """A delivery whose body is readable in review: it is signed anew in any case."""
    others = {name: value for name, value in delivery.items() if name != "text"}
    return others | body_words(delivery["text"].encode()) if "text" in delivery else delivery


def _is_json(text: str) -> bool:
    try:
        load_json(text)
    except ValueError:
        return False
    return True


def _stand_ins(connection: Connection, case: Case) -> list[tuple[str, str]]:
    """Addresses that stood in for the vendor's own, each with that one, ours with an invented one; longest first."""
    declared = connection.connector.base_url
    own = connection.own_url or (declared if isinstance(declared, str) else declared.example)
    pairs = {connection.base_url: own}
    pairs |= {stand_in: origin for origin, stand_in in connection.hosts.items()}
    pairs |= {case.webhook.url: INVENTED} if case.webhook else {}
    return sorted(((old, new) for old, new in pairs.items() if old != new), key=lambda pair: -len(pair[0]))


def _lasting(name: str, value: str) -> str:
    """A header that means the same whenever it is read: Retry-After in seconds."""
    if name != "retry-after" or value.strip().isdecimal():
        return value
    try:
        date = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return value
    wait = date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)
    return str(max(0, round(wait.total_seconds())))
