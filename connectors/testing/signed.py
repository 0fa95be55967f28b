"""The proof that a vendor gives with a delivery, made with a secret that is invented: for cases, and for checks."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime
from typing import Any

from standardwebhooks.webhooks import Webhook as Standard

from connectors.components.delivery import Delivery
from connectors.components.extract import MISSING, extract
from connectors.components.filters import as_text
from connectors.components.times import moment
from connectors.components.verify import SECRET, Hmac, SharedSecret, StandardWebhooks, Verify
from connectors.engine.connection import Connection
from connectors.manifest.hooks import Webhook
from connectors.manifest.model import Connector
from connectors.testing.case import Case
from connectors.testing.secrets import HIDDEN
from connectors.testing.steps import Happening
from connectors.testing.written import body_words


def agreed(verify: Verify, secret: str) -> str:
    """The secret in the form that the vendor signs with, if it is a placeholder."""
    if verify.standard_webhooks is None or not secret.startswith(HIDDEN):
        return secret
    return f"whsec_{base64.b64encode(secret.encode()).decode()}"


def proven(verify: Verify, delivery: Delivery, secret: str, now: datetime) -> Delivery:
    """The delivery with the proof that it comes from the vendor, in place of any other; its time, if it has one, stays.

    Raises ValueError for a secret that nothing can be signed with.
    """
    secret, kind = agreed(verify, secret), verify.chosen
    if verify.verified(delivery, [secret], now):
        return delivery
    if isinstance(kind, SharedSecret):
        if kind.header is None:
            return replace(delivery, url=kind.address(delivery.url, secret))
        return with_header(delivery, kind.header, as_text(kind.value.fill({SECRET: secret})))
    if isinstance(kind, StandardWebhooks):
        return _standard(kind, delivery, secret, now)
    return _hmac(kind, delivery, secret, now)


def with_header(delivery: Delivery, name: str, value: str | None) -> Delivery:
    """The delivery with that header, in place of any of the same name; without it if the value is None."""
    others = tuple(pair for pair in delivery.headers if pair[0].lower() != name.lower())
    return replace(delivery, headers=others if value is None else (*others, (name.lower(), value)))


def _hmac(kind: Hmac, delivery: Delivery, secret: str, now: datetime) -> Delivery:
    stamp = ""
    if kind.timestamp is not None:
        entries = (delivery.header(kind.header) or "").split(",")
        stamp = kind.timestamp.found(delivery, entries) or f"{int(now.timestamp())}"
        if kind.timestamp.header is not None:
            delivery = with_header(delivery, kind.timestamp.header, stamp)
    signature = kind.signature(delivery, secret, stamp)
    in_front = f"{kind.timestamp.prefix}{stamp}," if kind.timestamp and kind.timestamp.prefix is not None else ""
    return with_header(delivery, kind.header, in_front + signature)


def _standard(kind: StandardWebhooks, delivery: Delivery, secret: str, now: datetime) -> Delivery:
    name = delivery.header(f"{kind.prefix}id") or "msg_1"
    stamp = delivery.header(f"{kind.prefix}timestamp") or f"{int(now.timestamp())}"
    signature = Standard(secret).sign(name, moment(stamp) or now, delivery.body.decode())
    for word, value in (("id", name), ("timestamp", stamp), ("signature", signature)):
        delivery = with_header(delivery, kind.prefix + word, value)
    return delivery


def proof_headers(verify: Verify | None) -> tuple[str, ...]:
    """The headers that hold the proof, in lower case."""
    kind = verify.chosen if verify else None
    if isinstance(kind, StandardWebhooks):
        return tuple(f"{kind.prefix}{word}".lower() for word in ("id", "timestamp", "signature"))
    stamp = kind.timestamp if isinstance(kind, Hmac) else None
    names = (getattr(kind, "header", None), stamp.header if stamp else None)
    return tuple(name.lower() for name in names if name)


def delivery_words(webhook: Webhook, delivery: Delivery) -> dict[str, Any]:
    """A delivery as it came, in the words of a case, with those of its headers that the manifest reads."""
    asked = webhook.challenge
    names = {"content-type", *proof_headers(webhook.verify), *(name.lower() for name in webhook.headers.root)}
    names |= {*proof_headers(asked.verify if asked else None), (asked.header if asked and asked.header else "").lower()}
    headers = {name.lower(): value for name, value in delivery.headers if name.lower() in names}
    return {
        "line": f"{delivery.method} {delivery.url}",
        "headers": dict(sorted(headers.items())),
        **_raw(delivery.body),
    }


def _raw(body: bytes) -> dict[str, Any]:
    try:
        return {"text": body.decode()} if body else {}
    except UnicodeDecodeError:
        return body_words(body)


def proven_anew(case: Case, raw: Case, pretend: Connection, seen: list[dict[str, Any]]) -> Case:
    """The scrubbed case, whose deliveries prove themselves with what stands for the secret, where the raw ones did."""
    if case.webhook is None or raw.webhook is None:
        return case
    hook = pretend.connector.triggers[case.operation].webhook
    assert hook is not None
    secret = hook.secret.show(pretend.values) if hook.secret else case.webhook.secret
    steps: list[Happening] = []
    for step, before, now in zip(case.webhook.steps, raw.webhook.steps, seen, strict=True):
        secret = given_secret(hook, step) or secret
        if step.do == "receive" and "problem" not in now:
            steps.append(_proven_step(hook.verify, step, before, secret))
        else:
            steps.append(step)
    return case.model_copy(update={"webhook": case.webhook.model_copy(update={"steps": steps})})


def given_secret(hook: Webhook, step: Happening) -> str | None:
    """The secret that the vendor itself gives, if this is where it does."""
    place = hook.subscribe.keep.get("secret") if hook.subscribe else None
    answer = step.exchanges[-1].answer if step.do == "subscribe" and step.exchanges else None
    found = extract(answer.json_, place) if place and answer else MISSING
    return None if found is MISSING or found is None else str(found)


def _proven_step(verify: Verify, step: Happening, before: Happening, secret: str) -> Happening:
    delivery, asked, now = step.delivered, step.delivery, step.moment
    assert asked is not None
    if not isinstance(verify.chosen, SharedSecret):
        for name in proof_headers(verify):
            delivery = with_header(delivery, name, before.delivered.header(name))
    delivery = proven(verify, delivery, secret, now)
    words = {"line": f"{delivery.method} {delivery.url}", "headers": dict(sorted(delivery.headers))}
    return step.model_copy(update={"delivery": asked.model_copy(update=words)})


def without_proofs(case: Case, connector: Connector) -> dict[str, Any]:
    """The case as data, without the signatures in it that were made here: they look like secrets, and are none."""
    said = case.model_dump(by_alias=True, exclude_unset=True)
    trigger = connector.triggers.get(case.operation)
    made = proof_headers(trigger.webhook.verify) if trigger and trigger.webhook else ()
    for step in said.get("webhook", {}).get("steps", []):
        if "delivery" in step and "problem" not in step:
            headers = step["delivery"].get("headers", {})
            step["delivery"]["headers"] = {name: value for name, value in headers.items() if name not in made}
    return said


def of_webhook(connector: Connector, case: Case) -> dict[str, str]:
    """What stands for the secret of a case about a webhook, in the form that is sent, with its name."""
    trigger = connector.triggers.get(case.operation)
    hook = trigger.webhook if trigger else None
    if case.webhook is None or hook is None or not case.webhook.secret.startswith(HIDDEN):
        return {}
    return {agreed(hook.verify, case.webhook.secret): case.webhook.secret.removeprefix(HIDDEN)}
