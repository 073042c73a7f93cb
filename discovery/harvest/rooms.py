"""What hangs on which port: a table kept by whoever patched the cables, ``switch;port;room``, one line a port."""

from __future__ import annotations

import csv
import logging
import re
from typing import TYPE_CHECKING

from discovery.errors import ProbeFailedError
from discovery.sighting import port_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEADERS = ("switch", "port", "room")
_LINE = re.compile(r"line (\d+)")
log = logging.getLogger("discovery.harvest")
MOST_BYTES = 4_000_000
"""Of a file: some 100,000 ports."""


def read(text: str) -> dict[tuple[str, str], str]:
    """Rooms by switch and port, both in lower case. Pure.

    Raises:
        ValueError: ``line NUMBER: what is wrong``; a table that is read by half would put devices into wrong rooms.
    """
    lines = text.lstrip("\ufeff").splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    found: dict[tuple[str, str], str] = {}
    for number, cells in enumerate(csv.reader(lines, delimiter=separator), 1):
        row = [cell.strip() for cell in cells]
        if number == 1:
            if [cell.casefold() for cell in row] != list(HEADERS):
                raise ValueError(f"line 1: the headers are {separator.join(HEADERS)}")
            continue
        if not any(row):
            continue
        if len(row) != len(HEADERS) or not all(row):
            raise ValueError(f"line {number}: a switch, a port and a room")
        key = (row[0].casefold(), row[1].casefold())
        if key in found:
            raise ValueError(f"line {number}: {row[0]} {row[1]} is there already")
        found[key] = row[2]
    return found


def load(path: Path) -> dict[tuple[str, str], str]:
    """The table out of a file.

    Raises:
        ProbeFailedError: it cannot be used; the reason is ``unreadable``, ``too-large`` or ``rooms:LINE``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProbeFailedError("rooms", str(path), "unreadable") from error
    if len(data) > MOST_BYTES:
        raise ProbeFailedError("rooms", str(path), "too-large")
    try:
        return read(data.decode("utf-8"))
    except (ValueError, csv.Error) as error:
        said = _LINE.match(str(error))
        log.warning("%s: %s", path, error)
        raise ProbeFailedError("rooms", str(path), f"rooms:{said[1] if said else 1}") from error


def room_of(rooms: Mapping[tuple[str, str], str], switch: str, port: str) -> str | None:
    """The room of a port, by its whole name or by its number as people call it. Pure."""
    name = switch.casefold()
    return rooms.get((name, port.casefold())) or rooms.get((name, port_number(port)))
