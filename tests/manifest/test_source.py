from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.errors import ManifestError
from connectors.manifest import source
from connectors.manifest.problem import Problem
from connectors.manifest.source import MAX_BYTES, MAX_DEPTH, Source, parse, read

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = """\
connector: reonic
actions:
  add_note:
    request: GET /clients/{cliendId}
    input: {text: {title: "a \\u00e4 {x}"}}
    tags:
    - one
    - it: 'it''s {x}'
"""


def problems(text: str | bytes) -> list[Any]:
    with pytest.raises(ManifestError) as caught:
        parse(text, "a.yaml")
    return caught.value.problems


def rules(text: str | bytes) -> list[str]:
    return [problem.rule for problem in problems(text)]


def value(text: str) -> Any:
    return parse(f"- {text}\n", "a.yaml").value[0]


# What a plain scalar is


def test_null_and_bool():
    assert value("[~, null, Null, NULL]") == [None] * 4
    assert value("") is None
    assert value("[true, True, TRUE, false, False, FALSE]") == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-7", -7), ("1067", 1067), ("0o17", 15), ("0x1F", 31), ("-" + "9" * 4000, -int("9" * 4000))],
)
def test_integer(text: str, number: int):
    assert value(text) == number
    assert type(value(text)) is int


@pytest.mark.parametrize(("text", "number"), [(".5", 0.5), ("1e3", 1000.0), ("-1.5E-1", -0.15), ("1.", 1.0)])
def test_float(text: str, number: float):
    assert value(text) == number
    assert type(value(text)) is float


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no", "yes", "on", "Off", "y", "nUll", "tRUE"),
        *("01067", "-01", "00", "007.5", "+4917012345", "+1.5", "1_000", "190:20:30", "0b1", "0o8", "0xg"),
        *("2024-10-29", "2024-10-29T13:24:21Z", "1.4.0", "12e", ".", "=", "1,5"),
    ],
)
def test_text(text: str):
    assert value(text) == text


@pytest.mark.parametrize("text", ["6", "true", "", "null", ".inf", "<<", "*a", "!x"])
def test_what_is_in_quotes_is_text(text: str):
    assert value(f"'{text}'") == value(f'"{text}"') == text


def test_keys_are_text_also_where_they_look_like_integers():
    assert parse("{6: Shingle, 0x1F: Tile, '<<': 1}", "a.yaml").value == {"6": "Shingle", "0x1F": "Tile", "<<": 1}


def test_a_byte_order_mark_and_a_document_marker_are_fine():
    assert parse(b"\xef\xbb\xbf---\na: 1\n...\n", "a.yaml").value == {"a": 1}
    assert parse("\ufeffa: 1", "a.yaml").place(("a",), key=True).column == 1


def test_block_scalars():
    assert parse("a: |\n  x\n   y\nb: >-\n  x\n  y\n", "a.yaml").value == {"a": "x\n y\n", "b": "x y"}


# Where things are


@pytest.mark.parametrize(
    ("path", "key", "offset", "line", "column", "caret"),
    [
        ((), False, None, 1, 1, 1),
        (("connector",), False, None, 1, 1, 12),
        (("connector",), True, None, 1, 1, 1),
        (("actions", "add_note"), True, None, 3, 3, 3),
        (("actions", "add_note"), False, None, 4, 5, 5),
        (("actions", "add_note", "request"), False, 13, 4, 5, 27),
        (("actions", "add_note", "request"), False, 9999, 4, 5, 37),
        (("actions", "add_note", "input", "text", "title"), True, None, 5, 20, 20),
        (("actions", "add_note", "input", "text", "title"), False, 4, 5, 20, 37),
        (("actions", "add_note", "tags", 0), False, None, 7, 7, 7),
        (("actions", "add_note", "tags", 1, "it"), False, 5, 8, 7, 18),
        (("actions", "add_note", "sample", "id"), True, None, 3, 3, 3),
        (("actions", "add_note", "tags", 2), True, None, 6, 5, 5),
        (("connector", "x"), False, 3, 1, 1, 12),
        (("actions",), False, 7, 3, 3, 3),
    ],
)
def test_place(path: tuple[str | int, ...], key: bool, offset: int | None, line: int, column: int, caret: int):
    place = parse(MANIFEST, "a.yaml").place(path, key=key, offset=offset)
    assert (place.file, place.line, place.column, place.caret) == ("a.yaml", line, column, caret)
    assert place.text == MANIFEST.split("\n")[line - 1]


