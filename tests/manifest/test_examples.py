"""Each rule of the language, by its number: an example with what it does, and an anti-example with what is answered."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from connectors.components.delivery import Delivery
from connectors.components.http import Request, Response, dump_json
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.errors import GridwireError, ManifestError
from connectors.manifest.check import check
from connectors.manifest.source import parse

if TYPE_CHECKING:
    from connectors.components.memory import Memory

HEAD = """
connector: acme
language: 1
version: 1.0.0
title: Acme
description: Orders at Acme.
base_url: https://api.acme.example
connection:
  fields: {shop: {title: Shop}, token: {title: Token, secret: true}}
  auth: {api_key: {header: Authorization, value: "Bearer {token}"}}
  test: GET /me
"""
ORDERS = "lists: {orders: {request: GET /orders}}\n"
ADD = "actions: {add: {title: Add, description: Adds., sample: {}, "
SEEN = "triggers: {seen: {title: Seen, description: Triggers when seen., poll: orders, "
HOOK = (
    "webhook: {setup: 'Enter {webhook_url} and {webhook_secret}.', verify: {shared_secret: {header: X-Token}},"
    " item: order, sample: {order: {id: 1, s: A}}}, "
)
FIND = "searches: {find: {title: Find, description: Finds., list: orders, sample: {id: 1, name: Ada}, "
GET = ADD.replace("add", "get")


@dataclass(frozen=True)
class Example:
    """A manifest's blocks, what the vendor answers, what is done, what is then sent and given."""

    rule: int
    blocks: str
    do: Sequence[tuple[Any, ...]]
    answers: Sequence[Any] = ()
    sent: Sequence[str] = ()
    gives: Sequence[Any] = ()
    later: str = ""
    """The blocks of the manifest's next version, from the second step on."""


@dataclass
class Shop:
    """A vendor that answers in order, and notes what it is asked; bodies that are no bytes are sent as JSON."""

    answers: list[Any]
    sent: list[str] = field(default_factory=list)
    memory: Memory | None = None

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - as every transport
        body = (request.content or b"").decode()
        key = request.headers.get("Idempotency-Key")
        address = request.full_url.removeprefix("https://api.acme.example")
        self.sent.append(" ".join(filter(None, [request.method, address, body, key])))
        answer = self.answers.pop(0)
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return Response(status, (), body if isinstance(body, bytes) else dump_json(body))

    async def do(self, blocks: str, how: str, name: str, inputs: dict[str, Any], **more: Any) -> Any:
        connector = check(parse(HEAD + blocks, "acme.yaml"))
        vendor = Vendor(Exchange(Connection.open(connector, {"shop": "s-1", "token": "t-1"}), self))
        if how == "poll":
            found = await vendor.poll(name, inputs, self.memory, **more)
            self.memory = found.memory
            return [event.key for event in found.events]
        if how == "receive":
            got = vendor.receive(
                name, inputs, Delivery(dump_json(more["body"]), (("x-token", "s-1"),)), ["s-1"], self.memory
            )
            self.memory = got.memory
            return [event.key for event in got.events]
        if how == "choose":
            found, _ = await vendor.choices(name, more["of"], inputs)
            return [choice.title for choice in found]
        return await (vendor.call if how == "run" else vendor.search)(name, inputs, **more)


def numbered(rules: Iterable[int]) -> list[str]:
    """Names for cases: `rule 3`, `rule 3b`."""
    seen: list[int] = []
    names: list[str] = []
    for rule in rules:
        names.append(f"rule {rule}{chr(ord('a') + seen.count(rule)) if rule in seen else ''}")
        seen.append(rule)
    return names


def run(**inputs: Any) -> Any:
    return "run", "add", inputs


def poll(**more: Any) -> Any:
    return "poll", "seen", {}, more


def receive(body: Any) -> Any:
    return "receive", "seen", {}, {"body": body}


