from __future__ import annotations

import os

import pytest


@pytest.fixture
def on_terminal(program):
    """What the program shows on a terminal."""

    def shown(*words):
        ours, theirs = os.openpty()
        running = program(*words, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"})
        os.close(theirs)
        text = b""
        while piece := _read(ours):
            text += piece
        os.close(ours)
        assert running.wait(60) == 0
        return text.decode()

    return shown


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # on Linux, the end of a terminal
        return b""


def test_on_a_terminal_json_is_coloured_and_spread_over_lines(on_terminal, account, reonic):
    text = on_terminal("run", "reonic.find_user", *account, "-i", "name=Jule")

    assert "Running Find user" in text
    assert '\x1b[1;34m"fullName"\x1b[0m: ' in text
    assert "Jule Steinhäger" in text


def test_on_a_terminal_a_table_has_a_line_under_its_head(on_terminal):
    text = on_terminal("show", "reonic")

    assert "─────" in text
    assert "\x1b[" in text


def test_in_a_pipe_there_is_neither(gridwire):
    text = gridwire("show", "reonic").stdout

    assert "─" not in text
    assert "\x1b" not in text


def test_what_a_terminal_would_obey_is_not_printed(gridwire, account, reonic):
    offer = reonic.offers[max(reonic.offers)]
    offer["status"] = "\x1b[2JGone"

    text = gridwire("choices", "reonic.add_note", "offerId", *account, color=True).stdout

    assert "\x1b[2J" not in text
    assert " [2JGone" in text
