"""What follows from how errors are told: each status gives its kind of error, and no write is sent twice."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.components.extract import nest
from connectors.components.outcome import Kind
from connectors.components.where import Conditions
from connectors.engine.rates import SECONDS
from connectors.manifest.model import Action, Connector, Operation, Trigger
from connectors.testing.generated.inputs import act_of, base, known
from connectors.testing.generated.pretend import World
from connectors.testing.generated.trial import Act, Done, Trial, chosen
from connectors.testing.perform import CONNECTION

_USUAL: dict[int, Kind] = {
    400: "invalid_input", 401: "reconnect", 403: "refused", 404: "not_found", 408: "busy", 409: "refused",
    422: "invalid_input", 429: "busy", 500: "failed", 502: "failed", 503: "busy",
}  # fmt: skip
"""The built-in table, said here once more so that one does not follow the other's mistakes."""
_NAMES = {"refused": "vendor_refused", "not_found": "vendor_not_found", "failed": "vendor_failed"}
_OFTEN = {"busy", "failed"}
_MOST_ATTEMPTS = 3
_SAID = "no room at the inn"


def of_errors(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about every operation's errors, and about what must be confirmed."""
    if CONNECTION in names:
        yield from _tests(connector)
    for action in chosen(connector.actions, names):
        yield _confirmed(connector, action)
    for operation in chosen(connector.operations, names):
        yield from _limited(connector, operation)
    kinds: dict[int, Kind] = {**_USUAL, **_said(connector)}
    for operation in chosen(connector.operations, names):
        if isinstance(operation, Trigger) and operation.poll is None:
            continue
        for status, kind in kinds.items():
            yield _trial(connector, operation, status, None, kind, f"a vendor that answers {status}")
        for number, rule in enumerate(connector.errors.when):
            body = _body(rule.match)
            if (
                body is not None
                and next((one for one in connector.errors.when if one.match.holds(body, {})), None) is rule
            ):
                what = f"a vendor whose answer holds what errors.when.{number} says"
                yield _trial(connector, operation, 200, body, rule.kind or "refused", what)


def _limited(connector: Connector, operation: Operation) -> Iterator[Trial]:
    """What is sent once a rate plan has no room: nothing, until there is some."""
    call = operation if isinstance(operation, Action) else connector.list_of(operation)
    plan = connector.rates.get(call.rate or "default") if call is not None else None
    if plan is not None:
        act = replace(act_of(connector, operation, base(operation)), spent=True, from_start=True)
        what = f"more than {plan.words}"
        yield Trial(operation.name, "errors", what, (act,), partial(_waits, SECONDS[plan.per]))


def _waits(period: int, done: list[Done]) -> str | None:
    last = done[-1]
    if last.requests and last.waited < period / 10:  # no clock runs evenly
        return f"is sent after {last.waited:.0f} s, where the vendor allows it after {period}"
    return None if last.requests or last.kind == "busy" else f"should be busy, and is {last.kind}: {last.error}"


def _tests(connector: Connector) -> Iterator[Trial]:
    """The connection's own test, by each way to sign in for which nothing more is needed."""
    ways = connector.connection.auth.one_of
    for way in ways or {"": None}:
        values = known(connector) | ({"auth": way} if way else {})
        what = f"its own test{f', signed in by {way}' if way else ''}"
        yield Trial(CONNECTION, "errors", what, (Act("test", world=World(connector)),), _works, values)
        refused = Act("test", world=World(connector, status=403, body={}))
        yield Trial(
            CONNECTION, "errors", f"{what}, refused", (refused,), partial(_is, "vendor_refused", 1, True), values
        )


def _works(done: list[Done]) -> str | None:
    return f"fails: {done[-1].error}" if done[-1].error else None


def _confirmed(connector: Connector, action: Action) -> Trial:
    act = replace(act_of(connector, action, base(action)), confirmed=False)
    return Trial(action.name, "errors", "not confirmed", (act,), partial(_needs, action.effective == "destroy"))


def _needs(destroys: bool, done: list[Done]) -> str | None:
    if destroys != (done[-1].kind == "confirm_required"):
        return (
            "destroys something without being confirmed" if destroys else "wants to be confirmed, and destroys nothing"
        )
    return None


def _said(connector: Connector) -> dict[int, Kind]:
    """The exceptions of the manifest."""
    rules = connector.errors.status.items()
    return {int(status): rule.kind for status, rule in rules if rule.kind is not None}


def _trial(connector: Connector, operation: Operation, status: int, body: Any, kind: Kind, what: str) -> Trial:
    writes = isinstance(operation, Action) and operation.effective != "read"
    again = not writes or (isinstance(operation, Action) and bool(operation.idempotent))
    act = act_of(connector, operation, base(operation), status=status, body=_words(connector) if body is None else body)
    wanted = "unknown_outcome" if kind == "failed" and writes else _NAMES.get(kind, kind)
    attempts = _MOST_ATTEMPTS if again and kind in _OFTEN else 1
    return Trial(
        operation.name, "errors", what, (replace(act, from_start=True),), partial(_is, wanted, attempts, again)
    )


def _words(connector: Connector) -> Any:
    """The body of an error, with words where the manifest says that they are."""
    place = (connector.errors.message or [("message",)])[0]
    return nest({".".join(place): _SAID})


def _body(match: Conditions) -> Any:
    """A body for which the conditions hold; None if they are not plain."""
    values: dict[str, Any] = {}
    for path, condition in match.by_path():
        if condition.equals is not None:
            values[".".join(path)] = condition.equals.fill({})
        elif condition.exists:
            values[".".join(path)] = "there"
        else:
            return None
    return nest(values) if match.holds(nest(values), {}) else None


def _is(kind: str, attempts: int, again: bool, done: list[Done]) -> str | None:
    last = done[-1]
    if last.kind != kind:
        return f"should give the error {kind}, and gives {last.kind}{f': {last.error}' if last.error else ''}"
    sent = len(last.requests) - 2 * last.signed_in  # who is refused did nothing: it is sent again, once signed in anew
    if sent > 1 and not again:
        return f"the write is sent {sent} times"
    if sent > attempts:
        return f"is asked {sent} times, where {attempts} are enough"
    return None
