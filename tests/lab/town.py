"""A small town's network: two segments behind a router, twenty live hosts, a register that knows two thirds.

`TRUTH` is what a person walking the corridors would write down; the lab's scans are held against it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import appliances, daemons
from tests.lab.topology import Host, Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEGMENTS = {"a": "10.77.1", "b": "10.77.2"}
NETWORKS = {"lab-a": ("10.77.1.0/24", "Stadshuset"), "lab-b": ("10.77.2.0/24", "Kvarnskolan")}
NEVER = "10.77.1.66"
"""A live host that no packet may go to."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One live thing.

    Attributes:
        tag: its tag in the register, None for what the register does not know.
        serial: as the device itself says it over SNMP, None when it says none.
        finding: the finding kind that is right for it, None when nothing is wrong.
    """

    name: str
    segment: str
    mac: str
    last: int | None
    vendor: str
    model: str
    device_class: str
    tag: str | None = None
    serial: str | None = None
    status: str = "in_use"
    support_ends: str = ""
    finding: str | None = None


IOT, DEVICE = "unregistered_iot", "unregistered_device"

TRUTH = (
    Truth("rt", "a", "00:1b:21:00:00:01", 1, "Cisco", "ISR4331", "network", "L-0001", "FDO2213A0RT"),
    Truth(
        "sw1", "a", "00:1d:a1:00:00:10", 10, "Cisco", "WS-C2960X-48TS-L", "network", "L-0002", "FOC1932X0AB"
    ),
    Truth("nas1", "a", "00:11:32:00:00:11", 11, "Synology", "DS920+", "storage", "L-0003"),
    Truth("lin1", "a", "52:54:00:00:00:12", 12, "Debian", "Server", "server", "L-0004"),
    Truth("spk1", "a", "00:0e:58:00:00:13", 13, "Sonos", "One", "av", finding=IOT),
    Truth("pc1", "a", "3c:52:82:00:00:14", 14, "HP", "Workstation", "computer", finding=DEVICE),
    Truth("cam1", "a", "ac:cc:8e:00:00:15", None, "Axis", "M3065-V", "camera", finding=IOT),
    Truth(
        "cb1",
        "a",
        "9c:b6:d0:00:00:16",
        None,
        "Lenovo",
        "100e",
        "chromebook",
        "L-0005",
        status="returned",
        finding="gone_but_seen",
    ),
    Truth("prn1", "b", "3c:d9:2b:00:00:20", 20, "HP", "LaserJet M507", "printer", "L-0006", "PHBBL12345"),
    Truth(
        "ups1",
        "b",
        "00:c0:b7:00:00:21",
        21,
        "APC",
        "Smart-UPS 1500",
        "power",
        "L-0007",
        "AS1234567890",
        support_ends="2025-06-30",
        finding="end_of_life",
    ),
    Truth("cam2", "b", "ac:cc:8e:00:00:22", None, "Axis", "P3245-LV", "camera", "L-0008"),
    Truth("lin2", "b", "52:54:00:00:00:23", None, "Debian", "Server", "server", "L-0009"),
    Truth("cb2", "b", "9c:b6:d0:00:00:24", None, "Lenovo", "100e", "chromebook", "L-0010"),
    Truth("cb3", "b", "9c:b6:d0:00:00:25", None, "Lenovo", "100e", "chromebook", finding=DEVICE),
    Truth("sw2", "b", "00:1d:a1:00:00:27", 27, "Cisco", "C9200-24T", "network", "L-0011", "FOC2401X0CD"),
    Truth("mq1", "a", "b8:27:eb:00:00:17", 17, "Raspberry Pi", "4B", "server", "L-0012"),
    Truth("smb1", "a", "52:54:00:00:00:18", 18, "Debian", "Server", "server", "L-0013"),
    Truth("prn2", "a", "00:1b:21:00:00:19", 19, "HP", "LaserJet M507", "printer", finding=DEVICE),
    # On the scanner's own link: miniupnpd answers nobody who is not on its LAN.
    Truth("gw1", "a", "00:04:0e:00:00:28", 28, "AVM", "FRITZ!Box 7530", "network", "L-0014", "D70000028"),
    Truth("hub1", "b", "00:17:88:00:00:26", None, "Philips", "Hue Bridge", "iot-sensor", finding=IOT),
)

V3_USER = daemons.V3User("lab-reader", "lab-auth-key-17", "lab-priv-key-17")
"""Whom sw2 alone lets in."""

HOSTNAMES = {
    "cb1": "chromebook-0016",
    "cb2": "chromebook-0024",
    "cb3": "chromebook-0025",
    "hub1": "philips-hue",
}


def _host(lab: Lab, truth: Truth) -> Host:
    if truth.last is None:
        host = lab.host(truth.name, truth.segment, truth.mac)
        daemons.dhcp_client(host, hostname=HOSTNAMES.get(truth.name))
        return host
    base = SEGMENTS[truth.segment]
    return lab.host(truth.name, truth.segment, truth.mac, f"{base}.{truth.last}/24", f"{base}.1")


def _agents(hosts: dict[str, Host], truths: dict[str, Truth]) -> Iterator[Callable[[], None]]:
    """The SNMP agents. Strings are what such devices say (makers' MIBs and manuals)."""
    for name, descr, oid, user in (
        (
            "rt",
            "Cisco IOS Software, ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 16.9.4",
            "9.1.2068",
            None,
        ),
        (
            "sw1",
            "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E",
            "9.1.1208",
            None,
        ),
        (
            "sw2",
            "Cisco IOS Software, Catalyst L3 Switch Software (CAT9K_LITE_IOSXE), Version 16.12.4",
            "9.1.2494",
            V3_USER,
        ),
        (
            "prn1",
            "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012",
            "11.2.3.9.1",
            None,
        ),
        (
            "ups1",
            "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin)",
            "318.1.3.27",
            None,
        ),
    ):
        truth = truths[name]
        entity = {
            "serial": truth.serial or "",
            "model": truth.model,
            "vendor": truth.vendor,
            "descr": truth.model,
        }
        more = {"descr": descr, "oid": f"1.3.6.1.4.1.{oid}", "name": name, "entity": entity, "user": user}
        yield partial(daemons.snmpd, hosts[name], **more)  # type: ignore[arg-type]


def _others(hosts: dict[str, Host], truths: dict[str, Truth]) -> Iterator[Callable[[], None]]:
    for name, title, common_name, realm in (
        ("nas1", "DiskStation - Synology DiskStation", "synology", None),
        ("cam1", "AXIS", "axis-accc8e000015", "AXIS_ACCC8E000015"),
        ("cam2", "AXIS", "axis-accc8e000022", "AXIS_ACCC8E000022"),
        ("hub1", "hue personal wireless lighting", "001788fffe000026", None),
    ):
        yield partial(daemons.nginx, hosts[name], title=title, common_name=common_name, realm=realm)
    sonos = {"name": "Sonos-000E58000013", "service": "_sonos._tcp", "port": 1443, "texts": {"vers": "3"}}
    yield partial(daemons.avahi, hosts["spk1"], **sonos)  # type: ignore[arg-type]
    yield partial(daemons.mosquitto, hosts["mq1"])
    yield partial(daemons.lldpd, hosts["sw1"])
    yield partial(daemons.nmbd, hosts["smb1"], name="SMB1")
    for name in ("lin1", "lin2", "pc1"):
        yield partial(daemons.sshd, hosts[name])
    printer, gateway = truths["prn2"], truths["gw1"]
    yield partial(
        appliances.printer, hosts["prn2"], name="HP001B21", maker=printer.vendor, model=printer.model
    )
    yield partial(
        appliances.gateway,
        hosts["gw1"],
        maker=gateway.vendor,
        model=gateway.model,
        serial=gateway.serial or "",
    )


def _serve(hosts: dict[str, Host], truths: dict[str, Truth]) -> None:
    """Start what each host speaks, several at a time: most of it is waiting for a daemon to come up."""
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(start) for start in (*_agents(hosts, truths), *_others(hosts, truths))]
    for one in started:
        one.result()


