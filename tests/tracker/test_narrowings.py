"""A narrowed network in its nights: a pause is no miss, nothing is missing because of it, and the scanner is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from discovery.coverage import Coverage, Method, MethodState
from discovery.narrowing import Narrowing
from discovery.plan import GENTLE_RATE as SENT_AT_MOST
from discovery.settings import NetworkSettings
from discovery.sighting import DeviceClass
from tests.tracker.seen import MAC, sighting
from tracker import looking
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.errors import RefusedError
from tracker.looking import Child, SurveyFailedError
from tracker.narrowings import as_handed, document, handed, standing_of
from tracker.nightly import record_missed, run_night
from tracker.queries.networks import GENTLE_RATE, Bounds, next_night
from tracker.queries.scans import networks as network_rows
from tracker.scanning import sync_networks
from tracker.scans_asked import ask_for_scan
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceModel,
    Finding,
    Network,
    NetworkNarrowing,
    Night,
    Scan,
    Setting,
    Unit,
)
from tracker.words import AssetStatus, FindingKind, IdentifierKind, Profile, Purpose, ScanState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tracker.roles import Viewer

AT = time(2, 30)
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Three in the morning in Stockholm."""
TODAY = date(2026, 11, 24)


def _network(name: str) -> Network:
    return Network(
        name=name, cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=Profile.FULL, is_configured=True
    )


@pytest.fixture
def lan(engine: Engine) -> Engine:
    with writing(engine) as session:
        session.add(_network("lan"))
    return engine


def _narrow(engine: Engine, **values: Any) -> None:
    with writing(engine) as session:
        network = session.exec(select(Network).where(Network.name == "lan")).one()
        session.add(NetworkNarrowing(network_id=network.id, changed_at=NIGHT, **values))


def _looking(asked: list[str], at: datetime) -> Any:
    def look(network: str, survey: str, _is_stopped: Any) -> Iterator[Any]:
        asked.append(network)
        yield replace(sighting(1, "10.0.0.5", MAC, network=network, survey=survey), seen_at=at)
        done = (Method("tcp", MethodState.DONE, 254, 1),)
        yield Coverage(survey, "o", network, None, at, at, done, 10)

    return look


def _night(engine: Engine, now: datetime) -> list[str]:
    """The night and the noon after it; the networks looked at."""
    asked: list[str] = []
    run_night(engine, at=AT, zone=STOCKHOLM, look=_looking(asked, now), clock=lambda: now)
    record_missed(engine, at=AT, zone=STOCKHOLM, now=now + timedelta(hours=9))
    return asked


def test_a_paused_network_rests_through_the_last_day_and_has_missed_nothing(
    lan: Engine, anna: Viewer
) -> None:
    _narrow(lan, paused_until=TODAY + timedelta(days=1))
    nights = [_night(lan, NIGHT + timedelta(days=days)) for days in range(3)]
    assert nights == [[], [], ["lan"]]
    with reading(lan) as session:
        assert [scan.state for scan in session.exec(select(Scan))] == [ScanState.DONE]
        assert [night.is_paused for night in session.exec(select(Night).order_by(Night.id))] == [
            True,
            True,
            False,
        ]
        (row,) = network_rows(session, anna, NIGHT + timedelta(days=2), STOCKHOLM)
    assert [(night.state, night.is_paused) for night in row.nights[-3:]] == [
        (None, True),
        (None, True),
        (ScanState.DONE, False),
    ]


def test_a_pause_that_ends_before_the_night_is_over_leaves_it_to_be_run(lan: Engine) -> None:
    _narrow(lan, paused_until=TODAY)
    run_night(lan, at=AT, zone=STOCKHOLM, look=_looking([], NIGHT), clock=lambda: NIGHT)
    with writing(lan) as session:
        session.exec(select(NetworkNarrowing)).one().paused_until = None
    assert _night(lan, NIGHT + timedelta(hours=1)) == ["lan"]


def test_a_network_narrowed_to_never_has_no_nights_and_none_to_miss(lan: Engine) -> None:
    _narrow(lan, profile=Profile.NEVER)
    assert _night(lan, NIGHT) == []
    with reading(lan) as session:
        assert session.exec(select(Night)).all() == []


