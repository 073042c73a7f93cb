"""The decoders and their seeds: every ``read`` of a probe, found by itself, and the other doors for what strangers send."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from discovery import bacnet, lines, nmap_report
from discovery.harvest import (
    announced,
    arp_tables,
    bridge_tables,
    dnsmasq,
    isc,
    kea,
    rooms,
    route_tables,
    windows_dhcp,
)
from discovery.passive import frames
from discovery.probes import PROBES, http, mdns, ssdp
from discovery.sweeps import nd

if TYPE_CHECKING:
    from collections.abc import Iterator

CAPTURES = Path(__file__).resolve().parent.parent / "discovery" / "captures"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decoder:
    """One door.

    Attributes:
        read: takes bytes; may raise the errors in `refuses` and no other.
        seeds: what it is fed, unmutated.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...] = ()


def captured(name: str) -> Iterator[bytes]:
    """What was captured of a protocol."""
    for path in sorted((CAPTURES / name).glob("*.toml")):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (bytes.fromhex(one["read"]) for one in said.get("tcp", ()))
        yield from (bytes.fromhex(one["certificate"]) for one in said.get("tcp", ()) if "certificate" in one)
        yield from (bytes.fromhex(answer) for one in said.get("udp", ()) for answer in one["answers"])


def _rows(data: bytes) -> list[tuple[str, Any]]:
    """Rows of a walk out of bytes: a column, numbers for its index, and a value of any kind."""
    columns = (
        arp_tables.NET_TO_MEDIA, arp_tables.NET_TO_PHYSICAL, arp_tables.IPV6_NET_TO_MEDIA, route_tables.ADDRESS_PREFIX,
        route_tables.ROUTE, route_tables.INET_ROUTE, bridge_tables.FDB_PORT, bridge_tables.VLAN_FDB_PORT,
        announced.LLDP_REMOTE, announced.LLDP_REMOTE_2009, announced.CDP_CACHE,
    )  # fmt: skip
    found: list[tuple[str, Any]] = []
    for at in range(0, len(data) - 1, 24):
        part = data[at : at + 24]
        index = ".".join(map(str, part[2 : 2 + part[1] % 22])) or "1"
        kinds: tuple[Any, ...] = (part[:6], part.decode("latin-1"), int.from_bytes(part[:4], "big"), b"")
        found.append((f"{columns[part[0] % len(columns)]}.{index}", kinds[part[1] % len(kinds)]))
    return found


def _tables(data: bytes) -> list[object]:
    rows = _rows(data)
    found: list[object] = [*arp_tables.media(rows), *arp_tables.physical(rows)]
    found += [*route_tables.prefixes(rows), *route_tables.routes(rows), *route_tables.inet_routes(rows)]
    found += [
        *bridge_tables.forwarding(rows),
        *bridge_tables.vlan_forwarding(rows),
        *bridge_tables.macs(rows),
    ]
    return [*found, *announced.lldp(rows), *announced.lldp_2009(rows), *announced.cdp(rows)]


def _text_lines(data: bytes) -> Iterator[str]:
    return iter(data.decode("utf-8", "replace").split("\n"))


def _mdns(data: bytes) -> object:
    records = mdns.answers([data])
    return mdns.read(mdns.pointers(records, mdns.META), records)


LEASES = {
    "dnsmasq": b"1795600000 9c:b6:d0:00:00:16 10.77.1.116 chromebook-0016 01:9c:b6:d0:00:00:16\n",
    "isc": (
        b"lease 10.77.1.116 {\n  starts 3 2026/11/25 07:00:00;\n  ends 3 2026/11/25 19:00:00;\n  binding state active;\n"
        b'  hardware ethernet 9c:b6:d0:00:00:16;\n  set vendor-class-identifier = "MSFT 5.0";\n  client-hostname "cb";\n}\n'
    ),
    "kea": (
        b"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
        b"10.77.1.116,9c:b6:d0:00:00:16,,43200,1795640000,1,0,0,cb,0,,0\n"
    ),
    "windows": (
        b'"IPAddress","ScopeId","ClientId","HostName","AddressState","LeaseExpiryTime"\r\n'
        b'"10.77.1.116","10.77.1.0","9c-b6-d0-00-00-16","cb.skola.se","Active","2026-11-26 07:00:00"\r\n'
    ),
}
SIGHTING = (
    b'{"v":1,"type":"sighting","id":"x","seen_at":"2026-11-25T02:15:00Z","source":"arp","addresses":[{"ip":"10.0.0.1","mac":'
    b'"9c:b6:d0:00:00:16","via":null}],"names":["a"],"attributes":{"ports":[80]},"identity":{"device_class":"camera"},'
    b'"evidence":[{"probe":"http","key":"title","value":"AXIS"}]}'
)
NMAP = (
    b'<?xml version="1.0"?><nmaprun><host><address addr="10.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="80">'
    b'<state state="open"/><service name="http" product="nginx" devicetype="webcam"><cpe>cpe:/a:x:y</cpe></service></port></ports>'
    b"</host></nmaprun>"
)


