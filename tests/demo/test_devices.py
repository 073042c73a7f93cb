"""Nothing in the survey knows the demo: a device made up on the spot is found and named by what it says."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tracker.demo.agent import COMMUNITY, Agent
from tracker.demo.devices import DEVICES, NETWORKS, Simulated, Snmp, Web
from tracker.demo.municipality import CLASSES, LOGINS, PUPILS_IN_A_CLASS, people
from tracker.demo.speaking import Devices, PortsTakenError, page, ports_from
from tracker.demo.standing import leases, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
MAKERS = {
    "Cisco": ("9.1.1208", "Cisco IOS Software, C2960X Software, Version 15.2(7)E"),
    "APC": ("318.1.3.27", "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2)"),
    "HP": ("11.2.3.9.1", "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153"),
}


@pytest.fixture
def somewhere(tmp_path: Path) -> Iterator[tuple[Simulated, dict[str, int]]]:
    """A device with a random address, maker and serial, answering on loopback."""
    chance = random.Random()  # noqa: S311 -- which one does not matter
    maker = chance.choice(list(MAKERS))
    oid, descr = MAKERS[maker]
    serial = f"ZX{chance.randrange(10**9):09d}"
    device = Simulated(
        chance.choice(list(NETWORKS)),
        chance.randrange(2, 14),
        "02:00:00:00:00:01",
        snmp=Snmp(descr, oid, "made-up", serial, "Made-Up 3000", maker),
        web=Web("Made-Up"),
    )
    devices, ports = listen([device], tmp_path)
    yield device, ports
    devices.close()


@pytest.mark.wire
@pytest.mark.demo
def test_a_device_made_up_on_the_spot_is_found_and_named(
    somewhere: tuple[Simulated, dict[str, int]], tmp_path: Path
) -> None:
    device, ports = somewhere
    mapped = ", ".join(f"{name} = {port}" for name, port in ports.items())
    config = tmp_path / "config.toml"
    config.write_text(
        f'[[networks]]\nname = "x"\ncidr = "{device.ip}/32"\nports = {{ {mapped} }}\n'
        f'[snmp]\ncommunities = ["{COMMUNITY}"]\n[limits]\nrate = 5000\nhost_rate = 200\n',
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "discovery", "survey", "--config", str(config)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    (seen,) = [line for line in lines if line["type"] == "sighting"]
    assert device.snmp is not None
    assert seen["addresses"][0]["ip"] == device.ip
    assert seen["serials"] == [device.snmp.serial]
    assert seen["identity"]["vendor"] == device.snmp.maker
    assert seen["identity"]["model"] == "Made-Up 3000"


@pytest.mark.wire
def test_two_demos_find_ports_of_their_own(tmp_path: Path) -> None:
    some = [device for device in DEVICES if device.network == "kvarnskolan"]
    first, ports = listen(some, tmp_path)
    second, others = listen(some, tmp_path)
    first.close()
    second.close()
    assert not set(ports.values()) & set(others.values())


@pytest.mark.wire
def test_a_taken_port_leaves_nothing_listening(tmp_path: Path) -> None:
    some = [device for device in DEVICES if device.network == "stadshuset"]
    first, ports = listen(some, tmp_path)
    with pytest.raises(PortsTakenError):
        Devices(some, ports, tmp_path)
    first.close()
    again = Devices(some, ports, tmp_path)
    again.close()


def test_about_forty_devices_with_addresses_of_their_own() -> None:
    assert 38 <= len(DEVICES) <= 45
    assert len({device.ip for device in DEVICES}) == len({device.mac for device in DEVICES}) == len(DEVICES)


def test_the_import_file_is_what_its_script_writes(tmp_path: Path) -> None:
    shipped = ROOT / "tracker" / "demo" / "assets.csv"
    code = (
        "import runpy, pathlib, sys; m = runpy.run_path('scripts/demo-assets'); "
        "m['main'].__globals__['FILE'] = pathlib.Path(sys.argv[1]); m['main']()"
    )
    written = tmp_path / "assets.csv"
    subprocess.run([sys.executable, "-c", code, str(written)], cwd=ROOT, check=True)
    assert written.read_bytes() == shipped.read_bytes()


def test_people_are_the_same_every_time_and_some_are_protected() -> None:
    everyone = list(people())
    assert everyone == list(people())
    assert len({one.number for one in everyone}) == len(everyone)
    assert sum(one.is_pupil for one in everyone) == PUPILS_IN_A_CLASS * sum(map(len, CLASSES.values()))
    assert sum(one.is_protected for one in everyone) == 2


def test_every_role_has_someone_to_log_in_as() -> None:
    assert len({one.role for one in LOGINS}) == 4


def test_a_lease_has_the_five_words_of_dnsmasq() -> None:
    assert all(len(line.split()) == 5 for line in leases(DEVICES).splitlines())


def test_an_agent_answers_only_its_own_community() -> None:
    agent = next(device.snmp for device in DEVICES if device.snmp)
    assert Agent(agent).answer(b"nonsense") is None


def test_a_realm_asks_for_a_login() -> None:
    camera = next(device for device in DEVICES if device.web and device.web.realm)
    assert page(camera).startswith(b"HTTP/1.1 401 ")


def test_ports_are_one_a_service() -> None:
    assert sorted(ports_from(20_000).values()) == list(range(20_000, 20_006))