EXAMPLES = [
    Example(1, ADD + "request: [DELETE /a, POST /a/delete], effect: write}}", [run()], [(405, b""), {}],
            ["DELETE /a", "POST /a/delete {}"], [{}]),
    Example(2, ADD + "input: {a: {}, b: {type: [string, 'null']}, c: {}}, request: POST /a}}", [run(a="", b=None)],
            [{}], ['POST /a {"a":"","b":null}'], [{}]),
    Example(2, ADD + "input: {a: {send_as: A}, b: {}}, request: POST /a, send: form}}", [run(a="1 2", b="")],
            [{}], ["POST /a A=1+2&b="], [{}]),
    Example(3, ADD + 'input: {n: {type: integer}}, request: POST /a,'
            ' body: {json_text: {n: "{n}", s: "{shop|upper}-{{}}"}}}}', [run(n=2**60)], [{}],
            [r'POST /a "{\"n\":1152921504606846976,\"s\":\"S-1-{}\"}"'], [{}]),
    Example(4, ADD + 'input: {a: {}}, request: POST /a, body: {a: "x {a}"}}}', [run(a="{token|base64}")],
            [{"said": "{shop}"}], ['POST /a {"a":"x {token|base64}"}'], [{"said": "{shop}"}]),
    Example(5, ADD + "request: GET /a, output: {properties: {on: {read: epoch_or_iso_date}, no: {read: text}}}}}",
            [run()], [{"on": 1767323045, "no": 9007199254740993}], ["GET /a"],
            [{"on": "2026-01-02", "no": "9007199254740993"}]),
    Example(6, 'lists: {orders: {request: GET /orders, input: {of: {required: true}}}}\n' + ADD +
            'request: POST /a, input: {buyer: {}, order: {choices: {list: orders, with: {of: "{buyer}"},'
            ' title: "No. {id}"}}}}}', [("choose", "add", {"buyer": "b 1"}, {"of": "order"})], [[{"id": 7}]],
            ["GET /orders?of=b%201"], [["No. 7"]]),
    Example(7, ADD + 'input: {id: {required: true}}, request: "GET /a/{id}", output: {file: {name: "{id}.txt"}}}}',
            [run(id="x")], [b"hi"], ["GET /a/x"],
            [{"name": "x.txt", "media_type": "application/octet-stream", "size": 2,
              "content": base64.b64encode(b"hi").decode()}]),
    Example(8, ADD + "input: {a: {}, b: {}}, rules: [{exactly_one_of: [a, b]}], request: POST /a}}", [run(b="1")],
            [{}], ['POST /a {"b":"1"}'], [{}]),
    Example(9, ORDERS + SEEN + "key: id, sample: {id: 1}}}\n" + ADD + "request: POST /seen}}", [run(), poll()],
            [{}, [{"id": 1}]], ["POST /seen {}", "GET /orders"], [{}, []]),
    Example(10, ADD + "request: POST /a, idempotent: {header: Idempotency-Key}}}",
            [("run", "add", {}, {"idempotency_key": "k-1"})], [{}], ["POST /a {} k-1"], [{}]),
    Example(11, ORDERS + FIND + 'input: {name: {}}, match: {name: {equals: "{name}", fold: true}}}}',
            [("find", "find", {"name": "ADA"})], [[{"id": 1, "name": "Ada"}, {"id": 2, "name": "Ben"}]],
            ["GET /orders"], [[{"id": 1, "name": "Ada"}]]),
    Example(12, "lists: {shops: {request: GET /shops}, orders: {request: 'GET /shops/{one.id}/orders', items: data,"
            " for_each: {list: shops, as: one, on_404: skip}, paginate: {cursor: {param: at, from: next}}}}\n" + FIND +
            'input: {id: {type: integer}}, match: {id: "{id}"}}}', [("find", "find", {"id": 3})],
            [[{"id": "a"}, {"id": "b"}], {"data": [{"id": 1}], "next": "p2"}, {"data": [{"id": 3}]}, (404, b"")],
            ["GET /shops", "GET /shops/a/orders", "GET /shops/a/orders?at=p2", "GET /shops/b/orders"],
            [[{"id": 3, "one": {"id": "a"}}]]),
    Example(12, "lists: {orders: {request: GET /order, single: true}}\n" + FIND +
            "input: {id: {type: integer}}, match: {id: '{id}'}}}", [("find", "find", {"id": 1})],
            [{"id": 1, "name": "Ada"}], ["GET /order"], [[{"id": 1, "name": "Ada"}]]),
    Example(13, ORDERS + ADD + 'input: {id: {required: true}, of: {}}, request: "GET /buyers/{id}"}}\n' + FIND +
            'input: {of: {}}, match: {id: 1},'
            ' include: {buyer: {from: add, with: {id: "{item.buyer.id}", of: "{of}"}}}}}',
            [("find", "find", {"of": "x"})], [[{"id": 1, "buyer": {"id": "b"}}], {"name": "Ada"}],
            ["GET /orders", "GET /buyers/b?of=x"], [[{"id": 1, "buyer": {"name": "Ada"}}]]),
    Example(14, "lists: {orders: {request: GET /orders, sample: {id: 1}}}\n" + SEEN + "key: id}}", [poll()],
            [[{"id": 1}]], ["GET /orders"], [[]]),
    Example(15, ORDERS + SEEN + "key: id, sample: {id: 1}}}", [poll(), poll()],
            [[{"id": 1}], [{"id": 2}, {"id": 1}]], ["GET /orders"] * 2, [[], ["2"]]),
    Example(15, ORDERS + SEEN + HOOK + "key: id, version: s, sample: {id: 1, s: A}}}",
            [poll(), receive({"order": {"id": 2, "s": "A"}}), poll(), receive({"order": {"id": 3, "s": "A"}})],
            [[{"id": 1, "s": "A"}], [{"id": n, "s": "A"} for n in (1, 2, 3)]], ["GET /orders"] * 2,
            [[], ["2"], ["3"], []]),
    Example(16, ORDERS + SEEN + "key: id, version: s, where: {s: A, previous.s: B}, sample: {id: 1, s: A}}}",
            [poll()] * 4, [[{"id": 1, "s": s}] for s in "ABAB"], ["GET /orders"] * 4, [[], [], ["1"], []]),
    Example(16, ORDERS + SEEN + "key: id, version: {hash: [s, t]}, fire: changed, sample: {id: 1}}}",
            [poll()] * 4, [[{"id": 1, "s": s, "t": t}] for s, t in ("AB", "AC", "AC", "AB")], ["GET /orders"] * 4,
            [[], ["1"], [], ["1"]]),
    Example(17, ORDERS + SEEN + HOOK + "key: id, version: s, sample: {id: 1, s: A}}}",
            [receive({"order": {"id": 2, "s": "A"}, "at": at}) for at in (1, 1, 2, 1)], gives=[["2"], [], ["2"], []]),
    Example(18, ORDERS + SEEN + "key: id, sample: {id: 1}}}", [poll(), poll()],
            [[{"id": 1, "no": 8}], [{"id": 1, "no": 8}, {"id": 2, "no": 9}]], ["GET /orders"] * 2, [[], ["9"]],
            later=ORDERS + SEEN + "key: no, sample: {no: 8}}}"),
    Example(20, ADD + "input: {a: {default: NO}, b: {default: 01067}}, request: POST /a}}", [run()], [{}],
            ['POST /a {"a":"NO","b":"01067"}'], [{}]),
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=numbered(example.rule for example in EXAMPLES))
async def test_an_example_does_what_its_rule_says(example: Example):
    shop, blocks, given = Shop(list(example.answers)), example.blocks, []
    for how, name, inputs, *more in example.do:
        given.append(await shop.do(blocks, how, name, inputs, **(more[0] if more else {})))
        blocks = example.later or blocks
    assert shop.sent == list(example.sent)
    assert given == list(example.gives)


