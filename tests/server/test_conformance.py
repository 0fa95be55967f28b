"""The server does what its description says; tests/proofs asks it far more."""

from __future__ import annotations

import pytest

from tests.server.conformance import whole


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with whole(tmp_path_factory.mktemp("server")) as found:
        yield found


def test_every_operation_answers_as_described(server):
    for operation in server.operations:
        server.work(operation)

    assert server.never == set()


def test_no_request_that_can_be_thought_of_breaks_it(server):
    for operation in server.operations[::12]:
        server.fuzz(operation, examples=2)
