"""What a router and a switch know, by real agents: who sleeps is found, and a camera has a room."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab import daemons
from tests.lab.night import ROOT
from tests.lab.topology import Lab, is_possible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.topology import Host

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab"), pytest.mark.timeout(120)]
CHROMEBOOK, CAMERA, NEIGHBOUR = "9c:b6:d0:00:00:24", "ac:cc:8e:00:00:15", "00:1d:a1:00:00:27"
TOUCH = "import socket,sys; s=socket.socket(); s.settimeout(1); s.connect_ex((sys.argv[1], 9))"


def _numbers(mac: str) -> str:
    return ".".join(str(int(part, 16)) for part in mac.split(":"))


def _switch_tables() -> list[str]:
    """A camera at port 14, another switch at port 24 and a Chromebook somewhere behind it (RFC 4363, 4188, 2863; IEEE 802.1AB)."""
    fdb, port, name = "1.3.6.1.2.1.17.7.1.2.2.1.2.20", "1.3.6.1.2.1.17.1.4.1.2", "1.3.6.1.2.1.31.1.1.1.1"
    lldp = "1.0.8802.1.1.2.1.4.1.1"
    cells = [
        (f"{fdb}.{_numbers(CAMERA)}", "integer 14"),
        (f"{fdb}.{_numbers(NEIGHBOUR)}", "integer 24"),
        (f"{fdb}.{_numbers(CHROMEBOOK)}", "integer 24"),
        *((f"{port}.{number}", f"integer {10100 + number}") for number in (14, 24)),
        *((f"{name}.{10100 + number}", f'octet_str "Gi1/0/{number}"') for number in (14, 24)),
        (f"{lldp}.4.900.24.1", "integer 4"),
        (f"{lldp}.5.900.24.1", f"octet_str 0x{NEIGHBOUR.replace(':', '')}"),
        (f"{lldp}.9.900.24.1", 'octet_str "sw-2"'),
        (f"{lldp}.12.900.24.1", "octet_str 0x28"),
    ]
    return [f"override {oid} {value}" for oid, value in cells]


@pytest.fixture
def scanner() -> Iterator[Host]:
    if reason := is_possible():
        pytest.skip(reason)
    with Lab() as lab:
        for segment in "ab":
            lab.segment(segment)
        router = lab.router(
            "rt", [("a", "00:1b:21:00:00:01", "10.77.1.1/24"), ("b", "00:1b:21:00:00:02", "10.77.2.1/24")]
        )
        daemons.snmpd(router, descr="Cisco IOS Software, ISR", oid="1.3.6.1.4.1.9.1.2068", name="rt")
        switch = lab.host("sw", "a", "00:1d:a1:00:00:10", "10.77.1.10/24", "10.77.1.1")
        more = _switch_tables()
        daemons.snmpd(switch, descr="Cisco IOS", oid="1.3.6.1.4.1.9.1.1208", name="sw-1", lines_more=more)
        camera = lab.host("cam", "b", CAMERA, "10.77.2.15/24", "10.77.2.1")
        sleeper = lab.host("cb", "b", CHROMEBOOK, "10.77.2.24/24", "10.77.2.1")
        for host in (camera, sleeper):
            subprocess.run(host.command("python3", "-c", TOUCH, "10.77.2.1"), check=True, timeout=10)
        sleeper.run("ip", "link", "set", "eth0", "arp", "off")
        sleeper.run("ip", "address", "flush", "dev", "eth0")
        yield lab.host("scan", "a", "02:00:00:00:00:aa", "10.77.1.2/24", "10.77.1.1")


def _survey(scanner: Host, profile: str) -> list[dict[str, Any]]:
    folder = scanner.folder()
    (folder / "rooms.csv").write_text("switch;port;room\nsw-1;14;Rum 12\n", encoding="utf-8")
    (folder / "config.toml").write_text(
        f'[[networks]]\nname = "b"\ncidr = "10.77.2.0/24"\nprofile = "{profile}"\n'
        '[snmp]\ncommunities = ["lab-public"]\n'
        '[[harvest]]\nkind = "router"\naddress = "10.77.1.1"\n'
        '[[harvest]]\nkind = "switch"\naddress = "10.77.1.10"\nrooms = "rooms.csv"\n',
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "discovery", "survey", "--config", str(folder / "config.toml")]
    done = subprocess.run(
        scanner.command(*words), cwd=ROOT, capture_output=True, text=True, check=True, timeout=90
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _by_mac(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        address["mac"]: line
        for line in lines
        if line["type"] == "sighting"
        for address in line["addresses"]
        if address["mac"]
    }


@pytest.mark.parametrize("profile", ["full", "harvest-only"])
def test_a_sleeper_is_found_in_the_routers_table_and_a_camera_has_a_room(scanner: Host, profile: str) -> None:
    lines = _survey(scanner, profile)
    found = _by_mac(lines)
    sleeper, camera = found[CHROMEBOOK], found[CAMERA]
    assert sleeper["source"] == "router_arp"
    assert sleeper["addresses"] == [{"ip": "10.77.2.24", "mac": CHROMEBOOK, "via": "10.77.1.1"}]
    assert "port" not in sleeper["attributes"]  # behind an uplink nobody is placed
    placed = {key: camera["attributes"][key] for key in ("switch", "port", "room", "vlan")}
    assert placed == {"switch": "sw-1", "port": "Gi1/0/14", "room": "Rum 12", "vlan": "20"}
    assert (camera["source"] == "icmp") is (profile == "full")
    (coverage,) = (line for line in lines if line["type"] == "coverage")
    states = {method["name"]: (method["state"], method["answered"]) for method in coverage["methods"]}
    assert states["router_arp"] == ("done", 2)
    (told,) = (method["reason"] for method in coverage["methods"] if method["name"] == "router_arp")
    assert told == "unknown-networks:1"  # the scanner's own side of the router
    assert states["switch_fdb"] == ("done", 3)
