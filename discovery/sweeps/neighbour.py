"""The kernel's neighbour table: whom this machine has spoken with. Sends nothing."""

from __future__ import annotations

from pathlib import Path

from discovery.sweeps import Answer

TABLE = Path("/proc/net/arp")
LIMIT = Path("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
MOST = 1024
"""Entries that Linux keeps as shipped, where the limit cannot be read."""
_COMPLETE = 0x2
"""ATF_COM (linux/if_arp.h): the entry has a confirmed hardware address."""
_COLUMNS = 6


def read(table: str) -> list[Answer]:
    """The confirmed entries of ``/proc/net/arp`` (proc(5)). Pure; lines that do not fit are passed over."""
    answers = []
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) != _COLUMNS:
            continue
        ip, _, flags, mac, _, _ = words
        try:
            complete = int(flags, 16) & _COMPLETE
        except ValueError:
            continue
        if complete and mac != "00:00:00:00:00:00":
            answers.append(Answer(ip, mac.lower()))
    return answers


def known(path: Path = TABLE) -> list[Answer]:
    """Whom the kernel knows now; empty where there is no such table."""
    try:
        return read(path.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return []


def most(path: Path = LIMIT) -> int:
    """How many neighbours the kernel keeps."""
    try:
        return max(int(path.read_text(encoding="ascii")), 1)
    except (OSError, ValueError):
        return MOST
