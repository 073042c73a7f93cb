"""Where the hostile night happens: ordinary hosts, attackers on every channel, a tarpit, and the servers they talk to."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import daemons
from tests.lab.hostile import TARPITS, addresses, noisy, text_of
from tests.lab.hostile_dhcp import mac_of
from tests.lab.payloads import PAYLOADS, SCRIPTS
from tests.lab.topology import run, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.topology import Host, Lab

ROOT = Path(__file__).resolve().parent.parent.parent
NEAR, FAR = "10.77.4", "10.78.4"
FIRST, TARPIT, GATEWAY = f"{FAR}.1", f"{NEAR}.60", f"{NEAR}.50"
TARPIT_MAC = "00:1b:21:00:04:60"
ORDINARY = {
    f"{NEAR}.11": "00:11:32:00:04:11",
    f"{NEAR}.12": "52:54:00:00:04:12",
    f"{NEAR}.13": "ac:cc:8e:00:04:13",
}
"""Hosts that behave, on the link of the tarpit."""


def config_toml(port: int, sources: dict[Path, str]) -> str:
    """The configuration: both networks, the hostile name server, and each lease file with its kind."""
    harvest = "\n".join(f'[[harvest]]\nkind = "{kind}"\npath = "{path}"' for path, kind in sources.items())
    return f"""
[[networks]]
name = "near"
cidr = "{NEAR}.0/25"
site = "Stadshuset"
[[networks]]
name = "far"
cidr = "{FAR}.0/26"
site = "Kvarnskolan"
[scope]
never = ["{NEAR}.2"]
[snmp]
communities = ["ekbacka-demo"]
[dns]
servers = ["{GATEWAY}"]
{harvest}
[web]
port = {port}
[database]
url = "sqlite:///enhetskoll.db"
"""


def _forged_leases(folder: Path) -> Path:
    """A lease file whose host names are the payloads; blanks would end a name."""
    lines = []
    for number, (ip, payload) in enumerate(zip(addresses(FIRST), PAYLOADS, strict=True)):
        name = "/".join(text_of(payload).split()) or "*"
        lines.append(f"0 {mac_of(number)} {ip} {name} *")
    data = "\n".join(lines).encode("utf-8", "replace")
    file = folder / "hostile.leases"
    file.write_bytes(data + b"\n0 not-a-mac " + b"z" * 65_536 + b"\n\xff\xfe\x00\n")
    return file


def _program(host: Host, module: str, *words: str) -> None:
    """Start one of the attackers' programs, which touches a file of its own when it is ready."""
    ready = host.folder() / f"{module}-{words[0]}"
    line = (sys.executable, "-W", "ignore", "-m", f"tests.lab.{module}", *words, str(ready))
    host.start(*line, env={"PYTHONPATH": str(ROOT)})
    wait_for(f"{module} of {host.name}", ["test", "-e", str(ready)])


def _ordinary(lab: Lab) -> Iterator[Callable[[], None]]:
    """Those who behave."""
    hosts = [lab.host(f"h{n}", "a", mac, f"{ip}/25") for n, (ip, mac) in enumerate(ORDINARY.items())]
    yield partial(daemons.nginx, hosts[0], title="DiskStation - Synology DiskStation", common_name="synology")
    yield partial(daemons.sshd, hosts[1])
    yield partial(
        daemons.nginx, hosts[2], title="AXIS", common_name="axis-accc8e000413", realm="AXIS_ACCC8E000413"
    )


def _attackers(lab: Lab) -> Iterator[Callable[[], None]]:
    evil = lab.host("evil", "a", "00:1b:21:00:04:50", f"{GATEWAY}/25")
    for ip in addresses(FIRST):
        evil.run("ip", "address", "add", f"{ip}/32", "dev", "lo")
    evil.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    tarpit = lab.host("tarpit", "a", TARPIT_MAC, f"{TARPIT}/25")
    for number in range(1, TARPITS):
        tarpit.run("ip", "address", "add", f"{ip_address(TARPIT) + number}/25", "dev", "eth0")
    yield partial(_program, evil, "hostile", "strings", FIRST)
    yield partial(_program, evil, "hostile_dns", GATEWAY, FIRST, TARPIT)
    yield partial(_program, tarpit, "hostile", "tarpit", TARPIT)


def _near_leases(lab: Lab) -> Path:
    """dnsmasq, and a client of it that does not behave."""
    server = lab.host("dhcp", "a", "00:1b:21:00:04:03", f"{NEAR}.3/25")
    leases = daemons.dnsmasq(server, [f"{NEAR}.100,{NEAR}.110,255.255.255.128,12h"])
    client = lab.host("client", "a", "9c:b6:d0:00:04:99")
    daemons.dhcp_client(client, hostname=SCRIPTS[0])
    return leases


def _far_leases(lab: Lab) -> Path:
    """ISC's server, which keeps vendor classes; the payloads ask it through a relay in their own network."""
    server = lab.host("isc", "a", "00:1b:21:00:04:04", f"{NEAR}.4/25")
    server.run("ip", "route", "add", f"{FAR}.0/24", "via", GATEWAY)
    own, far = f"{NEAR}.0 netmask 255.255.255.128", f"{FAR}.0 netmask 255.255.255.192"
    leases = daemons.dhcpd(server, {own: "", far: f"range {FIRST} {noisy(FIRST)};"})
    run(
        *lab.hosts["evil"].command("env", f"PYTHONPATH={ROOT}", sys.executable, "-W", "ignore", "-m"),
        *("tests.lab.hostile_dhcp", FIRST, server.ip or ""),
    )
    return leases


def build(lab: Lab, folder: Path) -> tuple[Host, dict[Path, str]]:
    """Bring it up: the scanner's host, and the lease files with their kinds, one of them forged in `folder`."""
    lab.segment("a")
    scanner = lab.host("scan", "a", "02:00:00:00:04:aa", f"{NEAR}.2/25")
    scanner.run("ip", "route", "add", f"{FAR}.0/24", "via", GATEWAY)
    with ThreadPoolExecutor(4) as pool:
        started = [pool.submit(start) for start in (*_ordinary(lab), *_attackers(lab))]
        sources = {_near_leases(lab): "dnsmasq", _far_leases(lab): "isc"}
    for one in started:
        one.result()
    return scanner, {**sources, _forged_leases(folder): "dnsmasq"}
