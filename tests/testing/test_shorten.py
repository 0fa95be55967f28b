"""Of a polled list as many items are kept as a person needs to see, if the same comes of it."""

from __future__ import annotations

import pytest

from connectors.testing.replay import replay


def pages(*each):
    """Pages of items with these ids, and the empty one at the end; a first poll reads them twice."""
    return [{"results": [{"id": number, "status": "open"} for number in page]} for page in (*each, ())] * 2


def kept(case, poll):
    found = [[one["id"] for one in each.answer.json_["results"]] for each in case.polls[poll].exchanges]
    return found[: found.index([]) + 1]


def test_the_first_of_each_page_and_what_changes_are_kept(recorded, acme):
    first, last = range(1, 40), range(40, 60)

    case = recorded("new_lead", {}, pages(first, last), pages(first, (*last, 99)), polls=2, most=2)

    assert [kept(case, 0), kept(case, 1)] == [[[1, 2], [40, 41], []], [[1, 2], [40, 41, 99], []]]
    assert [event["id"] for event in case.polls[1].events] == [99]
    assert case.repairs == [
        "Of each page, the first 2 and those that are of another form or not the same in each poll are kept."
    ]
    assert replay(case, acme) == []


def test_what_is_first_in_one_poll_is_kept_in_the_other(recorded):
    case = recorded("new_lead", {}, pages((1, 2, 3, 4)), pages((9, 1, 2, 3, 4)), polls=2, most=2)

    assert [kept(case, 0), kept(case, 1)] == [[[1, 2], []], [[9, 1, 2], []]]
    assert [event["id"] for event in case.polls[1].events] == [9]


def test_each_form_is_kept_once(recorded):
    forms = [
        *({"id": number, "a": None} for number in (1, 2)),
        *({"id": number, "a": "x"} for number in (3, 4)),
        {"id": 5},
    ]
    read = [{"results": forms}, {"results": []}] * 2

    case = recorded("new_lead", {}, read, read, polls=2, most=1)

    assert kept(case, 0) == [[1, 3, 5], []]


@pytest.mark.parametrize("most", [None, 9])
def test_all_are_kept_where_that_is_asked_for_or_few_enough(recorded, most):
    case = recorded("new_lead", {}, pages((1, 2, 3)), pages((1, 2, 3)), polls=2, most=most)

    assert kept(case, 0) == [[1, 2, 3], []]
    assert case.repairs == []


@pytest.mark.parametrize("left", [[], [7, 8]])
def test_all_are_kept_where_something_else_would_come_of_the_rest(recorded, monkeypatch, left):
    monkeypatch.setattr("connectors.testing.shorten._kept", lambda *_: [{"id": number} for number in left])

    case = recorded("new_lead", {}, pages((1, 2, 3)), pages((1, 2, 3, 4)), polls=2, most=1)

    assert kept(case, 1) == [[1, 2, 3, 4], []]
    assert case.repairs == []
