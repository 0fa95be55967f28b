from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.errors import ManifestError
from connectors.manifest.check import check
from connectors.manifest.source import parse

if TYPE_CHECKING:
    from connectors.manifest.problem import Problem

OK = (Path(__file__).parents[1] / "manifests" / "ok.yaml").read_text()


def changed(*changes: tuple[str, str]) -> str:
    """The manifest that has every block, with each first text replaced by the second."""
    text = OK
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def problems(*changes: tuple[str, str]) -> list[Problem]:
    with pytest.raises(ManifestError) as caught:
        check(parse(changed(*changes), "a.yaml"))
    return caught.value.problems


def only(*changes: tuple[str, str]) -> tuple[str, str, str | None, str]:
    """Rule, message and hint of the only problem, and the line from the caret on."""
    [problem] = problems(*changes)
    assert problem.place.caret is not None
    return problem.rule, problem.message, problem.hint, problem.place.text[problem.place.caret - 1 :]


def test_the_manifest_with_every_block_is_right():
    connector = check(parse(OK, "a.yaml"))
    assert len(connector.lists) == 10
    assert list(connector.triggers) == [
        *("order_paid", "shelf_added", "note_written", "store_closed", "store_opened"),
        *(
            "hours_changed",
            "lease_ends",
            "project_updated",
            "project_deleted",
            "message_sent",
            "invoice_sent",
            "page_liked",
        ),
    ]
    names = "create_order cancel_order get_invoice get_person get_family get_catalogue move_shelf"
    assert list(connector.actions) == names.split()
    assert list(connector.searches) == ["find_store", "find_order"]


def test_a_problem_looks_as_the_language_promises():
    [problem] = problems(("GET /shops/{shop}/orders\n    query", "GET /shops/{shpo}/orders\n    query"))
    line = OK.partition("    request: GET /shops/{shop}/orders")[0].count("\n") + 1

    assert str(problem) == (
        "error[unknown-name]: nothing is called 'shpo' here\n"
        f"  --> a.yaml:{line}:5\n"
        "   |\n"
        f"{line} |     request: GET /shops/{{shpo}}/orders\n"
        "   |                         ^ did you mean 'shop'?"
    )


def test_all_problems_are_found_and_told_in_the_order_of_lines():
    found = problems(
        ("list: orders", "list: order"), ("poll: orders", "poll: order"), ("base_url: https", "base_url: http")
    )
    assert [problem.rule for problem in found] == ["insecure-url", "unknown-list", "unknown-list"]
    assert [problem.place.line for problem in found] == sorted(problem.place.line for problem in found)


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("query: {archived: false}", 'query: {archived: "{nope}"}', '{nope}"}'),
        ('headers: {X-Shop: "{shop}"}', 'headers: {X-Shop: "{nope}"}', '{nope}"}'),
        ('by: [gridwire, "{shop}"]', 'by: [gridwire, "a {nope}"]', '{nope}"]}}'),
        ('match: {buyer: {equals: "{buyer}"', 'match: {buyer: {equals: "{nope}"', '{nope}", fold: true}}'),
        ("label: Acme {shop}", "label: Acme {nope}", "{nope}"),
        ("test: GET /shops/{shop}", "test: GET /shops/{nope}", "{nope}"),
        ("Bearer {apiKey}", "Bearer {nope}", '{nope}"}}'),
    ],
)
def test_a_name_in_a_template_exists_wherever_it_stands(old: str, new: str, at: str):
    found = [problem for problem in problems((old, new)) if problem.rule == "unknown-name"]
    assert [problem.message for problem in found] == ["nothing is called 'nope' here"]
    assert [problem.place.text[(problem.place.caret or 0) - 1 :] for problem in found] == [at]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("query: {archived: false}", 'query: {key: "{apiKey}"}'),
        ('headers: {X-Shop: "{shop}"}', 'headers: {X-Shop: "{apiKey}"}'),
        ('by: [gridwire, "{shop}"]', 'by: [gridwire, "{apiKey}"]'),
        ("where: {state: Paid", 'where: {state: "{apiKey}"'),
        ("label: Acme {shop}", "label: Acme {apiKey}"),
    ],
)
def test_a_secret_goes_nowhere_but_into_auth(old: str, new: str):
    assert "secret-outside-auth" in [problem.rule for problem in problems((old, new))]


def test_an_operation_is_not_called_like_a_list():
    assert only(("  find_store:", "  people:")) == (
        "name-twice",
        "'people' is already the name of one of the lists",
        "choose another name",
        "people:",
    )


def test_a_dropdown_reads_a_list_that_exists():
    assert only(("choices: {list: people", "choices: {list: peple")) == (
        "unknown-list",
        "there is no list called 'peple'",
        "did you mean 'people'?",
        'peple, value: id, title: "{name}"}}',
    )