@dataclass(frozen=True, slots=True)
class Town:
    """The running town: where to scan from, and the DHCP server's lease file."""

    lab: Lab
    scanner: Host
    leases: Path


def build(lab: Lab) -> Town:
    """Bring the town up; takes some seconds."""
    truths = {truth.name: truth for truth in TRUTH}
    for segment in SEGMENTS:
        lab.segment(segment)
    router = lab.router(
        "rt", [("a", truths["rt"].mac, "10.77.1.1/24"), ("b", "00:1b:21:00:00:02", "10.77.2.1/24")]
    )
    leases = daemons.dnsmasq(router, [f"{base}.100,{base}.150,12h" for base in SEGMENTS.values()])
    scanner = lab.host("scan", "a", "02:00:00:00:00:aa", "10.77.1.2/24", "10.77.1.1")
    lab.host("never", "a", "00:1b:21:00:00:66", f"{NEVER}/24", "10.77.1.1")
    hosts = {"rt": router} | {truth.name: _host(lab, truth) for truth in TRUTH if truth.name != "rt"}
    _serve(hosts, truths)
    return Town(lab, scanner, leases)


def register_csv(unit: str) -> str:
    """The register that knows two thirds of the town, as an import file."""
    rows = ["tag;serial;mac;vendor;model;class;status;unit;site;support_ends"]
    for truth in TRUTH:
        if truth.tag is None:
            continue
        site = "Stadshuset" if truth.segment == "a" else "Kvarnskolan"
        # What says its serial itself is registered by serial alone: it must be matched by it through the router.
        mac = "" if truth.serial else truth.mac
        cells = (
            truth.tag,
            truth.serial or "",
            mac,
            truth.vendor,
            truth.model,
            truth.device_class,
            truth.status,
        )
        rows.append(";".join((*cells, unit, site, truth.support_ends)))
    return "\n".join(rows) + "\n"


def config_toml(town: Town, database: Path) -> str:
    """The configuration of a first real scan of the town."""
    networks = "".join(
        f'[[networks]]\nname = "{name}"\ncidr = "{cidr}"\nsite = "{site}"\npurpose = "office"\n\n'
        for name, (cidr, site) in NETWORKS.items()
    )
    return (
        f'{networks}[scope]\nnever = ["{NEVER}", "{town.scanner.ip}"]\n\n[snmp]\ncommunities = ["lab-public"]\n'
        f'[[snmp.users]]\nuser = "{V3_USER.name}"\nauth_protocol = "SHA-256"\nauth_key = "{V3_USER.auth_key}"\n'
        f'priv_protocol = "AES-128"\npriv_key = "{V3_USER.priv_key}"\n\n'
        f'[[harvest]]\nkind = "dnsmasq"\npath = "{town.leases}"\nsite = "Stadshuset"\n\n'
        f'[database]\nurl = "sqlite:///{database}"\n'
    )