WRONG = [
    (1, ADD + "request: /a}}", "request-line"),
    (1, ADD + "request: GET /a?b=1}}", "request-line"),
    (2, ADD + "input: {a: {}, b: {}}, request: POST /a, body: {a: '{a}'}}}", "unused-input"),
    (3, ADD + "input: {a: {}}, request: POST /a, body: {a: '{a|eval}'}}}", "template"),
    (3, ADD + "request: POST /a, body: {a: '{token}'}}}", "secret-outside-auth"),
    (4, ADD + "request: POST /a, body: {a: '{1 + 1}'}}}", "template"),
    (5, ADD + "input: {a: {type: integer, default: one}}, request: POST /a}}", "does-not-fit"),
    (6, ADD + "input: {a: {choices: {list: orders}}}, request: POST /a}}", "unknown-list"),
    (7, ADD + "request: POST /a, output: {properties: {id: {required: true}}}}}", "sample-does-not-fit"),
    (8, "lists: {orders: {request: GET /a, paginate: {link_header: {}, offset: {until: empty}}}}", "one-kind"),
    (9, "lists: {add: {request: GET /a}}\n" + ADD + "request: POST /a}}", "name-twice"),
    (10, ADD + "request: POST /a, rate: slow}}", "unknown-rate"),
    (11, ORDERS + FIND.rstrip(", ") + "}}", "finds-everything"),
    (12, "lists: {orders: {request: GET /a, complete: true, paginate: {page_number: {until: empty}}}}", "complete"),
    (13, ORDERS + ADD + "request: POST /a}}\n" + FIND + "match: {id: 1}, include: {a: {from: add, with: {}}}}}",
     "include-writes"),
    (14, ORDERS + SEEN + "key: id}}", "no-sample"),
    (15, SEEN + "key: id, sample: {id: 1}}}", "unknown-list"),
    (15, SEEN.replace("poll: orders, ", "") + "key: id, sample: {id: 1}}}", "no-source"),
    (15, ORDERS + SEEN + HOOK + "key: id, sample: {id: 2}}}", "samples-differ"),
    (17, ORDERS + SEEN + HOOK + "key: s, version: no, sample: {id: 1, s: A, no: 1}}}", "sample-lacks"),
    (12, "lists: {orders: {request: GET /order, single: true, complete: true}}\n", "single"),
    (16, ORDERS + SEEN + "key: id, fire: deleted, sample: {id: 1}}}", "not-complete"),
    (16, ORDERS + SEEN + "key: id, where: {previous.a: 1}, sample: {id: 1}}}", "not-remembered"),
    (18, ORDERS + SEEN + "key: id, was: seen, sample: {id: 1}}}", "was-in-use"),
    (19, "errors: {status: {404: {kind: gone}}}", "wrong-value"),
    (20, "errors: {}\nerrors: {}", "duplicate-key"),
    (20, ADD + "request: 'POST /{shpo}'}}", "unknown-name"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "blocks", "rule"), WRONG, ids=numbered(row[0] for row in WRONG))