def test_a_default_makes_an_input_fit_for_the_path():
    optional = "id: {title: Order, required: true}\n      reason"
    check(parse(changed((optional, "id: {title: Order, default: o-1}\n      reason")), "a.yaml"))
    assert only((optional, "id: {title: Order}\n      reason"))[0] == "optional-in-path"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("reason: {title: Reason}", "reason: {title: Reason}\n      more: {title: More}", "body"),
        ("buyer: {title: Buyer}\n", "buyer: {title: Buyer}\n      more: {title: More}\n", "match"),
        ("currency: {title", "more: {title: More}\n      currency: {title", "where"),
    ],
)
def test_an_input_is_used(old: str, new: str, place: str):
    rule, message, hint, _ = only((old, new))
    assert (rule, message) == ("unused-input", "the input 'more' goes nowhere: nothing mentions it")
    assert hint == f"mention {{more}} in '{place}', or take the input out"


def test_an_input_that_a_dropdown_does_not_pass_on_is_not_used():
    row = "row: {title: Row, type: integer}\n"
    rule, message, _, _ = only((row, f"{row}      text: {{title: Text}}\n"))
    assert (rule, message) == ("unused-input", "the input 'text' goes nowhere: nothing mentions it")


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("{until: [due]}", "{untill: [due]}", "untill: [due]}"),
        ("{until: [due]}", "{until: [size, duue]}", "duue]}"),
        ("[words, due]", "[wrods, due]", "wrods, due]"),
    ],
)
def test_a_rule_names_inputs(old: str, new: str, at: str):
    rule, message, hint, line = only((old, new))
    assert (rule, line) == ("unknown-input", at)
    assert message.startswith("there is no input ")
    assert hint is not None


def test_a_format_that_nobody_checks_is_refused():
    rule, _, *rest = only(("due: {title: Due, format: date}", "due: {title: Due, format: dat}"))
    assert (rule, *rest) == ("wrong-value", "did you mean 'date'?", "dat}")


def test_a_field_inside_a_field_is_refused_once():
    width = "title: Width (mm), type: number"
    assert only((width, f"{width}, minItems: -2")) == (
        "bad-field",
        "this must be at least 0, not -2",
        None,
        "-2, required: true}}}",
    )


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        ("examples: [2]", "examples: [2, 10]", "this example must be at most 9, not 10", "10]}"),
        ("default: EUR", "default: USD", 'this default must be one of EUR, CHF; not "USD"', "USD}"),
        (
            "title: Until,",
            "title: Until, default: May,",
            'this default must be a valid date, not "May"',
            "May, format: date}",
        ),
    ],
)
def test_defaults_and_examples_fit(old: str, new: str, message: str, at: str):
    assert only((old, new)) == ("does-not-fit", message, None, at)


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("key: [shop.id, id]", "key: [shop.uid, id]", "no 'shop.uid', which 'key' looks at", "did you mean 'id'?"),
        ("version: paidAt", "version: payedAt", "no 'payedAt', which 'version' looks at", "did you mean 'paidAt'?"),
        (
            'match: {buyer: {equals: "{buyer}"',
            'match: {buyr: {equals: "{buyer}"',
            "no 'buyr', which 'match' looks at",
            "did you mean 'buyer'?",
        ),
        ("key: [shop.id, id]", "key: id.x", "no 'id.x', which 'key' looks at", "there is none"),
    ],
)
def test_a_sample_has_what_is_looked_at(old: str, new: str, message: str, hint: str):
    rule, said, hinted, _ = only((old, new))
    assert (rule, said, hinted) == ("sample-lacks", f"the sample has {message}", hint)


def test_the_sample_would_be_emitted():
    assert only(("state: Paid, currency: EUR", "state: Open, currency: EUR"))[:2] == (
        "sample-left-out",
        "'where' would leave this sample out, because of its 'state'",
    )


def test_what_an_input_decides_does_not_leave_the_sample_out():
    check(parse(changed(("state: Paid, currency: EUR", "state: Paid, currency: CHF")), "a.yaml"))


@pytest.mark.parametrize("host", ["localhost:8711", "127.0.0.1", "[::1]:80"])
def test_this_machine_may_be_asked_in_clear(host: str):
    check(parse(changed(("https://api.acme.example", f"http://{host}")), "a.yaml"))


def test_other_hosts_are_not_asked_in_clear():
    rule, _, _, at = only(("https://files.acme.example", "http://files.acme.example"))
    assert (rule, at) == ("insecure-url", "http://files.acme.example, credentials: none}")


# What the model refuses


def test_everything_that_is_missing_is_told():
    found = problems(("description: Orders at Acme.\n", ""), ("title: Acme\n", ""))
    assert [problem.message for problem in found] == ["'title' is missing here", "'description' is missing here"]


def test_a_misspelt_key_is_not_also_missing():
    assert only(("description: Cancels", "descripton: Cancels")) == (
        "unknown-key",
        "there is no key 'descripton' here",
        "did you mean 'description'?",
        "descripton: Cancels an order for good.",
    )


