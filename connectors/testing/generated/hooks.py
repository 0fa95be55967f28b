"""What follows from how a vendor calls: what proves itself gives its event, once; nothing else does."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from connectors.components.delivery import Delivery
from connectors.components.extract import MISSING, Path, extract
from connectors.components.http import JSON_TYPE, dump_json, load_json
from connectors.components.verify import SharedSecret
from connectors.components.where import Condition, Conditions
from connectors.manifest.hooks import Webhook
from connectors.manifest.model import Connector, Trigger
from connectors.testing.generated.events import not_holding
from connectors.testing.generated.finds import asks
from connectors.testing.generated.inputs import account, base
from connectors.testing.generated.items import sample_item
from connectors.testing.generated.pretend import World, put
from connectors.testing.generated.trial import NOW, Act, Done, Trial, chosen
from connectors.testing.generated.values import takes
from connectors.testing.signed import proof_headers, proven, with_header
from connectors.testing.steps import INVENTED

_SECRET, _ANOTHER = "HIDDEN-webhook_secret", "HIDDEN-another_secret"
_STRANGE: tuple[bytes, ...] = (b"", b"null", b"7", b'"text"', b"[]", b"{}", b"[[]]", b"[null]")
_UNREADABLE = {"half of a body": b"{", "what is no text": b"\xff", "what is nested too deeply": b"[" * 200 + b"]" * 200}


def of_hooks(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about every trigger whose vendor calls."""
    for trigger in chosen(connector.triggers, names):
        if trigger.webhook is not None:
            calls = _Calls(connector, trigger, trigger.webhook)
            yield from calls.asked_for()
            if trigger.webhook.challenge is not None:
                yield from calls.challenged()
            if trigger.webhook.sample is not None and calls.entry is not MISSING:
                yield from calls.told()


