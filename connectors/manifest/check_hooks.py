"""Rules about webhooks: the vendor learns address and secret, nobody else does, and both sides mean the same item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.components.template import Hole
from connectors.components.tree import holes_in
from connectors.manifest import words
from connectors.manifest.finding import Finding, Route, hooks
from connectors.manifest.hooks import Webhook
from connectors.manifest.keys import Key, key_paths
from connectors.manifest.model import Connector, Trigger

_OURS = ("webhook_url", "webhook_secret", "subscription")


def inputs_are_not_ours(connector: Connector) -> Iterator[Finding]:
    """No input is called like what is ours in the templates of a webhook."""
    for path, trigger, _ in hooks(connector):
        for name in trigger.input.keys() & set(_OURS):
            message = f"'{name}' is also ours to give, so a template could mean either"
            yield Finding("name-twice", (*path[:2], "input", name), message, hint="choose another name", on_key=True)


def vendors_learn_where_to_call(connector: Connector) -> Iterator[Finding]:
    """Who asks the vendor to call says where, and gives the secret that `verify` asks for."""
    for path, _, hook in hooks(connector):
        word = "subscribe" if hook.subscribe else "setup"
        told = {hole.name for _, hole in _asking(hook)}
        if "webhook_url" not in told:
            message, hint = "the vendor is not told where to call", f"mention {{webhook_url}} in '{word}'"
            yield Finding("no-address", (*path, word), message, hint=hint, on_key=True)
        kept = "secret" in hook.subscribe.keep if hook.subscribe else False
        comes = kept or hook.secret is not None or (hook.challenge is not None and hook.challenge.secret)
        if not (comes or hook.verify.in_address or "webhook_secret" in told):
            message = "nobody tells the vendor the secret that 'verify' asks for"
            yield Finding("no-secret", (*path, word), message, remedy=_TELL.format(word), on_key=True)


def secrets_are_no_part_of_addresses(connector: Connector) -> Iterator[Finding]:
    """The secret travels in headers and bodies; what is asked for is written down in many places."""
    for path, _, hook in hooks(connector):
        for where, hole in _asking(hook):
            if hole.path[0] == "webhook_secret" and where[0] in ("request", "query"):
                message = "a secret in an address ends up in logs"
                place = (*path, "subscribe", *where)
                yield Finding(
                    "webhook-secret-in-address", place, message, hint="send it in 'headers', 'body' or 'form'"
                )


def what_was_kept_is_used(connector: Connector) -> Iterator[Finding]:
    """What is said of a subscription was kept."""
    for path, _, hook in hooks(connector):
        kept = [name for name in hook.subscribe.keep if name != "secret"] if hook.subscribe else []
        for where, hole in _of_subscription(hook):
            if hole.path[0] == "subscription" and (len(hole.path) < 2 or hole.path[1] not in kept):
                message = f"'{hole.name}' is not kept"
                hint = words.meant(".".join(hole.path[1:]), kept) if kept else "add 'keep' to 'subscribe': {id: id}"
                yield Finding("unknown-name", (*path, *where), message, hint=hint, offset=hole.offset - 1)


def webhooks_stand_alone(connector: Connector) -> Iterator[Finding]:
    """What a webhook brings is an item by itself, which has happened."""
    for path, trigger, _ in hooks(connector):
        reading = connector.list_of(trigger)
        below = "each" if trigger.each else "poll" if reading is not None and reading.for_each else None
        if below is not None:
            message = "what a webhook brings has no parent, so the poll would not know it again"
            yield Finding("no-parent", (*path[:2], below), message, hint="make two triggers of it", on_key=True)
        if trigger.due is not None:
            message = "a webhook tells what has happened, and 'due' waits for what comes"
            yield Finding("no-due", (*path[:2], "due"), message, hint="make two triggers of it", on_key=True)


def samples_of_webhooks_fit(connector: Connector) -> Iterator[Finding]:
    """A webhook shows a delivery, which is for its trigger and tells of the item that the trigger's sample shows."""
    for path, trigger, hook in hooks(connector):
        at = (*path, "sample")
        if hook.sample is None:
            message, hint = "nothing shows what a delivery holds", "add 'sample': the body of one"
            yield Finding("no-sample", path, message, hint=hint, on_key=True)
        elif hook.sample_entry is MISSING:
            message = "'where' of the webhook would leave this sample out"
            yield Finding("sample-left-out", at, message, hint="show a delivery that is for this trigger", on_key=True)
        else:
            lacking = list(_lacking(trigger, hook))
            yield from (Finding("sample-lacks", at, message, on_key=True) for message in lacking)
            yield from () if lacking else _differing(at, trigger, hook, connector.sample_of(trigger))


def _lacking(trigger: Trigger, hook: Webhook) -> Iterator[str]:
    """What the sample lacks to be known by."""
    known_by_entry = trigger.fire == "deleted" and hook.key is not None
    if hook.item and extract(hook.sample_entry, hook.item) is MISSING and not known_by_entry:
        yield f"the sample has no '{'.'.join(hook.item)}', where 'item' says that the item is"
        return
    key = hook.key or trigger.key
    within = hook.sample_entry if hook.key else hook.sample_item
    looked_at = [] if isinstance(key, Key) else [("key", path) for path in key_paths(key)]
    for word, path in looked_at:
        if extract(within, path) is MISSING:
            yield f"the sample has no '{'.'.join(path)}', which '{word}' looks at"
    version = hook.version or trigger.identity.version
    within = hook.sample_entry if hook.version else hook.sample_item
    if version and trigger.fire != "deleted" and extract(within, version) is MISSING:
        yield f"the sample has no '{'.'.join(version)}', which 'version' looks at"


def _differing(at: Route, trigger: Trigger, hook: Webhook, shown: Any) -> Iterator[Finding]:
    """Key or version that differ from those of a poll: then neither side would know what the other brought."""
    if trigger.poll is None or shown is None:
        return
    key, version = trigger.told_by(hook.sample_entry)
    try:
        polled = trigger.identity.key_of(shown)
    except ValueError:
        return  # another rule says so
    hint = "show the same item in both samples; if they are, correct 'item', 'key' or 'version'"
    if key != polled:
        message = f"by webhook the key is '{key}', by poll '{polled}'"
        yield Finding("samples-differ", at, message, hint=hint, on_key=True)
    elif trigger.fire != "deleted" and version != trigger.identity.version_of(shown):
        message = f"by webhook the version is {version!r}, by poll {trigger.identity.version_of(shown)!r}"
        yield Finding("samples-differ", at, message, hint=hint, on_key=True)


def _asking(hook: Webhook) -> Iterator[tuple[Route, Hole]]:
    """The holes of what asks the vendor to call, with their places in it."""
    if hook.subscribe is not None:
        yield from hook.subscribe.holes()
    else:
        yield from holes_in(hook.setup, ("setup",))


def _of_subscription(hook: Webhook) -> Iterator[tuple[Route, Hole]]:
    yield from holes_in(hook.unsubscribe, ("unsubscribe",))
    yield from holes_in(hook.check, ("check",))


_TELL = (
    "Mention {{webhook_secret}} in '{}'. If the vendor makes the secret, keep it: 'keep: {{secret: …}}';"
    " if the user has it from the vendor's pages, name the field: 'secret: \"{{field}}\"'."
)

RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    inputs_are_not_ours,
    vendors_learn_where_to_call,
    secrets_are_no_part_of_addresses,
    what_was_kept_is_used,
    webhooks_stand_alone,
    samples_of_webhooks_fit,
]
