"""A pretend help desk, Desk, that can be signed in to in every way: an invented vendor, strict as the standards are.

After RFC 6749 (4.1 authorization code, 4.4 client credentials, 5 answers and errors, 6 refreshing), RFC 7636 (4.1 to
4.6, S256 alone), RFC 6750 (2.1 and 3), RFC 8252 (7.3: any port of a loopback address), and RFC 9700 (4.14.2: refresh
tokens are good for one use; whoever shows a used one ends the whole family).

`app.state.data` is what tests use: `lifetime` (what `expires_in` says), `deny` (an error instead of a code), `expire()`
(no access token is good any more), `revoke()` (nor is any refresh token), `issued` (every secret given out).
`app.state.issue()` gives tokens without a browser; `app.state.say`, a Response, answers in place of the token endpoint.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from itertools import count
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from starlette.responses import JSONResponse, RedirectResponse

from . import strict as be
from .pretend import Api, Refused

CLIENT, SECRET = "client 7:é", "s3cret/&=+ %"
PUBLIC = "native-app"
ROBOT, ROBOT_SECRET = "robot", "robot-secret-1"
USER, PASSWORD = "erika@example.com", "correct horse & battery"
TOKEN = "personal-token-1"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
UNRESERVED = r"[A-Za-z0-9._~-]{43,128}"


class Data:
    def __init__(self):
        self.codes, self.access, self.refresh, self.latest, self.sessions = {}, {}, {}, {}, set()
        self.dead = set()
        self.issued = []
        self.lifetime, self.deny = 3600, None
        self._number = count(1)

    def new(self, kind):
        self.issued.append(f"{kind}-{next(self._number):04}/+secret=")
        return self.issued[-1]

    def expire(self):
        self.access.clear()
        self.sessions.clear()

    def revoke(self):
        self.dead.update(self.refresh.values())


class Desk(Api):
    data = Data

    def reset(self):
        super().reset()
        self.state.say = None
        self.state.issue = lambda: self._issue("family-0")

    def routes(self):
        return [
            ("GET", "/oauth/authorize", self.authorize),
            ("POST", "/oauth/token", self.token),
            ("POST", "/v1/login", self.login),
            ("GET", "/v1/me", lambda call: {"user": USER}),
            ("GET", "/v1/tickets", lambda call: {"tickets": [{"id": 1, "title": "Ridge tiles are missing"}]}),
            ("POST", "/v1/tickets", lambda call: {"id": 2}),
        ]

    def admit(self, call):
        """RFC 6750, 3.1; what signs in needs no token."""
        if call.path in ("/oauth/authorize", "/oauth/token", "/v1/login"):
            return
        data = self.state.data
        given = call.headers.get("x-session")
        if call.bearer not in {TOKEN, *data.access} and given not in data.sessions:
            raise Refused(401, {"message": "sign in"}, www_authenticate='Bearer realm="desk", error="invalid_token"')

    def too_many(self):
        return Refused(429, {"message": "too many requests"}, retry_after=self.state.retry_after)

    def wrong(self, call, wrong):
        return _no(400, "invalid_request", f"{wrong.place} {wrong.name} {wrong.why}")

    def wrong_method(self, call):
        return Refused(405, {"message": "method not allowed"})

    def no_route(self, call):
        return Refused(404, {"message": "not found"})

    def authorize(self, call):
        """RFC 6749, 4.1.1: an error that concerns the client or where to come back to is shown, and sent nowhere."""
        known = dict.fromkeys(
            "response_type client_id redirect_uri scope state code_challenge code_challenge_method access_type".split(),
            be.text(least=1),
        )
        asked = call.read_query(known, "client_id", "redirect_uri")
        back = urlsplit(asked["redirect_uri"])
        ours = back.hostname in ("127.0.0.1", "localhost") and (back.scheme, back.path) == ("http", "/callback")
        if asked["client_id"] not in (CLIENT, PUBLIC) or not ours:
            raise _no(400, "invalid_request", "unknown client or redirect_uri")
        error = self.state.data.deny or self._asked_wrongly(asked)
        answer = (
            {"error": error, "error_description": "<b>The user said no</b>"} if error else {"code": self._code(asked)}
        )
        if "state" in asked:
            answer["state"] = asked["state"]
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    def _asked_wrongly(self, asked):
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
            return "invalid_request"  # RFC 7636, 4.4.1
        return None if {*asked.get("scope", "").split()} <= {"tickets:read", "tickets:write"} else "invalid_scope"

    def _code(self, asked):
        data = self.state.data
        code = data.new("code")
        data.codes[code] = asked
        return code

    def token(self, call):
        """RFC 6749, 3.2: POST, a form, each parameter at most once."""
        if self.state.say is not None:
            return self.state.say
        if call.media_type != "application/x-www-form-urlencoded" or call.query:
            raise _no(400, "invalid_request", "not a form")
        pairs = parse_qsl(call.body.decode(), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        if len(form) != len(pairs) or not all(form.values()):
            raise _no(400, "invalid_request", "a parameter is there twice, or empty")
        client = self._client(call, form)
        grants = {
            "authorization_code": (self._redeem, {"code", "redirect_uri", "code_verifier"}),
            "refresh_token": (self._refresh, {"refresh_token"}),
            "client_credentials": (self._robot, {"scope"}),
        }
        if form.get("grant_type") not in grants:
            raise _no(400, "unsupported_grant_type", "")
        grant, known = grants[form.pop("grant_type")]
        if {*form} - known:
            raise _no(400, "invalid_request", f"unknown: {sorted({*form} - known)}")
        return JSONResponse(grant(client, form), 200, NO_STORE)

    def _client(self, call, form):
        """RFC 6749, 2.3.1: by Basic, each part encoded as in a form first, or in the body, and never both."""
        in_body = form.pop("client_id", None), form.pop("client_secret", None)
        if call.basic is not None and in_body != (None, None):
            raise _no(400, "invalid_request", "two ways of client authentication")
        given = in_body if call.basic is None else tuple(map(unquote_plus, call.basic.split(":", 1)))
        if given not in ((CLIENT, SECRET), (ROBOT, ROBOT_SECRET), (PUBLIC, None)):
            raise _no(401, "invalid_client", "", www_authenticate='Basic realm="desk"')
        return given[0]

    def _redeem(self, client, form):
        asked = self.state.data.codes.pop(form.get("code"), None)
        verifier = form.get("code_verifier", "")
        be.pattern(UNRESERVED, "a verifier (RFC 7636, 4.1)")(verifier)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if asked is None or (asked["client_id"], asked["redirect_uri"], asked["code_challenge"]) != (
            client,
            form.get("redirect_uri"),
            challenge,
        ):
            raise _no(400, "invalid_grant", "the code is unknown, used, or not yours")
        return self._issue(self.state.data.new("family"))

    def _refresh(self, client, form):
        data = self.state.data
        family = data.refresh.get(form.get("refresh_token"))
        if family is None or family in data.dead:
            raise _no(400, "invalid_grant", f"refresh token {form.get('refresh_token')} is dead")
        if form["refresh_token"] != data.latest[family]:
            data.dead.add(family)
            data.access = {token: owner for token, owner in data.access.items() if owner != family}
            raise _no(400, "invalid_grant", "this refresh token was used before, so all of them end")
        return self._issue(family)

    def _robot(self, client, form):
        if client != ROBOT:
            raise _no(400, "unauthorized_client", "")
        token = self.state.data.new("access")
        self.state.data.access[token] = client
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.state.data.lifetime}

    def _issue(self, family):
        data = self.state.data
        token, refresh = data.new("access"), data.new("refresh")
        data.access = {other: owner for other, owner in data.access.items() if owner != family} | {token: family}
        data.refresh[refresh] = family
        data.latest[family] = refresh
        return {"access_token": token, "token_type": "bearer", "expires_in": data.lifetime, "refresh_token": refresh}

    def login(self, call):
        given = call.read_json({"user": be.text(), "password": be.text()}, "user", "password")
        if (given["user"], given["password"]) != (USER, PASSWORD):
            raise Refused(401, {"message": f"wrong password {given['password']}"})
        session = self.state.data.new("session")
        self.state.data.sessions.add(session)
        return {"data": {"session": session, "valid_for": str(self.state.data.lifetime)}}


def _no(status, error, description, **headers):
    body = {"error": error} | ({"error_description": description} if description else {})
    return Refused(status, body, **{"Cache-Control": "no-store"}, **headers)


def create_app():
    return Desk().app
