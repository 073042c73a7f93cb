"""A /16 that is lived in: thousands of addresses on one link, each with a MAC of its own, answered by real daemons.

One namespace a kind of device. Its addresses are local to it (AnyIP), so that one daemon speaks for all of the kind; a small
responder answers ARP with each address's own MAC, static entries of the switch lead the MACs to the kind's port, and nftables
lets the kernel take frames to all of them. Needs root, iproute2 and nftables.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from tests.lab import daemons
from tests.lab.topology import Host, Lab, wait_for

SEED = 20_261_125
MANY = 4_000
"""Connections at once that a daemon takes which speaks for hundreds of hosts."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of device.

    Attributes:
        share: of a hundred live hosts so many are of this kind.
        oui: the first half of their MACs.
        device_class, vendor: what a person would write down; the class is None for what tells nobody anything.
        tcp: ports that its daemons listen on.
        speaks: evidence that a survey must learn from each, as (probe, key), beside the TCP ports.
        start: starts its daemons.
    """

    name: str
    share: int
    oui: str
    device_class: str | None
    vendor: str
    tcp: frozenset[int]
    speaks: tuple[tuple[str, str], ...]
    start: Callable[[Host], None]


def _snmp(descr: str, oid: str, name: str) -> Callable[[Host], None]:
    def start(host: Host) -> None:
        daemons.snmpd(host, descr=descr, oid=f"1.3.6.1.4.1.{oid}", name=name)

    return start


def _web(title: str, common_name: str, realm: str | None = None) -> Callable[[Host], None]:
    def start(host: Host) -> None:
        daemons.nginx(host, title=title, common_name=common_name, realm=realm, connections=MANY)

    return start


def _shell(host: Host) -> None:
    daemons.sshd(host, MANY)


def _all(*starts: Callable[[Host], None]) -> Callable[[Host], None]:
    def start(host: Host) -> None:
        for one in starts:
            one(host)

    return start


_CISCO = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E"
_JETDIRECT = "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012"
_APC = "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin)"
_WEB, _SNMP = frozenset({80, 443}), ("snmp", "sysDescr")

KINDS = (
    Kind("chromebook", 45, "9c:b6:d0", None, "", frozenset(), (), _all()),
    Kind(
        "server",
        14,
        "52:54:00",
        "server",
        "Debian",
        frozenset({22}),
        (("ssh", "banner"),),
        _shell,
    ),
    Kind(
        "camera",
        13,
        "ac:cc:8e",
        "camera",
        "Axis",
        _WEB,
        (("http", "www-authenticate"), ("tls", "subject")),
        _web("AXIS", "axis-accc8e000015", "AXIS_ACCC8E000015"),
    ),
    Kind(
        "printer",
        12,
        "3c:d9:2b",
        "printer",
        "HP",
        _WEB,
        (_SNMP, ("http", "title")),
        _all(_snmp(_JETDIRECT, "11.2.3.9.1", "prn"), _web("HP LaserJet M507", "HP1B2C3D")),
    ),
    Kind(
        "switch",
        8,
        "00:1d:a1",
        "network",
        "Cisco",
        frozenset({22}),
        (_SNMP, ("ssh", "banner")),
        _all(_snmp(_CISCO, "9.1.1208", "sw"), _shell),
    ),
    Kind("ups", 3, "00:c0:b7", "power", "APC", frozenset(), (_SNMP,), _snmp(_APC, "318.1.3.27", "ups")),
    Kind(
        "nas",
        3,
        "00:11:32",
        "storage",
        "Synology",
        _WEB,
        (("http", "title"),),
        _web("DiskStation - Synology DiskStation", "synology"),
    ),
    Kind(
        "broker",
        2,
        "b8:27:eb",
        None,
        "",
        frozenset({1883}),
        (),
        daemons.mosquitto,
    ),
)
COMMUNITY = "lab-public"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who lives, and where to look from.

    Attributes:
        live: each live address with what it is.
    """

    scanner: Host
    network: IPv4Network
    live: Mapping[str, Kind]


