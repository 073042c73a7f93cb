"""The product's own health: what failed stands first, and figures go only to who shows the token."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import Session, select

from tests.conftest import NOW
from tracker import journal
from tracker.backup.by_itself import DAILY, FAILED
from tracker.config import load
from tracker.db import writing
from tracker.tables import Network, NetworkNarrowing, Scan, ScanMethod
from tracker.words import Profile, Purpose, ScanCause, ScanState
from web import create_app
from web.shown import Language, bytes_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

TOKEN = "a-token-of-twenty-or-more"


def _scan(session: Session, name: str, state: ScanState) -> int:
    network = Network(name=name, cidrs="10.0.0.0/24", purpose=Purpose.SCHOOL, profile=Profile.FULL)
    session.add(network)
    session.flush()
    scan = Scan(
        network_id=network.id, cause=ScanCause.NIGHTLY, state=state, asked_at=NOW, ended_at=NOW, devices=7
    )
    session.add(scan)
    session.flush()
    return scan.id or 0


def _record(engine: Engine, what: str, facts: dict[str, object], *, hours: int = 0) -> None:
    with writing(engine) as session:
        journal.record(session, what, "register:0", by=None, now=NOW + timedelta(hours=hours), facts=facts)


def test_what_did_not_work_last_night_is_named(browser: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        _scan(session, "NAT-HEL", ScanState.DONE)
        scan_id = _scan(session, "NAT-HALV", ScanState.PARTIAL)
        session.add(ScanMethod(scan_id=scan_id, name="snmp", state="failed", reason="crashed"))
        session.add(ScanMethod(scan_id=scan_id, name="http", state="done"))
    page = browser("anna").get("/system").text
    assert "NAT-HEL" in page
    row = page.split("NAT-HALV")[1].split("</tr>")[0]
    assert "SNMP" in row
    assert "HTTP" not in row


def test_a_network_that_is_paused_says_until_when(browser: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        _scan(session, "NAT-HEL", ScanState.DONE)
        network = session.exec(select(Network)).one()
        session.add(NetworkNarrowing(network_id=network.id, paused_until=NOW.date(), changed_at=NOW))
    row = browser("anna").get("/system").text.split("NAT-HEL")[1].split("</tr>")[0]
    assert "pausat" in row
    assert "mån 23 nov</time>" in row
    with writing(engine) as session:
        session.exec(select(NetworkNarrowing)).one().paused_until = NOW.date() - timedelta(days=1)
    assert "pausat" not in browser("anna").get("/system").text


def test_a_backup_that_failed_is_said_until_one_succeeds(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    assert "Det finns ingen säkerhetskopia." in anna.get("/system").text
    _record(engine, DAILY, {"file": "enhetskoll-1.db", "bytes": 1_234_567})
    page = anna.get("/system").text
    assert "enhetskoll-1.db, 1,2\u00a0MB" in page
    assert "Det finns ingen säkerhetskopia." not in page
    _record(engine, FAILED, {"code": "backup.no_folder", "data": {"path": "/mnt/borta"}}, hours=1)
    assert "Mappen /mnt/borta finns inte." in anna.get("/system").text
    _record(engine, DAILY, {"file": "enhetskoll-2.db", "bytes": 5}, hours=2)
    assert "/mnt/borta" not in anna.get("/system").text


def test_the_age_of_people_that_were_read_in_is_said_beside_that_of_assets(
    browser: Callable, engine: Engine
) -> None:
    anna = browser("anna")
    never = "<dt>Senaste inläsning av personer</dt><dd>Aldrig"
    assert never in anna.get("/system").text
    with writing(engine) as session:
        journal.record(session, "people:import:store", "import:1", by=None, now=NOW, facts={"new": 1})
    shown = anna.get("/system").text
    assert "Senaste inläsning av personer" in shown
    assert never not in shown


def test_a_lease_file_says_how_old_it_is(
    tmp_path: Path, engine: Engine, clock: Callable, browser: Callable
) -> None:
    (tmp_path / "leases").write_text("")
    os.utime(tmp_path / "leases", (NOW.timestamp(), NOW.timestamp()))
    (tmp_path / "with.toml").write_text(
        '[[harvest]]\nkind = "dnsmasq"\npath = "leases"\n[[harvest]]\nkind = "dnsmasq"\npath = "away"\n'
    )
    anna = browser("anna")
    app = create_app(load(tmp_path / "with.toml"), engine, clock)
    anna.client.application = app
    page = anna.get("/system").text
    assert f'mån 23 nov 10.00</time> <span class="small">{tmp_path / "leases"}' in page
    assert f'Filen finns inte <span class="small">{tmp_path / "away"}' in page


def test_figures_say_which_networks_rest(tmp_path: Path, engine: Engine, clock: Callable) -> None:
    (tmp_path / "with.toml").write_text(f'[web]\nmetrics_token = "{TOKEN}"\n')
    with writing(engine) as session:
        _scan(session, "NAT-HEL", ScanState.DONE)
        network = session.exec(select(Network)).one()
        session.add(NetworkNarrowing(network_id=network.id, paused_until=NOW.date(), changed_at=NOW))
    client = create_app(load(tmp_path / "with.toml"), engine, clock).test_client()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert 'enhetskoll_network_paused{network="NAT-HEL"} 1.0' in client.get("/metrics", headers=headers).text
    with writing(engine) as session:
        session.exec(select(NetworkNarrowing)).one().paused_until = NOW.date() - timedelta(days=1)
    assert 'enhetskoll_network_paused{network="NAT-HEL"} 0.0' in client.get("/metrics", headers=headers).text


def test_figures_are_for_who_shows_the_token(tmp_path: Path, engine: Engine, clock: Callable) -> None:
    (tmp_path / "with.toml").write_text(f'[web]\nmetrics_token = "{TOKEN}"\n')
    with writing(engine) as session:
        _scan(session, "NAT-HALV", ScanState.PARTIAL)
    client = create_app(load(tmp_path / "with.toml"), engine, clock).test_client()
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["enhetskoll_scan_last_whole", "NAT-HALV"] == 0
    assert found["enhetskoll_scan_last_end_timestamp_seconds", "NAT-HALV"] == NOW.timestamp()
    assert found["enhetskoll_findings_open", "end_of_life"] == 0
    assert ("enhetskoll_backup_last_timestamp_seconds",) not in found
    with Session(engine) as session:
        assert session.exec(select(Scan)).one().network_id


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0\u00a0kB"),
        (999_000, "999\u00a0kB"),
        (1_500_000, "1,5\u00a0MB"),
        (2_000_000_000, "2\u00a0GB"),
        (5e15, "5\u00a0000\u00a0TB"),
    ],
)
def test_sizes_are_said_as_disks_are_sold(size: float, said: str) -> None:
    assert bytes_text(size, Language.SV) == said
