"""What the sweeps of one network are believed to have found."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from discovery.clock import utc_now
from discovery.coverage import Method, MethodState
from discovery.learning import Learning, Run
from discovery.pacing import Pacer
from discovery.scope import Scope
from discovery.settings import DiscoverySettings
from discovery.sweeping import Sweeping
from discovery.sweeps import Answer, Stop, Swept, icmp, tcp
from discovery.wire import AsyncWire

if TYPE_CHECKING:
    from collections.abc import Sequence

CIDR = "10.0.0.0/24"


def _swept(name: str, ips: Sequence[str], reason: str | None = None) -> Any:
    async def sweep(*_: object, **__: object) -> Swept:
        method = Method(name, MethodState.DONE, 254, len(ips), reason)
        return Swept(method, tuple(Answer(ip) for ip in ips))

    return sweep


@pytest.mark.parametrize("doubted", [False, True])
def test_where_an_echo_proves_nobody_only_who_answers_otherwise_is_there(
    monkeypatch: pytest.MonkeyPatch, *, doubted: bool
) -> None:
    everybody = [f"10.0.0.{n}" for n in range(1, 255)]
    monkeypatch.setattr(icmp, "sweep", _swept("icmp", everybody, icmp.ECHO_EVERYWHERE if doubted else None))
    monkeypatch.setattr(tcp, "sweep", _swept("tcp", ["10.0.0.7"]))
    settings = DiscoverySettings.from_document({"networks": [{"name": "far", "cidr": CIDR}]})
    learning = Learning(Run(settings, "s", "o", utc_now, Stop(), lambda _line: None), settings.networks[0])
    scope = Scope([ip_network(CIDR)])
    wire = AsyncWire(scope, Pacer(1000, 40))
    asyncio.run(Sweeping(learning, scope, wire, Stop(), [], []).sweep())
    assert len(learning.seen) == (1 if doubted else 254)
    assert [(one.name, one.reason) for one in learning.methods] == [
        ("icmp", "echo-everywhere" if doubted else None),
        ("tcp", None),
    ]