def _mac(kind: Kind, address: IPv4Address) -> str:
    tail = int(address) & 0xFFFFFF
    return f"{kind.oui}:{tail >> 16:02x}:{(tail >> 8) & 255:02x}:{tail & 255:02x}"


def _settle(network: IPv4Network, share: float) -> dict[str, Kind]:
    """Addresses drawn at random, the same each time; the kinds by their shares."""
    chance = random.Random(SEED)  # noqa: S311 -- a drawing of lots
    count = round((network.num_addresses - 2) * share)
    # The last of the network is the scanner's.
    numbers = chance.sample(range(1, network.num_addresses - 2), count)
    kinds = chance.choices(KINDS, [kind.share for kind in KINDS], k=count)
    return {str(network[number]): kind for number, kind in zip(numbers, kinds, strict=True)}


def _batch(program: str, lines: list[str], *words: str) -> None:
    done = subprocess.run(
        [program, *words, "-batch", "-"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr[:400]}")


def _move_in(lab: Lab, kind: Kind, number: int, scanner: Host, addresses: list[str]) -> list[str]:
    """A namespace that is all of these addresses; the switch's entries that lead to it."""
    host = lab.host(kind.name, "sw", f"02:00:00:00:01:{number:02x}")
    port = f"p{len(lab.namespaces)}"
    host.run("ip", "link", "set", "eth0", "arp", "off")
    host.run("ip", "address", "add", f"{addresses[0]}/32", "dev", "eth0")
    host.run("ip", "route", "add", f"{scanner.ip}/32", "dev", "eth0", "src", addresses[0])
    host.run(
        "ip", "neigh", "replace", scanner.ip or "", "lladdr", scanner.mac, "dev", "eth0", "nud", "permanent"
    )
    _batch("ip", [f"route add local {one}/32 dev lo" for one in addresses[1:]], "-n", host.namespace)
    rules = "add table netdev t; add chain netdev t c { type filter hook ingress device eth0 priority 0; }; "
    host.run("nft", f"{rules}add rule netdev t c ether type ip meta pkttype set host")
    host.ip = addresses[0]
    kind.start(host)
    return [f"fdb add {_mac(kind, IPv4Address(one))} dev {port} master static" for one in addresses]


def build(lab: Lab, prefix: int, share: float) -> Crowd:
    """Bring the crowd up; takes some seconds.

    Args:
        lab: to build it in.
        prefix: length of the network's prefix.
        share: of its addresses that live, 0 to 1.
    """
    network = IPv4Network(f"10.98.0.0/{prefix}")
    lab.segment("sw")
    scanner = lab.host("scan", "sw", "02:00:00:00:00:aa", f"{network.broadcast_address - 1}/{prefix}")
    live = _settle(network, share)
    leading: list[str] = []
    for number, kind in enumerate(KINDS):
        addresses = [ip for ip, its in live.items() if its is kind]
        if addresses:
            leading += _move_in(lab, kind, number, scanner, addresses)
    responder = lab.host("arp", "sw", "02:00:00:00:00:bb")
    # It speaks with everyone's MAC: the switch must not take them for its own.
    lab.hosts["arp"].run("ip", "link", "set", "eth0", "arp", "off")
    port = f"p{len(lab.namespaces)}"
    bridge = f"{lab.prefix}-sw"
    subprocess.run(
        ["bridge", "-n", bridge, "link", "set", "dev", port, "learning", "off"], check=True, timeout=10
    )
    _batch("bridge", leading, "-n", bridge)
    table = responder.folder() / "macs"
    table.write_text(
        "".join(f"{ip} {_mac(kind, IPv4Address(ip))}\n" for ip, kind in live.items()), encoding="ascii"
    )
    responder.start(sys.executable, str(Path(__file__).with_name("arp_responder.py")), "eth0", str(table))
    wait_for("the ARP responder", ["test", "-e", f"{table}.ready"])
    return Crowd(scanner, network, live)
