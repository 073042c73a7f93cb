"""Kea's memfile for DHCPv4: a CSV journal to which every change of a lease is appended. Pure.

Format (Kea 2.2, csv_lease_file4.cc): the columns stand in the header, later versions add some; the last row of an address
holds; state 0 is a lease, 1 a declined address, 2 an expired one, 3 a released one; ``valid_lifetime`` 0 takes the lease
away, 4294967295 is for ever; a character that would break a row is ``&#x`` and two hexadecimal digits.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.errors import MalformedError
from discovery.harvest import Harvested, Known, evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable

BESIDE = ((".completed",), (".2", ".1"))
"""Endings of the files that hold older rows while Kea cleans its journal: the finished clean-up instead of its inputs."""
_NEEDED = ("address", "hwaddr", "valid_lifetime", "expire", "hostname", "state")
_FOR_EVER = 0xFFFFFFFF
_ASSIGNED = "0"
_ESCAPED = re.compile(r"&#x([0-9a-fA-F]{2})")
_ROW_ENDS = ("\r", "")


def _name(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).removesuffix(".")


def _lease(row: dict[str, str]) -> tuple[str, Known | None]:
    """The row's address, and who has it now, None for nobody that can be named.

    Raises:
        ValueError, OverflowError, OSError: the row cannot be read.
    """
    address = str(IPv4Address(row["address"]))
    lifetime, expire = int(row["valid_lifetime"]), int(row["expire"])
    mac = normalise_mac(row["hwaddr"])
    if row["state"] != _ASSIGNED or lifetime == 0 or mac is None:
        return address, None
    until = None if lifetime == _FOR_EVER else datetime.fromtimestamp(expire, UTC)
    return address, Known(address, mac, evidence_of(mac, _name(row["hostname"])), until)


def _header(line: str) -> list[str]:
    columns = line.rstrip("\r").split(",")
    if any(name not in columns for name in _NEEDED):
        raise MalformedError("dhcp", line.encode("utf-8", "replace"))
    return columns


def read(files: Iterable[Iterable[str]], now: datetime) -> Harvested:
    """The leases that hold after all rows of all files, oldest file first; rows that cannot be read are counted.

    Raises:
        MalformedError: a file does not begin with the header.
    """
    known: dict[str, Known | None] = {}
    malformed = 0
    for file in files:
        lines = iter(file)
        columns = _header(next(lines, ""))
        for line in lines:
            if line in _ROW_ENDS:
                continue
            fields = line.rstrip("\r").split(",")
            try:
                # The last columns may be missing in a row of an older version, the needed ones may not.
                address, lease = _lease(dict(zip(columns, fields, strict=False)))
            except (ValueError, OverflowError, OSError, KeyError):
                malformed += 1
            else:
                known[address] = lease
    kept = (lease for lease in known.values() if lease is not None)
    return Harvested(tuple(one for one in kept if one.until is None or one.until > now), malformed)
