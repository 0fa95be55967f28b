"""The pretend autarc's second host: a page on which the pretend installer signs in, and the token endpoint.

Whoever has no browser sends what the page's button sends: POST the same address with `decision=allow`, and follow
the redirect, or read `code` in its `location`. `decision=deny` is the other button.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from .autarc_oauth import Grants, OAuthError, once
from .strict import media_type, route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

AUTH = "https://auth.autarc.energy"
FORM = "application/x-www-form-urlencoded"
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}

SIGN_IN = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>autarc (pretend): sign in</title>
<h1>autarc (pretend)</h1>
<p>The application <b>{client}</b> asks to read and write the projects and customers of the pretend installer
Wärmepumpen Wiesengrund GmbH. It will be answered at <code>{redirect}</code>.</p>
<form method="post">
<button name="decision" value="allow">Sign in as the pretend installer</button>
<button name="decision" value="deny">Deny</button>
</form>
</html>
"""
WRONG = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>autarc (pretend): this cannot be asked for</title>
<h1>This cannot be asked for</h1>
<p>{why}</p>
</html>
"""


class AuthHost:
    """The addresses under https://auth.autarc.energy; `grants` is asked anew each time, since a reset replaces it."""

    def __init__(self, grants: Callable[[], Grants]) -> None:
        self.grants = grants

    def routes(self) -> list[BaseRoute]:
        return [
            route("GET", "/oauth2/auth", self.show_page),
            route("POST", "/oauth2/auth", self.decide),
            route("POST", "/oauth2/token", self.token),
        ]

    async def show_page(self, request: Request) -> Response:
        async def page(asked: dict[str, str]) -> Response:
            client, redirect = escape(asked["client_id"]), escape(asked["redirect_uri"])
            return HTMLResponse(SIGN_IN.format(client=client, redirect=redirect), headers=NO_STORE)

        return await self._asking(request, page)

    async def decide(self, request: Request) -> Response:
        """What the page's buttons do: redirect with a code, or with `access_denied`."""

        async def decided(asked: dict[str, str]) -> Response:
            decision = (await _form(request)).get("decision")
            if decision == "allow":
                return _back(asked, code=self.grants().allow(asked))
            if decision == "deny":
                return _back(asked, error="access_denied", error_description="the installer said no")
            raise OAuthError("invalid_request", "decision must be allow or deny")

        return await self._asking(request, decided)

    async def token(self, request: Request) -> Response:
        try:
            return JSONResponse(self.grants().answer(await _token_form(request)), headers=NO_STORE)
        except OAuthError as refused:
            body = {"error": refused.error, "error_description": refused.description}
            basic = {"www-authenticate": "Basic"} if "authorization" in request.headers else {}
            return JSONResponse(body, refused.status, NO_STORE | basic)

    async def _asking(self, request: Request, then: Callable[[dict[str, str]], Awaitable[Response]]) -> Response:
        """`then`, if it may be asked for. Where the application or its address is wrong nobody is redirected."""
        try:
            asked = once(request.query_params.multi_items())
            self.grants().check_application(asked)
            try:
                self.grants().check_asked(asked)
            except OAuthError as refused:
                return _back(asked, error=refused.error, error_description=refused.description)
            return await then(asked)
        except OAuthError as refused:
            return HTMLResponse(WRONG.format(why=escape(refused.description)), refused.status, NO_STORE)


def _back(asked: dict[str, str], **answer: str) -> Response:
    """To the application, with its own state; 303, so that a browser asks with GET (RFC 9700, 4.12)."""
    uri = asked["redirect_uri"]
    state = {"state": asked["state"]} if "state" in asked else {}
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer | state)}", 303, NO_STORE)


async def _token_form(request: Request) -> dict[str, str]:
    if "authorization" in request.headers:
        raise OAuthError("invalid_client", "client_id and client_secret belong in the body", 401)
    if request.url.query:
        raise OAuthError("invalid_request", "parameters belong in the body, not in the address")
    if media_type(request.headers.get("content-type")) != FORM:
        raise OAuthError("invalid_request", f"header content-type must be {FORM}")
    return await _form(request)


async def _form(request: Request) -> dict[str, str]:
    try:
        return once(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise OAuthError("invalid_request", f"the body is not a form: {error}") from None
