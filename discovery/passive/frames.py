"""An Ethernet frame into what was heard. Pure; any bytes may come, and what cannot be read is nothing."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from discovery.evidence import Evidence
from discovery.passive import dhcp
from discovery.probes import mdns, ssdp

MAX_FRAME = 9_216
"""Bytes taken of a frame: a jumbo frame; mDNS goes up to 9,000 (RFC 6762, section 17)."""
_ETHERNET, _ARP = 14, 28
_ARP_HEAD = b"\x00\x01\x08\x00\x06\x04"
_UDP, _LEAST_IHL = 17, 20
_DHCP_SERVER, _MDNS, _SSDP = 67, 5353, 1900


@dataclass(frozen=True, slots=True)
class Heard:
    """One device, as one frame tells of it.

    Attributes:
        source: ``arp``, ``dhcp``, ``mdns`` or ``ssdp``.
        relay: the DHCP relay that passed it on, on the device's own link.
    """

    source: str
    mac: str
    ip: str | None
    relay: str | None = None
    evidence: tuple[Evidence, ...] = ()


def _arp(mac: str, body: bytes) -> Heard | None:
    """Who says where it is (RFC 826), in a question or an answer; a probe for a free address (RFC 5227) has none yet."""
    is_whole = len(body) >= _ARP and body[:6] == _ARP_HEAD and body[6:8] in {b"\x00\x01", b"\x00\x02"}
    # Who speaks for another's hardware address is a proxy, or lies.
    if not is_whole or body[8:14].hex(":") != mac or not any(body[14:18]):
        return None
    return Heard("arp", mac, str(IPv4Address(body[14:18])))


def _udp(packet: bytes) -> tuple[str, int, bytes] | None:
    """(sender, port it goes to, payload) of an unfragmented UDP datagram (RFC 791, RFC 768)."""
    if len(packet) < _LEAST_IHL or packet[0] >> 4 != 4 or packet[9] != _UDP:  # noqa: PLR2004 -- IP's version
        return None
    head = (packet[0] & 0x0F) * 4
    is_part = bool(int.from_bytes(packet[6:8], "big") & 0x3FFF)
    if head < _LEAST_IHL or is_part or len(packet) < head + 8:
        return None
    length = int.from_bytes(packet[head + 4 : head + 6], "big")
    port = int.from_bytes(packet[head + 2 : head + 4], "big")
    return str(IPv4Address(packet[12:16])), port, packet[head + 8 : head + max(length, 8)]


def _mdns(payload: bytes) -> tuple[Evidence, ...]:
    """What an announcement tells; a question tells who asks, and no more."""
    if len(payload) < 12 or not payload[2] & 0x80:  # noqa: PLR2004 -- a header's bytes, RFC 1035, 4.1.1
        return ()
    return tuple(mdns.read([], mdns.answers([payload])))


def read(frame: bytes) -> Heard | None:
    """What a frame tells of its sender, None when nothing."""
    mac, body = frame[6:12].hex(":"), frame[_ETHERNET:MAX_FRAME]
    if frame[12:14] == b"\x08\x06":
        return _arp(mac, body)
    datagram = _udp(body) if frame[12:14] == b"\x08\x00" else None
    if datagram is None:
        return None
    ip, port, payload = datagram
    if port == _DHCP_SERVER:
        asking = dhcp.read(payload)
        return Heard("dhcp", asking.mac, asking.ip, asking.relay, asking.evidence) if asking else None
    if port == _MDNS:
        return Heard("mdns", mac, ip, evidence=_mdns(payload))
    if port == _SSDP:
        return Heard("ssdp", mac, ip, evidence=tuple(ssdp.read([payload])[0]))
    return None
