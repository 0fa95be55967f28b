"""Names and samples: one change to the manifest that has every block, one problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.components.http import HEADER_RULE
from connectors.errors import ManifestError
from connectors.manifest.check import check
from connectors.manifest.source import parse

OK = (Path(__file__).parents[1] / "manifests" / "ok.yaml").read_text()

REGION = "region: {title: Region, required: true}"
SHELVES = 'body: {region: "{region}", recent: true}\n    input:\n      '
NOTE = "is written about a store.\n    input: {"


def only(old: str, new: str) -> tuple[str, str, str | None]:
    """Rule, message and hint of the only problem that the change makes."""
    assert OK.count(old) == 1, old
    with pytest.raises(ManifestError) as caught:
        check(parse(OK.replace(old, new), "a.yaml"))
    [problem] = caught.value.problems
    return problem.rule, problem.message, problem.hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{row: "{row}", of', '{row: "{rwo}", of'),
        ('json: {json_text: {row: "{row}"}}', 'json: {json_text: {row: "{rwo}"}}'),
        ("POST /stores/{store}/move", "POST /stores/{rwo}/move"),
        ('with: {region: "{region}"}', 'with: {region: "{rwo}"}'),
        ('"{item.by}"', '"{rwo}"'),
        ('query: {like: "{text}"}', 'query: {like: "{text}", by: "{rwo}"}'),
        ("POST /stores/{store.id}/shelves", "POST /stores/{rwo}/shelves"),
        ('account: "{shop}"', 'account: "{rwo}"'),
        ("X-Client: gridwire", 'X-Client: "{rwo}"'),
    ],
)
def test_a_name_exists_wherever_templates_stand(old: str, new: str):
    assert only(old, new)[:2] == ("unknown-name", "nothing is called 'rwo' here")


@pytest.mark.parametrize(
    ("old", "new"),
    [('account: "{shop}"', 'account: "{apiKey}"'), ("X-Client: gridwire", 'X-Client: "{apiKey}"')],
)
def test_a_secret_goes_into_auth_alone(old: str, new: str):
    assert only(old, new)[0] == "secret-outside-auth"


@pytest.mark.parametrize(
    ("old", "new", "rule", "hint"),
    [
        ("{list: stores, as: store", "{list: stres, as: store", "unknown-list", "did you mean 'stores'?"),
        ("{list: stores, with", "{list: stres, with", "unknown-list", "did you mean 'stores'?"),
        ("{from: get_person", "{from: get_persn", "unknown-action", "did you mean 'get_person'?"),
        ("rate: slow\n    sample", "rate: slo\n    sample", "unknown-rate", "did you mean 'slow'?"),
        ("output: Buyer\n    sample: {id: 7, name: Ada, more", "output: Byer\n    sample: {id: 7, name: Ada, more",
         "unknown-type", "did you mean 'Buyer'?"),
        ("search: text}", "search: txt}", "unknown-input", "did you mean 'text'?"),
        ('with: {region: "{region}"}', 'with: {region: "{region}", txt: a}', "unknown-input", "did you mean 'text'?"),
        ('shop_too: "{shop}"', 'shop_to: "{shop}"', "unknown-input", "did you mean 'shop_too'?"),
        ("GET /parcels", "GET /parcels\n    for_each: {list: parcels, as: one}", "recursion", "take one of them out"),
        (SHELVES, f"{SHELVES}store: {{title: Store, default: s-1}}\n      ", "name-twice", "choose another name"),
        ("was: shelf_built", "was: order_paid", "was-in-use",
         "name what this trigger was called before, or take 'was' out"),
    ],
)  # fmt: skip
def test_a_block_that_is_named_is_there(old: str, new: str, rule: str, hint: str):
    assert only(old, new)[::2] == (rule, hint)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        (NOTE + REGION, NOTE, "add 'region' to 'input', with 'required: true'"),
        ('name: "{item.by}", ', "", "add 'name' to 'with'"),
    ],
)
def test_what_is_needed_is_given(old: str, new: str, hint: str):
    rule, _, hinted = only(old, new)
    assert (rule, hinted) == ("input-not-given", hint)


def test_an_optional_input_is_not_enough_for_a_list_that_needs_it():
    rule, message, _ = only("{region: {title: Region, default: north}}", "{region: {title: Region}}")
    assert (rule, message) == ("input-not-given", "the list 'shelves' needs the input 'region'")


def test_a_list_that_is_not_complete_cannot_tell_what_is_gone():
    assert only("    complete: true\n", "")[:2] == (
        "not-complete",
        "'stores' is not 'complete', so what it does not show need not be gone",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("remember: open\n", "remember: id\n"),
        ("{previous.open: {in", "{previous.notes: {in"),
    ],
)
def test_what_was_is_remembered(old: str, new: str):
    assert only(old, new)[0] == "not-remembered"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("of: changed", "of: chnaged", "the sample has no 'chnaged', which 'since' looks at"),
        ("as: store, key: id", "as: store, key: uid", "the sample has no 'uid', which 'shelves.for_each' looks at"),
        ("each: notes", "each: nots", "the sample has no 'nots', which 'note_written.each' looks at"),
        (", parent: {id: s-1}, keeper", ", parent: {uid: s-1}, keeper",
         "the sample has no 'parent.id', which 'key' looks at"),
        ("remember: [until]", "remember: [untl]", "the sample has no 'untl', which 'remember' looks at"),
        ("{at: until, before", "{at: untl, before", "the sample has no 'untl', which 'due' looks at"),
    ],
)  # fmt: skip
def test_a_sample_has_what_is_looked_at(old: str, new: str, message: str):
    assert only(old, new)[:2] == ("sample-lacks", message)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("{id: 7, name: Ada, born", "{id: seven, name: Ada, born", "'id' must be a whole number, not \"seven\""),
        ("{id: 7, name: Ada, born", "{name: Ada, born", "'id' is required"),
        ('born: "1815-12-10"', "born: yesterday", "'born' must be a valid date, not \"yesterday\""),
        ('[{at: "2026-01-02", by: Ada}]', "[{at: 5, by: Ada}]", "'notes.0.at' must be a text, not 5"),
        ("{id: 7, name: Ada, more", "{id: 7, name: 8, more", "'name' must be a text, not 8"),
    ],
)
def test_a_sample_is_what_output_says(old: str, new: str, what: str):
    assert only(old, new)[:2] == ("sample-does-not-fit", f"the sample is not what 'output' says: {what}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("until: {title: Until,", "until: {send_as: due, title: Until,", "'due' is sent as 'due' too"),
        ("{width: {title", "{w: {title: W, send_as: width}, width: {title", "'w' is sent as 'width' too"),
        ("shop_too: {title: Shop}", "shop_too: {send_as: name, title: Shop}", "'name' is sent as 'name' too"),
    ],
)
def test_two_inputs_are_not_sent_under_one_name(old: str, new: str, message: str):
    assert only(old, new)[:2] == ("name-twice", f"{message}, so one of the two would be lost")


def test_an_input_that_a_template_places_has_no_name_on_the_wire():
    old = "reason: {title: Reason}"
    check(parse(OK.replace(old, "reason: {title: Reason, send_as: id}"), "a.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        (
            "    shop: {title: Shop, req",
            "    a.b: {title: A}\n    shop: {title: Shop, req",
            "write 'a_b: {send_as: a.b}'",
        ),
        (
            "due: {title: Due, format",
            "$top: {title: Top}\n      due: {title: Due, format",
            "write 'top: {send_as: $top}'",
        ),
        ("{width: {title", "{'1': {title: One}, width: {title", None),
        ("{width: {title", "{a b: {title: One}, width: {title", "write 'a_b: {send_as: a b}'"),
    ],
)
def test_the_name_of_a_field_holds_no_dot(old: str, new: str, hint: str | None):
    rule, message, hinted = only(old, new)
    assert (rule, hinted) == ("bad-name", hint)
    assert message.endswith("cannot be a name")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("X-Client: gridwire", "X Client: gridwire", "'X Client' cannot be the name of a header"),
        ("X-Client: gridwire", '"": gridwire', "'' cannot be the name of a header"),
        ("X-Shop: ", "Host: ", "'Host' follows from the request, so it is not written here"),
        ("X-Region: ", "content-length: ", "'content-length' follows from the request, so it is not written here"),
        ("X-Shop: ", "Transfer-Encoding: ", "'Transfer-Encoding' follows from the request, so it is not written here"),
        ("X-Client: ", "authorization: ",
         "'authorization' is the header that 'auth' writes, so one of the two would be lost"),
        ("Idempotency-Key", "Idempotency Key", "'Idempotency Key' cannot be the name of a header"),
        ("{header: Authorization, value", '{header: "X:", value', "'X:' cannot be the name of a header"),
        ("X-Client: gridwire", 'X-Client: "a\\nb"', f"'X-Client' {HEADER_RULE}"),
        ('X-Shop: "{shop}"', 'X-Shop: "a\\0{shop}"', f"'X-Shop' {HEADER_RULE}"),
    ],
)  # fmt: skip
def test_a_header_can_be_sent(old: str, new: str, message: str):
    assert only(old, new)[:2] == ("header", message)


def test_a_header_that_basic_writes_is_not_written_elsewhere():
    basic = 'one_of:\n      basic: {basic: {username: "{apiKey}"}}\n'
    auth = basic.join(OK.split('one_of:\n      header: {api_key: {header: Authorization, value: "Bearer {apiKey}"}}\n'))
    with pytest.raises(ManifestError, match="'Authorization' is the header that 'auth' writes"):
        check(parse(auth.replace("X-Client: gridwire", "Authorization: a"), "a.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minimum: 1, maximum: 9, examples: [2]", "minimum: 9, maximum: 1", "'minimum' is more than 'maximum'"),
        ("minLength: 1, maxLength: 100", "minLength: 101, maxLength: 100", "'minLength' is more than 'maxLength'"),
        ("minItems: 1, maxItems: 3", "minItems: 4, maxItems: 3", "'minItems' is more than 'maxItems'"),
    ],
)
def test_something_fits_a_field(old: str, new: str, message: str):
    assert only(old, new)[:2] == ("bad-field", f"{message}, so nothing fits")


@pytest.mark.parametrize("more", ["", ", open: true"])
def test_a_choice_is_of_the_type_of_its_field(more: str):
    choices = f"choices: {{values: {{6: Six, x: Ten}}{more}}}"
    rule, message, _ = only("row: {title: Row, type: integer}", f"row: {{title: Row, type: integer, {choices}}}")
    assert (rule, message) == ("does-not-fit", 'this choice must be a whole number, not "x"')


def test_an_optional_field_may_be_part_of_the_test_which_is_then_left_out():
    check(parse(OK.replace("shop: {title: Shop, required: true}\n    apiKey", "shop: {title: Shop}\n    apiKey"), "a"))


def test_entries_of_an_item_need_a_sample_of_their_own():
    sample = '    sample: {at: "2026-01-02", by: Ada, parent: {id: s-1}, keeper: {id: 7}}\n'
    assert only(sample, "") == ("no-sample", "nothing shows what comes out", "add 'sample'")


def test_a_list_shows_for_what_reads_it():
    sample = "    sample: {row: 1, changed: 1767323045, store: {id: s-1}}\n"
    assert only(sample, "")[::2] == ("no-sample", "add 'sample', here or to the list")
