from __future__ import annotations

from contextlib import ExitStack
from types import SimpleNamespace

import httpx
import pytest

from tests.manifests.servers import github, jira, notion, stripe, zendesk
from tests.manifests.servers.pretend import serving

ACCOUNTS = {
    "github": (github, {"headers": {"authorization": f"Bearer {github.TOKEN}"}}),
    "stripe": (stripe, {"auth": (stripe.KEY, "")}),
    "notion": (notion, {"headers": {"authorization": f"Bearer {notion.TOKEN}", "notion-version": "2022-06-28"}}),
    "jira": (jira, {"auth": (jira.EMAIL, jira.TOKEN)}),
    "zendesk": (
        zendesk,
        {"auth": (f"{zendesk.EMAIL}/token", zendesk.TOKEN), "headers": {"accept": "application/json"}},
    ),
}


@pytest.fixture(scope="session")
def running():
    with ExitStack() as stack:
        apis = {}
        for name, (module, account) in ACCOUNTS.items():
            app = module.create_app()
            address = stack.enter_context(serving(app))
            client = stack.enter_context(httpx.Client(base_url=address, **account))
            apis[name] = SimpleNamespace(state=app.state, address=address, client=client, get=client.get)
        yield apis


@pytest.fixture
def api(running):
    """A client of the API of that name, which is as at the start."""

    def opened(name):
        running[name].state.reset()
        return running[name]

    return opened
