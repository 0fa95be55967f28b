"""Rules about signing in: a session's token goes along, and no secret stands where others read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.components.auth import Login, OAuth2
from connectors.components.auth.flow import SESSION_TOKEN, SessionWay
from connectors.manifest import words
from connectors.manifest.finding import Finding, Route
from connectors.manifest.model import Connector


def session_tokens_go_along(connector: Connector) -> Iterator[Finding]:
    """What is sent with each request names the session's token, and otherwise only fields of the connection."""
    fields = connector.connection.fields
    if SESSION_TOKEN in fields:
        message = f"'{SESSION_TOKEN}' is what signing in gives, so it cannot be a field"
        path = ("connection", "fields", SESSION_TOKEN)
        yield Finding("name-twice", path, message, hint="choose another name", on_key=True)
    for place, way in connector.connection.auth.ways():
        sent = list(way.send.holes()) if isinstance(way, SessionWay) else []
        path = ("connection", "auth", *place, "send")
        for where, hole in sent:
            if hole.path[0] not in {SESSION_TOKEN, *fields}:
                hint = words.meant(hole.path[0], sorted({SESSION_TOKEN, *fields}))
                message = f"nothing is called '{hole.name}' here"
                yield Finding("unknown-name", (*path, *where), message, hint=hint, offset=hole.offset - 1)
        if isinstance(way, SessionWay) and not any(hole.path == (SESSION_TOKEN,) for _, hole in sent):
            message = f"nothing here mentions {{{SESSION_TOKEN}}}, so what signing in gives is not sent"
            hint = f'write "Bearer {{{SESSION_TOKEN}}}", or as the vendor has it'
            yield Finding("session-not-sent", (*path, "value"), message, hint=hint)


def credentials_are_secret(connector: Connector) -> Iterator[Finding]:
    """What signs in is sealed and hidden, which is done for secret fields alone."""
    fields = connector.connection.fields
    for place, way in connector.connection.auth.ways():
        asked = [fields[hole.path[0]] for _, hole in way.holes() if hole.path[0] in fields]
        without = isinstance(way, OAuth2) and way.client_secret is None
        if asked and not without and not any(field.secret for field in asked):
            message = "nothing that signs in here is secret"
            hint = "write 'secret: true' at the field that nobody else may know"
            yield Finding("not-secret", ("connection", "auth", *place), message, hint=hint)


def addresses_hold_no_secrets(connector: Connector) -> Iterator[Finding]:
    """A secret is no part of an address that a browser or a log shows."""
    fields = connector.connection.fields
    for place, way in connector.connection.auth.ways():
        if not isinstance(way, Login | OAuth2):
            continue
        for where, hole in way.holes():
            field = fields.get(hole.path[0])
            if field is not None and field.secret and _is_seen(way, where):
                message = f"'{hole.path[0]}' is secret, and this becomes part of an address that others may see"
                path = ("connection", "auth", *place, *where)
                hint = "take it out, or take 'secret' from the field"
                yield Finding("secret-in-address", path, message, hint=hint, offset=hole.offset - 1)


def _is_seen(way: Login | OAuth2, where: Route) -> bool:
    """Whether the place is part of an address: of one to sign in at, or of what the browser opens."""
    if isinstance(way, Login):
        return where[0] in ("request", "host")
    return "pattern" in where or (way.in_browser and where[0] in ("client_id", "authorize"))


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    session_tokens_go_along,
    credentials_are_secret,
    addresses_hold_no_secrets,
]