def test_an_anti_example_is_a_problem(number: int, blocks: str, rule: str):
    with pytest.raises(ManifestError) as caught:
        check(parse(HEAD + blocks, "acme.yaml"))
    assert [problem.rule for problem in caught.value.problems] == [rule]


REFUSED = [
    (2, ADD + "input: {a: {}}, request: POST /a}}", run(a=None), [], "invalid_input", "'a' must be a text"),
    (5, ADD + "input: {a: {maxLength: 1}}, request: POST /a}}", run(a="12"), [], "invalid_input", "'a'"),
    (6, EXAMPLES[6].blocks, ("choose", "add", {}, {"of": "order"}), [], "invalid_input", "'buyer'"),
    (10, ADD + "request: DELETE /a}}", run(), [], "confirm_required", "destroys"),
    (11, "lists: {orders: {request: GET /a, paginate: {page_number: {until: empty}}}}\n" + FIND +
     "match: {id: 1}, scan: {pages: 1}}}", ("find", "find", {}), [[{"id": 1}]] * 3, "search_incomplete", "1 page"),
    (12, "lists: {orders: {request: GET /a, paginate: {page_number: {until: empty}}}}\n" + FIND + "match: {id: 1}}}",
     ("find", "find", {}), [[{"id": 1}]] * 3, "vendor_failed", "twice"),
    (19, ADD + "request: POST /a}}\nerrors: {message: [why], status: {418: {kind: refused, remedy: Wait for tea.}}}",
     run(), [(418, {"why": "I am a teapot"})], "vendor_refused", "I am a teapot"),
    (19, ADD + "request: POST /a}}\nerrors: {when: [{match: {ok: false}, kind: not_found}]}", run(), [{"ok": False}],
     "vendor_not_found", "no such thing"),
    (19, ADD + "request: POST /a}}", run(), [(500, b"")], "unknown_outcome", "may or may not"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "blocks", "step", "answers", "kind", "said"), REFUSED, ids=numbered(row[0] for row in REFUSED)
)
async def test_what_a_rule_forbids_is_refused(
    number: int, blocks: str, step: Any, answers: list[Any], kind: str, said: str
):
    how, name, inputs, *more = step
    with pytest.raises(GridwireError) as caught:
        await Shop(list(answers)).do(blocks, how, name, inputs, **(more[0] if more else {}))
    assert (caught.value.kind, said in caught.value.message) == (kind, True), caught.value.message


def test_every_rule_of_the_language_has_both():
    rules = set(range(1, 21))
    shown = {example.rule for example in EXAMPLES} | {19}  # an error is seen where it is refused
    assert (shown, {rule for rule, *_ in [*WRONG, *REFUSED]}) == (rules, rules)
