"""An asset's own fields: what is given changes, what is not stays, and of two people one is told."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import col, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW, viewer_of
from tests.tracker.movements.conftest import put_asset, waits
from tracker import journal
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.errors import InvalidError, NotFoundError, StaleError
from tracker.movements.asset_fields import EditAsset
from tracker.movements.editing import edit_asset
from tracker.roles import GrantFact, Viewer
from tracker.tables import (
    Asset,
    AssetIdentifier,
    Device,
    DeviceModel,
    Finding,
    JournalEntry,
    JournalPersonal,
    Movement,
    Network,
    Room,
    Sighting,
    Site,
    Unit,
)
from tracker.words import (
    AssetStatus,
    FindingKind,
    FindingState,
    IdentifierKind,
    MovementKind,
    Permission,
    Profile,
    Purpose,
    Severity,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

LATER = NOW + timedelta(hours=1)
MAC = "a8:23:fe:11:22:33"


def _edit(engine: Engine, by: Viewer, asset_id: int, version: int = 1, **given: Any) -> list[str]:
    command = EditAsset(asset_id=asset_id, version=version, request_id=given.pop("request_id", "r1"), **given)
    with writing(engine) as session:
        return list(edit_asset(session, command, by=by, now=LATER, zone=STOCKHOLM)["fields"])


def _wrong(engine: Engine, by: Viewer, asset_id: int, **given: Any) -> dict[str, str]:
    with pytest.raises(InvalidError) as caught:
        _edit(engine, by, asset_id, **given)
    return {name: error.code for name, error in caught.value.fields.items()}


def _asset(engine: Engine, asset_id: int) -> Asset:
    with reading(engine) as session:
        return session.get_one(Asset, asset_id)


def _identifiers(engine: Engine, asset_id: int) -> set[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(AssetIdentifier).where(AssetIdentifier.asset_id == asset_id))
        return {(row.kind.value, row.value) for row in rows}


def _place(engine: Engine, name: str, room: str) -> tuple[int, int]:
    """A room at the site; the ids of both."""
    with writing(engine) as session:
        site_id = session.exec(select(Site.id).where(Site.name == name)).one() or 0
        row = Room(site_id=site_id, name=room, sort_key=room.casefold())
        session.add(row)
        session.flush()
        return site_id, row.id or 0


def test_every_field_is_changed_and_told(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481", serial="OLD1")
    site_id, room_id = _place(migrated, "Kvarnskolan", "B12")
    fields = _edit(
        migrated,
        technician,
        one,
        tag="10481-B",
        relabelled=True,
        name="Skrivaren i expeditionen",
        vendor="HP",
        model="LaserJet M507",
        new_model=True,
        device_class=DeviceClass.PRINTER,
        serials=("pf 3abc 01",),
        macs=("A8-23-FE-11-22-33",),
        room_id=room_id,
        purchased_on=date(2025, 3, 1),
        price_ore=499_550,
        warranty_ends=date(2028, 3, 1),
        support_ends=date(2030, 10, 14),
        expected_online=False,
        note="Står bakom disken.",
    )
    assert set(fields) == {
        "tag", "name", "model", "serials", "macs", "place", "purchased_on", "price", "warranty_ends",
        "support_ends", "expected_online", "note",
    }  # fmt: skip
    asset = _asset(migrated, one)
    assert (asset.version, asset.tag, asset.name) == (2, "10481-B", "Skrivaren i expeditionen")
    assert (asset.site_id, asset.room_id, asset.price_ore) == (site_id, room_id, 499_550)
    assert (asset.purchased_on, asset.warranty_ends) == (date(2025, 3, 1), date(2028, 3, 1))
    assert not asset.expected_online
    assert _identifiers(migrated, one) == {("serial", "PF3ABC01"), ("mac", MAC)}
    for word in ("10481-b", "laserjet", "expeditionen", "pf3abc01", MAC):
        assert word in asset.search_key
    with reading(migrated) as session:
        step = session.exec(select(Movement)).one()
        entry = session.exec(select(JournalEntry).where(JournalEntry.what == "asset:details:change")).one()
        own = session.exec(select(JournalPersonal).where(JournalPersonal.entry_id == entry.id)).one()
        assert journal.verify(session) == []
        model = session.exec(select(DeviceModel)).one()
    assert (model.device_class, asset.model_id) == (DeviceClass.PRINTER, model.id)
    assert step.kind is MovementKind.CHANGED
    assert step.facts["changes"]["purchased_on"] == [None, "2025-03-01"]
    assert entry.facts["removed"] == [["serial", "OLD1"]]
    assert own.fields["note"] == [None, "Står bakom disken."]
    for facts in (step.facts, entry.facts):  # what people write freely may name somebody
        assert "disken" not in str(facts)
        assert "expeditionen" not in str(facts)


def test_what_is_not_given_stays(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481", serial="PF3XYZ01")
    site_id, room_id = _place(migrated, "Kvarnskolan", "B12")
    _edit(migrated, technician, one, room_id=room_id, macs=(MAC,), note="Kvar", request_id="r0")
    assert _edit(migrated, technician, one, version=2, name="Ny") == ["name"]
    asset = _asset(migrated, one)
    assert (asset.note, asset.site_id, asset.room_id, asset.tag) == ("Kvar", site_id, room_id, "10481")
    assert _identifiers(migrated, one) == {("serial", "PF3XYZ01"), ("mac", MAC)}
    _edit(migrated, technician, one, version=3, note=None, request_id="r3")
    assert _asset(migrated, one).note is None


def test_a_save_that_changes_nothing_is_no_step(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481", serial="PF3XYZ01")
    assert _edit(migrated, technician, one, tag="10481", serials=("pf3xyz01",), name="") == []
    assert _asset(migrated, one).version == 1
    with reading(migrated) as session:
        assert session.exec(select(Movement)).all() == []


def test_a_value_that_would_not_be_taken_today_may_stand(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481", serial="0000")
    assert _edit(migrated, technician, one, serials=("0000", "PF3XYZ01")) == ["serials"]
    assert _identifiers(migrated, one) == {("serial", "0000"), ("serial", "PF3XYZ01")}


def test_a_repeated_send_does_nothing_twice(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481")
    assert (
        _edit(migrated, technician, one, name="A") == _edit(migrated, technician, one, name="A") == ["name"]
    )
    assert _asset(migrated, one).version == 2


def test_the_slower_of_two_is_told_who_was_first(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481")
    _edit(migrated, technician, one, name="A")
    with pytest.raises(StaleError) as caught:
        _edit(migrated, technician, one, name="B", request_id="r2")
    assert caught.value.data["who"] == "Anna Ek"
    assert _asset(migrated, one).name == "A"


def test_a_new_number_is_taken_only_with_a_new_label(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481")
    put_asset(migrated, "20417")
    assert _wrong(migrated, technician, one, tag="10482") == {"relabelled": "editing.relabel"}
    assert _wrong(migrated, technician, one, tag="a b", relabelled=True) == {"tag": "movements.bad_tag"}
    assert _wrong(migrated, technician, one, tag="20417", relabelled=True) == {"tag": "movements.tag_taken"}
    assert _asset(migrated, one).tag == "10481"


def test_what_another_asset_has_is_named_where_one_may_know_it(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481")
    other = put_asset(migrated, "20417", unit="Kvarnskolan", serial="PF3XYZ09")
    with writing(migrated) as session:
        session.add(AssetIdentifier(asset_id=other, kind=IdentifierKind.MAC, value=MAC))
        path = session.exec(select(Unit.path).where(Unit.name == "Ekbackaskolan")).one()
    taken = {"serials": "movements.taken", "macs": "movements.taken"}
    assert _wrong(migrated, technician, one, serials=("pf3xyz09",), macs=(MAC,)) == taken
    grant = GrantFact(frozenset({Permission.ASSET_EDIT, Permission.ASSET_VIEW}), path)
    here = Viewer(technician.user_id, "", (grant,))
    assert _wrong(migrated, here, one, serials=("pf3xyz09",)) == {"serials": "editing.taken_elsewhere"}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"serials": ("To be filled by O.E.M.",)}, {"serials": "movements.junk_serial"}),
        ({"macs": ("nonsense",)}, {"macs": "movements.bad_mac"}),
        ({"macs": ("ff:ff:ff:ff:ff:ff",)}, {"macs": "movements.bad_mac"}),
        ({"dock_macs": ("x",)}, {"dock_macs": "movements.bad_mac"}),
        ({"price_ore": -1}, {"price_ore": "editing.bad_price"}),
        ({"price_ore": 2_000_000_000}, {"price_ore": "editing.bad_price"}),
        ({"note": "x" * 1001}, {"note": "editing.too_long"}),
        ({"name": "a\x00b"}, {"name": "editing.bad_character"}),
        ({"note": "Elsa, 19121212-1212"}, {"note": "editing.personal_number"}),
        ({"vendor": "HP"}, {"model": "editing.vendor_alone"}),
        ({"vendor": "HP", "model": "LaserJte"}, {"model": "editing.no_model"}),
        ({"site_id": 4711}, {"site_id": "editing.no_site"}),
        ({"room_id": 4711}, {"room_id": "editing.no_room"}),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    migrated: Engine, technician: Viewer, given: dict[str, Any], wrong: dict[str, str]
) -> None:
    one = put_asset(migrated, "10481")
    assert _wrong(migrated, technician, one, **given) == wrong
    assert _asset(migrated, one).version == 1


def test_a_model_is_known_however_it_is_spelt_in_capitals(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481")
    _edit(migrated, technician, one, vendor="HP", model="LaserJet", new_model=True)
    two = put_asset(migrated, "10482")
    _edit(migrated, technician, two, vendor="hp", model="LASERJET", request_id="r2")
    assert _asset(migrated, one).model_id == _asset(migrated, two).model_id
    _edit(migrated, technician, two, version=2, vendor="", model="", request_id="r3")
    assert _asset(migrated, two).model_id is None
    assert "laserjet" not in _asset(migrated, two).search_key


def test_a_room_is_at_its_site(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "10481")
    kvarn, b12 = _place(migrated, "Kvarnskolan", "B12")
    hall, _ = _place(migrated, "Stadshuset", "Valvet")
    assert _wrong(migrated, technician, one, site_id=hall, room_id=b12) == {"room_id": "editing.other_room"}
    _edit(migrated, technician, one, room_id=b12)
    assert _asset(migrated, one).site_id == kvarn
    _edit(migrated, technician, one, version=2, site_id=hall, request_id="r2")
    asset = _asset(migrated, one)
    assert (asset.site_id, asset.room_id) == (hall, None)


@pytest.mark.parametrize("who", ["bjorn", "cecilia", "david"])
def test_who_may_not_change_assets_finds_none(migrated: Engine, who: str) -> None:
    one = put_asset(migrated, "10481")
    with pytest.raises(NotFoundError):
        _edit(migrated, viewer_of(migrated, who), one, name="A")


def _printer(engine: Engine) -> int:
    """A printer of Ekbackaskolan that stands at Kvarnskolan and is past its support; findings not yet told."""
    one = put_asset(engine, "S-1", status=AssetStatus.IN_USE)
    with writing(engine) as session:
        sites = {site.name: site.id for site in session.exec(select(Site))}
        model = DeviceModel(vendor="HP", name="M507", sort_key="hp m507", device_class=DeviceClass.PRINTER)
        network = Network(
            name="kvarn",
            site_id=sites["Kvarnskolan"],
            cidrs="10.0.1.0/24",
            purpose=Purpose.SCHOOL,
            profile=Profile.FULL,
        )
        session.add_all((model, network))
        session.flush()
        device = Device(
            asset_id=one,
            network_id=network.id,
            device_class=DeviceClass.PRINTER,
            first_seen=NOW - timedelta(days=3),
            last_seen=NOW,
        )
        session.add(device)
        session.flush()
        seen = {"source": "arp", "first_seen": NOW - timedelta(days=3), "last_seen": NOW}
        session.add(Sighting(device_id=device.id, network_id=network.id, **seen))
        session.get_one(Asset, one).model_id = model.id
    return one


def _live(engine: Engine) -> set[FindingKind]:
    with reading(engine) as session:
        return set(session.exec(select(Finding.kind).where(Finding.state != FindingState.CLOSED)))


def test_what_the_fields_decide_follows_at_once(migrated: Engine, technician: Viewer) -> None:
    one = _printer(migrated)
    with reading(migrated) as session:
        sites = {site.name: site.id for site in session.exec(select(Site))}
    _edit(migrated, technician, one, support_ends=date(2025, 10, 14), site_id=sites["Ekbackaskolan"])
    assert _live(migrated) == {FindingKind.END_OF_LIFE, FindingKind.MOVED}
    _edit(migrated, technician, one, version=2, site_id=sites["Kvarnskolan"], request_id="r2")
    assert _live(migrated) == {FindingKind.END_OF_LIFE}
    _edit(migrated, technician, one, version=3, support_ends=date(2031, 1, 1), request_id="r3")
    assert _live(migrated) == set()


def test_silence_that_is_no_longer_minded_is_no_finding(migrated: Engine, technician: Viewer) -> None:
    one = put_asset(migrated, "S-1", status=AssetStatus.IN_USE)
    with writing(migrated) as session:
        unit_id = session.get_one(Asset, one).unit_id
        finding = Finding(
            key=f"not_seen:asset:{one}",
            kind=FindingKind.NOT_SEEN,
            rule="REG-04",
            severity=Severity.LOW,
            state=FindingState.OPEN,
            asset_id=one,
            unit_id=unit_id,
            facts={},
            since=NOW,
            changed_at=NOW,
        )
        session.add(finding)
    _edit(migrated, technician, one, name="Skrivaren")
    assert _live(migrated) == {FindingKind.NOT_SEEN}  # whether it is missed takes a night to tell
    _edit(migrated, technician, one, version=2, expected_online=False, request_id="r2")
    assert _live(migrated) == set()
    with reading(migrated) as session:
        assert session.exec(select(Finding.closed_at).order_by(col(Finding.id))).one() == LATER


def test_of_two_who_write_one_serial_at_the_same_moment_one_is_told_whose_it_is(
    migrated: Engine, technician: Viewer
) -> None:
    one, two = put_asset(migrated, "10481"), put_asset(migrated, "10482")
    told: list[dict[str, str]] = []
    other = threading.Thread(
        target=lambda: told.append(_wrong(migrated, technician, two, serials=("PF3XYZ77",), request_id="r2"))
    )
    with writing(migrated) as session:
        command = EditAsset(asset_id=one, version=1, request_id="r1", serials=("PF3XYZ77",))
        edit_asset(session, command, by=technician, now=LATER, zone=STOCKHOLM)
        other.start()
        end = time.monotonic() + 20
        while not waits(migrated) and time.monotonic() < end:
            time.sleep(0.02)  # noqa: TID251 -- until the other has written what the database keeps out
    other.join()
    assert told == [{"serials": "movements.taken"}]