class _Calls:
    """What a vendor sends to one trigger."""

    def __init__(self, connector: Connector, trigger: Trigger, webhook: Webhook) -> None:
        self._connector, self._trigger, self._hook = connector, trigger, webhook
        self.entry = webhook.sample_entry if webhook.sample is not None else MISSING
        self._given = self._inputs()
        secret = webhook.secret
        self._own = secret.show(account(connector)) if secret else _SECRET
        self._kept = {name: f"kept-{name}" for name in webhook.subscribe.keep} if webhook.subscribe else {}

    def _inputs(self) -> dict[str, Any]:
        """Inputs with which the sample is emitted."""
        given = base(self._trigger)
        for path, condition in self._trigger.where.by_path():
            name, value = asks(condition), extract(self._hook.sample_item, path)
            if name in given and takes(self._trigger.input[name], value):
                given[name] = value
        return given

    def asked_for(self) -> Iterator[Trial]:
        """What is asked of the vendor: to call, whether it does, to call no more."""
        hook, kept = self._hook, {name: one for name, one in self._kept.items() if name != "secret"}
        if hook.subscribe is not None:
            answer: Any = {}
            for name, path in hook.subscribe.keep.items():
                answer = put(path, self._kept[name], answer)
            acts = [Act("subscribe", self._given, World(self._connector, body=answer))]
            acts += [Act("unsubscribe", self._given, World(self._connector), kept=kept)] if hook.unsubscribe else []
            yield self._trial("the vendor is asked to call, and to call no more", acts, _asks_each_time)
            gone = World(self._connector, status=404, body={})
            what = "to call no more, of a vendor that knows of nothing"
            yield self._trial(what, [Act("unsubscribe", self._given, gone, kept=kept)], _is_fine)
        if hook.check is not None:
            for what, item in self._subscriptions(kept):
                world = World(self._connector, {hook.check.list: [item] if item is not None else []})
                act = Act("check", self._given, world, kept=kept)
                yield self._trial(f"a subscription that is {what}", [act], partial(_stands, what))

    def _subscriptions(self, kept: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """How the vendor lists ours, by what that means."""
        check = self._hook.check
        assert check is not None
        scope = {**account(self._connector), **self._given, "subscription": kept}
        scope["webhook_url"] = self._hook.verify.address(INVENTED, self._own)
        ours = sample_item(self._connector, None, self._connector.lists[check.list])
        for conditions in (check.match, check.active, check.same):
            ours = _fulfilling(conditions, scope, ours)
        yield "active", ours
        for what, conditions in (("missing", check.match), ("disabled", check.active), ("drifted", check.same)):
            for path, condition in conditions.by_path():
                value = not_holding(condition, extract(ours, path), scope)
                if value is not MISSING:
                    yield what, put(path, value, ours)
        yield "missing", None

    def challenged(self) -> Iterator[Trial]:
        """What the vendor asks before it calls is answered, and is no event."""
        challenge = self._hook.challenge
        assert challenge is not None
        body = _fulfilling(challenge.where, {}, {})
        body = put(challenge.body, "are-you-there", body) if challenge.body is not None else body
        delivery = Delivery(dump_json(body), (("content-type", JSON_TYPE),), self._address)
        if challenge.query is not None:
            mark = "&" if "?" in self._address else "?"
            delivery = replace(delivery, url=f"{self._address}{mark}{challenge.query}=are-you-there", method="GET")
        if challenge.header is not None:
            delivery = with_header(delivery, challenge.header, "are-you-there")
        if challenge.verify is not None:
            delivery = proven(challenge.verify, delivery, self._own, NOW)
        secret = "" if challenge.secret else self._own
        act = Act("receive", self._given, delivery=delivery, secret=secret)
        yield self._trial("the vendor asks whether we are there", [act], _answers)

    def told(self) -> Iterator[Trial]:
        """What deliveries give."""
        signed, item = self._signed(self._body(self.entry)), self._hook.sample_item
        yield self._trial("what is delivered gives its event, and again nothing", [self._act(signed)] * 2,
                          partial(_gives, item))  # fmt: skip
        yield from self._refused(signed)
        if isinstance(self.entry, dict):
            more = self._act(self._signed(self._body({**self.entry, "nobody_knows_this": 1})))
            what = "the same with something else in it is another event"
            yield self._trial(what, [self._act(signed), more], partial(_counts, [1, 1]))
            yield from self._left_out()
            yield self._trial("deliveries with something missing or strange in them",
                              [self._act(self._signed(body)) for body in self._odd(self.entry)], _takes)  # fmt: skip
        yield self._trial("deliveries of a strange form", [self._act(self._signed(one)) for one in _STRANGE], _takes)
        for what, body in _UNREADABLE.items():
            if body.isascii() or self._hook.verify.standard_webhooks is None:  # which signs texts
                yield self._trial(what, [self._act(self._signed(body))], partial(_replies, 400))

    def _refused(self, signed: Delivery) -> Iterator[Trial]:
        verify = self._hook.verify
        bare = replace(signed, url=INVENTED)
        for name in proof_headers(verify):
            bare = with_header(bare, name, None)
        body = signed.body
        wrong = proven(verify, self._plain(body), _ANOTHER, NOW)
        cases = [("with another secret", wrong, NOW), ("without proof", bare, NOW)]
        if not isinstance(verify.chosen, SharedSecret):
            cases.append(("with another body than was signed", replace(signed, body=body + b" "), NOW))
        stamp = getattr(verify.chosen, "timestamp", None) or verify.standard_webhooks
        if stamp is not None:
            late = NOW + stamp.tolerance + timedelta(minutes=1)
            cases.append(("signed too long ago", signed, late))
            just = NOW + stamp.tolerance - timedelta(seconds=1)
            act = self._act(signed, now=just)
            yield self._trial("a delivery just in time", [act], partial(_replies, 200))
        for what, delivery, now in cases:
            act = self._act(delivery, now=now)
            yield self._trial(f"a delivery {what}", [act], partial(_replies, 404))

    def _left_out(self) -> Iterator[Trial]:
        hook, scope = self._hook, {**account(self._connector), **self._given}
        where = list(hook.where.by_path())
        plain = ((path, one) for path, one in self._trigger.where.by_path() if path[0] not in ("previous", "parent"))
        where += [((*hook.item, *path), condition) for path, condition in plain]
        for path, condition in where:
            value = not_holding(condition, extract(self.entry, path), scope)
            if value is not MISSING:
                act = self._act(self._signed(self._body(put(path, value, self.entry))))
                what = f"a delivery whose {'.'.join(path)} is {value!r}"
                yield self._trial(what, [act], partial(_counts, [0]))
        for path, condition in hook.where.by_path():
            for value in condition.in_.fill(scope) if condition.in_ is not None else ():
                act = self._act(self._signed(self._body(put(path, value, self.entry))))
                what = f"a delivery whose {'.'.join(path)} is {value!r}, one of several"
                yield self._trial(what, [act], partial(_counts, [1]))
        for name, condition in hook.headers.root.items():
            value = not_holding(condition, MISSING, scope)
            delivery = with_header(self._signed(self._body(self.entry)), name, None if value is None else f"{value}")
            yield self._trial(f"a delivery with {name}: {value}", [self._act(delivery)], partial(_counts, [0]))

    def _odd(self, entry: dict[str, Any]) -> Iterator[bytes]:
        """The entry with each field missing, null or of another type, and with words that nobody knows."""
        item = extract(entry, self._hook.item)
        fields = [(name,) for name in entry] + [(*self._hook.item, name) for name in item if isinstance(item, dict)]
        for path in dict.fromkeys(fields):
            yield self._body(_without(path, entry))
            yield from (self._body(put(path, value, entry)) for value in (None, "SOMETHING_NEW", 7, [], {}))

    @property
    def _address(self) -> str:
        return self._hook.verify.address(INVENTED, self._own)

    def _plain(self, body: bytes) -> Delivery:
        headers = {name.lower(): _holding(one, {}) for name, one in self._hook.headers.root.items()}
        said = tuple((name, f"{value}") for name, value in headers.items() if value is not MISSING)
        return Delivery(body, (("content-type", JSON_TYPE), *said), INVENTED)

    def _signed(self, body: bytes) -> Delivery:
        return proven(self._hook.verify, self._plain(body), self._own, NOW)

    def _body(self, entry: Any) -> bytes:
        """A body that holds that entry alone, in the form of the sample."""
        hook, body = self._hook, self._hook.sample
        for at in hook.json_text:
            text = extract(body, at)
            body = put(at, load_json(text), body) if isinstance(text, str) else body
        listed = isinstance(extract(body, hook.items or ()), list)
        body = put(hook.items or (), [entry] if listed else entry, body)
        for at in reversed(hook.json_text):
            value = extract(body, at)
            body = body if value is MISSING else put(at, dump_json(value).decode(), body)
        return dump_json(body)

    def _act(self, delivery: Delivery, **words: Any) -> Act:
        return Act("receive", self._given, delivery=delivery, secret=_SECRET, **words)

    def _trial(self, what: str, acts: list[Act], expect: Any) -> Trial:
        return Trial(self._trigger.name, "webhook", what, tuple(acts), expect)


def _holding(condition: Condition, scope: dict[str, Any]) -> Any:
    """A value for which the condition holds; MISSING if none is known."""
    known = [condition.equals.fill(scope)] if condition.equals is not None else []
    known += [one for one in (condition.in_.fill(scope) if condition.in_ is not None else []) if one is not MISSING]
    return next((value for value in (*known, "there", 1, True) if condition.holds(value, scope) is True), MISSING)


def _fulfilling(conditions: Conditions, scope: dict[str, Any], value: Any) -> Any:
    """The value, changed so that the conditions hold."""
    for path, condition in conditions.by_path():
        if condition.holds(extract(value, path), scope) is False:
            found = _holding(condition, scope)
            value = value if found is MISSING else put(path, found, value)
    return value


def _without(path: Path, value: dict[str, Any]) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {name: one for name, one in value.items() if name != first}
    return {**value, first: _without(tuple(rest), value[first])}


def _failing(done: list[Done]) -> str | None:
    return next((f"fails: {one.error}" for one in done if one.error is not None), None)


def _is_fine(done: list[Done]) -> str | None:
    return _failing(done)


def _asks_each_time(done: list[Done]) -> str | None:
    return _failing(done) or next(
        (f"request {n} is not made" for n, one in enumerate(done, 1) if not one.requests), None
    )


def _stands(state: str, done: list[Done]) -> str | None:
    if done[-1].error is not None:
        return f"fails: {done[-1].error}"
    return None if done[-1].output["state"] == state else f"is taken for {done[-1].output['state']}"


def _answers(done: list[Done]) -> str | None:
    said = done[-1].output
    if done[-1].error is not None or said["status"] != 200:
        return f"is answered {done[-1].error or said['status']}"
    shown = said["body"] + "".join(value for _, value in said["headers"])
    return None if "are-you-there" in shown and not said["events"] else "is not answered with what it asks for"


def _gives(item: Any, done: list[Done]) -> str | None:
    if (wrong := _counts([1, 0], done)) is not None:
        return wrong
    [event] = done[0].output["events"]
    lacking = [name for name in item if name not in event] if isinstance(item, dict) else []
    return f"the event lacks {', '.join(lacking)} of the sample" if lacking else None


def _counts(events: list[int], done: list[Done]) -> str | None:
    for number, (count, one) in enumerate(zip(events, done, strict=True), 1):
        if one.error is not None:
            return f"delivery {number} fails: {one.error}"
        if one.output["status"] != 200:
            return f"delivery {number} is answered {one.output['status']}: {one.output['problem']}"
        if len(one.output["events"]) != count:
            return f"delivery {number} should give {count} events, and gives {len(one.output['events'])}"
    return None


def _takes(done: list[Done]) -> str | None:
    return _failing(done) or next((f"one is answered {one.output['status']}: {one.output['problem']}" for one in done
                                   if one.output["status"] != 200), None)  # fmt: skip


def _replies(status: int, done: list[Done]) -> str | None:
    if done[-1].error is not None:
        return f"fails: {done[-1].error}"
    said = done[-1].output
    if said["status"] != status:
        return f"should be answered {status}, and is answered {said['status']}"
    return "gives an event" if status != 200 and said["events"] else None
