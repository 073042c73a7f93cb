"""What a night writes of devices and findings: the same as one sighting after the other would, in few statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

from discovery.evidence import Evidence
from discovery.sighting import DeviceClass, Identity, SeenAddress
from discovery.sighting import Sighting as Seen
from tests.tracker.seen import CAMERA, MAC, NOW, OTHER, sighting
from tracker import applying
from tracker.applying import Applied, apply
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.findings_text import sentence
from tracker.reconcile import reconcile
from tracker.register import read_world
from tracker.scanning import digest
from tracker.swedish import sort_key
from tracker.tables import Asset, Device, DeviceChange, DeviceIdentifier, Finding, Sighting, Unit
from tracker.words import AssetStatus, FindingKind, FindingState, Language, Severity

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlmodel import Session

    from tracker.facts import Plan

LATER = NOW + timedelta(days=1)


def _take(engine: Engine, *seen: Seen, now: datetime = NOW) -> Applied:
    return digest(engine, list(seen), scan_id=None, now=now, zone=STOCKHOLM)


def _plan(engine: Engine, *seen: Seen) -> Plan:
    with reading(engine) as session:
        return reconcile(read_world(session, list(seen), NOW, STOCKHOLM))


def _crowd(count: int) -> list[Seen]:
    return [sighting(n, f"10.0.1.{n}", f"9c:b6:d0:00:01:{n:02x}", identity=CAMERA) for n in range(count)]


def _asset(session: Session) -> Asset:
    unit = session.exec(select(Unit.id).order_by(col(Unit.id))).first()
    said = {"tag": "T-1", "status": AssetStatus.IN_USE, "sort_key": sort_key("T-1"), "search_key": "t-1"}
    asset = Asset(unit_id=unit, created_at=NOW, changed_at=NOW, **said)
    session.add(asset)
    session.flush()
    return asset


def test_what_was_written_before_a_crash_stays_and_the_next_run_makes_the_rest(lan: Engine) -> None:
    seen = _crowd(60)
    see, calls = applying._Applying.see, 0

    def crash(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 25:
            raise RuntimeError("the power went")
        see(*args)  # type: ignore[arg-type]

    with (
        patch.object(applying, "HOLD_S", 0.0),
        patch.object(applying, "AT_ONCE", 10),
        patch.object(applying._Applying, "see", crash),
        pytest.raises(RuntimeError),
    ):
        _take(lan, *seen)
    with reading(lan) as session:
        assert session.exec(select(func.count(col(Device.id)))).one() == 20
    again = _take(lan, *seen)
    with reading(lan) as session:
        counts = [
            session.exec(select(func.count(col(t.id)))).one()
            for t in (Device, DeviceIdentifier, Sighting, Finding)
        ]
    assert (again.devices, again.opened) == (60, 60)
    assert counts == [60, 60, 60, 60]


def test_a_night_is_written_in_few_statements(lan: Engine) -> None:
    said: list[str] = []
    plan = _plan(lan, *_crowd(200))
    event.listen(lan, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    applied = apply(lan, plan, scan_id=None, now=NOW)
    assert (applied.devices, applied.opened) == (200, 200)
    assert len(said) < 100


def test_a_device_seen_twice_in_one_night_is_written_once(lan: Engine) -> None:
    seen = [
        sighting(1, "10.0.0.5", MAC, identity=CAMERA),
        sighting(2, "10.0.0.9", MAC, seen_at=NOW + timedelta(minutes=5)),
    ]
    for at_once in (50, 1):  # together, and apart
        with patch.object(applying, "AT_ONCE", at_once):
            assert _take(lan, *seen).devices == 1
    with reading(lan) as session:
        (device,) = session.exec(select(Device)).all()
        (identifier,) = session.exec(select(DeviceIdentifier)).all()
        places = session.exec(select(Sighting.ip, Sighting.times).order_by(Sighting.ip)).all()
    assert (device.first_seen, device.last_seen) == (NOW, NOW + timedelta(minutes=5))
    assert (identifier.first_seen, identifier.last_seen) == (NOW, NOW + timedelta(minutes=5))
    assert places == [("10.0.0.5", 1), ("10.0.0.9", 1)]
    assert device.model == "P3245-LV"


def test_what_changed_is_written_down_and_what_was_not_said_is_kept(lan: Engine) -> None:
    told = replace(CAMERA, os="AXIS OS 11", because=("banner",))
    evidence = (Evidence("http", "server", "axis"),)
    _take(lan, sighting(1, "10.0.0.5", MAC, identity=told, evidence=evidence))
    _take(lan, sighting(1, "10.0.0.9", MAC, seen_at=LATER), now=LATER)
    with reading(lan) as session:
        device = session.exec(select(Device)).one()
        changes = session.exec(select(DeviceChange.field, DeviceChange.before, DeviceChange.after)).all()
    assert changes == [("ip", "10.0.0.5", "10.0.0.9")]
    assert (device.os, device.because, device.last_seen) == ("AXIS OS 11", ["banner"], LATER)
    assert device.evidence == [{"probe": "http", "key": "server", "value": "axis"}]
    other = Identity(CAMERA.device_class, vendor="Axis", model="M3106", is_iot=True, confidence=0.8)
    _take(lan, sighting(1, "10.0.0.9", MAC, seen_at=LATER, identity=other), now=LATER)
    with reading(lan) as session:
        device = session.exec(select(Device)).one()
    assert (device.os, device.model, device.confidence, device.evidence) == ("AXIS OS 11", "M3106", 0.8, [])


@pytest.mark.parametrize("at_once", [1, 50])
def test_a_persons_link_stands_when_the_device_is_seen_twice(lan: Engine, at_once: int) -> None:
    seen = [sighting(1, "10.0.0.5", MAC), sighting(2, "10.0.0.9", MAC)]
    _take(lan, seen[0])
    plan = _plan(lan, *seen)
    with writing(lan) as session:
        asset = _asset(session)
        session.exec(select(Device)).one().asset_id = asset.id
    with patch.object(applying, "AT_ONCE", at_once):
        apply(lan, plan, scan_id=None, now=NOW)
    with reading(lan) as session:
        assert session.exec(select(Device)).one().asset_id == asset.id


def test_a_device_registered_between_two_batches_keeps_its_link_and_is_no_finding(lan: Engine) -> None:
    plan = _plan(
        lan, sighting(1, "10.0.0.5", MAC), sighting(2, "10.0.0.9", MAC), sighting(3, "10.0.0.6", OTHER)
    )
    linked: list[int] = []

    def register(_seconds: float) -> None:
        with writing(lan) as session:
            device = session.exec(select(Device).where(Device.mac == MAC)).one()
            if not linked:
                linked.append(_asset(session).id or 0)
                device.asset_id = linked[0]

    with (
        patch.object(applying, "HOLD_S", 0.0),
        patch.object(applying, "AT_ONCE", 1),
        patch.object(applying.time, "sleep", register),
    ):
        apply(lan, plan, scan_id=None, now=NOW)
    with reading(lan) as session:
        devices = {device.mac: device for device in session.exec(select(Device))}
        keys = session.exec(select(Finding.key)).all()
    assert devices[MAC].asset_id == linked[0]
    assert keys == [f"unregistered:device:{devices[OTHER].id}"]


def test_findings_are_kept_reopened_and_closed_together(lan: Engine) -> None:
    """Of three: one says something new, one was settled before and is so no longer, one has lost its cause."""
    _take(lan, *_crowd(3))
    with writing(lan) as session:
        first, second, third = session.exec(select(Finding).order_by(col(Finding.id))).all()
        assert {f.kind for f in (first, second, third)} == {FindingKind.UNREGISTERED_IOT}
        second.state = FindingState.DECIDED  # without a decision that stands
        third_device = session.get_one(Device, third.device_id)
        third_device.asset_id = _asset(session).id
    moved = sighting(0, "10.0.1.77", "9c:b6:d0:00:01:00", identity=CAMERA, seen_at=LATER)
    done = _take(lan, moved, now=LATER)
    assert (done.opened, done.closed) == (1, 1)
    with reading(lan) as session:
        one, two, three = session.exec(select(Finding).order_by(col(Finding.id))).all()
    assert (one.version, one.state, one.facts["ip"]) == (2, FindingState.OPEN, "10.0.1.77")
    assert (two.version, two.state, two.severity) == (2, FindingState.OPEN, Severity.HIGH)
    assert (three.version, three.state, three.closed_at) == (2, FindingState.CLOSED, LATER)
    assert [f.changed_at for f in (one, two, three)] == [LATER, LATER, LATER]
    assert [f.since for f in (one, two, three)] == [NOW, NOW, NOW]


def test_a_step_rests_on_the_version_that_the_plan_saw(lan: Engine) -> None:
    """Two findings lose their cause; a person's act on one of them in between goes before."""
    _take(lan, *_crowd(2))
    with writing(lan) as session:
        asset = _asset(session)
        for device in session.exec(select(Device)):
            device.asset_id = asset.id
    plan = _plan(lan)
    assert [step.act for step in plan.steps] == ["close", "close"]
    with writing(lan) as session:
        mine = session.exec(select(Finding).order_by(col(Finding.id))).first()
        assert mine is not None
        mine.version += 1
    assert apply(lan, plan, scan_id=None, now=NOW).closed == 1
    assert apply(lan, plan, scan_id=None, now=NOW).closed == 0
    with reading(lan) as session:
        states = session.exec(select(Finding.state).order_by(col(Finding.id))).all()
    assert states == [FindingState.OPEN, FindingState.CLOSED]


