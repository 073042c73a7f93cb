"""The administration's deeds and lists do the same on each database."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from discovery.sighting import DeviceClass
from tests.conftest import NOW, viewer_of
from tests.tracker.movements.conftest import put_asset
from tracker import settings
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.end_of_support import follow
from tracker.errors import StaleError
from tracker.movements.model_merging import Merge, bring_back, merge
from tracker.movements.networks import NarrowNetwork, narrow_network, undo
from tracker.movements.settings import ChangeSettings, change_settings
from tracker.nightly import record_missed
from tracker.queries.models import ModelFilter, endings, list_models
from tracker.roles import GrantFact, Viewer
from tracker.tables import Asset, DeviceModel, Finding, Network, NetworkNarrowing, Night
from tracker.words import AssetStatus, Language, Permission, Profile, Purpose

if TYPE_CHECKING:
    from sqlalchemy import Engine

TODAY = date(2026, 11, 23)


def test_a_network_is_narrowed_rests_and_is_as_before(migrated: Engine) -> None:
    anna = viewer_of(migrated, "anna")
    with writing(migrated) as session:
        network = Network(name="lan", cidrs="10.0.0.0/24", purpose=Purpose.OFFICE, profile=Profile.FULL)
        session.add(network)
        session.flush()
        lan = network.id or 0
    wanted = {"network_id": lan, "most_rate": 1000, "reason": "prov", "never": "10.0.0.9"}
    first = NarrowNetwork(**wanted, profile=Profile.GENTLE, paused_until=TODAY, request_id="r1")
    with writing(migrated) as session:
        narrow_network(session, first, by=anna, now=NOW, today=TODAY)
    with writing(migrated) as session, pytest.raises(StaleError):
        narrow_network(session, first.model_copy(update={"request_id": "r2"}), by=anna, now=NOW, today=TODAY)
    for _ in range(2):
        assert record_missed(migrated, at=NOW.time().replace(hour=2), zone=STOCKHOLM, now=NOW) == 0
    with writing(migrated) as session:
        assert [night.is_paused for night in session.exec(select(Night))] == [True]
        undo(session, lan, 1, "r3", by=anna, now=NOW, today=TODAY)
    with reading(migrated) as session:
        row = session.exec(select(NetworkNarrowing)).one()
    assert (row.profile, row.never, row.paused_until, row.version) == (None, "", None, 2)


def test_models_are_listed_counted_merged_and_followed(migrated: Engine) -> None:
    anna = viewer_of(migrated, "anna")
    with writing(migrated) as session:
        ids = []
        for vendor, key in (("ÅBB", "{bb x 00000010"), ("Abb", "abb x 00000010")):
            ends = date(2026, 1, 31) if vendor == "ÅBB" else None
            model = DeviceModel(
                vendor=vendor,
                name="X 10",
                sort_key=key,
                device_class=DeviceClass.CAMERA,
                support_ends=ends,
                support_basis="abb.se" if ends else None,
            )
            session.add(model)
            session.flush()
            ids.append(model.id or 0)
    asset_id = put_asset(migrated, "1", status=AssetStatus.IN_USE)
    with writing(migrated) as session:
        session.get_one(Asset, asset_id).model_id = ids[0]
    with reading(migrated) as session:
        rows = list_models(session, anna, ModelFilter(), TODAY).rows
        assert [(row.model.vendor, row.assets, row.in_use) for row in rows] == [("Abb", 0, 0), ("ÅBB", 1, 1)]
        assert [
            r.model.vendor for r in list_models(session, anna, ModelFilter(text="åbb 1"), TODAY).rows
        ] == ["ÅBB"]
        assert next((e.code, e.count) for e in endings(session, TODAY)) == ("passed", 1)
    follow(migrated, ids[0], NOW, STOCKHOLM)
    command = Merge(model_id=ids[0], version=1, into_id=ids[1], request_id="m1")
    with writing(migrated) as session:
        entry = merge(session, command, by=anna, now=NOW)
    follow(migrated, ids[1], NOW, STOCKHOLM)
    with writing(migrated) as session:
        assert session.exec(select(Finding)).one().closed_at is None
        bring_back(session, entry, "b1", by=anna, now=NOW)
    with reading(migrated) as session:
        assert session.get_one(DeviceModel, ids[1]).support_ends is None


def test_settings_are_set_once(migrated: Engine) -> None:
    anna = viewer_of(migrated, "anna")
    erik = Viewer(anna.user_id, "Erik", (GrantFact(frozenset({Permission.SETTING_EDIT}), "/"),))
    command = ChangeSettings(
        municipality="Ekbacka kommun",
        was="Ekbacka kommun",
        settings=settings.RegisterSettings(default_language=Language.EN, fixed_days=9),
        versions={},
        request_id="s1",
    )
    with writing(migrated) as session:
        change_settings(session, command, by=erik, now=NOW)
    late = command.model_copy(
        update={"request_id": "s2", "settings": settings.RegisterSettings(default_language=Language.SV)}
    )
    with writing(migrated) as session, pytest.raises(StaleError):
        change_settings(session, late, by=erik, now=NOW)
    with reading(migrated) as session:
        assert settings.read(session) == command.settings
