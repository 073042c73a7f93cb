r"""ISC dhcpd's ``dhcpd.leases``: blocks that are appended, so that the later one of an address holds. Pure.

Format (dhcpd.leases(5), ISC dhcpd 4.4.3): times are UTC; ``ends never``; with ``db-time-format local`` they are
``epoch SECONDS``. A string escapes a quotation mark and a backslash, and an octet by ``\ooo``. Blocks of other kinds
(failover peers, IPv6 associations, event handlers inside a lease) are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.errors import MalformedError
from discovery.harvest import Harvested, Known, evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEASE = re.compile(r"lease ([0-9.]{7,15}) \{")
_ENDS = re.compile(r"ends (?:\d (\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2})|epoch (\d{1,12})|(never));")
_STATE = re.compile(r"binding state (\w+);")
_HARDWARE = re.compile(r"hardware ethernet ([0-9a-fA-F:]{11,17});")
_TEXT = re.compile(r'(client-hostname|set vendor-class-identifier =) "((?:[^"\\]|\\.)*)";')
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_BEGINS = (
    "lease ",
    "authoring-byte-order ",
    "server-duid ",
    "failover ",
    "host ",
    "group ",
    "class ",
    "subclass ",
    "ia-",
)
_TAKEN = frozenset({"active", "bootp", "reserved"})


@dataclass(slots=True)
class _Block:
    """What one lease block says."""

    ip: str
    statements: list[str] = field(default_factory=list)
    depth: int = 1


def _octets(found: re.Match[str]) -> str:
    said = found[1]
    return chr(int(said, 8) & 0xFF) if len(said) > 1 else said


def unescaped(text: str) -> str:
    """A string as dhcpd got it: octets, read as UTF-8."""
    octets = _ESCAPE.sub(_octets, text)
    return octets.encode("latin-1", "replace").decode("utf-8", "replace")


def _begins(line: str) -> bool:
    if line.startswith(_BEGINS):
        return True
    if line and not line.startswith("#"):
        raise MalformedError("dhcp", line.encode("utf-8", "replace"))
    return False


def _blocks(lines: Iterable[str]) -> Iterator[_Block]:
    """The lease blocks that are closed: the last may be half-written.

    Raises:
        MalformedError: the file begins with something else than what dhcpd writes.
    """
    block: _Block | None = None
    begun = False
    for raw in lines:
        line = raw.strip(" \t\r")
        if block is None:
            begun = begun or _begins(line)
            start = _LEASE.fullmatch(line)
            block = _Block(start[1]) if start else None
            continue
        if line.endswith("{"):
            block.depth += 1
        elif line == "}":
            block.depth -= 1
        elif block.depth == 1:
            block.statements.append(line)
        if block.depth == 0:
            yield block
            block = None


def _ends(found: re.Match[str]) -> datetime | None:
    moment, epoch, _never = found.groups()
    if moment:
        return datetime.strptime(moment, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else None


def _lease(block: _Block) -> tuple[str, Known | None]:
    """The block's address, and who has it, None for nobody that can be named.

    Raises:
        ValueError, OverflowError, OSError: it cannot be read.
    """
    address = str(IPv4Address(block.ip))
    said: dict[str, str] = {}
    until: datetime | None = None
    for line in block.statements:
        if found := _ENDS.fullmatch(line):
            until = _ends(found)
        elif found := _STATE.fullmatch(line):
            said["state"] = found[1]
        elif found := _HARDWARE.fullmatch(line):
            said["mac"] = normalise_mac(found[1]) or ""
        elif found := _TEXT.fullmatch(line):
            said[found[1]] = unescaped(found[2])
    mac = said.get("mac")
    if said.get("state") not in _TAKEN or not mac:
        return address, None
    vendor_class = said.get("set vendor-class-identifier =", "")
    return address, Known(
        address, mac, evidence_of(mac, said.get("client-hostname", ""), vendor_class), until
    )


def read(lines: Iterable[str], now: datetime) -> Harvested:
    """The leases that hold after the last block; blocks that cannot be read are counted.

    Raises:
        MalformedError: the file begins with something else than what dhcpd writes.
    """
    known: dict[str, Known | None] = {}
    malformed = 0
    for block in _blocks(lines):
        try:
            address, lease = _lease(block)
        except (ValueError, OverflowError, OSError):
            malformed += 1
        else:
            known[address] = lease
    kept = (lease for lease in known.values() if lease is not None)
    return Harvested(tuple(one for one in kept if one.until is None or one.until > now), malformed)
