"""Where a proxy is named, nobody else speaks to the port: a forged X-Forwarded-For would pass by the brake on logins."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from tracker.config import parse
from web import create_app
from web.peers import is_proxy

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

PROXIES = (ip_network("10.20.0.5/32"), ip_network("fd00:20::/64"))


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("10.20.0.5", True),
        ("::ffff:10.20.0.5", True),
        ("fd00:20::7", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("10.20.0.6", False),
        ("::ffff:10.20.0.6", False),
        ("fd00:21::7", False),
        ("", False),
        ("10.20.0.5, 10.20.0.6", False),
        ("nonsense", False),
    ],
)
def test_only_the_named_and_this_machine_are_proxies(peer: str, *, expected: bool) -> None:
    assert is_proxy(peer, PROXIES) is expected


@pytest.mark.parametrize(
    ("proxies", "peer", "status"),
    [
        ('["10.20.0.5/32"]', "10.20.0.5", 200),
        ('["10.20.0.5/32"]', "10.20.0.66", 403),
        ('["10.20.0.5/32"]', "127.0.0.1", 200),
        ("[]", "10.20.0.66", 200),  # nobody is named: the start warned of it
    ],
)
def test_whoever_passes_by_the_proxy_is_turned_away_whatever_they_say(
    engine: Engine, clock: Any, tmp_path: Path, proxies: str, peer: str, status: int
) -> None:
    web = f'[web]\nhost = "0.0.0.0"\nbehind_proxy = true\nproxies = {proxies}\nhosts = ["kommunen.example"]\n'
    client = create_app(parse(web, tmp_path / "config.toml"), engine, clock).test_client()
    answer = client.get(
        "/login",
        base_url="http://kommunen.example",
        headers={"X-Forwarded-For": "10.20.0.5", "X-Forwarded-Proto": "https"},
        environ_overrides={"REMOTE_ADDR": peer},
    )
    assert answer.status_code == status