def test_an_unknown_key_that_is_near_nothing_gets_the_whole_list():
    assert only(("{url: https://files.acme.example, ", "{host: files, url: https://files.acme.example, "))[2] == (
        "there are url, credentials"
    )


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("version: 1.4.0", "version: 1.4", "a version is three numbers, such as 1.4.0", None),
        ("version: 1.4.0", "version: v1", "a version is three numbers, such as 1.4.0", None),
        ("title: Acme\n", "title: 2026\n", "this should be a text", "put it in quotes"),
        ("title: Acme\n", "title:\n", "this should be a text", None),
        ("title: Acme\n", 'title: ""\n', "this should not be empty", None),
        ("title: Acme\n", f"title: {'x' * 61}\n", "this should have at most 60 characters", None),
        ("minimum: 1", "minimum: one", "this should be a number", None),
        ("maxLength: 100", "maxLength: 1.5", "this should be a whole number", None),
        ("idempotent: true", "idempotent: yes", "this should be true or false", None),
        (
            "effect: destroy",
            "effect: destory",
            "this should be 'read', 'write' or 'destroy'",
            "did you mean 'destroy'?",
        ),
        ("scan: {pages: 5}", "scan: {pages: 0}", "this should be at least 1", None),
        ("scan: {pages: 5}", "scan: {pages: 10001}", "this should be at most 10000", None),
        ("scan: {pages: 5}", "scan: 5", "this should be a block of keys", None),
        ("[words, due]", "words", "this should be a list", None),
        ("[words, due]", "[words]", "this should have at least 2 entries", None),
        ("language: 1", f"language: {10**30}", "this number is too large", None),
    ],
)
def test_a_value_of_the_wrong_kind(old: str, new: str, message: str, hint: str | None):
    assert only((old, new))[:3] == ("wrong-value", message, hint)


def test_a_list_where_a_block_should_be():
    [problem] = problems(("      buyer: {title: Buyer}\n", "      - buyer: {title: Buyer}\n"))
    assert (problem.message, problem.hint) == ("this should be a block of keys", "leave out the '-'")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("PSOT /orders", "did you mean 'POST'?"),
        ("get /orders", "did you mean 'GET'?"),
        ("FETCH /orders", None),
        ("GET https://api.acme.example/orders", "leave the host out; 'base_url' names it"),
        ("GET orders", None),
        ("/orders", None),
    ],
)
def test_a_request_is_a_method_and_a_path(line: str, hint: str | None):
    rule, message, hinted, _ = only(("test: GET /shops/{shop}", f"test: {line}"))
    assert (rule, hinted) == ("request-line", hint)
    assert message == "a request is a method (GET, POST, PUT, PATCH, DELETE) and a path that begins with /"


@pytest.mark.parametrize(
    ("old", "new", "name", "hint"),
    [
        ("connector: acme", "connector: Acme Orders", "Acme Orders", "write 'acme_orders'"),
        ("  create_order:", "  createOrder:", "createOrder", "write 'create_order'"),
        ("  create_order:", "  create-order:", "create-order", "write 'create_order'"),
        ("  create_order:", "  1st:", "1st", None),
        ("  create_order:", f"  {'a' * 61}:", f"{'a' * 60}…", None),
        ("poll: orders", "poll: Orders", "Orders", "write 'orders'"),
    ],
)
def test_what_cannot_be_a_name(old: str, new: str, name: str, hint: str | None):
    [problem] = problems((old, new))
    assert (problem.rule, problem.message, problem.hint) == ("bad-name", f"'{name}' cannot be a name", hint)
    assert problem.remedy is not None
    assert problem.remedy.startswith("names are lower-case letters")


@pytest.mark.parametrize(
    ("name", "better"), [("buyer", "Buyer"), ("buyer_of_all", "BuyerOfAll"), ("Buyer-2", "Buyer2"), ("1st", None)]
)
def test_what_cannot_be_the_name_of_a_type(name: str, better: str | None):
    [problem] = [each for each in problems(("\n  Buyer:\n", f"\n  {name}:\n")) if each.rule == "bad-name"]
    assert (problem.message, problem.hint) == (
        f"'{name}' cannot be the name of a type",
        better and f"write '{better}'",
    )
    assert (
        problem.remedy
        == "names of types are letters and digits, and begin with a capital letter; at most 60 characters"
    )


def test_the_caret_finds_its_way_into_a_list():
    assert only(("[error.text, error]", "[error.text, error..x]"))[3] == "error..x]"
    assert only(("[error.text, error]", "[error.text, 7]"))[3] == "7]"
    assert only(('[integer, "null"]', "[integer, nul]"))[2:] == (
        "did you mean 'null'?",
        "nul], minimum: 1, maximum: 9, examples: [2]}",
    )


def test_a_manifest_is_a_block():
    with pytest.raises(ManifestError, match="this should be a block of keys"):
        check(parse("- connector: acme\n", "a.yaml"))
