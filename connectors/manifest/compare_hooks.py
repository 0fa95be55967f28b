"""Two versions of a trigger's sources: what those lose who have a subscription, or poll."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.manifest.compare_fields import Change, broken
from connectors.manifest.finding import Route
from connectors.manifest.model import Trigger

_AGAIN = "Those who have a subscription have to make it anew."


def sources(was: Trigger, now: Trigger, path: Route) -> Iterator[Change]:
    """What of a webhook, or of a poll, is gone or otherwise."""
    if was.poll is not None and now.poll is None:
        yield broken("gone", path, f"'{now.name}' cannot be polled any more", hint="keep 'poll'", on_key=True)
    before, after = was.webhook, now.webhook
    if before is None and after is not None:
        yield f"'{now.name}' comes by webhook too"
    elif before is not None and after is None:
        yield broken("gone", path, f"'{now.name}' comes by webhook no more", hint="keep 'webhook'", on_key=True)
    elif before is not None and after is not None:
        at = (*path, "webhook")
        if before.verify != after.verify:
            message = f"what the vendor sends for '{now.name}' is verified in another way now"
            yield broken("verify-changed", (*at, "verify"), message, remedy=_AGAIN)
        if (before.key, before.version, before.item) != (after.key, after.version, after.item):
            message = f"'{now.name}' tells items of its webhook apart in another way, so some may come twice"
            yield broken("identity-changed", at, message, on_key=True)
        if (before.setup is None) != (after.setup is None):
            message = f"'{now.name}' is set up in another way now"
            yield broken("fires-otherwise", at, message, remedy=_AGAIN, on_key=True)
