from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tests.tracker.movements.conftest import waits
from tracker.db import reading, writing
from tracker.errors import InvalidError, NotFoundError
from tracker.movements.registrations import Register, register
from tracker.tables import Asset, AssetIdentifier, Device, DeviceIdentifier, DeviceModel, Finding, Unit
from tracker.words import AssetStatus, FindingKind, FindingState, IdentifierKind, Severity

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.tracker.movements.conftest import Put
    from tracker.roles import Viewer

MAC = "ac:cc:8e:00:00:15"


def _unit(engine: Engine, name: str = "Ekbackaskolan") -> int:
    with reading(engine) as session:
        return session.exec(select(Unit.id).where(Unit.name == name)).one() or 0


def _register(engine: Engine, by: Viewer, **given: Any) -> int:
    fields = {"tag": "EK-K0001", "unit_id": _unit(engine), "request_id": "r1", **given}
    with writing(engine) as session:
        return register(session, Register(**fields), by=by, now=NOW)


@pytest.fixture
def camera(migrated: Engine) -> int:
    """A camera on the network that nobody has registered, with its finding."""
    with writing(migrated) as session:
        device = Device(device_class=DeviceClass.CAMERA, vendor="Axis", first_seen=NOW, last_seen=NOW)
        session.add(device)
        session.flush()
        session.add(
            DeviceIdentifier(
                device_id=device.id or 0, kind=IdentifierKind.MAC, value=MAC, first_seen=NOW, last_seen=NOW
            )
        )
        session.add(
            Finding(
                key=f"unregistered:device:{device.id}",
                kind=FindingKind.UNREGISTERED_IOT,
                rule="REG-01",
                severity=Severity.HIGH,
                state=FindingState.OPEN,
                device_id=device.id,
                group_key="g",
                facts={},
                since=NOW,
                changed_at=NOW,
            )
        )
        return device.id or 0


def test_what_was_found_enters_the_register_and_its_finding_is_closed(
    migrated: Engine, technician: Viewer, camera: int
) -> None:
    given = {"vendor": "Axis", "model": "M3065-V", "device_class": DeviceClass.CAMERA, "device_id": camera}
    asset_id = _register(migrated, technician, **given)
    with reading(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.id == asset_id)).one()
        model = session.get(DeviceModel, asset.model_id)
        identifiers = session.exec(select(AssetIdentifier.value)).all()
        finding = session.exec(select(Finding)).one()
        device = session.get(Device, camera)
    assert (asset.tag, asset.status) == ("EK-K0001", AssetStatus.IN_USE)
    assert model is not None
    assert (model.vendor, model.name, model.device_class) == ("Axis", "M3065-V", DeviceClass.CAMERA)
    assert identifiers == [MAC]
    assert (finding.state, finding.closed_at) == (FindingState.CLOSED, NOW)
    assert device is not None
    assert device.asset_id == asset_id


def test_a_repeated_send_registers_once(migrated: Engine, technician: Viewer) -> None:
    assert _register(migrated, technician) == _register(migrated, technician)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tag": "två ord"}, "tag"),
        ({"tag": ""}, "tag"),
        ({"tag": "EK-1"}, "tag"),
        ({"serial": "To be filled by O.E.M."}, "serial"),
        ({"serial": "pf3abc1"}, "serial"),
        ({"macs": "ac:cc:8e"}, "macs"),
        ({"macs": "ff:ff:ff:ff:ff:ff"}, "macs"),
        ({"status": AssetStatus.DISPOSED}, "status"),
        ({"site_id": 4711}, "site_id"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    migrated: Engine, put: Put, technician: Viewer, given: dict[str, Any], field: str
) -> None:
    put("EK-1", serial="PF3ABC1")
    with pytest.raises(InvalidError) as caught:
        _register(migrated, technician, **given)
    assert set(caught.value.fields) == {field}


def test_all_wrong_fields_are_told_at_once(migrated: Engine, technician: Viewer) -> None:
    with pytest.raises(InvalidError) as caught:
        _register(migrated, technician, tag="", serial="0000", macs="x")
    assert set(caught.value.fields) == {"tag", "serial", "macs"}


def test_school_staff_register_nothing(migrated: Engine, staff: Viewer) -> None:
    with pytest.raises(NotFoundError):
        _register(migrated, staff)


def test_a_device_that_is_not_there_is_not_registered(migrated: Engine, technician: Viewer) -> None:
    with pytest.raises(NotFoundError):
        _register(migrated, technician, device_id=4711)


@pytest.mark.parametrize(
    ("first", "second", "field", "code"),
    [
        ({"serial": "PF3ABC1"}, {"tag": "EK-K0002", "serial": "PF3ABC1"}, "serial", "movements.taken"),
        ({"macs": MAC}, {"tag": "EK-K0002", "macs": MAC}, "macs", "movements.taken"),
        ({}, {}, "tag", "movements.tag_taken"),
    ],
)
def test_of_two_who_register_the_same_at_the_same_moment_one_is_told_whose_it_is(
    migrated: Engine, technician: Viewer, first: dict[str, Any], second: dict[str, Any], field: str, code: str
) -> None:
    common = {"tag": "EK-K0001", "unit_id": _unit(migrated)}
    told: list[InvalidError] = []

    def other() -> None:
        with pytest.raises(InvalidError) as refused:
            _register(migrated, technician, **common | second, request_id="r2")
        told.append(refused.value)

    thread = threading.Thread(target=other)
    with writing(migrated) as session:
        register(session, Register(**common | first, request_id="r1"), by=technician, now=NOW)
        session.flush()
        thread.start()
        end = time.monotonic() + 20
        while not waits(migrated) and time.monotonic() < end:
            time.sleep(0.02)  # noqa: TID251 -- until the other has written what the database keeps out
        assert waits(migrated)
    thread.join()
    (error,) = told
    assert error.fields[field].code == code
    assert error.fields[field].data["tag"] == "EK-K0001"
    with reading(migrated) as session:
        assert len(session.exec(select(Asset)).all()) == 1


def test_two_who_make_the_same_model_at_the_same_moment_both_register(
    migrated: Engine, technician: Viewer
) -> None:
    common = {"unit_id": _unit(migrated), "vendor": "Axis", "model": "P3245"}
    made: list[int] = []
    thread = threading.Thread(
        target=lambda: made.append(_register(migrated, technician, **common, tag="EK-K0002", request_id="r2"))
    )
    with writing(migrated) as session:
        command = Register(**common, tag="EK-K0001", request_id="r1")
        made.append(register(session, command, by=technician, now=NOW))
        thread.start()
        end = time.monotonic() + 20
        while not waits(migrated) and time.monotonic() < end:
            time.sleep(0.02)  # noqa: TID251 -- as above
    thread.join()
    assert len(set(made)) == 2
    with reading(migrated) as session:
        assert len(session.exec(select(DeviceModel).where(DeviceModel.name == "P3245")).all()) == 1