_HEAD = "ffffffffffff9cb6d0000007"
FRAMES = (
    bytes.fromhex(f"{_HEAD}080600010800060400019cb6d00000070a4d01070000000000000a4d0101"),
    # A DHCP client's question (RFC 2131, section 2) in UDP in IPv4.
    bytes.fromhex(
        f"{_HEAD}080045000132000000004011000000000000ffffffff00440043011e0000010106000000000000000000"
    )
    + bytes(16)
    + bytes.fromhex("9cb6d0000007")
    + bytes(202)
    + bytes.fromhex("63825363350101370301030c0c04736b796c3c024d53ff"),
    bytes.fromhex(
        f"{_HEAD}08004500003c00000000ff1100000a4d0107e00000fb14e914e900310000000084000000000100000000"
    )
    + b"\x04_ipp\x04_tcp\x05local\x00\x00\x0c\x00\x01\x00\x00\x00\x78\x00\x02\xc0\x0c",
)
ADVERTISEMENT = bytes.fromhex(
    "9cb6d00000019cb6d000000286dd6000000000203afffe800000000000009eb6d0fffe000002fe800000000000009eb6d0fffe000001"
    "8800643c60000000fe800000000000009eb6d0fffe00000202019cb6d0000002"
)
"""RFC 4861, 4.4: fe80::9eb6:d0ff:fe00:2 is at 9c:b6:d0:00:00:02."""


def _router(data: bytes) -> object:
    """What a BACnet router says of those behind it, and what would be asked of them."""
    found = [one for one in (bacnet.read_i_am(data),) if one is not None]
    asked = [bacnet.request_all(number, remote) for number, remote in [*found, *bacnet.read_bindings(data)]]
    instance = bacnet.instance_of(bacnet.read(data))
    asked += [bacnet.request_bindings(instance)] if instance is not None else []
    return asked + [bacnet.who_is(bacnet.Remote(network)) for network in bacnet.read_networks(data)]


def _probes() -> Iterator[Decoder]:
    """Every probe whose ``read`` takes bytes; those of another shape stand below."""
    from discovery.errors import MalformedError

    for probe in PROBES:
        if probe.NAME not in OTHER_SHAPE:
            module = import_module(f"discovery.probes.{probe.NAME}")
            yield Decoder(probe.NAME, module.read, tuple(captured(probe.NAME)), (MalformedError,))


OTHER_SHAPE = frozenset({"snmp", "mdns", "ssdp"})
"""Probes that read rows, records and lists: below under their own names; SNMP's frames are gufo's to decode."""


def decoders() -> tuple[Decoder, ...]:
    """All of them."""
    from discovery.errors import MalformedError

    refused: tuple[type[Exception], ...] = (MalformedError,)
    zone = ZoneInfo("Europe/Stockholm")
    return (
        *_probes(),
        Decoder("certificate", http.read_certificate, tuple(captured("http"))[-1:]),
        Decoder("mdns", _mdns, tuple(captured("mdns"))),
        Decoder(
            "ssdp",
            lambda data: ssdp.read([data]),
            (b"HTTP/1.1 200 OK\r\nSERVER: x\r\nST: upnp:rootdevice\r\nLOCATION: http://1/\r\n\r\n",),
        ),
        Decoder("description", ssdp.read_description, tuple(captured("ssdp"))),
        Decoder("frames", frames.read, FRAMES),
        Decoder("bacnet-router", _router, tuple(captured("bacnet"))),
        Decoder("nd", lambda data: nd.told(data, 7), (ADVERTISEMENT,)),
        Decoder("snmp-tables", _tables, (bytes(range(240)), bytes(480))),
        Decoder("lines", lambda data: lines.from_line(data.decode("utf-8", "replace")), (SIGHTING,), refused),
        Decoder("nmap", nmap_report.read, (NMAP,), refused),
        Decoder("dnsmasq", lambda data: dnsmasq.read(_text_lines(data), NOW), (LEASES["dnsmasq"],), refused),
        Decoder("isc", lambda data: isc.read(_text_lines(data), NOW), (LEASES["isc"],), refused),
        Decoder("kea", lambda data: kea.read([_text_lines(data)], NOW), (LEASES["kea"],), refused),
        Decoder(
            "windows-dhcp",
            lambda data: windows_dhcp.read(windows_dhcp.decoded(data), NOW, zone),
            (LEASES["windows"],),
            refused,
        ),
        Decoder(
            "rooms",
            lambda data: rooms.read(data.decode("utf-8", "replace")),
            (b"switch;port;room\nsw-1;14;Rum 12\n",),
            (ValueError,),
        ),
    )
