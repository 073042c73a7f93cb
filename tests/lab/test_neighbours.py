"""IPv6 on a real link: the kernels of other namespaces answer, and an address joins the device whose MAC it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab.topology import Host, Lab, is_possible, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

ROOT = Path(__file__).resolve().parents[2]
LAN = '[[networks]]\nname = "lan"\ncidrs = ["10.77.9.0/28", "fd77:9::/64"]\nports = { http = 8080 }\n'
BOTH, SHY, WIDE, PHONE = "9c:b6:d0:00:09:21", "9c:b6:d0:00:09:22", "9c:b6:d0:00:09:23", "06:b6:d0:00:09:24"
PAGE = "import http.server, socket; S = http.server.ThreadingHTTPServer; S.address_family = socket.AF_INET6; \
S(('fd77:9::3', 8080), http.server.SimpleHTTPRequestHandler).serve_forever()"


def _address(host: Host, *ips: str) -> None:
    for ip in ips:
        run("ip", "-n", host.namespace, "addr", "add", ip, "dev", "eth0", "nodad")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    if reason := is_possible():
        pytest.skip(reason)
    with Lab() as made:
        made.segment("sw")
        scanner = made.host("scanner", "sw", "02:aa:00:00:09:02", "10.77.9.2/24")
        both = made.host("both", "sw", BOTH, "10.77.9.11/24")
        shy = made.host("shy", "sw", SHY, "10.77.9.12/24")
        wide = made.host("wide", "sw", WIDE)
        phone = made.host("phone", "sw", PHONE, "10.77.9.14/24")
        _address(scanner, "fd77:9::2/64")
        _address(both, "fd77:9::1/64")
        _address(shy, "fd77:9::9eb6:d0ff:fe00:922/64")
        _address(wide, "fd77:9::3/64")
        shy.run("sysctl", "-qw", "net.ipv6.icmp.echo_ignore_all=1")
        _address(phone, "fd77:9::dead:beef/64")
        folder = made.folder / "empty"
        folder.mkdir()
        wide.start("env", "-C", str(folder), sys.executable, "-c", PAGE)
        wait_for("the page", wide.command("sh", "-c", "ss -ltn | grep -q :8080"))
        yield made


def _survey(lab: Lab, config: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Sightings by their first MAC, and the coverage."""
    path = lab.folder / "config.toml"
    path.write_text(config)
    said = lab.hosts["scanner"].run(
        "env", "-C", str(ROOT), sys.executable, "-m", "discovery", "survey", "--config", str(path)
    )
    lines = [json.loads(line) for line in said.splitlines()]
    sightings = {
        line["addresses"][0]["mac"]: line
        for line in lines
        if line["type"] == "sighting" and line["addresses"]
    }
    (coverage,) = [line for line in lines if line["type"] == "coverage"]
    return sightings, coverage


def _ips(sighting: dict[str, Any]) -> set[str]:
    return {address["ip"] for address in sighting["addresses"]}


def test_ipv6_joins_ipv4_and_who_has_only_ipv6_is_found_and_asked(lab: Lab) -> None:
    found, coverage = _survey(lab, LAN)
    assert _ips(found[BOTH]) >= {"10.77.9.11", "fd77:9::1", "fe80::9eb6:d0ff:fe00:921"}
    assert _ips(found[SHY]) == {"10.77.9.12", "fd77:9::9eb6:d0ff:fe00:922", "fe80::9eb6:d0ff:fe00:922"}, (
        "it answers no echo, but has the addresses that its MAC gives"
    )
    assert {"10.77.9.14", "fd77:9::dead:beef"} <= _ips(found[PHONE]), "a randomised MAC ties them on its link"
    assert "fd77:9::3" in _ips(found[WIDE])
    pages = [
        one["value"] for one in found[WIDE]["evidence"] if (one["probe"], one["key"]) == ("http", "server")
    ]
    assert pages, "who has no IPv4 is asked by IPv6"
    (method,) = [one for one in coverage["methods"] if one["name"] == "nd"]
    assert (method["state"], method["answered"]) == ("done", 4)


def test_where_somebody_is_to_be_left_alone_only_those_met_are_asked(lab: Lab) -> None:
    found, coverage = _survey(lab, LAN + '[scope]\nnever = ["10.77.9.14"]\n')
    assert PHONE not in found
    assert WIDE not in found
    assert "fe80::9eb6:d0ff:fe00:921" in _ips(found[BOTH])
    (method,) = [one for one in coverage["methods"] if one["name"] == "nd"]
    assert (method["state"], method["reason"]) == ("done", "not-everybody")