def _fixed_asset(engine: Engine) -> None:
    with writing(engine) as session:
        unit = session.exec(select(Unit)).first()
        asset = Asset(
            tag="20417",
            status=AssetStatus.IN_USE,
            unit_id=unit.id,
            sort_key="20417",
            search_key="20417",
            created_at=NIGHT - timedelta(days=40),
            changed_at=NIGHT - timedelta(days=40),
        )
        session.add(asset)
        session.flush()
        session.add(AssetIdentifier(asset_id=asset.id, kind=IdentifierKind.MAC, value=MAC))


def _missing(engine: Engine) -> int:
    with reading(engine) as session:
        found = session.exec(select(Finding).where(Finding.kind == FindingKind.NOT_SEEN))
        return sum(finding.closed_at is None for finding in found)


@pytest.mark.parametrize(
    ("narrowing", "missing"),
    [
        ({"paused_until": TODAY + timedelta(days=60)}, 0),
        ({"never": "10.0.0.4/31"}, 0),
        ({"never": "10.0.0.6"}, 1),
        ({}, 1),
    ],
    ids=["paused", "its address left alone", "another left alone", "as ever"],
)
def test_nothing_is_missing_where_nobody_was_to_look(
    lan: Engine, narrowing: dict[str, Any], missing: int
) -> None:
    _fixed_asset(lan)
    assert _night(lan, NIGHT) == ["lan"]
    if narrowing:
        _narrow(lan, **narrowing)
    with writing(lan) as session:
        session.add(_network("other"))

    def empty(network: str, survey: str, _is_stopped: Any) -> Iterator[Any]:
        done = (Method("tcp", MethodState.DONE, 254, 0),)
        at = NIGHT + timedelta(days=40)
        yield Coverage(survey, "o", network, None, at, at, done, 10)

    later = NIGHT + timedelta(days=40)
    run_night(lan, at=AT, zone=STOCKHOLM, look=empty, clock=lambda: later)
    assert _missing(lan) == missing


@pytest.mark.parametrize(("days", "missing"), [(39, 1), (41, 0)])
def test_the_days_of_silence_are_the_registers_own(lan: Engine, days: int, missing: int) -> None:
    _fixed_asset(lan)
    _night(lan, NIGHT)
    with writing(lan) as session:
        session.add(Setting(key="carried_days", value=days, changed_at=NIGHT))

    def empty(network: str, survey: str, _is_stopped: Any) -> Iterator[Any]:
        at = NIGHT + timedelta(days=40)
        done = (Method("tcp", MethodState.DONE, 254, 0),)
        yield Coverage(survey, "o", network, None, at, at, done, 10)

    later = NIGHT + timedelta(days=40)
    run_night(lan, at=AT, zone=STOCKHOLM, look=empty, clock=lambda: later)
    assert _missing(lan) == missing


def test_a_scan_of_a_paused_network_is_refused_with_its_day(lan: Engine) -> None:
    _narrow(lan, paused_until=TODAY)
    with writing(lan) as session, pytest.raises(RefusedError) as caught:
        ask_for_scan(session, 1, None, NIGHT)
    assert (caught.value.code, caught.value.data["day"]) == ("scans.paused", "2026-11-24")
    with writing(lan) as session:
        assert ask_for_scan(session, 1, None, NIGHT + timedelta(days=1))


def test_reading_the_configuration_again_keeps_what_was_narrowed(lan: Engine) -> None:
    _narrow(lan, profile=Profile.GENTLE, rate=20, never="10.0.0.9")
    wide = NetworkSettings.model_validate({"name": "lan", "cidr": "10.0.0.0/24", "rate": 5000})
    for networks in ((wide,), (), (wide,)):
        with writing(lan) as session:
            sync_networks(session, networks, NIGHT)
    with reading(lan) as session:
        assert handed(session, TODAY) == (
            Narrowing(network="lan", profile="gentle", rate=20, never=("10.0.0.9/32",)),
        )


@pytest.mark.parametrize(
    ("configured", "asked", "stands"),
    [
        (Profile.FULL, Profile.GENTLE, Profile.GENTLE),
        (Profile.HARVEST_ONLY, Profile.GENTLE, Profile.HARVEST_ONLY),
        (Profile.NEVER, Profile.FULL, Profile.NEVER),
        (Profile.GENTLE, None, Profile.GENTLE),
    ],
)
def test_the_gentler_of_page_and_configuration_stands(
    configured: Profile, asked: Profile | None, stands: Profile
) -> None:
    network = Network(name="lan", cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=configured)
    row = NetworkNarrowing(network_id=1, profile=asked, changed_at=NIGHT)
    assert standing_of(network, row, TODAY).profile is stands


