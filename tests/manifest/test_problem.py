from __future__ import annotations

import pytest

from connectors.manifest.problem import Page, Place, Problem, did_you_mean, near, quoted

LINE = "    request: GET /rest/v2/clients/{cliendId}/users"


def snippet(text: str, caret: int, hint: str | None = None) -> list[str]:
    """The source line and the caret's line, as they are shown."""
    return str(Problem("rule", "message", Place("a.yaml", 7, caret, text), hint)).split("\n")[3:]


def test_a_problem_reads_as_the_manifest_language_promises():
    place = Place("manifests/reonic.yaml", 16, 5, LINE, caret=LINE.index("{") + 1)
    problem = Problem("unknown-name", "nothing is called 'cliendId' here", place, "did you mean 'clientId'?")
    assert str(problem) == (
        "error[unknown-name]: nothing is called 'cliendId' here\n"
        "  --> manifests/reonic.yaml:16:5\n"
        "   |\n"
        "16 |     request: GET /rest/v2/clients/{cliendId}/users\n"
        "   |                                   ^ did you mean 'clientId'?"
    )


def test_the_remedy_is_the_last_line():
    problem = Problem("rule", "message", Place("a.yaml", 7, 1, "x"), remedy="write y")
    assert str(problem).split("\n")[-2:] == ["  | ^", "  = help: write y"]


def test_the_caret_stands_under_the_entry_unless_told_otherwise():
    assert snippet("a: b", 4) == ["7 | a: b", "  |    ^"]


def test_a_problem_in_an_empty_line_leaves_no_space_behind():
    assert snippet("", 1) == ["7 |", "  | ^"]


def test_the_caret_may_stand_behind_the_line():
    assert snippet("ab", 4, "here") == ["7 | ab", "  |    ^ here"]


@pytest.mark.parametrize("before", [0, 30, 99, 500, 989])
def test_a_long_line_is_cut_around_the_caret(before: int):
    line, below = snippet("x" * before + "!" + "y" * (989 - before), before + 1, "here")
    assert line.index("!") == below.index("^")
    assert len(line) <= 106
    assert line.startswith("7 | …") == (before > 50)


def test_a_short_line_is_not_cut():
    assert snippet("x" * 100, 100)[0] == "7 | " + "x" * 100


def test_wide_and_combining_characters_keep_the_caret_in_place():
    assert snippet("標題e\u0301: x", 7)[1] == "  |        ^"


def test_a_tab_takes_one_cell():
    assert snippet("\ta: b", 5) == ["7 |  a: b", "  |     ^"]


@pytest.mark.parametrize("evil", ["\x1b[31m", "\x9b31m", "\r", "\u202e", "\x00", "\x08", "\u2028", "\n"])
def test_nothing_that_a_terminal_obeys_gets_through(evil: str):
    problem = Problem("rule", evil, Place(evil, 1, 1, f"a{evil}"), hint=evil, remedy=evil)
    assert len(str(problem).split("\n")) == 6
    assert str(problem).replace("\n", "").isprintable()


def test_as_data_it_keeps_the_words_as_they_are():
    problem = Problem("rule", "mes\x1bsage", Place("a.yaml", 7, 3, "text", caret=9), remedy="write y")
    assert problem.as_dict() == {
        "rule": "rule",
        "message": "mes\x1bsage",
        "file": "a.yaml",
        "line": 7,
        "column": 3,
        "hint": None,
        "remedy": "write y",
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cliendId", "clientId"),
        ("CLIENTID", "clientId"),
        ("client_id", "clientId"),
        ("kye", "key"),
        ("tilte", "title"),
        ("list", "lists"),
        ("xylophone", None),
        ("to", None),
        ("", None),
        ("title" * 100_000, None),
    ],
)
def test_the_near_miss(name: str, meant: str | None):
    assert near(name, ["clientId", "key", "title", "lists", "from"]) == meant


def test_of_several_near_ones_the_nearest_is_meant():
    assert near("project", ["projects_all", "projects", "prospect"]) == "projects"


def test_did_you_mean_is_a_hint_or_nothing():
    assert did_you_mean("cliendId", ["clientId"]) == "did you mean 'clientId'?"
    assert did_you_mean("cliendId", []) is None


def test_a_long_name_is_cut_in_a_message():
    assert quoted("x" * 61) == "'" + "x" * 60 + "…'"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_page_knows_its_lines(end: str):
    page = Page("a.yaml", f"one{end}two{end}")
    assert page.place(len("one" + end) + 1) == Place("a.yaml", 2, 2, "two", caret=2)
    assert page.place(len(page.text)) == Place("a.yaml", 3, 1, "", caret=1)


def test_the_column_is_the_entrys_where_it_is_on_the_same_line():
    page = Page("a.yaml", "a: b\nc: d")
    assert page.place(8, entry=5) == Place("a.yaml", 2, 1, "c: d", caret=4)
    assert page.place(8, entry=0) == Place("a.yaml", 2, 4, "c: d", caret=4)
