"""A real snmpd on loopback: every version and level, wrong logins, and what each costs."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket  # noqa: TID251 -- a trap for what must not be sent
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from discovery.asking import Host
from discovery.errors import OutOfScopeError
from discovery.logins import logins
from discovery.pacing import Pacer
from discovery.plan import Here, plan
from discovery.probes import snmp
from discovery.scope import Scope
from discovery.settings import DiscoverySettings
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from discovery.evidence import Evidence

pytestmark = pytest.mark.wire

SNMPD = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")
WAIT = 0.8
AUTH, PRIV = "authpassw0rd", "privpassw0rd"
USERS = {
    "aes128": ("SHA-256", "AES", "SHA-256", "AES-128"),
    "aes256": ("SHA-512", "AES-256", "SHA-512", "AES-256"),
    "aes192": ("SHA-224", "AES-192", "SHA-224", "AES-192"),
    "stretched": ("SHA", "AES-256-C", "SHA", "AES-256"),
    "authonly": ("SHA-384", None, "SHA-384", None),
    "noauth": (None, None, None, None),
}
"""Name to the agent's and the configuration's words for authentication and privacy."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On loopback an answer needs no second and a half; silence is waited for often here."""
    monkeypatch.setattr("discovery.wire.SNMP_WAIT", WAIT)


def _conf() -> str:
    lines = ["sysName sw-v3", "com2sec old default onlyv1", "group g v1 old", "view all included .1"]
    lines += ['access g "" v1 noauth exact all none none']
    for name, (auth, priv, _, _) in USERS.items():
        secrets = f' {auth} "{AUTH}"' * bool(auth) + f' {priv} "{PRIV}"' * bool(priv)
        level = "priv" if priv else "auth" if auth else "noauth"
        lines += [f"createUser {name}{secrets}", f"rouser {name} {level}"]
    return "\n".join(lines) + "\n"


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an snmpd that knows one v1 community and the users."""
    if SNMPD is None:
        pytest.skip("snmpd is not installed")
    folder = tmp_path_factory.mktemp("snmpd")
    (folder / "snmpd.conf").write_text(_conf())
    port, log = _free_port(), folder / "log"
    words = [SNMPD, "-f", "-C", "-c", str(folder / "snmpd.conf"), "-Lf", str(log), f"127.0.0.1:{port}"]
    env = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder)}
    process = subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        _await(log, process)
        yield port
    finally:
        process.kill()
        process.wait()


def _await(log: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while not (log.exists() and "NET-SNMP version" in log.read_text()):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until
        time.sleep(0.05)  # noqa: TID251 -- a real daemon starts


def _user(name: str, auth_key: str = AUTH, priv_key: str = PRIV) -> dict[str, str]:
    _, _, auth, priv = USERS.get(name, (None, None, "SHA-256", "AES-128"))
    said = {"user": name}
    if auth:
        said |= {"auth_protocol": auth, "auth_key": auth_key}
    if priv:
        said |= {"priv_protocol": priv, "priv_key": priv_key}
    return said


def _settings(port: int, *users: dict[str, str], communities: tuple[str, ...] = ()) -> DiscoverySettings:
    network = {"name": "lan", "cidr": "127.0.0.1/32", "ports": {"snmp": port}}
    said = {"users": list(users), "communities": list(communities)}
    return DiscoverySettings.from_document({"networks": [network], "snmp": said})


def _look(settings: DiscoverySettings) -> tuple[list[Evidence], float, int]:
    """What was learnt, the seconds it took, and the packets it cost, which the plan must have said."""
    network = settings.networks[0]
    wire = AsyncWire(Scope(network.cidrs), Pacer(10_000, 1000))
    host = Host("127.0.0.1", "lan", ports=network.ports, logins=logins(settings.snmp))
    began = time.monotonic()
    found = asyncio.run(snmp.look(host, wire))
    took, packets = time.monotonic() - began, wire.sent["127.0.0.1"]
    planned = sum(p.packets for p in plan(settings, [network], Here()) if p.method == "snmp")
    assert 0 < packets <= planned
    return found, took, packets


def _said(found: list[Evidence]) -> dict[str, str]:
    return {e.key: e.value for e in found}


@pytest.mark.parametrize("name", USERS)
def test_a_user_of_every_level_is_let_in(agent: int, name: str) -> None:
    found, took, _ = _look(_settings(agent, _user(name)))
    said = _said(found)
    assert said["sysName"] == "sw-v3"
    assert said["snmpEngineID"].startswith("80001f88"), "net-snmp's own number, RFC 3411"
    assert took < 6


def test_an_agent_that_knows_v1_alone_is_read_name_by_name(agent: int) -> None:
    found, _, packets = _look(_settings(agent, communities=("onlyv1",)))
    assert _said(found)["sysName"] == "sw-v3"
    assert packets > 10, "names it does not have cost no answer to the others"


@pytest.mark.parametrize(
    ("wrong", "most_s"),
    [
        (_user("nobody"), 0),
        (_user("aes128", auth_key="wrongwrong"), 0),
        (_user("aes128", priv_key="wrongwrong"), WAIT),
        ({"user": "aes128"}, 0),
    ],
    ids=["unknown user", "wrong key", "wrong encryption", "level too low"],
)
def test_a_wrong_user_costs_little_and_the_next_is_tried(
    agent: int, wrong: dict[str, str], most_s: float
) -> None:
    found, took, _ = _look(_settings(agent, wrong, _user("authonly")))
    assert _said(found)["sysName"] == "sw-v3"
    assert took < most_s + WAIT
    assert _look(_settings(agent, wrong))[0] == []


def test_where_nothing_speaks_v3_one_user_is_tried(agent: int) -> None:
    closed = _free_port()
    _, took, packets = _look(_settings(closed, *(_user(name) for name in USERS)))
    assert packets == 1
    assert took < 2


@pytest.mark.parametrize("login", [{"users": [_user("aes128")]}, {"communities": ["hemlig"]}])
def test_no_login_leaves_for_an_address_out_of_scope(login: dict) -> None:
    """A host may claim another's name or address; what we log in with goes nowhere but where we may look."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trap,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside,
    ):
        trap.bind(("127.9.8.7", 0))
        port = trap.getsockname()[1]
        inside.bind(("127.0.0.1", port))
        settings = DiscoverySettings.from_document({"snmp": login})
        scope = Scope(
            DiscoverySettings.from_document({"networks": [{"name": "a", "cidr": "127.0.0.1/32"}]})
            .networks[0]
            .cidrs
        )

        async def run() -> None:
            wire = AsyncWire(scope, Pacer(1000, 1000))
            for ip in ("127.9.8.7", "127.0.0.1"):
                host = Host(ip, "a", ports={"snmp": port}, logins=logins(settings.snmp))
                if ip == "127.9.8.7":
                    with pytest.raises(OutOfScopeError):
                        await snmp.look(host, wire)
                else:
                    await snmp.look(host, wire)

        asyncio.run(run())
        trap.settimeout(0)
        inside.settimeout(0)
        assert inside.recv(4096), "the same look does send to an address in scope"
        with pytest.raises(BlockingIOError):
            trap.recv(4096)


def test_what_is_secret_is_not_in_a_text() -> None:
    settings = DiscoverySettings.from_document(
        {"snmp": {"users": [_user("aes128")], "communities": ["hemlis7"]}}
    )
    shown = repr(logins(settings.snmp)) + repr(settings)
    assert all(secret not in shown for secret in (AUTH, PRIV, "hemlis7"))
