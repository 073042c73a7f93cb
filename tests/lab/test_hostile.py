"""A night among attackers: it ends in time, the others are found, and nothing said reaches a log or terminal alive."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from discovery.evidence import Evidence
from discovery.logs import escaped
from tests.lab.hostile import addresses, noisy, text_of
from tests.lab.hostile_dns import HONEST, LABEL
from tests.lab.hostile_night import HostileNight, the_night
from tests.lab.hostile_town import FIRST, ORDINARY, TARPIT_MAC
from tests.lab.payloads import NOISE, PAYLOADS, TERMINAL, as_bytes
from tests.lab.topology import is_possible
from tracker.config import load
from tracker.db import open_engine, reading
from tracker.tables import Device

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab"), pytest.mark.timeout(240)]
LONGEST_S = 90.0
"""Seconds a network with the tarpit on it may take, also on a busy machine; it would hold us for ever."""
MOST_MB = 400.0
EVENT = re.compile(r"(\S+Z )?(DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]+ \S")


@pytest.fixture
def night(tmp_path_factory: pytest.TempPathFactory) -> HostileNight:
    if reason := is_possible():
        pytest.skip(reason)
    return the_night(tmp_path_factory.getbasetemp())


def alive(said: str) -> list[str]:
    """Lines that hold what steers a terminal or forges a line."""
    return [line for line in said.split("\n") if escaped(line) != line]


def strange(lines: Iterable[str]) -> list[str]:
    """Log lines that do not begin as an event of ours does."""
    return [line for line in lines if not EVENT.match(line)]


def test_the_scan_ends_in_time_and_the_others_are_found(night: HostileNight) -> None:
    (scan,) = (said for said in night.said if said.words == ("tracker", "scan"))
    assert 5 < scan.seconds < LONGEST_S, "it was held up, and not for long"
    assert night.peak_mb < MOST_MB
    engine = open_engine(load(night.config).database_url)
    with reading(engine) as session:
        found = {device.ip: device for device in session.exec(select(Device))}
    engine.dispose()
    assert {ip: found[ip].mac for ip in ORDINARY} == ORDINARY
    classes = [found[ip].device_class.value for ip in ORDINARY]
    assert classes == ["storage", "server", "camera"]


def heard(night: HostileNight) -> dict[str, dict[tuple[str, str], list[str]]]:
    """What the survey of the attackers' network heard: by address, by channel."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for line in (night.folder / "far.jsonl").read_text(encoding="ascii").splitlines():
        fields = json.loads(line)
        if fields["type"] == "sighting":
            said = found.setdefault(fields["addresses"][0]["ip"], {})
            for one in fields["evidence"]:
                said.setdefault((one["probe"], one["key"]), []).append(one["value"])
    return found


def test_every_payload_came_in_on_every_channel(night: HostileNight) -> None:
    said = heard(night)
    assert set(said) == {*addresses(FIRST), noisy(FIRST)}
    channels = set.intersection(*(set(said[ip]) for ip in addresses(FIRST)))
    assert channels >= {("rdns", "name"), ("dhcp", "hostname"), ("dhcp", "vendor_class")}
    assert {probe for probe, _ in channels} >= {"snmp", "http", "tls", "ssh", "mdns", "ssdp", "nbns"}
    assert len(channels) >= 32


@pytest.mark.parametrize("channel", [("dhcp", "hostname"), ("dhcp", "vendor_class"), ("rdns", "name")])
def test_what_servers_tell_of_the_attackers_is_what_those_said(
    night: HostileNight, channel: tuple[str, str]
) -> None:
    said = heard(night)
    for ip, payload in zip(addresses(FIRST), PAYLOADS, strict=True):
        if channel[0] == "rdns" and len(as_bytes(payload)) > LABEL:
            continue  # broken up by dots
        assert Evidence.of(*channel, as_bytes(payload)).value in {
            *said[ip][channel],
            # the forged lease file holds no blanks
            *(value.replace("/", " ") for value in said[ip][channel] if "/" not in text_of(payload)),
        }


def test_noise_is_taken_as_far_as_the_protocol_carries_it(night: HostileNight) -> None:
    noise = heard(night)[noisy(FIRST)]
    assert noise["dhcp", "vendor_class"] == [Evidence.of("dhcp", "vendor_class", NOISE[:255]).value]
    engine = open_engine(load(night.config).database_url)
    with reading(engine) as session:
        evidence = {device.mac: device.evidence for device in session.exec(select(Device))}
    engine.dispose()
    names = {mac: [e["value"] for e in said if e["probe"] == "rdns"] for mac, said in evidence.items()}
    assert [names[mac] for mac in ORDINARY.values()] == [[HONEST]] * len(ORDINARY), "in spite of the noise"
    # The tarpit's addresses are one device: noise and a loop are no name, of a thousand names one is taken.
    one_of_many, other = sorted(names[TARPIT_MAC])
    assert one_of_many.startswith("<b>")
    assert other == HONEST


def test_what_is_logged_is_one_event_a_line(night: HostileNight) -> None:
    lines = [line for said in night.said for line in said.err.splitlines()]
    assert strange(lines) == []
    assert alive("\n".join(lines)) == []


def test_what_the_commands_print_steers_no_terminal(night: HostileNight) -> None:
    printed = {said.words[0]: said.out for said in night.said}
    assert {"findings", "resolve", "reconcile", "import", "tracker"} <= set(printed)
    assert "canary" in "".join(printed.values()), "what the devices said was printed"
    assert [line for said in printed.values() for line in alive(said)] == []


def test_each_line_of_findings_as_json_is_one_object(night: HostileNight) -> None:
    (listed,) = (said.out for said in night.said if said.words == ("findings", "--json"))
    rows = [json.loads(line) for line in listed.splitlines()]
    assert len(rows) > len(PAYLOADS)
    assert listed.isascii()


def test_the_judges_of_this_file_catch_what_they_are_there_for() -> None:
    raw = [text_of(payload) for payload in TERMINAL[:-2]]
    assert all(alive(said) for said in raw)
    assert strange(["first", "Traceback (most recent call last):", "ERROR tracker.x said"]) == [
        "first",
        "Traceback (most recent call last):",
    ]
