from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from connectors.sandbox import CONNECTIONS, Autarc, Enneo, OpenSolar, Reonic, create_app
from connectors.sandbox.opensolar_records import MACHINE_TOKEN

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time

    def forward(self, **duration):
        self.time += timedelta(**duration)


@pytest.fixture(scope="session")
def clock():
    return Clock()


@pytest.fixture(scope="session")
def running(served, clock):
    reonic = Reonic(now=clock)
    with served(create_app([reonic])) as address:
        yield reonic, address


@pytest.fixture
def reonic(running, clock):
    """The pretend Reonic as a Python object, as at the start."""
    clock.time = START
    running[0].reset()
    return running[0]


@pytest.fixture(scope="session")
def clients(running):
    """Kept for the session: to make one costs more than most tests."""
    connection = CONNECTIONS["reonic"]
    headers = {"accept": "application/json", "x-authorization": connection["values"]["apiKey"]}
    at_reonic = running[1] + connection["path"]
    with httpx.Client(base_url=running[1]) as sandbox, httpx.Client(base_url=at_reonic, headers=headers) as api:
        yield sandbox, api


@pytest.fixture
def sandbox(clients, reonic):
    """A client at the sandbox's own address."""
    return clients[0]


@pytest.fixture
def api(clients, reonic):
    """A client that does everything right, at the pretend Reonic's address."""
    return clients[1]


@pytest.fixture(scope="session")
def two_running(served, clock):
    vendors = Autarc(now=clock), Enneo(now=clock)
    with served(create_app(vendors)) as address, httpx.Client(base_url=address) as client:
        yield *vendors, client


@pytest.fixture
def autarc(two_running, clock):
    """The pretend autarc as a Python object, as at the start."""
    clock.time = START
    two_running[0].reset()
    return two_running[0]


@pytest.fixture
def enneo(two_running, clock):
    """The pretend enneo as a Python object, as at the start."""
    clock.time = START
    two_running[1].reset()
    return two_running[1]


@pytest.fixture
def outside(two_running):
    """A client at the address of the sandbox that holds autarc and enneo; it adds no credential."""
    return two_running[2]


OAUTH_BACK = "http://127.0.0.1:8710/oauth/callback"
OAUTH_VERIFIER = "sandbox-verifier-" + "x" * 32


@pytest.fixture
def asked():
    """The address at which a consent is asked for, with `change`; a value of `...` leaves a parameter out."""
    right = {
        "response_type": "code",
        "client_id": "sandbox-autarc-client",
        "redirect_uri": OAUTH_BACK,
        "scope": "offline_access",
        "state": "a state/of+mine",
        "code_challenge": urlsafe_b64encode(sha256(OAUTH_VERIFIER.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }

    def asked(**change):
        parameters = {name: value for name, value in (right | change).items() if value is not ...}
        return "/autarc-auth/oauth2/auth?" + urlencode(parameters)

    return asked


@pytest.fixture
def press(outside, autarc, asked):
    """Presses a button of the page as a browser would; `change` is what is asked for differently."""
    return lambda decision="allow", **change: outside.post(asked(**change), data={"decision": decision})


@pytest.fixture
def sent_back():
    """The redirect URI, and what the application reads there."""

    def sent_back(response):
        assert response.status_code == 303, response.text
        uri, _, query = response.headers["location"].partition("?")
        return uri, dict(parse_qsl(query, strict_parsing=True))

    return sent_back


@pytest.fixture(scope="session")
def opensolar_running(served, clock):
    opensolar = OpenSolar(now=clock)
    with served(create_app([opensolar])) as address, httpx.Client(base_url=address) as client:
        yield opensolar, client


@pytest.fixture
def opensolar(opensolar_running, clock):
    """The pretend OpenSolar as a Python object, as at the start."""
    clock.time = START
    opensolar_running[0].reset()
    return opensolar_running[0]


@pytest.fixture
def solar(opensolar, opensolar_running):
    """Asks the pretend OpenSolar and does everything right: `solar("GET", "projects/", …)`, below its organisation."""

    def ask(method, path, at="/opensolar/api/orgs/1/", **more):
        headers = {"authorization": f"Bearer {MACHINE_TOKEN}"} | more.pop("headers", {})
        return opensolar_running[1].request(method, at + path, headers=headers, **more)

    return ask


@pytest.fixture
def solar_do(opensolar, opensolar_running):
    """Does something in the pretend OpenSolar's app."""
    return lambda deed, /, **args: opensolar_running[1].post(f"/_do/opensolar/{deed}", json=args)


@pytest.fixture
def solar_sandbox(opensolar, opensolar_running):
    """A client at the address of a sandbox with nothing but OpenSolar."""
    return opensolar_running[1]