@pytest.mark.parametrize("text", ["plain {x} text", "|\n    one\n\n      two\n    three {x}\n", ">-\n   one\n   {x}\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_offset_is_found_in_every_style(text: str, end: str):
    found = parse(f"a:\n  b: {text}".replace("\n", end), "a.yaml")
    place = found.place(("a", "b"), offset=found.value["a"]["b"].index("{"))
    assert place.text[(place.caret or 0) - 1 :].startswith("{x}")


@pytest.mark.parametrize("text", ['"one \\\n  two\\t\\x41\n\n  {x}"', "'one\n  it''s\n  {x}'", "one\n  two\n\n\n  {x}"])
def test_an_offset_is_found_in_text_over_several_lines(text: str):
    found = parse(f"a: {text}\nb: 1", "a.yaml")
    place = found.place(("a",), offset=found.value["a"].index("{"))
    assert place.text.strip().startswith("{x}")
    assert place.text[(place.caret or 0) - 1] == "{"
    assert place.column == place.caret


def test_the_empty_line_before_a_blocks_text_is_the_blocks():
    found = parse("a: |\n\n  x\n", "a.yaml")
    assert [found.place(("a",), offset=at).line for at in (0, 1)] == [1, 3]
    assert found.place(("a",), offset=9999).caret == 4


def test_a_source_prints_without_its_text():
    assert repr(parse("a: 1", "a.yaml")) == "Source(file='a.yaml', value={'a': 1})"


# Problems, as they read

ALIAS = "anchors and aliases are not part of the manifest language"
TAG = "tags are not part of the manifest language"
CHARACTER = "the character U+001B cannot stand here"
QUOTE = "write the value out, or put the text in quotes"
UNTAG = "leave the tag out, or put the text in quotes"
ENDED = "the value ended before this: put the whole text in quotes"
COLON = "check the indentation, and put text that holds ': ' in quotes"
GOLDEN: list[tuple[str | bytes, str, str, int, str]] = [  # text, first line, line shown, column, hint
    ("a: {b: 1, b: 2}", "duplicate-key]: 'b' is here twice", "a: {b: 1, b: 2}", 11, "the first is on line 1"),
    ("a: &x 1", f"yaml-alias]: {ALIAS}", "a: &x 1", 4, QUOTE),
    ("a: *x", f"yaml-alias]: {ALIAS}", "a: *x", 4, QUOTE),
    ("a: [*]", f"yaml-alias]: {ALIAS}", "a: [*]", 5, QUOTE),
    ("<<: {b: 1}", "yaml-merge]: merge keys are not part of the manifest language", "<<: {b: 1}", 1, QUOTE),
    ("a: !!python/name:os.system", f"yaml-tag]: {TAG}", "a: !!python/name:os.system", 4, UNTAG),
    ("true: 1", "yaml-key]: a key must be text", "true: 1", 1, "put it in quotes"),
    ("? [a]", "yaml-key]: a key must be text", "? [a]", 3, "write a name before the ':'"),
    (
        "--- a\n--- b",
        "yaml-documents]: a manifest is one YAML document",
        "--- b",
        1,
        "put the rest into a file of its own",
    ),
    ("# nothing", "yaml-empty]: the manifest is empty", "# nothing", 1, "start with 'connector: name'"),
    ("a: -.inf", "yaml-number]: JSON knows neither infinity nor NaN", "a: -.inf", 4, "put it in quotes if it is text"),
    ("a: 1e999", "yaml-number]: this number is too large", "a: 1e999", 4, "put it in quotes if it is text"),
    ("a" * (MAX_BYTES + 1), "too-large]: a manifest has at most 1 MiB", "a" * 100 + "…", 1, "is this the right file?"),
    ("[" * 41, "too-deep]: this is nested more than 40 deep", "[" * 41, 41, "is a bracket left open?"),
    (b"a: 1\nb: \xff", "yaml-encoding]: this is not UTF-8 text", "b: \ufffd", 4, "save the file as UTF-8"),
    ("a: \x1b[31m", f"yaml-encoding]: {CHARACTER}", "a: \ufffd[31m", 4, r"write it as \u001b in double quotes"),
    ("a: @b", "yaml-syntax]: text cannot start with '@'", "a: @b", 4, "put the text in quotes"),
    ("a: {b} ({c})", "yaml-syntax]: a 'name: value' was expected here", "a: {b} ({c})", 8, ENDED),
]


@pytest.mark.parametrize(("text", "first", "line", "column", "hint"), GOLDEN)
def test_how_a_problem_reads(text: str | bytes, first: str, line: str, column: int, hint: str):
    (problem,) = problems(text)
    number = problem.place.line
    assert str(problem) == (
        f"error[{first}\n --> a.yaml:{number}:{column}\n  |\n{number} | {line}\n  | {' ' * (column - 1)}^ {hint}"
    )


def test_every_problem_is_told_at_once():
    found = problems("a: 1\na: &x 1\n~: *x\nb: .nan\nb: @c")
    told = ["duplicate-key 2", "yaml-alias 2", "yaml-key 3", "yaml-alias 3", "yaml-number 4", "duplicate-key 5"]
    assert [f"{problem.rule} {problem.place.line}" for problem in found] == [*told, "yaml-syntax 5"]


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("a: b: c", 1, "no 'name: value' can stand here", COLON),
        ("a: - b", 1, "no list can start here", "start it on a new line"),
        ("a: {b} - {c}", 1, "no list can start here", ENDED),
        ("a:\n   b: 1\n  c: 2", 3, "a 'name: value' was expected here", "check the indentation"),
        ("- a\nb: 1", 2, "a '- ' was expected here", "this line is indented like the list above"),
        ("a:\n - b\n c\n", 3, "this name has no value", "write ': ' after it, or check the indentation"),
        ("a: {b: 1\nc: 2", 2, "a ',' or '}' was expected here", "for the { on line 1"),
        ("a: [1, 2\nb: 3", 2, "a ',' or ']' was expected here", "for the [ on line 1"),
        ("a: [GET /{b}, c]", 1, "a ',' or ']' was expected here", "put text that holds { in quotes"),
        ("a: {b: GET /{c}/d}", 1, "a ',' or '}' was expected here", "put text that holds { in quotes"),
        ("a: 1\nb: 'c\n\n", 2, "this ' is never closed", "add the closing '"),
        ("a: {b: [1,\n", 1, "this [ is never closed", "add the closing ]"),
        ("a: [b: c, d: ", 1, "this [ is never closed", "add the closing ]"),
        ('a: "\\d"', 1, "unknown escape in double quotes", r"write '\\' for a backslash"),
        ('a: "\\ud83d\\ude00"', 1, "this escape is no character", "write the character itself"),
        ("a: ]", 1, "a value was expected here", "write one, or put text in quotes"),
        ("'a' b", 1, "the value ended before this", "put the whole text in quotes"),
        ("a: {b}|c", 1, "only a line break can follow '|' or '>'", "put text in quotes"),
        ("a:\n\t- b", 2, "a tab cannot indent", "use spaces"),
        ("a: b\n\tc: d", 2, "a tab cannot indent", "use spaces"),
        ("%YAML 1.3\n--- a", 1, "this is not YAML: found incompatible YAML document", None),
    ],
)
def test_wrong_syntax_is_told_in_plain_words(text: str, line: int, message: str, hint: str | None):
    (problem,) = problems(text)
    assert (problem.rule, problem.place.line, problem.message, problem.hint) == ("yaml-syntax", line, message, hint)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "yaml-empty"),
        ("---\n", "yaml-empty"),
        ("a: .NaN", "yaml-number"),
        (f"a: {'9' * 4001}", "yaml-number"),
        (f"a: 0x{'f' * 3500}", "yaml-number"),
        ("a: !x!y b", "yaml-tag"),
        ("! {a: 1}", "yaml-tag"),
        ("%TAG ! x:\n--- a", "yaml-tag"),
        ("- &a [b]", "yaml-alias"),
        ("~: 1", "yaml-key"),
        ("? \n: 1", "yaml-key"),
        ("1.5: 1", "yaml-key"),
        ("a: 1\n...\n---\n*a", "yaml-documents"),
        ("a: 1".encode("utf-16"), "yaml-encoding"),
        ("a: \ud800", "yaml-encoding"),
        ("a: x\u2028b: y", "yaml-encoding"),
        ("ä" * (MAX_BYTES // 2 + 1), "too-large"),
    ],
)
def test_refused(text: str | bytes, rule: str):
    assert rules(text) == [rule]


