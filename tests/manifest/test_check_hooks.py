from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ManifestError
from connectors.manifest.check import check
from connectors.manifest.compare import compare
from connectors.manifest.source import parse

OK = (Path(__file__).parents[1] / "manifests" / "ok.yaml").read_text()


def changed(*changes: tuple[str, str]) -> str:
    text = OK
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def problems(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(ManifestError) as caught:
        check(parse(changed(*changes), "a.yaml"))
    return [(problem.rule, problem.message) for problem in caught.value.problems]


REFUSED = [
    ('"Token {webhook_secret}"', '"Token"', "place"),
    ('endpoint: "{webhook_url}"\n', 'endpoint: "{webhok_url}"\n', "unknown-name"),
    ('"PATCH /hooks/{subscription.id}"', '"PATCH /hooks/{subscription.nr}"', "unknown-name"),
    ('"PATCH /hooks/{subscription.id}"', '"PATCH /hooks/{subscription}"', "unknown-name"),
    ('match: {id: "{subscription.id}"}', 'match: {id: "{subscription.nr}"}', "unknown-name"),
    ("body: {enabled: false}}", 'body: {enabled: "{webhook_secret}"}}', "unknown-name"),
    ("body: {enabled: false}}", 'body: {enabled: "{apiKey}"}}', "secret-outside-auth"),
    ('same: {endpoint: "{webhook_url}"}', 'same: {endpoint: "{webhook_secret}"}', "unknown-name"),
    ("where: {model: Project,", 'where: {model: "{webhook_secret}",', "unknown-name"),
    ('currency: "{currency}", buyer', 'currency: "{webhook_secret}", buyer', "unknown-name"),
    ("where: {type: hello}", 'where: {type: "{shoop}"}', "unknown-name"),
    ("list: hooks", "list: hook", "unknown-list"),
    ('match: {id: "{subscription.id}"}', "match: {}", "condition"),
    ("list: hooks", "list: stores", "input-not-given"),
    ("query: {notify: true}", 'query: {notify: "{webhook_secret}"}', "webhook-secret-in-address"),
    ("headers: {X-Reason: subscribe}", "headers: {Content-Length: 1}", "header"),
    ("keep: {id: id}\n        rate: slow", "keep: {id: id}\n        rate: fast", "unknown-rate"),
    ("item: fields", "item: field", "sample-lacks"),
    ("fields: {id: 12, stage: 2, modified:", "fields: {id: 12, stage: 2, changed:", "sample-lacks"),
    ("fields: {id: 12,", "fields: {id: 13,", "samples-differ"),
    ("{model: Project, event: UPDATE, model_id: 12", "{model: Project, event: DELETE, model_id: 12", "sample-left-out"),
    ("secret: true}\n      verify: {standard", "secret: false}\n      verify: {standard", "no-secret"),
    ('      secret: "{apiKey}"\n      verify', '      secret: "{stage}"\n      verify', "unknown-name"),
    ("keep: {secret: signing.key, number: id}", "keep: {secret: key.}", "path"),
    ("tolerance: PT1M", "tolerance: 1M", "duration"),
    ("      setup: Enter {webhook_url}.\n", "      setup: Enter it.\n", "no-address"),
    ("input: {stage: {title: Stage, type: integer}}", "input: {stage: {type: integer}, webhook_url: {}}", "name-twice"),
]


@pytest.mark.parametrize(("old", "new", "rule"), REFUSED, ids=range(len(REFUSED)))
def test_a_mistake_in_a_webhook_is_found(old: str, new: str, rule: str):
    assert rule in {rule for rule, _ in problems((old, new))}


def test_an_input_that_a_subscription_sends_is_used():
    both = [
        ('          stages: ["{stage}"]\n', ""),
        ('    fire: changed\n    where: {stage: "{stage}"}\n', "    fire: changed\n"),
    ]
    assert problems(*both) == [("unused-input", "the input 'stage' goes nowhere: nothing mentions it")]
    assert check(parse(changed(both[1]), "a.yaml"))


def test_a_webhook_has_a_sample():
    assert problems(("      sample: {id: i-1}\n    key: id\nactions", "    key: id\nactions")) == [
        ("no-sample", "nothing shows what comes out"),
        ("no-sample", "nothing shows what a delivery holds"),
    ]


def test_a_trigger_without_a_sample_shows_what_its_webhook_brings():
    connector = check(parse(OK, "a.yaml"))
    samples = {name: connector.sample_of(trigger) for name, trigger in connector.triggers.items() if trigger.webhook}
    assert samples["message_sent"] == {"id": "m-1", "text": "Call back in the morning"}
    assert samples["project_deleted"] == {"model": "Project", "model_id": 12, "at": 1767323045}


MAJOR = "version: 1.4.0", "version: 2.0.0"
BREAKS: list[tuple[Any, list[str]]] = [
    (("verify: {shared_secret: {path: true}}", "verify: {shared_secret: {query: t}}"), ["verify-changed"]),
    (("tolerance: PT1M", "tolerance: PT2M"), ["verify-changed"]),
    (("    poll: projects\n    key: id", "    key: id"), ["gone"]),
    (("      version: at\n", "      version: model_id\n"), ["identity-changed"]),
]


@pytest.mark.parametrize(("change", "rules"), BREAKS, ids=range(len(BREAKS)))
def test_a_change_that_breaks_subscriptions_is_told(change: tuple[str, str], rules: list[str]):
    found = compare(parse(OK, "old.yaml"), parse(changed(change, MAJOR), "new.yaml"))
    assert [problem.rule for problem in found.breaks] == rules


def hookless() -> tuple[str, str]:
    begin, end = (
        OK.index("    webhook:\n      subscribe:\n        request: POST /shops"),
        OK.index("    poll: projects"),
    )
    return OK[begin:end], ""


def test_a_webhook_that_is_gone_breaks_and_one_that_is_new_is_noted():
    with_it, without = parse(OK, "a.yaml"), parse(changed(hookless(), MAJOR), "b.yaml")
    assert [problem.rule for problem in compare(with_it, without).breaks] == ["gone"]
    newer = parse(changed(("version: 1.4.0", "version: 3.0.0")), "c.yaml")
    assert compare(without, newer).notes == ["'project_updated' comes by webhook too"]
    assert compare(without, newer).breaks == []