def test_where_a_device_is_plugged_in_is_kept_follows_and_is_said(lan: Engine) -> None:
    def camera(at: datetime, **attributes: str) -> Seen:
        return sighting(
            1, "10.0.1.1", "ac:cc:8e:00:00:15", identity=CAMERA, seen_at=at, attributes=attributes
        )

    _take(lan, camera(NOW, switch="sw-3", port="Gi1/0/14", room="Rum 12"))
    with reading(lan) as session:
        (device,) = session.exec(select(Device)).all()
        (finding,) = session.exec(select(Finding)).all()
    assert device.plugged == ["sw-3", "Gi1/0/14", "Rum 12"]
    assert "(switch sw-3 port 14, Rum 12)" in sentence(finding, Language.SV)
    _take(lan, camera(LATER), now=LATER)
    with reading(lan) as session:
        assert session.exec(select(Device.plugged)).one() == ["sw-3", "Gi1/0/14", "Rum 12"]
    latest = LATER + timedelta(days=1)
    _take(lan, camera(latest, switch="sw-4", port="7"), now=latest)
    with reading(lan) as session:
        (finding,) = session.exec(select(Finding)).all()
        assert session.exec(select(Device.plugged)).one() == ["sw-4", "7", ""]
    assert "(switch sw-4 port 7)" in sentence(finding, Language.SV)


