"""What follows from webhooks: it holds for how well-known vendors call, and a program that is wrong is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.components import delivery, heard, verify
from connectors.engine import hooks
from connectors.errors import VendorFailed
from connectors.manifest.catalog import bundled, load
from connectors.manifest.hooks import Webhook
from connectors.manifest.model import Trigger
from connectors.testing.generated.trials import tried_all

ROOT = Path(__file__).parents[1]
VENDORS = ROOT / "engine" / "webhooks" / "vendors.yaml"


@pytest.fixture(scope="module")
def vendors():
    return load(VENDORS)


def checked(connector, *names):
    """What was tried of the webhooks, by trigger and what it is, with what is wrong."""
    return {(one.operation, one.what): one.problem for one in tried_all(connector, names or None)
            if one.about == "webhook"}  # fmt: skip


@pytest.mark.parametrize(
    "path", [VENDORS, ROOT / "manifests" / "ok.yaml", bundled() / "opensolar.yaml"], ids=lambda path: path.stem
)
def test_it_holds_and_every_webhook_is_tried(path):
    connector = load(path)
    found = checked(connector)

    assert {name for name, _ in found} == {name for name, one in connector.triggers.items() if one.webhook}
    assert {what: problem for what, problem in found.items() if problem} == {}


def test_signatures_with_a_time_are_tried_before_and_after_it(vendors):
    assert {what for _, what in checked(vendors, "stripe_paid")} >= {
        "what is delivered gives its event, and again nothing",
        "a delivery just in time",
        "a delivery signed too long ago",
        "a delivery with another body than was signed",
        "a delivery with another secret",
        "a delivery without proof",
        "a delivery whose type is None",
        "deliveries with something missing or strange in them",
    }


def all_true(*_, **__):
    return True


def failing(*_, **__):
    raise VendorFailed("it broke")


@pytest.mark.parametrize(
    ("owner", "name", "instead", "trigger", "what", "problem"),
    [
        (verify.Hmac, "verified", all_true, "stripe_paid", "a delivery with another secret", "should be answered 404"),
        (verify, "_is_about", all_true, "stripe_paid", "a delivery signed too long ago", "should be answered 404"),
        (hooks, "is_event", all_true, "standard", "what is delivered gives its event, and again nothing", "2 should"),
        (heard, "_whole_mark", lambda told: told.key, "standard", "the same with something else in it is another event",
         "delivery 2 should give 1 events, and gives 0"),
        (Webhook, "is_for", all_true, "github_issue", "a delivery with X-GitHub-Event: None", "should give 0 events"),
        (delivery, "_is_deeper", lambda *_: False, "standard", "what is nested too deeply", "should be answered 400"),
        (Trigger, "told_by", failing, "standard", "deliveries of a strange form", "fails: it broke"),
        (hooks.Hook, "unsubscribe", failing, "github_issue", "the vendor is asked to call, and to call no more",
         "broke"),
        (hooks.Hook, "_standing", lambda _, item, scope: hooks.Standing("active"), "opensolar_updated",
         "a subscription that is disabled", "is taken for active"),
    ],
)  # fmt: skip
def test_a_program_that_is_wrong_is_caught(vendors, monkeypatch, owner, name, instead, trigger, what, problem):
    monkeypatch.setattr(owner, name, instead)

    assert problem in (checked(vendors, trigger)[trigger, what] or "")
