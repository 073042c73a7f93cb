"""One event is one line, and nothing that a device sends can make it two or speak to a terminal."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []
    out = io.StringIO()
    logs.begin(out)
    yield out
    root.handlers, root.level = before, level


def _fails() -> None:
    raise ValueError("two\nlines")


def test_an_event_has_its_moment_and_a_traceback_stays_on_its_line(written: io.StringIO) -> None:
    log = logging.getLogger("tracker.scanning")
    log.info("the survey of %s began", "lan\nERROR root forged")
    try:
        _fails()
    except ValueError:
        log.exception("failed")
    first, second = written.getvalue().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO tracker.scanning the survey of lan ⏎ ERROR", first)
    assert "Traceback" in second
    assert "ValueError: two ⏎ lines" in second


@given(st.text())
def test_no_text_makes_a_second_line_or_reaches_the_terminal(said: str) -> None:
    line = logs.one_line(said)
    assert len(line.splitlines()) <= 1
    assert line.isprintable()


def test_a_long_event_keeps_its_beginning_and_its_end() -> None:
    line = logs.one_line("begins " + "x" * 100_000 + " ends")
    assert len(line) < 8_010
    assert line.startswith("begins")
    assert line.endswith(" ends")
