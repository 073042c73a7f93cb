"""One event is one line in the log, with nothing in it that steers a terminal."""

from __future__ import annotations

import io
import logging
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

NASTY = "a\r\nERROR forged\x1b[2J\u202e\u2028\x85\0"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    made = io.StringIO()
    # Whoever began a log in an earlier test left a mark in `logging` that pytest's own watch over warnings undid half of.
    logging.captureWarnings(capture=False)
    logs.begin(made)
    yield made
    logging.captureWarnings(capture=False)
    root.handlers[:] = before
    root.setLevel(level)


@given(st.text())
def test_what_is_escaped_is_one_line_of_what_can_be_encoded(text: str) -> None:
    shown = logs.escaped(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert not set(shown) & set("\x1b\0\u202e\u2066\u200f")


def test_swedish_stays_as_it_is() -> None:
    assert logs.escaped("Åsa på Kvarnskolan, 7\u00a0B") == "Åsa på Kvarnskolan, 7\u00a0B"


def test_an_event_with_a_traceback_that_quotes_a_device_is_one_line(stream: io.StringIO) -> None:
    log = logging.getLogger("discovery.test")
    try:
        {}[NASTY]
    except KeyError:
        log.exception("probe failed on %s", NASTY)
    log.info("next")
    first, second = stream.getvalue().splitlines()
    assert first.startswith("ERROR discovery.test probe failed on a\\u000d\\u000aERROR forged")
    assert "Traceback" in first
    assert second.endswith("INFO discovery.test next")


def test_a_librarys_warning_is_an_event_too(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(NASTY, UserWarning, stacklevel=1)
    (line,) = stream.getvalue().splitlines()
    assert line.startswith("WARNING py.warnings ")