def _behind(number: int, gateway: str, at: datetime = NOW, mac: str = "ac:cc:8e:00:00:15") -> Seen:
    return Seen(
        id=f"s-{gateway}-{number}",
        survey="s",
        observer="o",
        seen_at=at,
        source="bacnet",
        network="lan",
        addresses=(SeenAddress(None, None, gateway),),
        uuids=(f"{mac}/bacnet_instance/{number}",),
        names=(f"VAV {mac[-2:]} {number}",),
        attributes={"bacnet_instance": str(number)},
        identity=Identity(DeviceClass.BUILDING_AUTOMATION, "Belimo", "VAV-Compact", is_iot=True),
    )


def test_a_device_behind_a_gateway_is_one_of_its_own_and_stays_it_when_the_gateway_moves(lan: Engine) -> None:
    _take(lan, sighting(1, "10.0.1.5", "ac:cc:8e:00:00:15"), _behind(7701, "10.0.1.5"))
    with reading(lan) as session:
        gateway, unit = session.exec(select(Device).order_by(col(Device.id))).all()
        said = [sentence(one, Language.SV) for one in session.exec(select(Finding)).all()]
    assert (gateway.ip, gateway.behind) == ("10.0.1.5", None)
    assert (unit.ip, unit.mac, unit.behind, unit.name) == (None, None, "10.0.1.5", "VAV 15 7701")
    assert any("(bakom 10.0.1.5, nr 7701)" in one for one in said)
    moved = sighting(1, "10.0.1.9", "ac:cc:8e:00:00:15", seen_at=LATER)
    _take(lan, moved, _behind(7701, "10.0.1.9", LATER), _behind(7702, "10.0.1.9", LATER), now=LATER)
    with reading(lan) as session:
        gateway, unit, other = session.exec(select(Device).order_by(col(Device.id))).all()
    assert (unit.behind, unit.last_seen, other.name) == ("10.0.1.9", LATER, "VAV 15 7702")


def test_two_gateways_that_change_addresses_keep_their_own_devices(lan: Engine) -> None:
    one, other = "ac:cc:8e:00:00:15", "ac:cc:8e:00:00:16"
    for at, first, second in ((NOW, "10.0.1.5", "10.0.1.9"), (LATER, "10.0.1.9", "10.0.1.5")):
        gateways = sighting(1, first, one, seen_at=at), sighting(2, second, other, seen_at=at)
        _take(lan, *gateways, _behind(7, first, at, one), _behind(7, second, at, other), now=at)
    with reading(lan) as session:
        found = session.exec(select(Device.name, Device.behind).where(col(Device.behind).is_not(None))).all()
    assert sorted(found) == [("VAV 15 7", "10.0.1.9"), ("VAV 16 7", "10.0.1.5")]
