"""The app's definition: one trigger, create or search for each operation, each a line that calls the runtime."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from connectors.export.words import label
from connectors.export.zapier.dropdowns import FEED, FEEDS, Dropdowns, hidden
from connectors.export.zapier.fields import boxes, shortened
from connectors.export.zapier.keys import keys_of_operations
from connectors.export.zapier.outputs import is_file, output_fields, sample, shown_by_items
from connectors.manifest.model import Action, Connector, Operation, Search, Trigger

PLATFORM = "19.1.0"
_SHORTEST = 2  # characters of a noun
_ACCOUNT = {"source": "return z.gridwire.accountField();"}


def definition(connector: Connector) -> dict[str, Any]:
    """The whole app, as Zapier's `validateAppDefinition` takes it."""
    dropdowns = Dropdowns(connector)
    found = {action.name: action for action in connector.actions.values() if action.effective == "read"}
    made = {name: action for name, action in connector.actions.items() if name not in found}
    searches: list[Search | Action] = [*connector.searches.values(), *found.values()]
    own = [_feed(), hidden(FEEDS, "z.gridwire.feeds()"), *(one.trigger for one in dropdowns.all)]
    return {
        "version": connector.version,
        "platformVersion": PLATFORM,
        "beforeApp": [{"source": runtime(connector), "args": ["input"]}],
        "authentication": _authentication(connector),
        "hydrators": {"file": {"source": "return z.gridwire.file();"}},
        "triggers": _by_key([*(_trigger(connector, one, dropdowns) for one in connector.triggers.values()), *own]),
        "creates": _by_key(_create(connector, action, dropdowns) for action in made.values()),
        "searches": _by_key(_search(connector, one, dropdowns) for one in searches),
        "searchOrCreates": _by_key(_pair(connector, *pair) for pair in connector.pairs.items()),
    }


def runtime(connector: Connector) -> str:
    """What every step does; of the connector it knows the name, the title, and keys that are no operation's name."""
    others = {name: key for name, key in keys_of_operations(connector).items() if name != key}
    about = {"name": connector.connector, "title": connector.title} | ({"keys": others} if others else {})
    known = json.dumps(about, ensure_ascii=False)
    code = (files("connectors.export.zapier") / "runtime" / "gridwire.js").read_text(encoding="utf-8")
    return f"const connector = {known};\n{code}"


def _by_key(made: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {one["key"]: one for one in made}


def _authentication(connector: Connector) -> dict[str, Any]:
    address = {
        "key": "server_url",
        "label": "Server Address",
        "type": "string",
        "required": True,
        "isNoSecret": True,
        "placeholder": "https://gridwire.example.com",
        "helpText": "Where your gridwire server is. It has to begin with https://. Whoever runs it knows.",
    }
    key = {
        "key": "api_key",
        "label": "API Key",
        "type": "password",
        "required": True,
        "helpText": "`gridwire keys add zapier --scope use` on the server makes one;"
        f" it opens the {connector.title} accounts that the server keeps{_where(connector)}.",
    }
    test = {"source": "return z.gridwire.test();"}
    return {"type": "custom", "test": test, "connectionLabel": "{{label}}", "fields": [address, key]}


def _where(connector: Connector) -> str:
    """A link, which Zapier wants beside the key: to the vendor's own page, if the manifest names one."""
    return f" ([what {connector.title} is]({connector.docs}))" if connector.docs else ""


def _part(connector: Connector, operation: Operation, noun: str, dropdowns: Dropdowns, **how: Any) -> dict[str, Any]:
    return {
        "key": keys_of_operations(connector)[operation.name],
        "noun": noun,
        "display": {"label": label(operation.title), "description": shortened(operation.description)},
        "operation": how
        | {
            "inputFields": [_ACCOUNT, *boxes(operation, dropdowns)],
            "outputFields": output_fields(connector, operation),
            "sample": sample(connector, operation),
        },
    }


def _trigger(connector: Connector, trigger: Trigger, dropdowns: Dropdowns) -> dict[str, Any]:
    name, polled = trigger.name, shown_by_items(trigger)
    how = {
        "type": "hook",
        "performSubscribe": {"source": f"return z.gridwire.subscribe('{name}');"},
        "performUnsubscribe": {"source": "return z.gridwire.unsubscribe();"},
        "perform": {"source": "return z.gridwire.event();"},
        "performList": {"source": f"return z.gridwire.recent('{name}', {{ polls: {json.dumps(polled)} }});"},
    }
    first, _, rest = name.partition("_")
    noun = rest if first == "new" else name.rpartition("_")[0]
    return _part(connector, trigger, _noun(noun or name, trigger.title), dropdowns, **how)


def _create(connector: Connector, action: Action, dropdowns: Dropdowns) -> dict[str, Any]:
    confirmed = ", { confirm: true }" if action.effective == "destroy" else ""
    perform = {"source": f"return z.gridwire.create('{action.name}'{confirmed});"}
    return _part(connector, action, _thing(action), dropdowns, perform=perform)


def _search(connector: Connector, operation: Search | Action, dropdowns: Dropdowns) -> dict[str, Any]:
    call = "search" if isinstance(operation, Search) else "get"
    file = ", { file: true }" if is_file(operation) else ""
    perform = {"source": f"return z.gridwire.{call}('{operation.name}'{file});"}
    return _part(connector, operation, _thing(operation), dropdowns, perform=perform)


def _pair(connector: Connector, search: str, create: str) -> dict[str, Any]:
    thing = _thing(connector.actions[create])
    words = f"{connector.searches[search].description} {connector.actions[create].description}"
    display = {"label": f"Find or Create {thing}", "description": shortened(words)}
    keys = keys_of_operations(connector)
    return {"key": keys[search], "display": display, "search": keys[search], "create": keys[create]}


def _feed() -> dict[str, Any]:
    """What a subscription without a target has stored: for whoever would rather have Zapier ask than be told."""
    shown = {"id": "evt_example", "time": "2026-03-02T08:15:00Z", "type": "new_offer", "data": {"id": "example"}}
    chosen = {"key": "feed", "label": "Feed", "required": True, "dynamic": f"{FEEDS}.id.title"}
    words = "A subscription on your gridwire server that names no target."
    titles = {"id": "Event ID", "time": "Time", "type": "Trigger"}
    return {
        "key": FEED,
        "noun": "Event",
        "display": {
            "label": "New Event in Feed",
            "description": "Triggers when there is a new event in a feed. Zapier asks the server every few minutes.",
        },
        "operation": {
            "type": "polling",
            "perform": {"source": "return z.gridwire.feed();"},
            "inputFields": [{**chosen, "helpText": words}],
            "outputFields": [
                {"key": key, "label": title, "type": "datetime" if key == "time" else "string"}
                for key, title in titles.items()
            ],
            "sample": shown,
        },
    }


def _thing(operation: Operation) -> str:
    """What the operation is about: `create_request` makes a request."""
    return _noun(operation.name.partition("_")[2] or operation.name, operation.title)


def _noun(name: str, title: str) -> str:
    """The thing's name as the operation's title writes it: `signed_pdf` in "Get signed PDF" is "Signed PDF"."""
    plain = name.replace("_", " ").strip()
    if len(plain) < _SHORTEST:
        return label(title)
    written = re.search(re.escape(plain), title, re.IGNORECASE)
    return label(written[0] if written else plain)
