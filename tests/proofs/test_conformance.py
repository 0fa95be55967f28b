"""Every operation that the server describes, asked whatever fits its description and whatever does not."""

from __future__ import annotations

import pytest

from tests.server.conformance import whole

EXAMPLES = 40

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with whole(tmp_path_factory.mktemp("server")) as found:
        yield found


def test_nothing_that_is_sent_breaks_it_and_every_operation_has_answered(server):
    for operation in server.operations:
        server.fuzz(operation, EXAMPLES)
        server.work(operation)

    assert server.never == set()