def test_the_same_key_as_number_and_as_text_is_twice_the_same():
    assert rules("{6: a, '6': b}") == ["duplicate-key"]


def test_every_repetition_names_the_first():
    assert [problem.hint for problem in problems("a: 1\na: 2\na: 3")] == ["the first is on line 1"] * 2


def test_not_more_problems_than_one_can_read():
    assert len(problems("- *a\n" * 100_000)) == 25
    assert len(problems("\x00" * 100_000)) == 25


def test_forty_levels_are_fine():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "a.yaml")


def test_a_file_is_read(tmp_path: Path):
    path = tmp_path / "acme.yaml"
    path.write_bytes(b"a: 1\n")
    assert (read(path).value, read(path).file) == ({"a": 1}, str(path))


def test_a_file_that_is_not_there_is_a_problem_like_any_other(tmp_path: Path):
    with pytest.raises(ManifestError, match="the file cannot be read: No such file or directory"):
        read(tmp_path / "acme.yaml")


def test_a_huge_file_is_not_read_whole(tmp_path: Path):
    path = tmp_path / "acme.yaml"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(ManifestError, match="at most 1 MiB"):
        read(path)


# What no input can do

HOSTILE = ["'[' * 100000", "'- ' * 100000", "'{a: ' * 100000", "'? ' * 100000", "'[[]: ' * 100000", "'{a: [' * 100000"]