def test_a_paused_network_is_handed_on_as_one_to_leave_alone() -> None:
    network = _network("lan")
    row = NetworkNarrowing(network_id=1, rate=5, paused_until=TODAY, changed_at=NIGHT)
    assert as_handed(network, row, TODAY).profile == "never"
    assert as_handed(network, row, TODAY + timedelta(days=1)) == Narrowing(network="lan", rate=5)


def test_the_child_is_handed_the_document_as_it_stands_when_the_scan_begins(
    lan: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "child"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/document\n')
    script.chmod(0o755)
    monkeypatch.setattr(looking.scanner, "executable", lambda: str(script))
    child = Child(tmp_path / "config.toml", 60, document(lan, lambda: NIGHT, STOCKHOLM))
    _narrow(lan, rate=7)
    assert list(child("lan", "s", lambda: False)) == []
    assert "--narrow" in (tmp_path / "words").read_text().split()
    assert json.loads((tmp_path / "document").read_text()) == {"narrowings": [{"network": "lan", "rate": 7}]}


def test_a_child_that_does_not_listen_still_says_why_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "child"
    script.write_text("#!/bin/sh\nexec 0<&-\necho no such word >&2\nexit 2\n")
    script.chmod(0o755)
    monkeypatch.setattr(looking.scanner, "executable", lambda: str(script))
    child = Child(tmp_path / "config.toml", 60, lambda: "x" * 1_000_000)
    with pytest.raises(SurveyFailedError) as caught:
        list(child("lan", "s", lambda: False))
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("hour", "paused", "taken", "expected"),
    [
        (1, None, None, (24, 1)),
        (1, None, 24, (25, 1)),
        (12, None, None, (25, 1)),
        (12, 27, None, (28, 1)),
        (0, 24, None, (25, 1)),
    ],
)
def test_the_next_night_is_the_first_that_nothing_keeps_from_running(
    hour: int, paused: int | None, taken: int | None, expected: tuple[int, int]
) -> None:
    now = datetime(2026, 11, 24, hour, 0, tzinfo=UTC)
    bounds = Bounds(now, AT, STOCKHOLM, {}, 1000)
    row = NetworkNarrowing(
        network_id=1, changed_at=now, paused_until=date(2026, 11, paused) if paused else None
    )
    standing = standing_of(_network("lan"), row, bounds.today)
    found = next_night(bounds, standing, date(2026, 11, taken) if taken else None)
    assert found == datetime(2026, 11, expected[0], expected[1], 30, tzinfo=UTC)
    alone = standing_of(_network("lan"), NetworkNarrowing(profile=Profile.NEVER), bounds.today)
    assert next_night(bounds, alone, None) is None


def test_the_page_says_the_gentle_rate_that_the_scanner_keeps() -> None:
    assert GENTLE_RATE == SENT_AT_MOST


def test_the_scanner_is_told_who_is_fragile_as_seen_and_as_registered(engine: Engine) -> None:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        printer = DeviceModel(vendor="HP", name="M507", sort_key="hp m507", device_class=DeviceClass.PRINTER)
        laptop = DeviceModel(vendor="HP", name="840", sort_key="hp 840", device_class=DeviceClass.COMPUTER)
        session.add_all([printer, laptop])
        session.flush()
        same = {"unit_id": unit_id, "status": AssetStatus.IN_USE, "created_at": NIGHT, "changed_at": NIGHT}
        for number, model in enumerate((printer, laptop), 1):
            asset = Asset(tag=f"A{number}", sort_key=f"a{number}", search_key="", model_id=model.id, **same)
            session.add(asset)
            session.flush()
            mac = f"3c:d9:2b:00:00:0{number}"
            session.add(AssetIdentifier(asset_id=asset.id, kind=IdentifierKind.MAC, value=mac))
        for number, device_class in enumerate((DeviceClass.BUILDING_AUTOMATION, DeviceClass.CAMERA), 1):
            mac = f"00:40:84:00:00:0{number}" if number == 2 else None
            seen = {"first_seen": NIGHT, "last_seen": NIGHT}
            session.add(Device(device_class=device_class, ip=f"10.0.0.{number}", mac=mac, **seen))
    said = json.loads(document(engine, lambda: NIGHT, STOCKHOLM)())
    assert said["fragile"] == ["10.0.0.1", "3c:d9:2b:00:00:01"]
