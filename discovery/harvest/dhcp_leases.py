"""The door to DHCP servers' lease files: IP, MAC and name of all that asked for an address, also of what sleeps now.

A server writes while we read: what is half-written is left for the next night, and a file that cannot be what it is said
to be is an error, never a network without devices.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from discovery.errors import MalformedError, ProbeFailedError
from discovery.harvest import dnsmasq, isc, kea, windows_dhcp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from discovery.harvest import Harvested
    from discovery.settings import HarvestSettings

MAX_FILE = 32 * 1024 * 1024
"""Bytes of a file at most: some 400,000 leases of 80 bytes. A longer one is not read by half: its end holds what is true."""
EXPORT_HOLDS_S = 2 * 86_400
"""Seconds an export holds: it is made by a script, and a script that has stopped must not keep devices alive."""
_TRIES = 3


def _bytes(path: Path) -> bytes:
    """The file as it is now.

    Raises:
        OSError: it cannot be read, or is no plain file.
        ProbeFailedError: it is too large.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path} is no plain file")
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ProbeFailedError("dhcp", str(path), "too-large")
    return data


def _lines(path: Path) -> Iterator[str]:
    """The lines, by line feeds alone: a name may hold other characters that count as the end of a line."""
    return iter(_bytes(path).decode("utf-8", "replace").split("\n"))


def _dnsmasq(source: HarvestSettings, now: datetime) -> Harvested:
    return dnsmasq.read(_lines(source.file), now)


def _isc(source: HarvestSettings, now: datetime) -> Harvested:
    return isc.read(_lines(source.file), now)


def _kea_files(path: Path) -> list[Path]:
    """The journal with what stands beside it, oldest first."""
    for endings in kea.BESIDE:
        beside = [path.with_name(path.name + ending) for ending in endings]
        there = [file for file in beside if file.exists()]
        if there:
            return [*there, path]
    return [path]


def _kea(source: HarvestSettings, now: datetime) -> Harvested:
    for _ in range(_TRIES):
        files = _kea_files(source.file)
        before = [file.stat().st_ino for file in files]
        read = [_lines(file) for file in files]
        # Kea renames its files while it cleans up: what was read then may lack a part.
        if _kea_files(source.file) == files and [file.stat().st_ino for file in files] == before:
            return kea.read(read, now)
    raise ProbeFailedError("dhcp", str(source.file), "changing")


def _windows(source: HarvestSettings, now: datetime) -> Harvested:
    data = _bytes(source.file)
    if now.timestamp() - source.file.stat().st_mtime > EXPORT_HOLDS_S:
        raise ProbeFailedError("dhcp", str(source.file), "old-export")
    return windows_dhcp.read(windows_dhcp.decoded(data), now, ZoneInfo(source.timezone))


_READERS: dict[str, Callable[[HarvestSettings, datetime], Harvested]] = {
    "dnsmasq": _dnsmasq,
    "isc": _isc,
    "kea": _kea,
    "windows-dhcp": _windows,
}


def harvest(source: HarvestSettings, now: datetime) -> Harvested:
    """Read the file as the server writes it.

    Raises:
        ProbeFailedError: it cannot be used; the reason is ``unreadable``, ``too-large``, ``wrong-format``, ``changing`` or
            ``old-export``.
    """
    try:
        return _READERS[source.kind](source, now)
    except OSError as error:
        raise ProbeFailedError("dhcp", str(source.file), "unreadable") from error
    except MalformedError as error:
        raise ProbeFailedError("dhcp", str(source.file), "wrong-format") from error
