"""The real n8n with the exported packages: what happens at one pretend vendor arrives at another, and nothing is lost.

`make e2e` runs it. It needs the network once, for n8n itself.
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.e2e.servers import GRIDWIRE, VERSION, Gridwire, N8n, until

PROJECTS = "POST /api/v1/projects"
NOTES = "POST /rest/v2/clients/sandbox-client/h360/offers/notes"
_BEGAN = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - _BEGAN:6.1f} s  {text}", flush=True)


def main() -> None:
    """Everything, from nothing: raises what goes wrong."""
    with tempfile.TemporaryDirectory(prefix="gridwire-e2e-") as name:
        folder, port = Path(name), _free_port()
        n8n = N8n(folder, port=port)
        n8n.install()
        say(f"n8n {VERSION} is installed")
        gridwire = Gridwire(folder, target=n8n.url)
        try:
            _run(folder, n8n, gridwire)
        except Exception:
            print(*(folder / "n8n.log").read_text().splitlines()[-60:], sep="\n")
            print(*(folder / "gridwire.log").read_text().splitlines()[-20:], sep="\n")
            raise
        finally:
            n8n.kill()
            gridwire.end()


def _run(folder: Path, n8n: N8n, gridwire: Gridwire) -> None:
    packages = {vendor: _exported(vendor, folder / vendor) for vendor in ("reonic", "autarc", "opensolar")}
    for package in packages.values():
        n8n.put_in(package)
    say(f"exported and installed: {', '.join(packages)}")
    began = time.monotonic()
    n8n.start()
    n8n.enter()
    say(f"n8n answers after {time.monotonic() - began:.1f} s, with {n8n.megabytes} MB")
    editor, flows = Editor(n8n, gridwire), Flows(gridwire)
    say("the credential is tested; a wrong key is refused")
    signed = editor.import_(packages["reonic"] / "workflows" / "offer-signed-to-autarc.json")
    updated = editor.import_(packages["opensolar"] / "workflows" / "project-updated-to-reonic.json")
    _publish(n8n, gridwire, [signed, updated])
    _acts(flows)
    _edits(n8n, gridwire, signed)
    _refuses_strangers(n8n, gridwire)
    _survives(n8n, gridwire, flows)
    _unpublish(n8n, gridwire, flows, [signed, updated])
    runs = n8n.api("GET", "/executions?limit=50")["data"]
    failed = [run for run in runs if run["status"] != "success"]
    assert not failed, failed
    say(f"all {len(runs)} runs ended well; n8n holds {n8n.megabytes} MB")


def _exported(vendor: str, out: Path) -> Path:
    subprocess.run([*GRIDWIRE, "export", "n8n", vendor, "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
    return out


class Editor:
    """What a user does in n8n: a credential, workflows from files, and a choice in each dropdown that is left open."""

    def __init__(self, n8n: N8n, gridwire: Gridwire) -> None:
        self._n8n = n8n
        given = {"serverUrl": gridwire.url, "apiKey": gridwire.key}
        self._credential = n8n.api("POST", "/credentials", {"name": "Gridwire", "type": "gridwireApi", "data": given})
        assert self._tested(given)["status"] == "OK"
        assert self._tested(given | {"apiKey": "wrong"})["status"] == "Error"

    def import_(self, file: Path) -> str:
        """The workflow of that file, ready to be published; gives its id."""
        flow = json.loads(file.read_text())
        for node in flow["nodes"]:
            if "connection" in node["parameters"]:
                node["credentials"] = {"gridwireApi": {"id": self._credential["id"], "name": "Gridwire"}}
                vendor = node["type"].split(".")[0].removeprefix("n8n-nodes-gridwire-")
                self._choose(node, "connection", "connections", f"sandbox-{vendor}")
            if "companyId" in node["parameters"]:
                self._choose(node, "companyId", "create_project:companyId")
        made = self._n8n.api("POST", "/workflows", flow)
        say(f"imported: {made['name']}")
        return made["id"]

    def _choose(self, node: Any, parameter: str, method: str, title: str | None = None) -> None:
        """Takes what has that title in the dropdown, or else the first."""
        asked = {
            "path": f"parameters.{parameter}",
            "nodeTypeAndVersion": {"name": node["type"], "version": node["typeVersion"]},
            "currentNodeParameters": node["parameters"],
            "credentials": node["credentials"],
            "methodName": method,
        }
        found = self._n8n.rest("POST", "/dynamic-node-parameters/resource-locator-results", asked)["results"]
        chosen = next(one for one in found if title in (None, one["name"]))
        shown = {"value": chosen["value"], "cachedResultName": chosen["name"]}
        node["parameters"][parameter] = {"__rl": True, "mode": "list", **shown}

    def _tested(self, data: Any) -> Any:
        tested = {"id": self._credential["id"], "name": "Gridwire", "type": "gridwireApi", "data": data}
        return self._n8n.rest("POST", "/credentials/test", {"credentials": tested})


def _publish(n8n: N8n, gridwire: Gridwire, flows: list[str]) -> None:
    began = time.monotonic()
    for flow in flows:
        n8n.api("POST", f"/workflows/{flow}/activate")
    subscribed = until("both are subscribed", lambda: _if_all(gridwire, len(flows)))
    took = time.monotonic() - began
    ways = ", ".join(f"{one['connector']}.{one['trigger']} by {one['way']}" for one in subscribed)
    say(f"published, and subscribed after {took:.1f} s: {ways}")


def _if_all(gridwire: Gridwire, count: int) -> list[Any]:
    found = [one for one in gridwire.subscriptions() if one["state"] == "active"]
    return found if len(found) == count else []


class Flows:
    """The two workflows, from an event at one pretend vendor to the action at the other."""

    def __init__(self, gridwire: Gridwire) -> None:
        self._gridwire = gridwire
        (offer, *_) = self._ask("reonic", "searches/find_offer", status="Order Confirmed")["items"]
        (project, *_) = self._ask("opensolar", "searches/find_project", address="a")["items"]
        self._offer, self._project = offer["id"], project["id"]
        self._ask("opensolar", "actions/update_project", id=self._project, identifier=self._offer)

    def sign(self, number: int) -> tuple[str, str]:
        """A customer signs; gives the offer's ID and the customer's name."""
        offer = self._gridwire.do("reonic/sign-offer", id=number)["offer"]
        customer = self._ask("reonic", "actions/get_contact", contactId=offer["customer"]["id"])["output"]
        return offer["id"], f"{customer['firstName']} {customer['lastName']}"

    def projects(self, offer: str) -> list[str]:
        """The names of the projects that autarc was told to create for this offer."""
        return [one["name"] for one in self._gridwire.received("autarc", PROJECTS) if one["humanId"] == offer]

    def write(self, notes: str) -> None:
        """Somebody writes into a project."""
        self._gridwire.do("opensolar/write-notes", id=self._project, notes=notes)

    def notes(self, text: str) -> list[str]:
        """The notes about it that Reonic was told to add to the offer."""
        added = [one["text"] for one in self._gridwire.received("reonic", NOTES) if one["offerId"] == self._offer]
        return [note for note in added if text in note]

    def _ask(self, vendor: str, path: str, **given: Any) -> Any:
        return self._gridwire.ask("POST", f"/connections/sandbox-{vendor}/{path}", {"input": given})


def _acts(flows: Flows) -> None:
    began = time.monotonic()
    offer, customer = flows.sign(7)
    names = until("the project is created", lambda: flows.projects(offer))
    assert names == [customer], names
    say(f"from 'offer signed' to the project '{customer}' at autarc: {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    flows.write("Roof is free of shade")
    until("the note is added", lambda: flows.notes("free of shade"))
    say(f"from 'project updated' to the note at Reonic: {time.monotonic() - began:.2f} s")


def _edits(n8n: N8n, gridwire: Gridwire, flow: str) -> None:
    before = {one["id"] for one in gridwire.subscriptions()}
    saved = n8n.api("GET", f"/workflows/{flow}")
    changed = {name: saved[name] for name in ("name", "nodes", "connections")}
    changed["nodes"][-1]["notes"] = "Changed while it is active"
    n8n.api("PUT", f"/workflows/{flow}", changed | {"settings": {"executionOrder": "v1"}})
    published = n8n.api("POST", f"/workflows/{flow}/activate")
    until("it is published", lambda: _live(n8n, flow) == published["versionId"])
    assert {one["id"] for one in gridwire.subscriptions()} == before
    say("a workflow that is changed behind its trigger keeps its subscription")


def _live(n8n: N8n, flow: str) -> str | None:
    """The version that runs; n8n publishes after it has answered."""
    return n8n.rest("GET", f"/workflows/{flow}/publication-status")["liveVersionId"]


def _refuses_strangers(n8n: N8n, gridwire: Gridwire) -> None:
    for one in gridwire.subscriptions():
        assert n8n.post(one["target_url"], {"id": "forged"}) == 401
    say("what nobody has signed is refused with 401")


def _survives(n8n: N8n, gridwire: Gridwire, flows: Flows) -> None:
    n8n.kill()
    offer, customer = flows.sign(9)
    flows.write("Needs a scaffold")
    waiting = until("both events wait", lambda: _if_tried(gridwire, 2))
    say(f"n8n is killed; {len(waiting)} events happen, and wait")
    n8n.start()
    began = time.monotonic()
    names = until("the project is created", lambda: flows.projects(offer))
    until("the note is added", lambda: flows.notes("scaffold"))
    assert names == [customer], names
    say(f"n8n runs again, and {time.monotonic() - began:.1f} s later both have arrived: nothing is lost")
    until("nothing waits", lambda: not _if_tried(gridwire, 0))
    assert (len(flows.projects(offer)), len(flows.notes("scaffold"))) == (1, 1)
    assert len(gridwire.subscriptions()) == 2


def _if_tried(gridwire: Gridwire, count: int) -> list[Any]:
    """The deliveries that wait and have been tried, if there are so many."""
    waiting = [one for one in gridwire.ask("GET", "/deliveries?state=waiting")["items"] if one["attempts"]]
    return waiting if len(waiting) >= count else []


def _unpublish(n8n: N8n, gridwire: Gridwire, flows: Flows, ids: list[str]) -> None:
    for one in ids:
        n8n.api("POST", f"/workflows/{one}/deactivate")
    began = time.monotonic()
    until("both are unsubscribed", lambda: not gridwire.subscriptions())
    took = time.monotonic() - began
    offer, _ = flows.sign(11)
    flows.write("Nobody listens")
    time.sleep(3)  # for what must not happen there is no event to wait for
    assert not flows.projects(offer)
    assert not flows.notes("Nobody listens")
    say(f"unpublished, and unsubscribed after {took:.1f} s; what happens now starts nothing")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    main()
