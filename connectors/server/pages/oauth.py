"""Signing in at the vendor: the browser is sent there with a state that only it can come back with."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.responses import Response

from connectors.engine.authorization import LASTS, Authorization
from connectors.errors import GridwireError, InputError, ReconnectError, VendorError
from connectors.server.call import Call, Server
from connectors.server.pages.page import message, page, redirect
from connectors.server.pages.wanted import Wanted, trouble_of
from connectors.service.keys import digest
from connectors.service.tickets import Issued, NoSuchTicketError

_PATH = "/oauth"


def callback_of(server: Server) -> str:
    """Where vendors send the browser back to, as they have to know it."""
    return f"{server.public_url}{_PATH}/callback"


async def start_of(server: Server, wanted: Wanted) -> tuple[str, float]:
    """An address that leads to the vendor's sign-in, once, and when it ends."""
    issue, content = server.service.tickets.issue, wanted.content()
    ticket = await issue(wanted.workspace, wanted.key, "start", content, lasts=LASTS)
    return f"{server.public_url}{_PATH}/start/{ticket.secret}", ticket.expires_at


@page
async def start_sign_in(call: Call) -> Response:
    """Leads the browser to the vendor's sign-in; once, within ten minutes."""
    server, tickets = call.server, call.server.service.tickets
    if call.request.method == "HEAD":  # programs that preview links must not use it up
        await tickets.look("start", call.params["ticket"])
        return Response()
    wanted = await Wanted.of(server, await tickets.take("start", call.params["ticket"]))
    try:
        connection = await wanted.trial(server)
        verifier, browser = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        attempt = Authorization(connection, callback_of(server), verifier=verifier)
        content = {**wanted.content(), "verifier": verifier, "back": attempt.redirect_uri, "browser": browser}
        _ = attempt.way
        attempt.state = (await tickets.issue(wanted.workspace, wanted.key, "state", content, lasts=LASTS)).secret
    except InputError as error:
        return _cannot(call, wanted, error)
    answer = redirect(attempt.address)
    _keep_cookie(server, answer, attempt.state, browser)
    return answer


@page
async def finish_sign_in(call: Call) -> Response:
    """Takes the browser back from the vendor, keeps the session and tests the connection.

    Only the browser that was sent away can come back, once, within ten minutes.
    """
    answer = dict(call.request.query_params)
    state = answer.get("state", "")
    if len(answer) < len(call.request.query_params.multi_items()) or call.request.method == "HEAD":
        return message(call, "over", status=400)
    try:
        begun = await call.server.service.tickets.look("state", state)
        given = call.request.cookies.get(_cookie(state), "")
        if not hmac.compare_digest(given.encode(), begun.content["browser"].encode()):
            return message(call, "other_browser", status=400)
        await call.server.service.tickets.take("state", state)
    except NoSuchTicketError:
        return message(call, "over", status=400)
    answered = await _finished(call, begun, answer)
    _keep_cookie(call.server, answered, state, None)
    return answered


async def _finished(call: Call, begun: Issued, answer: dict[str, str]) -> Response:
    server, content = call.server, begun.content
    wanted = await Wanted.of(server, begun)
    try:
        connection = await wanted.trial(server)
        attempt = Authorization(connection, content["back"], state=answer["state"], verifier=content["verifier"])
        code = attempt.code(answer)
        session = await attempt.redeem(code, server.vendor_of(connection).exchange.signing)
    except InputError as error:
        return _cannot(call, wanted, error)
    except (ReconnectError, VendorError) as error:
        return _not_connected(call, wanted, error, "not_allowed")
    opened = await wanted.kept(server, session)
    try:
        async with call.asking(opened, tested=True) as vendor:
            await vendor.test()
    except GridwireError as error:
        return message(call, "untested", vendor=_title(call, wanted), trouble=trouble_of(error))
    return message(call, "connected")


def _cannot(call: Call, wanted: Wanted, error: InputError) -> Response:
    return _not_connected(call, wanted, error, "cannot")


def _not_connected(call: Call, wanted: Wanted, error: GridwireError, text: str) -> Response:
    """Why it was not connected; nothing was kept."""
    again = f"{call.server.public_url}/connect/{wanted.link}" if wanted.link else None
    vendor, trouble = _title(call, wanted), trouble_of(error)
    return message(call, "not_connected", status=424, text=text, vendor=vendor, trouble=trouble, again=again)


def _title(call: Call, wanted: Wanted) -> str:
    return call.server.connectors[wanted.connector].title


def _cookie(state: str) -> str:
    """One for each sign-in, so that two tabs do not disturb each other."""
    return f"gridwire-{digest(state).hex()[:16]}"


def _keep_cookie(server: Server, answer: Response, state: str, browser: str | None) -> None:
    """Gives the browser what it has to come back with; None takes it away."""
    at = urlsplit(server.public_url)
    answer.set_cookie(
        _cookie(state),
        browser or "",
        max_age=int(LASTS) if browser else 0,
        path=f"{at.path}{_PATH}",
        secure=at.scheme == "https",
        httponly=True,
        samesite="lax",
    )