@pytest.mark.parametrize("text", HOSTILE)
def test_deep_nesting_neither_crashes_nor_hangs(text: str):
    script = f"from connectors.manifest.source import *\ntry: parse({text}, '')\nexcept ManifestError: print('alive')"
    root = Path(source.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, timeout=20, check=True)
    assert done.stdout == b"alive\n"


def test_what_the_parser_takes_quadratic_time_for_is_refused_first():
    text = "a\n...\n" + "".join(f"%TAG !{i}! x\n" for i in range(60_000)) + "--- a"
    started = time.process_time()
    assert rules(text) == ["yaml-tag"]
    assert time.process_time() - started < 2


def test_a_manifest_of_500_lines_takes_no_time():
    operation = "    title: T\n    request: GET /a/{b}\n    input: {a: {title: A}}\n    effect: read\n"
    text = "actions:\n" + "".join(f"  get_{i}:\n{operation}" for i in range(100))
    started = time.process_time()
    parse(text, "a.yaml")
    assert time.process_time() - started < 0.05


TOKENS = [*"ab:-?[]{},#&*!|>'\"%@`~.0+\\\n\t\r ", "\n  ", ": ", "- ", "---\n", "<<", "é", "😀", "\ud800", "\x00", "1e9"]
YAMLISH = st.lists(st.sampled_from(TOKENS)).map("".join)


@given(st.binary() | st.text() | YAMLISH | YAMLISH.map(lambda text: text.encode("utf-8", "replace")))
@example("[a,")
@example("!a [")
@example("a: 'b\n")
def test_any_input_is_a_source_or_a_manifest_error(text: str | bytes):
    try:
        found = parse(text, "a.yaml")
    except ManifestError as error:
        shown = str(error)
    else:
        shown = "".join(str(Problem("rule", "", found.place(path, offset=3))) for path, _ in scalars(found.value))
    assert shown.replace("\n", "").isprintable()


PLAIN_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=80), inner, max_size=4),
    max_leaves=20,
)


def dumped(data: Any) -> str:
    """JSON as YAML takes it: characters that are not printable escaped one by one, the others as they are."""
    text = json.dumps(data, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)


@given(PLAIN_VALUES)
def test_json_is_yaml(data: Any):
    found = parse(dumped(data), "a.yaml").value
    assert found == data
    assert json.dumps(found) == json.dumps(data)


def scalars(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else None
    if children is None:
        yield path, data
    for step, child in children or ():
        yield from scalars(child, (*path, step))


def indented(data: Any, depth: int = 0) -> str:
    """Block style; each scalar on a line of its own."""
    if not data or not isinstance(data, dict | list):
        return f" {dumped(data)}\n"
    entries = data.items() if isinstance(data, dict) else (("-", item) for item in data)
    lines = ((dumped(key) + ":" if isinstance(data, dict) else "-", item) for key, item in entries)
    return "\n" + "".join(" " * depth + key + indented(item, depth + 1) for key, item in lines)


@given(PLAIN_VALUES)
def test_every_place_is_where_the_value_is(data: Any):
    found: Source = parse(indented(data), "a.yaml")
    assert found.value == data
    for path, leaf in scalars(data):
        place = found.place(path)
        assert place.text[(place.caret or 0) - 1 :] == dumped(leaf)
        if isinstance(path[-1] if path else 0, str):
            key = found.place(path, key=True)
            assert key.text[key.column - 1 :].startswith(dumped(path[-1]) + ":")


@given(st.text(min_size=1), st.data())
def test_every_offset_is_where_the_character_is(text: str, data: Any):
    at = data.draw(st.integers(0, len(text) - 1))
    place = parse(f"a: {dumped(text)}", "a.yaml").place(("a",), offset=at)
    assert (place.caret or 0) - 1 == len("a: ") + len(dumped(text[:at])) - 1
