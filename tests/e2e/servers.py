"""The two servers of the end-to-end run: gridwire with its sandbox, and the real n8n. Each can be asked, and killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.proofs.conftest import ROOT, Node

VERSION = "2.41.1"
GRIDWIRE = [sys.executable, str(ROOT / "cli.py")]
T = TypeVar("T")

# n8n alone on this machine: it calls nobody, asks nobody in, and leaves out what this does not need
_OFF = (
    "N8N_DIAGNOSTICS_ENABLED N8N_VERSION_NOTIFICATIONS_ENABLED N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED"
    " N8N_DYNAMIC_BANNERS_ENABLED N8N_TEMPLATES_ENABLED N8N_PERSONALIZATION_ENABLED N8N_HIRING_BANNER_ENABLED"
    " N8N_LICENSE_AUTO_RENEW_ENABLED N8N_AI_ENABLED N8N_VERIFIED_PACKAGES_ENABLED N8N_SECURE_COOKIE"
).split()
_QUIET = {
    **dict.fromkeys(_OFF, "false"),
    "N8N_ENCRYPTION_KEY": "invented-for-this-test",
    "N8N_LICENSE_SERVER_URL": "http://127.0.0.1:9",
    "N8N_DISABLED_MODULES": "mcp-registry,mcp,instance-ai,agents,chat-hub,insights,workflow-builder,source-control,"
    "external-secrets,ldap,sso-oidc,sso-saml,log-streaming,otel,quick-connect",
    "N8N_COMMUNITY_PACKAGES_ENABLED": "true",
    "N8N_UNVERIFIED_PACKAGES_ENABLED": "true",
    "N8N_REINSTALL_MISSING_PACKAGES": "false",
    "EXTERNAL_FRONTEND_HOOKS_URLS": "",
    "DB_TYPE": "sqlite",
    "GENERIC_TIMEZONE": "Europe/Berlin",
}


def until(what: str, look: Callable[[], T | None], *, seconds: float = 60.0) -> T:
    """What `look` gives as soon as it gives something. Raises TimeoutError, which says what did not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            if found := look():
                return found
        time.sleep(0.02)
    raise TimeoutError(f"{what}: not within {seconds:.0f} seconds")


def _answered(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:800]}")
    return answer.json() if answer.content else None


class Gridwire:
    """A gridwire server with pretend vendors, which may send to n8n and to no other private address."""

    def __init__(self, folder: Path, *, target: str) -> None:
        data = ["--data", str(folder / "data")]
        add = [*GRIDWIRE, "keys", "add", "n8n", "--scope", "use", "--json", *data]
        made = subprocess.run(add, check=True, capture_output=True)
        self.key: str = json.loads(made.stdout)["key"]
        wait = {
            "GRIDWIRE_MIN_INTERVAL": "1",
            "GRIDWIRE_RETRY_SCHEDULE": "0,1,1,2,2,3,3,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5",
        }
        self._log = (folder / "gridwire.log").open("w")
        self._process = subprocess.Popen(
            [*GRIDWIRE, "serve", "--sandbox", "--port", "0", "--allow-target", target, *data],
            env={**os.environ, **wait},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found, "the server does not say where it is"
        self.url = found[0]
        self._client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        return _answered(self._client.request(method, f"/v1{path}", json=body, headers=headers))

    def subscriptions(self) -> list[Any]:
        return self.ask("GET", "/subscriptions")["items"]

    def do(self, deed: str, **given: Any) -> Any:
        """Something happens in a pretend vendor's app: `reonic/sign-offer`."""
        return _answered(self._client.post(f"/sandbox/_do/{deed}", json=given))

    def received(self, vendor: str, line: str) -> list[Any]:
        """The bodies that a pretend vendor has taken, with this method and path."""
        log = _answered(self._client.get(f"/sandbox/_log/{vendor}"))
        return [
            json.loads(one["body"]) for one in log if f"{one['method']} {one['path']}" == line and one["status"] < 300
        ]

    def end(self) -> None:
        self._client.close()
        self._process.terminate()
        self._process.communicate(timeout=30)
        self._log.close()


class N8n:
    """The real n8n, headless, with the packages that are put in."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._node = Node(ROOT / ".cache" / "e2e" / "n8n")
        self._folder = folder
        self._client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._process: subprocess.Popen[str] | None = None
        address = f"{self.url}/"
        self._env = {
            **self._node.env,
            **_QUIET,
            "N8N_USER_FOLDER": str(folder / "n8n"),
            "N8N_PORT": str(port),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "WEBHOOK_URL": address,
            "N8N_EDITOR_BASE_URL": address,
            "N8N_RUNNERS_BROKER_PORT": str(port + 1),
        }

    def install(self) -> None:
        """The program itself, once: minutes, and 3 GB in .cache/e2e."""
        self._node.install({"n8n": VERSION}, build="sqlite3", overrides={"linkedom": "0.18.12"})

    def put_in(self, package: Path) -> None:
        """A community package, where n8n looks for them."""
        name = json.loads((package / "package.json").read_text())["name"]
        shutil.copytree(package, self._folder / "n8n" / ".n8n" / "nodes" / "node_modules" / name)

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        program = self._node.modules / "n8n" / "bin" / "n8n"
        with (self._folder / "n8n.log").open("a") as log:
            self._process = subprocess.Popen(
                [self._node.folder / "bin" / "node", program, "start"],
                env=self._env,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        until("n8n is ready", lambda: self._client.get("/healthz/readiness").is_success, seconds=180)

    def kill(self) -> None:
        """Ends it as a power failure does."""
        if self._process:
            os.killpg(self._process.pid, 9)
            self._process.wait()

    def enter(self) -> None:
        """Makes the owner's account, and a key for the public API."""
        owner = {"email": "owner@example.com", "firstName": "O", "lastName": "W", "password": "Invented-1x"}
        until("the owner is made", lambda: self._client.post("/rest/owner/setup", json=owner).is_success)
        scopes = self.rest("GET", "/api-keys/scopes")
        key = self.rest("POST", "/api-keys", {"label": "e2e", "scopes": scopes, "expiresAt": None})
        self._client.headers["X-N8N-API-KEY"] = key["rawApiKey"]

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """What the editor asks."""
        return _answered(self._client.request(method, f"/rest{path}", json=body))["data"]

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What n8n's public API is asked."""
        return _answered(self._client.request(method, f"/api/v1{path}", json=body))

    def post(self, url: str, body: Any) -> int:
        """What anybody may send to a trigger's address; gives the status."""
        return self._client.post(url, json=body).status_code

    @property
    def megabytes(self) -> int:
        """What it holds in memory."""
        assert self._process
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024
