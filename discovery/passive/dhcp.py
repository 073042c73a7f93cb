"""What a device says of itself when it asks for an address (RFC 2131, RFC 2132). Pure; any bytes may come.

A few bytes are read here instead of with scapy's layers: those open sockets when imported, and raise on most mutated packets.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from discovery.evidence import Evidence

_FIXED = 240
"""Bytes before the options: the fixed fields, file and server name among them, and the cookie."""
_COOKIE = b"\x63\x82\x53\x63"
_ETHERNET = b"\x01\x06"
_PAD, _END = 0, 255
_HOSTNAME, _REQUESTED, _MESSAGE, _PARAMETERS, _VENDOR = 12, 50, 53, 55, 60
_DISCOVER, _REQUEST, _INFORM = 1, 3, 8
_ADDRESS = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """One device that asks.

    Attributes:
        mac: the hardware address in the message: behind a relay the frame's own is the relay's.
        ip: the address it has, or asks for by name; None while it would take any.
        relay: the relay's address on the device's link, None when it was heard directly.
    """

    mac: str
    ip: str | None
    relay: str | None
    evidence: tuple[Evidence, ...]


def options(data: bytes) -> dict[int, bytes]:
    """The options up to their end; what is cut off is left out. Parts of one option are joined (RFC 3396)."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        value = data[at + 2 : at + 2 + data[at + 1]] if at + 1 < len(data) else b""
        if at + 1 >= len(data) or len(value) < data[at + 1]:
            break
        found[data[at]] = found.get(data[at], b"") + value
        at += 2 + len(value)
    return found


def _address(data: bytes) -> str | None:
    return str(IPv4Address(data)) if len(data) == _ADDRESS and any(data) else None


def read(data: bytes) -> Asking | None:
    """A client's question, None for anything else."""
    if len(data) < _FIXED or data[0] != 1 or data[1:3] != _ETHERNET or data[236:240] != _COOKIE:
        return None
    told = options(data[_FIXED:])
    kind = told.get(_MESSAGE, b"")
    if kind not in {bytes([one]) for one in (_DISCOVER, _REQUEST, _INFORM)}:
        return None
    # A wish in a DISCOVER is the address of another network as often as not.
    wanted = told.get(_REQUESTED, b"") if kind[0] == _REQUEST else b""
    mac = data[28:34].hex(":")
    texts: dict[str, str | bytes] = {
        "hostname": told.get(_HOSTNAME, b""),
        "vendor_class": told.get(_VENDOR, b""),
        "param_list": ",".join(map(str, told.get(_PARAMETERS, b""))),
        "mac": mac,
    }
    evidence = tuple(made for key, value in texts.items() if (made := Evidence.of("dhcp", key, value)).value)
    return Asking(mac, _address(data[12:16]) or _address(wanted), _address(data[24:28]), evidence)
