"""Where things belong and where they were seen, as the register holds it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, col, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tests.rows import put_asset_into
from tracker.db import reading, writing
from tracker.register import read_world
from tracker.tables import Asset, Device, DeviceIdentifier, Network, Sighting, Site, Unit
from tracker.whereabouts import Homes, places
from tracker.words import AssetStatus, IdentifierKind, Profile, Purpose

if TYPE_CHECKING:
    from sqlalchemy import Engine


def _asset(session: Session, unit: str, *, site: str | None = None, holder: str | None = None) -> Asset:
    site_id = session.exec(select(Site.id).where(Site.name == site)).one() if site else None
    tag = f"T-{unit}-{site}-{holder}"[:40]
    return put_asset_into(session, tag, unit, holder=holder, site_id=site_id, status=AssetStatus.HANDED_OUT)


@pytest.mark.parametrize(
    ("where", "carried", "homes", "home"),
    [
        ({"unit": "7A"}, True, {"Ekbackaskolan"}, "Ekbackaskolan"),
        (
            {"unit": "Kvarnskolan", "holder": "Elsa Ödman"},
            True,
            {"Kvarnskolan", "Ekbackaskolan"},
            "Kvarnskolan",
        ),
        ({"unit": "7A", "site": "Kvarnskolan"}, False, {"Kvarnskolan"}, "Kvarnskolan"),
        ({"unit": "7A", "site": "Kvarnskolan"}, True, {"Kvarnskolan", "Ekbackaskolan"}, "Kvarnskolan"),
        ({"unit": "Utbildningsförvaltningen"}, True, set(), None),
    ],
)
def test_a_thing_belongs_to_its_site_or_to_where_its_units_are(
    engine: Engine, where: dict[str, str], *, carried: bool, homes: set[str], home: str | None
) -> None:
    with writing(engine) as session:
        found, name = Homes(session).of(_asset(session, **where), is_carried=carried)
        names = {session.get_one(Site, number).name for number in found}
    assert (names, name) == (homes, home)


def test_the_whole_municipality_is_no_place_to_belong_to(engine: Engine) -> None:
    with writing(engine) as session:
        root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None))).one()
        session.add(Site(name="Rådhuset", sort_key="rådhuset", unit_id=root.id or 0))
        session.flush()
        homes = Homes(session)
        assert homes.of(_asset(session, "Utbildningsförvaltningen"), is_carried=True)[1] is None
        assert homes.of(_asset(session, "7A"), is_carried=True)[1] == "Ekbackaskolan"


@pytest.mark.parametrize(("days", "stale"), [(7, False), (8, True)])
def test_an_identifier_not_shown_for_a_week_before_a_device_was_seen_is_stale(
    engine: Engine, days: int, *, stale: bool
) -> None:
    with writing(engine) as session:
        device = Device(device_class=DeviceClass.COMPUTER, first_seen=NOW, last_seen=NOW)
        session.add(device)
        session.flush()
        for value, ago in (("AAAA1111", 0), ("BBBB2222", days)):
            session.add(
                DeviceIdentifier(
                    device_id=device.id,
                    kind=IdentifierKind.SERIAL,
                    value=value,
                    first_seen=NOW - timedelta(days=90),
                    last_seen=NOW - timedelta(days=ago),
                )
            )
    with reading(engine) as session:
        (known,) = read_world(session, (), NOW).devices
    assert len(known.identifiers) == 2
    assert known.stale == (frozenset({(IdentifierKind.SERIAL, "BBBB2222")}) if stale else frozenset())


def _network(session: Session, name: str, site: str | None, purpose: Purpose = Purpose.SCHOOL) -> int:
    site_id = session.exec(select(Site.id).where(Site.name == site)).one() if site else None
    network = Network(name=name, site_id=site_id, cidrs="10.0.0.0/24", purpose=purpose, profile=Profile.FULL)
    session.add(network)
    session.flush()
    return network.id or 0


def test_a_device_was_at_the_sites_of_its_networks_but_not_of_guests(
    engine: Engine,
) -> None:
    with writing(engine) as session:
        device = Device(device_class=DeviceClass.CAMERA, first_seen=NOW, last_seen=NOW)
        session.add(device)
        session.flush()
        spots = [
            (_network(session, "a", "Ekbackaskolan"), 9, 8),
            (_network(session, "b", "Ekbackaskolan"), 7, 6),
            (_network(session, "c", "Kvarnskolan"), 5, 4),
            (_network(session, "d", "Stadshuset", Purpose.GUEST), 3, 2),
            (_network(session, "e", None), 1, 0),
        ]
        for network_id, first, last in spots:
            session.add(
                Sighting(
                    device_id=device.id,
                    network_id=network_id,
                    source="arp",
                    first_seen=NOW - timedelta(days=first),
                    last_seen=NOW - timedelta(days=last),
                )
            )
    with reading(engine) as session:
        known = read_world(session, (), NOW).devices
        names = {s.id: s.name for s in session.exec(select(Site))}
        at = {
            names[p.site_id]: ((NOW - p.first_seen).days, (NOW - p.last_seen).days) for p in known[0].places
        }
        assert list(places(session)) == [known[0].ref]
    assert at == {"Ekbackaskolan": (9, 6), "Kvarnskolan": (5, 4)}
